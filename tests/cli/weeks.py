"""Three weeks at a school, written by the real journal: a handover, an outage, and a clock that was
an hour wrong with somebody who objects. No test lives here."""

import json
import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bellgate.audit import Journal, LogPaths
from bellgate.audit.record.record import decision_record
from bellgate.policy.decide import decide
from bellgate.policy.facts import Connection
from bellgate.running import editions
from bellgate.schedules.load import load
from tests.lab.school import SAMPLE

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
WEDNESDAY = MONDAY + timedelta(days=2)
SEEN = ("page", "embedded", "background", "connection")
LAPTOP = "staff-laptop-07"


class Week:
    """Heartbeats come each minute but in `silent`; what is tried is drawn by chance."""

    def __init__(self, state: Path, seed: int) -> None:
        loaded = load(SAMPLE)
        assert loaded.policy is not None
        self.policy, self.chance = loaded.policy, random.Random(seed)
        editions.keep(state, self.policy.edition.hash, loaded.files)
        self.journal = Journal(LogPaths.of(state), self.policy.edition, lambda: MONDAY)
        self.journal.gate("started", "The gate started", at=MONDAY)

    def beat(self, start: datetime, end: datetime) -> None:
        while start < end:
            self.journal.gate("heartbeat", "The gate is running", at=start)
            start += timedelta(minutes=1)

    def tried(self, when: datetime, person: str | None = "stf-0042", **more: Any) -> None:
        """One attempt of the teacher's laptop; what is attributed is as it is given."""
        shown = Connection(
            protocol="tls", names=("www.facebook.com",), server_name="www.facebook.com",
            source_ip="10.77.20.31", mac="3c:22:fb:00:00:31",
        )  # fmt: skip
        seen = self.chance.choice(SEEN)
        record = decision_record(
            decide(self.policy, shown, when), "block", seen=seen, clock="synchronised", at=when,
            repeat=self.chance.randint(1, 9), **more,
        )  # fmt: skip
        record["user"].pop("id", None)
        record["user"] |= {"id": person} if person else {}
        record["bellgate"]["attribution"] = "held" if person else "address"
        self.journal.submit(record)

    def some(self, day: datetime, number: int, person: str | None = "stf-0042") -> None:
        """So many attempts of a day's morning, in order."""
        minutes = sorted(self.chance.sample(range(9 * 60, 12 * 60), number))
        for minute in minutes:
            self.tried(day + timedelta(minutes=minute), person)

    def close(self) -> None:
        assert self.journal.close() == 0


def handover(state: Path) -> None:
    """The laptop goes to somebody else on Wednesday; on Thursday only its address was known. At
    night the gate is off: a hundred tests read this week."""
    week = Week(state, 1)
    for day in range(5):
        midnight = MONDAY + timedelta(days=day)
        week.beat(midnight + timedelta(hours=8), midnight + timedelta(hours=16))
    week.some(MONDAY, 7)
    week.some(MONDAY + timedelta(days=1), 5)
    week.some(WEDNESDAY, 6, "stf-0099")
    week.some(MONDAY + timedelta(days=3), 4, None)
    week.close()


def outage(state: Path) -> None:
    """On Tuesday the gate was away for 47 minutes of the morning, and the disk was full before."""
    week = Week(state, 2)
    tuesday = MONDAY + timedelta(days=1)
    week.beat(MONDAY, tuesday + timedelta(hours=10))
    week.journal.gate(
        "records-lost", "The log could not be written", at=tuesday + timedelta(hours=9, minutes=55),
        lost=17, delayed=2,
        **{"from": "2026-11-24T09:40:00Z", "to": "2026-11-24T09:55:00Z"},
    )  # fmt: skip
    week.beat(tuesday + timedelta(hours=10, minutes=46), MONDAY + timedelta(days=5))
    for day in (0, 1, 3):
        week.some(MONDAY + timedelta(days=day), 6)
    week.tried(tuesday + timedelta(hours=9, minutes=58))
    week.close()


def wrong_clock(state: Path) -> None:
    """On Thursday the gate starts with a clock an hour ahead; at 10:20 it is put right."""
    week = Week(state, 3)
    thursday = MONDAY + timedelta(days=3)
    week.beat(MONDAY, thursday)
    week.some(MONDAY, 5)
    week.journal.gate("started", "The gate started", at=thursday + timedelta(hours=1))
    week.beat(thursday + timedelta(hours=1), thursday + timedelta(hours=11, minutes=20))
    for minute in (15, 40, 41):
        week.tried(thursday + timedelta(hours=10, minutes=minute))
    week.journal.gate(
        "clock-stepped", "The clock was put back by 3,600 seconds",
        at=thursday + timedelta(hours=10, minutes=20), seconds=-3600.0,
    )  # fmt: skip
    week.beat(thursday + timedelta(hours=10, minutes=20), MONDAY + timedelta(days=5))
    week.tried(thursday + timedelta(hours=14))
    week.close()


def holders(folder: Path) -> Path:
    """The sample's files, in which the laptop changes hands on Wednesday."""
    shutil.copytree(SAMPLE, folder)
    file = folder / "devices.yaml"
    text = file.read_text()
    before = "      - person: stf-0042\n        from: 2026-09-01\n"
    assert before in text
    after = "        to: 2026-11-24\n      - person: stf-0099\n        from: 2026-11-25\n"
    file.write_text(text.replace(before, before + after))
    return folder


def lines_of(state: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted((state / "log").glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]

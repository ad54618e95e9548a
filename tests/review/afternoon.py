"""A school's log as a head teacher asks about it, written by the real journal. No test here."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bellgate.audit import LogPaths
from bellgate.audit.log.note import Checkpoint
from bellgate.audit.record.record import Record, Seen, decision_record
from bellgate.policy.action import Outcome
from bellgate.review.pack.edition import EditionKept, RuleText
from bellgate.review.pack.findings import Findings
from bellgate.review.pack.material import gather
from bellgate.review.pack.question import Question
from bellgate.review.visits.attempts import Attempt
from tests.audit.world import EDITION, LONDON, POLICY, decision, journal

MONDAY = date(2026, 11, 23)
FRIDAY = date(2026, 11, 27)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
CHECKPOINT = Checkpoint("bellgate/gateway", 100, b"\1" * 32)
NUMBERS = iter(range(10**9))


def at(clock: str, day: int = 0) -> datetime:
    """`10:15` or `10:15:03` on the Monday, or so many days later. In November London has UTC."""
    hours, minutes, *seconds = map(int, clock.split(":"))
    return MIDNIGHT + timedelta(days=day, hours=hours, minutes=minutes, seconds=sum(seconds))


def attempt(
    when: datetime,
    action: Outcome = "block",
    seen: Seen = "connection",
    *,
    host: str = "www.facebook.com",
    ip: str = "10.77.20.31",
    mac: str | None = "3c:22:fb:00:00:31",
    **more: Any,
) -> Attempt:
    """One attempt, through a real record."""
    decided = decision(host, when, ip=ip, mac=mac)
    record = decision_record(decided, action, seen=seen, clock="synchronised", at=when, **more)
    record["event"]["sequence"] = next(NUMBERS)
    found = Attempt.of(record)
    assert found is not None
    return found


def question(person: str | None = "stf-0042", device: str | None = None) -> Question:
    return Question(
        person=person,
        device=device,
        first=MONDAY,
        last=FRIDAY,
        reason="A parent's complaint",
        by="head",
        at=MIDNIGHT + timedelta(days=7, hours=9),
        zone=LONDON,
    )


class Week:
    """A week of the gate's life. Heartbeats come each minute of the sessions unless told."""

    def __init__(self, state: Path) -> None:
        self.log = state / "log"
        self.paths = LogPaths.of(state)
        self._journal = journal(state)

    def watched(self, *, silent: tuple[datetime, datetime] | None = None) -> "Week":
        self._journal.gate("started", "The gate started", at=MIDNIGHT)
        for minute in range(5 * 24 * 60):
            moment = MIDNIGHT + timedelta(minutes=minute)
            if silent is None or not silent[0] < moment < silent[1]:
                self._journal.gate("heartbeat", "The gate is running", at=moment)
        return self

    def under(self, edition: str) -> "Week":
        """What the gate says from now on it says under another edition of the policy."""
        self._journal.edition = replace(EDITION, hash=edition)
        return self

    def gate(self, action: Any, message: str, when: datetime, **facts: Any) -> "Week":
        self._journal.gate(action, message, at=when, **facts)
        return self

    def tried(
        self, when: datetime, action: Outcome = "block", seen: Seen = "connection", *,
        host: str = "www.facebook.com", ip: str = "10.77.20.31",
        mac: str | None = "3c:22:fb:00:00:31", **more: Any,
    ) -> "Week":  # fmt: skip
        decided = decision(host, when, ip=ip, mac=mac)
        record = decision_record(decided, action, seen=seen, clock="synchronised", at=when, **more)
        return self.recorded(record)

    def recorded(self, record: Record) -> "Week":
        self._journal.submit(record)
        return self

    def findings(self, asked: Question | None = None) -> Findings:
        self._journal.flush(60)
        asked = asked or question()
        return Findings(
            asked, gather(self.log, asked), (edition(asked),), {"facebook": "Facebook"},
            CHECKPOINT, EDITION.school,
        )  # fmt: skip

    def close(self) -> Path:
        assert self._journal.close() == 0
        return self.log


def edition(asked: Question) -> EditionKept:
    sessions = POLICY.timetable(POLICY.groups["staff"]).sessions
    return EditionKept(
        hash=EDITION.hash,
        since=asked.since,
        until=asked.until,
        kept=True,
        timetable=True,
        files=(("rules.yaml", "ab" * 32),),
        rules=(RuleText("Staff", "rules.yaml:8", "- name: Staff\n  do: block"),),
        sessions=tuple(s for s in sessions if asked.since <= s.start < asked.until),
        title=EDITION.title,
        notice=EDITION.notice,
        is_to_staff=True,
    )

"""Logs for the tests of retention: many kinds of record over many days, and one that deletes.

What should be gone is worked out here a second time, from the plain facts that a record was made
of. No test lives here.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

from bellgate.audit import Deletion, Limit, Limits, LogPaths
from bellgate.audit.log.line import line_of
from bellgate.audit.log.recovery import open_log
from bellgate.audit.log.store import Line, Store
from bellgate.audit.record.record import decision_record, event_record, timestamp
from bellgate.audit.record.retention import Kept, Record
from bellgate.policy.facts import Connection
from tests.audit.world import EDITION, LONDON, decision

Kind = Literal["staff", "year-5", "heartbeat", "failure", "review"]
KINDS: tuple[Kind, ...] = ("staff", "year-5", "heartbeat", "failure", "review")
# What each kind's period is kept under, where there is none for the innermost group.
ENTRY = {"staff": "staff", "year-5": "pupils", "heartbeat": "gate", "review": "reviewers"}
FIRST = datetime(2026, 10, 20, 22, 30, tzinfo=UTC)
TODAY = date(2026, 12, 1)
PERIODS = {"pupils": 30, "staff": 20, "guests": 25, "reviewers": 35, "gate": 38}
PUPIL = Connection("10.77.10.21", "tls", ("pupil.example",))


@dataclass(frozen=True)
class Fact:
    """What one record of a made-up log is made of. `host` stands in its line and nowhere else."""

    kind: Kind
    at: datetime
    host: str

    @property
    def line(self) -> Line:
        return line_of(self.record)

    @property
    def record(self) -> Record:
        match self.kind:
            case "staff":
                decided = decision(f"{self.host}.facebook.com", self.at)
                return decision_record(decided, "block", seen="page", clock="synchronised")
            case "year-5":
                decided = decision(
                    f"{self.host}.facebook.com", self.at, ip=PUPIL.source_ip,
                    mac="3c:22:fb:00:00:21",
                )  # fmt: skip
                return decision_record(decided, "block", seen="page", clock="synchronised")
            case "review":
                return event_record(
                    "bellgate.review", "viewed", self.host, edition=EDITION, at=self.at,
                    clock="synchronised", user="head", target="stf-0042",
                )  # fmt: skip
            case "failure" | "heartbeat":
                return event_record(
                    "bellgate.gate", "error" if self.kind == "failure" else "heartbeat", self.host,
                    edition=EDITION, at=self.at, clock="synchronised",
                    connection=PUPIL if self.kind == "failure" else None,
                )  # fmt: skip

    def is_gone(self, periods: dict[str, int], today: date) -> bool:
        """By whole days of the school's own calendar."""
        people = [days for whose, days in periods.items() if whose not in ("gate", "reviewers")]
        days = periods.get(self.kind) or periods.get(ENTRY.get(self.kind, ""))
        there = self.at.astimezone(LONDON).date()
        return there + timedelta(days=days or min(people)) <= today


def limits(periods: dict[str, int], today: date) -> Limits:
    def limit(days: int) -> Limit:
        first_kept = today - timedelta(days=days - 1)
        midnight = datetime(first_kept.year, first_kept.month, first_kept.day, tzinfo=LONDON)
        return Limit(f"{days} days", timestamp(midnight), first_kept.isoformat())

    return Limits({whose: limit(days) for whose, days in periods.items()})


@dataclass
class Holding:
    """Cases that hold what names one of these hosts."""

    hosts: frozenset[str] = frozenset()

    def kept(self) -> Kept:
        return lambda record: any(host in str(record) for host in self.hosts)

    @contextmanager
    def still(self) -> Iterator[None]:
        yield


class OpenLog:
    """The one writer of a log, without its threads."""

    def __init__(self, state: Path) -> None:
        self.paths = LogPaths.of(state)
        self.store: Store = open_log(self.paths, "gateway", LONDON).store
        self.told: list[Deletion] = []
        self.today = date(2026, 12, 30)

    def write(self, facts: Iterable[Fact]) -> str:
        """Write and sign; returns the checkpoint."""
        batch = self.store.prepare([fact.line for fact in facts])
        self.store.commit(batch)
        return batch.note

    def tell(self, deletion: Deletion) -> None:
        self.told.append(deletion)
        at = datetime.combine(self.today, time(3, 5), UTC)
        record = event_record(
            "bellgate.gate", "deleted", deletion.message, edition=EDITION,
            at=at, clock="synchronised", facts=deletion.facts,
        )  # fmt: skip
        self.store.commit(self.store.prepare([line_of(record)]))

    def close(self) -> None:
        self.store.close()


@dataclass
class Bytes:
    """A log's lines as they were, by day."""

    days: dict[str, list[bytes]] = field(default_factory=dict)

    @classmethod
    def of(cls, log: Path) -> "Bytes":
        return cls({p.name: p.read_bytes().split(b"\n")[:-1] for p in sorted(log.glob("*.jsonl"))})


def every_other_day() -> list[Fact]:
    """Of each kind one a day, in turn."""
    return [
        Fact(kind, FIRST + timedelta(days=day, hours=hour), f"d{day}h{hour}x")
        for day in range(40)
        for hour, kind in enumerate(KINDS)
    ]


def what_is_there(log: Path) -> str:
    return "".join(p.read_text() for p in log.glob("*.jsonl*"))


def open_again_is_well(paths: LogPaths) -> bool:
    size = int(paths.checkpoint.read_text().splitlines()[1])
    log = OpenLog(paths.log.parent)
    log.close()
    return log.store.size == size and not paths.log.with_name("log.1").exists()

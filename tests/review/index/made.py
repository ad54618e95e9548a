"""Logs and an index over them, for the tests of the index. No test lives here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bellgate.audit import LogPaths
from bellgate.audit.log.line import line_of
from bellgate.audit.record.record import Record, Seen, decision_record, event_record
from bellgate.policy.action import Outcome
from bellgate.review.index import Index, Search, VisitRow
from bellgate.review.visits.attempts import Attempt
from bellgate.review.visits.visits import Visit, visits
from tests.audit.keeping import OpenLog
from tests.audit.world import EDITION, LONDON, decision

TEN = datetime(2026, 11, 23, 10, tzinfo=UTC)
TERM = (datetime(2026, 9, 1, tzinfo=UTC).date(), datetime(2026, 12, 31, tzinfo=UTC).date())


def tried(
    at: datetime,
    action: Outcome = "block",
    seen: Seen = "connection",
    *,
    host: str = "www.facebook.com",
    device: str | None = "staff-laptop-07",
    person: str | None = "stf-0042",
    **more: Any,
) -> Record:
    """One record; who it is attributed to is as given."""
    record = decision_record(
        decision(host, at), action, seen=seen, clock="synchronised", at=at, **more
    )
    if device is None:
        record.pop("device", None)
    else:
        record["device"] = {"id": device}
    record["user"].pop("id", None)
    if person is not None:
        record["user"]["id"] = person
    record["bellgate"]["attribution"] = "held" if person else "address"
    return record


def gate(action: Any, at: datetime, message: str = "said", **facts: Any) -> Record:
    return event_record(
        "bellgate.gate", action, message, edition=EDITION, at=at, clock="synchronised", facts=facts
    )


def review(action: Any, at: datetime, **more: Any) -> Record:
    return event_record(
        "bellgate.review", action, "looked", edition=EDITION, at=at, clock="synchronised", **more
    )


@dataclass
class School:
    """A state folder with a log that is being written, and an index that follows it."""

    state: Path
    log: OpenLog = field(init=False)
    index: Index = field(init=False)
    now: datetime = TEN

    def __post_init__(self) -> None:
        self.log = OpenLog(self.state)
        self.index = self.opened()

    def opened(self) -> Index:
        return Index.open(self.state / "index" / "index.sqlite", LONDON, lambda: self.now)

    @property
    def paths(self) -> LogPaths:
        return self.log.paths

    def write(self, *records: Record) -> "School":
        store = self.log.store
        store.commit(store.prepare([line_of(record) for record in records]))
        return self

    def follow(self) -> int:
        return self.index.follow(self.paths)

    def reopened(self) -> "School":
        """As after a restart of whoever follows."""
        self.index.close()
        self.index = self.opened()
        return self

    def rows(self, **search: Any) -> list[VisitRow]:
        return list(self.index.every_visit(Search(**search)))

    def days(self) -> list[Path]:
        return sorted(self.paths.log.glob("*.jsonl"))

    def close(self) -> None:
        self.index.close()
        self.log.close()


def attempts_in(log: Path) -> list[Attempt]:
    """Every attempt that is in a log now."""
    from bellgate.audit.log.entries import entries

    found = (Attempt.of(entry.record) for entry in entries(log) if entry.record is not None)
    return [attempt for attempt in found if attempt is not None]


def expected(attempts: Iterable[Attempt]) -> list[Visit]:
    """The visits of each person, and of nobody, apart: newest first."""
    apart: dict[str | None, list[Attempt]] = {}
    for attempt in attempts:
        apart.setdefault(attempt.person, []).append(attempt)
    found = [visit for theirs in apart.values() for visit in visits(theirs)]
    return sorted(found, key=lambda v: (v.first, v.attempts[0].number), reverse=True)


def facts_of(visit: Visit) -> tuple[Any, ...]:
    """What an index's row must say of a visit."""
    told = next((a for a in visit.attempts if a.tried), visit.attempts[0])
    return (
        visit.attempts[0].number, visit.who, visit.what, visit.first, visit.last, dict(visit.seen),
        dict(visit.actions), visit.carried_over, len(visit.hosts), len(visit.attempts),
        visit.grounds, told.person, told.session, told.roles, visit.grade or "nothing",
    )  # fmt: skip


def facts_in(row: VisitRow) -> tuple[Any, ...]:
    return (
        row.number, row.who, row.what, row.first, row.last, dict(row.seen), dict(row.actions),
        row.carried_over, row.hosts, row.records, row.grounds, row.person, row.session, row.roles,
        row.grade,
    )  # fmt: skip


MINUTE = timedelta(minutes=1)

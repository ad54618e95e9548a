"""Cases: what is kept past its time because somebody is looking into it, and why.

One file, replaced whole under a lock. A file that makes no sense is never taken for an empty one:
while it makes none, nothing may be deleted. The commands record what is held and released; the time
is an argument. If we crash in between, either the old file or the new one is there.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from bellgate.audit.record.event_kinds import GATE
from bellgate.audit.record.record import timestamp
from bellgate.audit.record.retention import open_until
from bellgate.disk import locked, make_folder, write_whole
from bellgate.policy.wall_clock import instant_of

FILE: Final = "cases/cases.json"
KEPT_AFTER: Final = relativedelta(months=6)
"""How long after a case is closed its records are kept, in case of an appeal."""
REVIEWED_AFTER: Final = relativedelta(months=3)
"""How long after a case is opened somebody reviews whether it is needed, if no date is given."""

Record = dict[str, Any]
Kept = Callable[[Record], bool]


class CasesDamaged(ValueError):
    """The cases file cannot be read; the text says so in one line."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What is kept: about a person, a device or everybody, from a day to a day, inclusive.

    `devices` are the person's own: what is attributed to nobody on them is part of the case.
    """

    person: str | None = None
    device: str | None = None
    first: date | None = None
    last: date | None = None
    devices: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        whose = self.person or self.device or "everybody"
        if self.first and self.first == self.last:
            return f"{whose}, on {self.first}"
        if self.first and self.last:
            return f"{whose}, {self.first} to {self.last}"
        if self.first:
            return f"{whose}, from {self.first} on"
        return f"{whose}, up to {self.last}" if self.last else f"{whose}, without end"


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote down about a case."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `closed` is None while it is open; on `review` somebody looks whether it is still
    needed."""

    id: str
    opened: datetime
    by: str
    reason: str
    review: date
    holds: tuple[Hold, ...] = ()
    closed: datetime | None = None
    investigators: tuple[str, ...] = ()
    """Accounts of the pages that it was handed to; each sees this case and nothing else."""
    about_head: bool = False
    """Whether it is about the head: then the chair of governors sees it."""
    notes: tuple[Note, ...] = ()

    def holds_until(self, zone: ZoneInfo) -> date | None:
        """The first day on which it holds nothing any more; None while it is open."""
        return self.closed.astimezone(zone).date() + KEPT_AFTER if self.closed else None

    def is_over(self, today: date, zone: ZoneInfo) -> bool:
        until = self.holds_until(zone)
        return until is not None and until <= today


class CaseBook:
    """The cases of one state folder, in the school's zone."""

    def __init__(self, state: Path, zone: ZoneInfo) -> None:
        self._file, self._zone = state / FILE, zone

    def read(self) -> tuple[Case, ...]:
        """All of them, oldest first. Raises CasesDamaged."""
        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as e:
            raise CasesDamaged(f"{self._file} cannot be read: {e.strerror}") from e
        try:
            return tuple(_case(fields) for fields in json.loads(content))
        except (ValueError, TypeError, KeyError) as e:
            raise CasesDamaged(f"{self._file} is damaged: put the last good copy back") from e

    def add(self, case: Case) -> None:
        self._replace(lambda cases: (*cases, case), case.opened)

    def hold(self, id: str, hold: Hold, now: datetime) -> None:
        self._change(id, lambda case: replace(case, holds=(*case.holds, hold)), now)

    def review(self, id: str, on: date, now: datetime) -> None:
        self._change(id, lambda case: replace(case, review=on), now)

    def note(self, id: str, note: Note) -> None:
        self._change(id, lambda case: replace(case, notes=(*case.notes, note)), note.at)

    def hand_to(self, id: str, account: str, now: datetime) -> None:
        """An investigator sees it from now on."""
        self._change(
            id,
            lambda case: replace(case, investigators=tuple({*case.investigators, account})),
            now,
        )

    def close(self, id: str, now: datetime) -> None:
        self._change(id, lambda case: replace(case, closed=now), now)

    def kept(self, today: date) -> Kept:
        """What cases hold on a day. Raises CasesDamaged."""
        holds = [_Span.of(hold, self._zone) for case in self.holding(today) for hold in case.holds]
        return lambda record: any(hold.has(record) for hold in holds)

    def holding(self, today: date) -> list[Case]:
        """Those that hold something on a day. Raises CasesDamaged."""
        return [c for c in self.read() if c.holds and not c.is_over(today, self._zone)]

    @contextmanager
    def still(self) -> Iterator[None]:
        """While this lasts, no case changes."""
        make_folder(self._file.parent)
        with locked(self._file.with_suffix(".lock")):
            yield

    def _change(self, id: str, how: Callable[[Case], Case], now: datetime) -> None:
        self._replace(lambda cases: tuple(how(c) if c.id == id else c for c in cases), now)

    def _replace(
        self, change: Callable[[tuple[Case, ...]], tuple[Case, ...]], now: datetime
    ) -> None:
        today = now.astimezone(self._zone).date()
        with self.still():
            # A case that is over has its records; here it would be kept past its own time.
            cases = [c for c in change(self.read()) if not c.is_over(today, self._zone)]
            write_whole(self._file, json.dumps([_fields(c) for c in cases], indent=1) + "\n", 0o600)


@dataclass(frozen=True, slots=True)
class _Span:
    """A hold, with its days as the instants that they begin and end at."""

    hold: Hold
    since: str
    until: str

    @classmethod
    def of(cls, hold: Hold, zone: ZoneInfo) -> "_Span":
        def midnight(day: date) -> str:
            return timestamp(instant_of(day, time(), zone))

        return cls(
            hold,
            midnight(hold.first) if hold.first else "",
            midnight(hold.last + timedelta(days=1)) if hold.last else "~",
        )

    def has(self, record: Record) -> bool:
        when = record.get("@timestamp")
        if not isinstance(when, str):
            return False
        granted_until = open_until(record)
        if granted_until is not None:
            # No matter whom it was for: it may be what clears somebody.
            return when < self.until and self.since < granted_until
        return self.since <= when < self.until and self._is_about(record)

    def _is_about(self, record: Record) -> bool:
        hold = self.hold
        if hold.person is None and hold.device is None:
            return True
        # Whether the gate ran and the log was whole is evidence, and it is not about anybody.
        if _at(record, "event", "dataset") == GATE and "source" not in record:
            return True
        if hold.device is not None:
            # What only claimed to be the device may be what clears its holder.
            return hold.device in (_at(record, "device", "id"), _at(record, "bellgate", "claimed"))
        named = (_at(record, "user", "id"), _at(record, "user", "target", "id"))
        shown = (_at(record, "device", "id"), _at(record, "bellgate", "claimed"))
        on_theirs = any(device in hold.devices for device in shown)
        return hold.person in named or (on_theirs and named == (None, None))


def _at(record: Record, *path: str) -> Any:
    value: Any = record
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _fields(case: Case) -> dict[str, object]:
    return {
        "id": case.id,
        "opened": case.opened.isoformat(),
        "by": case.by,
        "reason": case.reason,
        "review": case.review.isoformat(),
        "holds": [hold_fields(hold) for hold in case.holds],
        "closed": case.closed.isoformat() if case.closed else None,
        "investigators": list(case.investigators),
        "about_head": case.about_head,
        "notes": [{"at": n.at.isoformat(), "by": n.by, "text": n.text} for n in case.notes],
    }


def hold_fields(hold: Hold) -> dict[str, str | list[str] | None]:
    """A hold as the record and the file of cases have it."""
    return {
        "person": hold.person,
        "device": hold.device,
        "from": hold.first.isoformat() if hold.first else None,
        "to": hold.last.isoformat() if hold.last else None,
        "devices": list(hold.devices) or None,
    }


def _case(fields: dict[str, Any]) -> Case:
    return Case(
        id=_text(fields["id"]),
        opened=_instant(fields["opened"]),
        by=_text(fields["by"]),
        reason=_text(fields["reason"]),
        review=date.fromisoformat(fields["review"]),
        holds=tuple(_hold(each) for each in fields["holds"]),
        closed=_instant(fields["closed"]) if fields["closed"] is not None else None,
        investigators=tuple(_text(each) for each in fields["investigators"]),
        about_head=fields["about_head"] is True,
        notes=tuple(
            Note(_instant(n["at"]), _text(n["by"]), _text(n["text"])) for n in fields["notes"]
        ),
    )


def _hold(fields: dict[str, Any]) -> Hold:
    person, device = fields["person"], fields["device"]
    return Hold(
        _text(person) if person is not None else None,
        _text(device) if device is not None else None,
        date.fromisoformat(fields["from"]) if fields["from"] is not None else None,
        date.fromisoformat(fields["to"]) if fields["to"] is not None else None,
        tuple(_text(device) for device in fields["devices"] or ()),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment

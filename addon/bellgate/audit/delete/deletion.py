"""Emptying the lines whose time is up, in days that nobody writes any more.

What is gone is `retention.py`'s judgement, what a case holds is the caller's. Here the log is read,
each deletion is handed over as a record, and the days' files are rewritten. No clock.

What holds if we crash, day by day:
1. before the `deleted` record is acknowledged: nothing has changed.
2. after that: the record names lines that are still there. That is in order; the next run empties
   them, and needs no further record.
3. while the new file is written beside the old one: the draft is no day's file, and the next run
   takes it away.
4. after the new file took the old one's place: the lines are gone, their leaves are there, and the
   record says why. The hashes in the `.leaves` file were the same all along.
The newest day is the writer's: it is left alone, as is what no checkpoint covers yet.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from bellgate.audit.log.day_files import (
    DayFiles,
    days_of,
    expired_leaf,
    expired_line,
    leaf_of,
    parsed,
    sequence_of,
    whole_lines,
)
from bellgate.audit.log.paths import LogPaths, signed_checkpoint
from bellgate.audit.record.retention import (
    Kept,
    Limits,
    Record,
    Run,
    added,
    as_ranges,
    count,
    in_parts,
)
from bellgate.audit.verify.emptied import Reason, Reasons, reason_of
from bellgate.audit.verify.one_log import deleted_elsewhere
from bellgate.disk import locked, sync_folder

_OPENING: Final = b'{"@timestamp":"'
_WHEN: Final = slice(len(_OPENING), len(_OPENING) + len("2026-11-23T10:15:03.123456Z"))
_SYNC_EVERY: Final = 8 << 20
"""Bytes after which a rewritten day is synced: in parts, so that the gate's own small writes never
wait behind one long one."""


class OutOfOrder(Exception):
    """The log is not what it should be, so nothing of it is deleted; the text says where."""


class Holds(Protocol):
    """What cases hold past its time."""

    def kept(self) -> Kept:
        """As things stand now. Raises where that cannot be told: then nothing is deleted."""

    def still(self) -> AbstractContextManager[None]:
        """While this lasts, nothing is newly held."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """What a `deleted` record says: exactly these numbers of one day, for one reason."""

    day: str
    why: str
    runs: tuple[Run, ...]
    log: str | None = None
    """The folder of a log that was set aside; None for the current one."""
    removed: bool = False
    """The whole folder goes: everything in it has been emptied."""

    @property
    def message(self) -> str:
        if self.removed:
            return f"{self.log} was removed: the time of everything in it was up"
        number = count(self.runs)
        of = f" in {self.log}" if self.log else ""
        records = "1 record" if number == 1 else f"{number} records"
        return f"Emptied {records} of {self.day}{of}, whose time was up ({self.why})"

    @property
    def facts(self) -> dict[str, object]:
        if self.removed:
            return {"log": self.log, "removed": True, "why": self.why}
        return {
            "day": self.day,
            "why": self.why,
            "first": self.runs[0][0],
            "last": self.runs[-1][1],
            "count": count(self.runs),
            "ranges": as_ranges(self.runs),
            "log": self.log,
        }


@dataclass(slots=True)
class Outcome:
    """What a run did."""

    emptied: int = 0
    days: int = 0
    removed: list[str] = field(default_factory=list)


Tell = Callable[[Deletion], None]
"""Makes a deletion a record; returns when it is acknowledged, raises where it cannot be."""


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run goes by."""

    limits: Limits
    holds: Holds
    tell: Tell
    outcome: Outcome


@dataclass(slots=True)
class _Due:
    """What of one day is to go: the places in its file (from 0), the numbers by their reason."""

    files: DayFiles
    places: list[Run] = field(default_factory=list)
    numbers: dict[str, list[Run]] = field(default_factory=dict)

    def add(self, place: int, number: int, why: str) -> None:
        added(self.places, place)
        added(self.numbers.setdefault(why, []), number)


def expire(paths: LogPaths, limits: Limits, holds: Holds, tell: Tell) -> Outcome:
    """Empty everything whose time is up, of the current log and of those set aside.

    Raises OSError, OutOfOrder and what `holds` and `tell` raise; what was done until then is done.
    """
    run = _Run(limits, holds, tell, Outcome())
    with _alone(paths):
        for log in (paths.log, *paths.aside):
            for draft in log.glob("*.jsonl.new"):
                draft.unlink()
        for log in paths.aside:
            _expire_aside(log, run)
        _expire_current(paths, run)
    return run.outcome


def _expire_current(paths: LogPaths, run: _Run) -> None:
    # Before the lines: they are then at least as new.
    checkpoint = signed_checkpoint(paths.checkpoint)
    if checkpoint is None:
        return
    due, named = _due_of_current(paths.log, checkpoint.size, run.limits, run.holds.kept())
    _empty(due, Reasons(named), None, run)


def _due_of_current(
    log: Path, signed: int, limits: Limits, kept: Kept
) -> tuple[list[_Due], list[Reason]]:
    """What is to go, day by day, and what `deleted` records name already."""
    due: list[_Due] = []
    named: list[Reason] = []
    newest, number = limits.newest.encode(), 0
    days = days_of(log)
    for files in days:
        of_day, is_over = _Due(files), files != days[-1] and files.day < limits.newest_day
        for place, text in enumerate(whole_lines(files.lines)):
            if b'"action":"deleted"' in text:
                named += _said(parsed(text))
            # Most lines open as the writer opens them, and are too new for anybody's period.
            if is_over and number < signed and not (
                text.startswith(_OPENING) and text[_WHEN] >= newest
            ):  # fmt: skip
                why = _why_gone(text[:-1], number, files.day, limits, kept)
                if why is not None:
                    of_day.add(place, number, why)
            number += 1
        if of_day.places:
            due.append(of_day)
    return due, named


def _said(record: Record | None) -> list[Reason]:
    reason = reason_of(record or {})
    return [reason] if reason is not None else []


def _why_gone(line: bytes, number: int, day: str, limits: Limits, kept: Kept) -> str | None:
    if expired_leaf(line) is not None:
        return None
    record = parsed(line) or {}
    if sequence_of(record) != number:
        raise OutOfOrder(f"record {number} is not in its place")
    why = limits.why(record, day)
    return None if why is None or kept(record) else why


def _expire_aside(log: Path, run: _Run) -> None:
    """A log that was set aside is out of order: its lines are judged one by one as they are."""
    due, named = _due_of_aside(log, run.limits, run.holds.kept())
    _empty(due, Reasons([*named, *deleted_elsewhere(log)]), log.name, run)
    if _is_over(log, run.limits):
        why = "everything in it had been emptied"
        run.tell(Deletion("", why, (), log.name, removed=True))
        shutil.rmtree(log)
        sync_folder(log.parent)
        run.outcome.removed.append(log.name)


def _due_of_aside(log: Path, limits: Limits, kept: Kept) -> tuple[list[_Due], list[Reason]]:
    due: list[_Due] = []
    named: list[Reason] = []
    number = -1
    for files in days_of(log):
        of_day = _Due(files)
        for place, text in enumerate(whole_lines(files.lines)):
            line = text.removesuffix(b"\n")
            record = parsed(line)
            carried = sequence_of(record) if record is not None else None
            # Numbers may be missing, and stand twice; what a record names must only go up.
            number = carried if carried is not None and carried > number else number + 1
            if expired_leaf(line) is not None:
                continue
            if carried is None or record is None:
                # Nobody can say whose it is: it is kept as long as anything of its day.
                if _is_long_ago(files, limits):
                    of_day.add(place, number, f"unreadable: {limits.longest.said}")
                continue
            named += _said(record)
            why = limits.why(record, files.day)
            if why is not None and not kept(record):
                of_day.add(place, number, why)
        if of_day.places:
            due.append(of_day)
    return due, named


def _is_over(log: Path, limits: Limits) -> bool:
    """Whether nothing is left of a log but emptied lines and their reasons."""
    days = days_of(log)
    for files in days:
        if not files.lines.exists() and not _is_long_ago(files, limits):
            return False
        for text in whole_lines(files.lines):
            line = text.removesuffix(b"\n")
            if expired_leaf(line) is None and not _speaks_of_nothing_left(parsed(line), log):
                return False
    return bool(days)


def _is_long_ago(files: DayFiles, limits: Limits) -> bool:
    """Whether a day is before every period."""
    return files.day < limits.longest.first_kept


def _speaks_of_nothing_left(record: Record | None, log: Path) -> bool:
    match record:
        case {
            "event": {"dataset": "bellgate.gate", "action": "deleted"},
            "bellgate": dict(said),
        }:
            other = said.get("log")
            return not (isinstance(other, str) and (log.parent / other).is_dir())
    return False


def _empty(due: list[_Due], named: Reasons, log: str | None, run: _Run) -> None:
    """The records first: a line without a reason would be one that somebody took away."""
    for of_day in due:
        for why, runs in of_day.numbers.items():
            day = of_day.files.day
            unnamed = [part for each in runs for part in named.without(day, each)]
            for part in in_parts(unnamed):
                run.tell(Deletion(day, why, tuple(part), log))
        with run.holds.still():
            run.outcome.emptied += _rewrite(of_day, run.holds.kept())
        run.outcome.days += 1


def _rewrite(due: _Due, kept: Kept) -> int:
    """Put a day's file without the lines that are due in place of the old one."""
    path = due.files.lines
    draft = path.with_name(path.name + ".new")
    before = path.stat()
    emptied = 0
    try:
        with draft.open("wb") as file:
            os.fchmod(file.fileno(), before.st_mode & 0o7777)
            with suppress(PermissionError):
                os.fchown(file.fileno(), before.st_uid, before.st_gid)
            places = _each(due.places)
            next_due = next(places, None)
            unsynced = 0
            for place, text in enumerate(whole_lines(path)):
                line = text
                if place == next_due:
                    next_due = next(places, None)
                    # Somebody may have opened a case since.
                    if not kept(parsed(text) or {}):
                        bare = text.removesuffix(b"\n")
                        line = expired_line(leaf_of(bare)) + text[len(bare) :]
                        emptied += 1
                file.write(line)
                unsynced += len(line)
                if unsynced >= _SYNC_EVERY:
                    file.flush()
                    os.fdatasync(file.fileno())
                    unsynced = 0
            file.flush()
            os.fsync(file.fileno())
        _unchanged(path, before)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return emptied


def _unchanged(path: Path, before: os.stat_result) -> None:
    """Nobody writes a day that is over; if somebody did, theirs counts."""
    now = path.stat()
    if (now.st_ino, now.st_size, now.st_mtime_ns) != (
        before.st_ino,
        before.st_size,
        before.st_mtime_ns,
    ):
        raise OutOfOrder(f"{path.name} was changed while it was being read")


def _each(runs: list[Run]) -> Iterator[int]:
    for first, last in runs:
        yield from range(first, last + 1)


@contextmanager
def _alone(paths: LogPaths) -> Iterator[None]:
    """One run at a time."""
    if not paths.log.is_dir():
        raise OutOfOrder(f"there is no log in {paths.log}")
    try:
        with locked(paths.log.with_name("retention.lock"), wait=False):
            yield
    except BlockingIOError:
        raise OutOfOrder("another run is at work") from None

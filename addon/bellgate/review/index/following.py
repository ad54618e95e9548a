"""The log as it stands -> what of it is to be taken in, taken anew or forgotten.

A day that is over and has not changed is passed over by its stamp. One that changed since (lines
that were emptied when due, or a hand that altered some) is taken in anew, whole. A log that is not
what it was (put back to an older state, or hashes that lead nowhere) is forgotten and taken in
anew. What holds if we crash:
1. within a batch: its transaction never was. The next run begins where the one before it ended.
2. while a changed day is taken in anew: that is one transaction with its being forgotten.
3. while a log is taken in anew: it stands as far as it was read, and says so; the next run goes on.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, func, insert, select, update

from bellgate.audit.log.day_files import DayFiles, days_of
from bellgate.audit.log.entries import Progress
from bellgate.audit.log.paths import LogPaths
from bellgate.audit.verify.covering import ByHashes, Covered, Walked, covered, origin_at
from bellgate.review.index.files import DayFile, is_other_file, known_files, stamp_of
from bellgate.review.index.gathering import Days, Gathered, gathered
from bellgate.review.index.reading import Reading, looked_at_again
from bellgate.review.index.tables import files, logs
from bellgate.review.index.writing import Writing

JUDGED_AGAIN: Final = timedelta(minutes=10)
"""How often at most a log that is out of order is read from its beginning."""

Look = Callable[[], AbstractContextManager[Connection]]
"""A look at the index as it stands."""
Transaction = Callable[[], AbstractContextManager[tuple[Connection, Writing]]]
"""One transaction, and what writes in it."""


@dataclass(frozen=True, slots=True)
class _Log:
    """A log that is to be read on: its folder, its number in the index, and what covers it."""

    folder: Path
    id: int
    stands: Covered


class Following:
    """One look at all the logs of a gateway."""

    def __init__(
        self,
        look: Look,
        transaction: Transaction,
        *,
        now: datetime,
        days: Days,
        progress: Progress,
    ) -> None:
        self._look, self._transaction = look, transaction
        self._now, self._days, self._progress = now, days, progress
        self._read = self._whole = 0
        self._forgot = False

    def follow(self, paths: LogPaths) -> int:
        """How many lines were taken in. Raises OSError."""
        # Before the current one: what is set aside meanwhile would else be in neither.
        folders = [log for log in (*paths.aside, paths.log) if log.is_dir()]
        self._forget_others({origin_at(log) for log in folders})
        plans = [plan for log in folders if (plan := self._plan(log)) is not None]
        self._whole = sum(self._bytes(plan) for plan in plans)
        lines = sum(self._log(plan) for plan in plans)
        if self._forgot:
            with self._transaction() as (connection, writing):
                writing.forget_names(connection)
        return lines

    def _forget_others(self, there: set[str]) -> None:
        """Logs that are gone."""
        with self._look() as connection:
            known = connection.execute(select(logs.c.id, logs.c.origin)).all()
        for row in known:
            if row.origin not in there:
                self._forget(row.id)

    def _forget(self, log: int) -> None:
        self._forgot = True
        with self._transaction() as (connection, writing):
            writing.forget_log(connection, log)

    def _plan(self, log: Path) -> _Log | None:
        """How the index has a log: made where it is new, forgotten where it is no longer that one.
        None where nothing is to be done."""
        origin = origin_at(log)
        with self._look() as connection:
            row = connection.execute(select(logs).where(logs.c.origin == origin)).first()
        stamp = _stamp(log) if row is None or row.problem is not None else ""
        if row is not None and self._rests(row, log, stamp):
            return None
        if row is None:
            stands = covered(log, Walked())
        else:
            stands = covered(log, _walked(row), anew=self._looks_back(log, row.id))
        if row is not None and _is_another(row, stands):
            self._forget(row.id)
            row = None
        if row is None:
            return _Log(log, self._new_log(log, origin, stands, stamp), stands)
        if row.folder != log.name:
            self._put(row.id, folder=log.name)
        return _Log(log, row.id, stands)

    def _rests(self, row: Row[Any], log: Path, stamp: str) -> bool:
        """Whether a log that is out of order was judged as it is, or not long ago."""
        if row.problem is None or row.folder != log.name:
            return False
        judged, _, before = row.stamp.partition(" ")
        return before == stamp or self._now - datetime.fromisoformat(judged) < JUDGED_AGAIN

    def _looks_back(self, log: Path, id: int) -> bool:
        """Whether lines that were taken in before are looked at again: then their hashes are, too.
        Whoever changes a line may change the hash beside it."""
        there = {each.day: each for each in days_of(log) if each.lines.exists()}
        newest = max(there, default="")
        return any(
            _is_changed(file, there.get(day)) or (not file.closed and day != newest)
            for day, file in self._known(id).items()
        )

    def _new_log(self, log: Path, origin: str, stands: Covered, stamp: str) -> int:
        with self._transaction() as (connection, _):
            id = 1 + (connection.scalar(select(func.max(logs.c.id))) or 0)
            values = {
                "id": id, "origin": origin, "folder": log.name, "size": 0, "peaks": "[0]",
                "signed": stands.cover.size, "newest": 0, "problem": stands.problem,
                "stamp": f"{self._now.isoformat()} {stamp}",
            }  # fmt: skip
            connection.execute(insert(logs).values(values))
        return id

    def _known(self, log: int) -> dict[str, DayFile]:
        with self._look() as connection:
            return known_files(connection, log)

    def _bytes(self, plan: _Log) -> int:
        """Bytes that are to be read."""
        known, whole = self._known(plan.id), 0
        for there in days_of(plan.folder):
            file = known.get(there.day)
            if there.lines.exists() and not _is_closed(file, there):
                whole += there.lines.stat().st_size - (file.bytes if file is not None else 0)
        return whole

    def _log(self, plan: _Log) -> int:
        known, days, cover = self._known(plan.id), days_of(plan.folder), plan.stands.cover
        lines, first = self._changed(plan, days, known), 0
        for there in days:
            file = known.get(there.day)
            if isinstance(cover, ByHashes):
                if there.day not in cover.first:
                    # It began just now: it is the next look's.
                    break
                first = cover.first[there.day]
            if there.lines.exists() and not _is_closed(file, there):
                before = file.lines if file is not None else 0
                file = self._day(plan, there, file, first, over=there != days[-1])
                lines += file.lines - before
            if file is not None:
                first = file.end
        self._stands(plan)
        return lines

    def _changed(self, plan: _Log, days: list[DayFiles], known: dict[str, DayFile]) -> int:
        """Days that are not what they were are forgotten and taken in anew, in one transaction."""
        there = {each.day: each for each in days if each.lines.exists()}
        changed = [file for day, file in known.items() if _is_changed(file, there.get(day))]
        if not changed:
            return 0
        self._forgot, lines = True, 0
        with self._transaction() as (connection, writing):
            for file in changed:
                writing.forget_file(connection, file)
                del known[file.day]
            for file in changed:
                if file.day in there:
                    begun = file.begun_anew(file.first)
                    reading = Reading(there[file.day], begun, plan.stands.cover)
                    anew = begun
                    while (new := self._next(reading)) is not None:
                        anew = reading.file
                        writing.take(connection, new, anew)
                    known[file.day] = anew = replace(anew, closed=file.closed)
                    anew.put(connection)
                    lines += anew.lines
        return lines

    def _day(
        self, plan: _Log, there: DayFiles, file: DayFile | None, first: int, *, over: bool
    ) -> DayFile:
        """Take in what is new of a day, and close it where it is over."""
        cover = plan.stands.cover
        before = file = file or self._new_file(plan.id, there.day, first)
        reading = Reading(there, file, cover)
        while (new := self._next(reading)) is not None:
            file = reading.file
            with self._transaction() as (connection, writing):
                writing.take(connection, new, file)
                if new.newest:
                    _put(connection, plan.id, newest=new.newest)
        file = reading.file
        if not over:
            return file
        # It was read in parts, while it grew: what was read first may have been changed since.
        again = looked_at_again(there, file, cover) if before.lines else file
        if again is None:
            self._forgot = True
            with self._transaction() as (connection, writing):
                writing.forget_file(connection, file)
            return self._day(plan, there, None, file.first, over=True)
        # The stamp of what was read: a file that takes its place meanwhile has another.
        file = replace(again, closed=1)
        with self._transaction() as (connection, _):
            file.put(connection)
        return file

    def _new_file(self, log: int, day: str, first: int) -> DayFile:
        with self._look() as connection:
            id = 1 + (connection.scalar(select(func.max(files.c.id))) or 0)
        return DayFile(id, log, day, first, first)

    def _next(self, reading: Reading) -> Gathered | None:
        """What the next lines come to; None where there are none."""
        before = reading.file
        new = gathered(reading.lines(), self._days)
        read = reading.file.bytes - before.bytes
        if not read:
            return None
        self._read += read
        self._progress(self._read, self._whole)
        return new

    def _stands(self, plan: _Log) -> None:
        """How far the log was taken in, where that is not known already."""
        walked = plan.stands.walked
        peaks = orjson.dumps([walked.size, *(peak.hex() for peak in walked.peaks)]).decode()
        end = func.max(files.c.first + files.c.lines)
        with self._look() as connection:
            there = connection.scalar(select(end).where(files.c.log == plan.id)) or 0
            row = connection.execute(select(logs).where(logs.c.id == plan.id)).one()
        # Lines that were put in make no log longer than it is.
        size = min(there, plan.stands.cover.size)
        if (row.size, row.peaks, row.signed) != (size, peaks, plan.stands.cover.size):
            self._put(plan.id, size=size, peaks=peaks, signed=plan.stands.cover.size)

    def _put(self, log: int, **values: Any) -> None:
        with self._transaction() as (connection, _):
            _put(connection, log, **values)


def _put(connection: Connection, log: int, **values: Any) -> None:
    connection.execute(update(logs).where(logs.c.id == log).values(values))


def _is_another(row: Row[Any], stands: Covered) -> bool:
    """Whether a log is not the one that was taken in, or must be judged from its beginning."""
    in_order = row.problem is None and stands.problem is None
    return not in_order or not stands.goes_on or stands.cover.size < row.size


def _is_changed(file: DayFile, there: DayFiles | None) -> bool:
    if there is None:
        return True
    return not _is_closed(file, there) if file.closed else is_other_file(file, there.lines.stat())


def _is_closed(file: DayFile | None, there: DayFiles) -> bool:
    """Whether a day is over and has not changed since it was taken in."""
    return file is not None and file.closed == 1 and file.stamp == _stamp_at(there)


def _stamp_at(there: DayFiles) -> str:
    return stamp_of(there.lines.stat())


def _walked(row: Row[Any]) -> Walked:
    size, *peaks = orjson.loads(row.peaks)
    return Walked(size, tuple(bytes.fromhex(peak) for peak in peaks))


def _stamp(log: Path) -> str:
    """What tells a log that was changed from the same one."""
    paths = sorted(path for path in log.iterdir() if path.is_file())
    return ",".join(f"{path.name}={stamp_of(path.stat())}" for path in paths)

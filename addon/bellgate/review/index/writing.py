"""What was read of the log -> the index's tables. Everything of a batch is one transaction's.

Knows SQL and the words; which lines are read, and when, is `following.py`'s.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, and_, bindparam, delete, func, insert, or_, select

from bellgate.audit.log.day_files import expired_leaf, parsed
from bellgate.review.index.dialect import added_up
from bellgate.review.index.files import DayFile, Lines, file_and_offset
from bellgate.review.index.gathering import Days, Gathered, Sign, Whose, gathered
from bellgate.review.index.life import Stretch, stretches
from bellgate.review.index.merging import Changed, Merging
from bellgate.review.index.reading import Taken
from bellgate.review.index.rows import (
    Counts,
    Rows,
    Values,
    kind_key,
    kind_sums,
    places_in,
    rows_of,
    sighting_key,
)
from bellgate.review.index.tables import (
    DEVICE_KEYS,
    DEVICE_SUMS,
    KIND_KEYS,
    KIND_SUMS,
    details,
    devices,
    events,
    files,
    kinds,
    logs,
    looks,
    visits,
)
from bellgate.review.index.tables import stretches as stretch_table
from bellgate.review.index.tables import words as word_table
from bellgate.review.index.words import Words
from bellgate.review.visits.attempts import Attempt
from bellgate.review.visits.visits import Visit

_OF_A_FILE: Final = (devices, events, looks, stretch_table)
_OF_A_LOG: Final = (kinds, events, looks, stretch_table, files)
_NAMES: Final = ("device", "address", "person", "site")
"""Words that may be somebody's: gone when nothing speaks of them any more."""
_AT_ONCE: Final = 500
"""Rows that one DELETE names."""


class Writing:
    """Writes one index. Its memory of what it wrote is right as long as nobody else writes there;
    after a transaction that failed, make a new one."""

    def __init__(self, connection: Connection, zone: ZoneInfo, home: Path, next_word: int) -> None:
        """`home` is the folder in which the logs' folders are."""
        self.words = Words()
        self.words.load(connection, next_word)
        self._days, self._home = Days(zone), home
        self._ids = {
            table.name: 1 + (connection.scalar(select(func.max(table.c.id))) or 0)
            for table in (visits, events, looks, stretch_table)
        }
        self._merging: dict[int, Merging] = {}

    def take(self, connection: Connection, new: Gathered, file: DayFile) -> None:
        """Write what is new of a file, and the file as it stands after that."""
        merging = self._merging_of(connection, file.log)
        self._merge(connection, file.log, new, merging)
        counts = Counts(DEVICE_KEYS, DEVICE_SUMS)
        for sighting, numbers in new.sightings.items():
            counts.add(sighting_key(sighting, file.id, self.words), numbers)
        self._add_up(connection, devices, DEVICE_KEYS, DEVICE_SUMS, counts)
        self._insert(connection, events, file, new.events)
        self._insert(connection, looks, file, new.looks)
        self._live(connection, file, new.signs)
        self.words.write(connection)
        file.put(connection)

    def forget_file(self, connection: Connection, file: DayFile) -> None:
        """Nothing that is from a day's file stays. What visits have from other files stays."""
        for table in _OF_A_FILE:
            connection.execute(delete(table).where(table.c.file == file.id))
        self._merging_of(connection, file.log).forget()
        touched = self._visits_in(connection, file)
        self._write(connection, Changed([values for values, _ in touched], []))
        left = self._left(connection, file, touched)
        for new in left:
            self._merge(connection, file.log, new, self._merging_of(connection, file.log))
        connection.execute(delete(files).where(files.c.id == file.id))
        self.words.write(connection)

    def forget_log(self, connection: Connection, log: int) -> None:
        """Nothing of a log stays."""
        self._merging.pop(log, None)
        theirs = select(visits.c.id).where(visits.c.log == log)
        connection.execute(delete(details).where(details.c.id.in_(theirs)))
        connection.execute(delete(visits).where(visits.c.log == log))
        of_log = select(files.c.id).where(files.c.log == log)
        connection.execute(delete(devices).where(devices.c.file.in_(of_log)))
        for table in _OF_A_LOG:
            connection.execute(delete(table).where(table.c.log == log))
        connection.execute(delete(logs).where(logs.c.id == log))

    def forget_names(self, connection: Connection) -> None:
        """Names that nothing speaks of any more. Numbers are not given again."""
        used: set[int] = set()
        for column in (
            visits.c.who, visits.c.person, visits.c.what, details.c.claimed,
            devices.c.who, devices.c.person, devices.c.address, devices.c.claimed,
        ):  # fmt: skip
            used.update(connection.scalars(select(column).distinct()))
        next_word = self.words.next
        ours = select(word_table.c.id).where(word_table.c.kind.in_(_NAMES))
        gone = [id for id in connection.scalars(ours) if id not in used]
        _delete(connection, word_table, gone)
        self.words.load(connection, next_word)

    def _merging_of(self, connection: Connection, log: int) -> Merging:
        if log not in self._merging:
            some = select(visits.c.id).where(visits.c.log == log).limit(1)
            empty = connection.execute(some).first() is None
            self._merging[log] = Merging(log, self.words, empty=empty)
        return self._merging[log]

    def _merge(self, connection: Connection, log: int, new: Gathered, merging: Merging) -> None:
        lines = Lines(connection, self._home)

        def read(places: list[tuple[int, int]], sound: bool) -> list[Attempt]:
            return attempts_at(lines, places, self._days, sound)

        def make(visit: Visit, whose: Whose, id: int | None, places: dict[int, int]) -> Rows:
            return rows_of(
                visit, whose, id=id or self._next_id(visits), log=log, places=places,
                words=self.words, days=self._days,
            )  # fmt: skip

        self._write(connection, merging.merge(connection, new, read, make))

    def _write(self, connection: Connection, changed: Changed) -> None:
        """Rows and counts together: what is counted is what is there."""
        gone = [row["id"] for row in changed.removed]
        _delete(connection, visits, gone)
        _delete(connection, details, gone)
        counts = Counts(KIND_KEYS, KIND_SUMS)
        for row in changed.removed:
            counts.add(kind_key(row), kind_sums(row), -1)
        for rows in changed.added:
            counts.add(kind_key(rows.visit), kind_sums(rows.visit))
        if changed.added:
            connection.execute(insert(visits), [rows.visit for rows in changed.added])
            connection.execute(insert(details), [rows.detail for rows in changed.added])
        less = self._add_up(connection, kinds, KIND_KEYS, KIND_SUMS, counts)
        if less:
            same = and_(*(kinds.c[name] == bindparam(f"k_{name}") for name in KIND_KEYS))
            empty = delete(kinds).where(same, kinds.c.visits == 0)
            keys = [{f"k_{name}": row[name] for name in KIND_KEYS} for row in less]
            connection.execute(empty, keys)

    def _add_up(
        self,
        connection: Connection,
        table: Table,
        keys: Sequence[str],
        sums: Sequence[str],
        counts: Counts,
    ) -> list[Values]:
        """Add counts to a table; returns those that became less."""
        rows = counts.rows()
        if rows:
            connection.execute(added_up(connection, table, keys, sums), rows)
        return [row for row in rows if row[sums[0]] < 0]

    def _insert(
        self, connection: Connection, table: Table, file: DayFile, rows: Iterable[Values]
    ) -> None:
        whole = [
            {"id": self._next_id(table), "file": file.id, "log": file.log, **row} for row in rows
        ]
        if whole:
            connection.execute(insert(table), whole)

    def _live(self, connection: Connection, file: DayFile, signs: list[Sign]) -> None:
        if not signs:
            return
        t = stretch_table.c
        newest = select(stretch_table).where(t.file == file.id).order_by(t.id.desc()).limit(1)
        row = connection.execute(newest).first()
        before = None
        if row is not None:
            before = Stretch(row.log, row.start, row.end, row.low, row.high, row.stops)
            connection.execute(delete(stretch_table).where(t.id == row.id))
        found = stretches(signs, file.log, before)
        self._insert(connection, stretch_table, file, map(asdict, found))

    def _visits_in(
        self, connection: Connection, file: DayFile
    ) -> list[tuple[Values, list[tuple[int, int]]]]:
        """The visits that have records in a file, each with where all its records stand."""
        v = visits.c
        sound = and_(v.sound == 1, v.low < file.end, v.high >= file.first)
        unsound = and_(v.sound == 0, v.low < -file.first, v.high >= -file.end)
        asked = (
            select(visits, details.c.places)
            .join(details, details.c.id == v.id)
            .where(v.log == file.log, or_(sound, unsound))
        )
        found = []
        for row in connection.execute(asked):
            places = places_in(row.places)
            if any(file_and_offset(place)[0] == file.id for _, place in places):
                values = {n: value for n, value in row._mapping.items() if n != "places"}
                found.append((values, places))
        return found

    def _left(
        self,
        connection: Connection,
        file: DayFile,
        touched: list[tuple[Values, list[tuple[int, int]]]],
    ) -> list[Gathered]:
        """What the visits that had records in a file have from other files."""
        lines, found = Lines(connection, self._home), []
        for values, places in touched:
            elsewhere = [each for each in places if file_and_offset(each[1])[0] != file.id]
            left = Gathered()
            where = dict(elsewhere)
            for attempt in attempts_at(lines, elsewhere, self._days, bool(values["sound"])):
                whose = Whose.of(attempt, bool(values["sound"]))
                left.add(whose, attempt, where[attempt.number])
            if left.attempts:
                found.append(left)
        return found

    def _next_id(self, table: Table) -> int:
        id = self._ids[table.name]
        self._ids[table.name] = id + 1
        return id


def attempts_at(
    lines: Lines, places: list[tuple[int, int]], days: Days, sound: bool
) -> list[Attempt]:
    """The attempts that stand at places of the log, with their numbers. What has been emptied, or
    is no longer there, is left out: its file has changed, and is taken in anew."""
    texts = lines.read(place for _, place in places)
    taken = []
    for number, place in places:
        line = texts.get(place)
        record = parsed(line) if line is not None and expired_leaf(line) is None else None
        if record is not None and (not sound or is_of(record, number)):
            taken.append(Taken(number, place, record, sound))
    found = gathered(taken, days)
    return [attempt for attempts in found.attempts.values() for attempt in attempts]


def is_of(record: dict[str, Any], number: int) -> bool:
    event = record.get("event")
    return isinstance(event, dict) and event.get("sequence") == number


def _delete(connection: Connection, table: Table, ids: Sequence[int]) -> None:
    for at in range(0, len(ids), _AT_ONCE):
        connection.execute(delete(table).where(table.c.id.in_(ids[at : at + _AT_ONCE])))

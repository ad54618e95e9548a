"""Attempts that are new -> which visits of the index they change. `review.visits` says how.

Of each device, person and service, the newest visit is kept at hand with its attempts, so that what
comes in order needs no look-up. Whatever comes out of order (a count of an earlier minute, a clock
that was put back, a day that is taken in anew) is merged with the visits around it, whose attempts
are read from the log again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, and_, select

from bellgate.review.index.gathering import Gathered, Whose, microseconds
from bellgate.review.index.rows import Rows, Values, places_in, whose_numbers
from bellgate.review.index.tables import details, visits
from bellgate.review.index.words import Words
from bellgate.review.visits.attempts import Attempt
from bellgate.review.visits.visits import GAP, Visit
from bellgate.review.visits.visits import visits as visits_of

_GAP: Final = GAP // timedelta(microseconds=1)
"""The longest pause within a visit, in microseconds."""
_AT_HAND: Final = 3_600_000_000
"""Microseconds after which a visit's attempts are no longer kept in memory."""
_MOST: Final = 200_000
"""Devices, persons and services of which the newest visit is known."""
_SWEPT_EVERY: Final = 10
"""Batches."""

ReadAttempts = Callable[[list[tuple[int, int]], bool], list[Attempt]]
"""Reads the attempts back whose numbers and places in the log are given, sound or not."""
MakeRows = Callable[[Visit, Whose, int | None, dict[int, int]], Rows]
"""A visit's rows; with a number that it had, or None for a new one."""


@dataclass(slots=True)
class Newest:
    """The newest visit of somebody at a service. Long ago, only its end is known."""

    start: int
    end: int
    row: Values | None = None
    attempts: list[Attempt] | None = None
    places: dict[int, int] | None = None


@dataclass(slots=True)
class _Window:
    """The visits that what is new may change. `last` says that none of theirs is later."""

    rows: list[Values]
    attempts: list[Attempt]
    places: dict[int, int]
    last: bool


@dataclass(slots=True)
class Changed:
    """What is to be written."""

    removed: list[Values]
    added: list[Rows]


class Merging:
    """Knows the newest visits of one log. Belongs to one index that nobody else writes."""

    def __init__(self, log: int, words: Words, *, empty: bool) -> None:
        """`empty`: there is no visit of this log yet; else whoever is not known is looked up."""
        self._log, self._words = log, words
        self._newest: dict[Whose, Newest] = {}
        self._complete = empty
        self._swept = 0

    def forget(self) -> None:
        """The index was changed behind its back."""
        self._newest.clear()
        self._complete = False

    def merge(
        self, connection: Connection, new: Gathered, read: ReadAttempts, make: MakeRows
    ) -> Changed:
        changed = Changed([], [])
        for whose, attempts in new.attempts.items():
            window = self._at_hand(whose, attempts)
            if window is None:
                window = self._looked_up(connection, whose, attempts, read)
            where = window.places | {a.number: new.places[a.number] for a in attempts}
            changed.removed += window.rows
            # What was there keeps its number, so that a growing visit keeps its row.
            ids = [row["id"] for row in window.rows]
            made = [
                (visit, make(visit, whose, ids.pop(0) if ids else None, where))
                for visit in visits_of([*window.attempts, *attempts])
            ]
            changed.added += (rows for _, rows in made)
            self._remember(whose, window, made, where)
        self._sweep(new.newest)
        return changed

    def _remember(
        self,
        whose: Whose,
        window: _Window,
        made: list[tuple[Visit, Rows]],
        places: dict[int, int],
    ) -> None:
        if window.last:
            visit, rows = max(made, key=lambda each: each[1].visit["start"])
            self._newest[whose] = Newest(
                rows.visit["start"],
                rows.visit["end"],
                rows.visit,
                list(visit.attempts),
                {a.number: places[a.number] for a in visit.attempts},
            )
        elif whose not in self._newest:
            self._complete = False

    def _at_hand(self, whose: Whose, attempts: list[Attempt]) -> _Window | None:
        """What is known without looking it up; None where it must be."""
        newest = self._newest.get(whose)
        if newest is None:
            return _Window([], [], {}, True) if self._complete else None
        first = microseconds(min(a.at for a in attempts))
        begun = microseconds(min(a.at - a.lasted for a in attempts))
        if first <= newest.start:
            return None
        if begun - newest.end > _GAP:
            return _Window([], [], {}, True)
        if newest.row is None or newest.attempts is None or newest.places is None:
            return None
        return _Window([newest.row], newest.attempts, newest.places, True)

    def _looked_up(
        self, connection: Connection, whose: Whose, attempts: list[Attempt], read: ReadAttempts
    ) -> _Window:
        low = microseconds(min(a.at for a in attempts))
        begun = microseconds(min(a.at - a.lasted for a in attempts))
        high = microseconds(max(a.at for a in attempts))
        theirs = self._of(whose)
        v = visits.c
        before = theirs.where(v.start < low).order_by(v.start.desc(), v.end.desc()).limit(1)
        rows = [row for row in connection.execute(before) if begun - row.end <= _GAP]
        rows += connection.execute(theirs.where(v.start >= low, v.start <= high))
        high = max([high, *(row.end for row in rows)])
        after = None
        while True:
            later = theirs.where(v.start > high).order_by(v.start).limit(1)
            after = connection.execute(later).first()
            if after is None or after.begun - high > _GAP:
                break
            rows.append(after)
            high = max(high, after.end)
        rows.sort(key=lambda row: (row.start, row.low))
        places: dict[int, int] = {}
        found: list[Attempt] = []
        for row in rows:
            there = places_in(row.places)
            places.update(there)
            found += read(there, whose.sound)
        return _Window([_values(row) for row in rows], found, places, after is None)

    def _of(self, whose: Whose) -> Select[Any]:
        numbers = whose_numbers(whose, self._words)
        same = (visits.c[name] == number for name, number in numbers.items())
        return (
            select(visits, details.c.places)
            .join(details, details.c.id == visits.c.id)
            .where(and_(visits.c.log == self._log, visits.c.sound == int(whose.sound), *same))
        )

    def _sweep(self, now: int) -> None:
        """Forget the attempts of what is over, and everything where it is too much."""
        self._swept += 1
        if self._swept % _SWEPT_EVERY:
            return
        if len(self._newest) > _MOST:
            self.forget()
        for newest in self._newest.values():
            if newest.end < now - _AT_HAND:
                newest.row = newest.attempts = newest.places = None


def _values(row: Row[Any]) -> Values:
    return {name: value for name, value in row._mapping.items() if name != "places"}

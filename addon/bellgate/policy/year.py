"""The school year as the files give it: for a group and a date, whether there is school, and why.

By the wall clock: nothing is turned into an instant here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from bellgate.policy.day_shape import DayShape, Window, cut
from bellgate.policy.source import Source
from bellgate.policy.wall_clock import WEEKDAYS, dates_in_words
from bellgate.policy.who import EVERYONE

_BEFORE_THE_FIRST, _PAST_THE_LAST = timedelta(days=366), timedelta(days=400)
"""How far hours that hold without school reach beyond the dates of the files."""


@dataclass(frozen=True, slots=True)
class Term:
    """A term; dates include both ends."""

    name: str
    first_day: date
    last_day: date
    half_term: tuple[date, date] | None = None
    source: Source | None = None
    half_term_source: Source | None = None
    """Where the half-term is written, if not with its term."""


@lru_cache(maxsize=8)
def _by_date(terms: tuple[Term, ...]) -> Mapping[date, Term]:
    """Each date of a term; where two hold one, the first counts. Kept beyond one year's life: many
    a year is made that differs from another in a single entry."""
    return {
        term.first_day + timedelta(days=step): term
        for term in reversed(terms)
        for step in range((term.last_day - term.first_day).days + 1)
    }


@dataclass(frozen=True, slots=True)
class Limits:
    """From when until when something that stands every week holds; both days are included."""

    first: date | None = None
    last: date | None = None
    source: Source | None = field(default=None, compare=False)

    def hold_on(self, when: date) -> bool:
        return (self.first is None or self.first <= when) and (
            self.last is None or when <= self.last
        )

    def __str__(self) -> str:
        """` from 5 January 2027 until 24 March 2027`; nothing where there are none."""
        said = f" from {dates_in_words(self.first)}" if self.first else ""
        return f"{said} until {dates_in_words(self.last)}" if self.last else said


EVER = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class DayChange:
    """How some days differ from the ordinary ones.

    `closed_to`, `open_to` and `for_groups` hold group names or `everyone`; `for_groups` says whose
    day the rest changes. `shape` takes the place of the usual day; `starts` and `ends` cut each
    group's own day, and `extra` adds sessions to it.
    """

    closed_to: frozenset[str] = frozenset()
    open_to: frozenset[str] = frozenset()
    for_groups: frozenset[str] = frozenset({EVERYONE})
    shape: DayShape | None = None
    starts: time | None = None
    ends: time | None = None
    extra: tuple[Window, ...] = ()
    source: Source | None = None

    @property
    def changes_hours(self) -> bool:
        """Whether it says more than who is in school."""
        return self.shape is not None or bool(self.starts or self.ends or self.extra)


@dataclass(frozen=True, slots=True)
class WeekDay(DayChange):
    """What differs every week in term on some days of the week. Monday is 0."""

    name: str
    days: frozenset[int]
    limits: Limits = EVER

    def is_on(self, when: date) -> bool:
        return when.weekday() in self.days and self.holds_on(when)

    def holds_on(self, when: date) -> bool:
        """Whether it holds on a date that is one of its days of the week."""
        return self.limits is EVER or self.limits.hold_on(when)


@dataclass(frozen=True, slots=True)
class SpecialDay(DayChange):
    """A single date or a range (both ends included) that wins over terms and week."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Day:
    """What holds for one group on one date, and which line of the files says so."""

    date: date
    open: bool
    why: str
    shape: DayShape
    source: Source | None = None

    @property
    def sessions(self) -> tuple[Window, ...]:
        return (self.shape.sessions or ()) if self.open else ()

    @property
    def breaks(self) -> tuple[Window, ...]:
        """The breaks that lie in a session; others are nobody's session time anyway."""
        return tuple(
            b
            for b in (self.shape.breaks or ())
            if any(s.start < b.end and b.start < s.end for s in self.sessions)
        )


@dataclass(frozen=True)
class SchoolYear:
    """The timetable as the files give it, before it is compiled for any group."""

    zone: ZoneInfo
    terms: tuple[Term, ...]
    open_days: frozenset[int]
    shape: DayShape
    shapes_for: Mapping[str, DayShape] = field(default_factory=dict)
    dates: tuple[SpecialDay, ...] = ()
    weekdays: tuple[WeekDay, ...] = ()
    open_days_source: Source | None = None
    only: tuple[date, date] | None = None
    """Where only what is near is asked for: the dates, both included, that are compiled."""
    limits_for: Mapping[str, Limits] = field(default_factory=dict)
    """From when until when a group's own shape holds, where the files limit it."""

    def day(self, chain: tuple[str, ...], when: date) -> Day:
        """What holds on a date for a group, given as its chain, innermost group first.

        Single days are read in the order written; where two speak of the same thing, the later
        line holds.
        """
        return self.day_without(chain, when, None)

    def day_without(self, chain: tuple[str, ...], when: date, left_out: SpecialDay | None) -> Day:
        """The same as if one entry for single days were not there."""
        whose = frozenset((*chain, EVERYONE))
        day = self._ordinary(chain, whose, when)
        written = self._dates_on.get(when)
        return _after(day, (d for d in written if d is not left_out), whose) if written else day

    def _ordinary(self, chain: tuple[str, ...], whose: frozenset[str], when: date) -> Day:
        shape = self._shape_of(chain, when)
        term = self._term_on.get(when)
        if term is None:
            return Day(when, False, "not in a term", shape)
        if term.half_term and term.half_term[0] <= when <= term.half_term[1]:
            source = term.half_term_source or term.source
            return Day(when, False, f"half-term of {term.name}", shape, source)
        if when.weekday() in self.open_days:
            why, source = self._reason(chain, when, term)
            day = Day(when, True, why, shape, source)
        else:
            day = Day(when, False, f"a {WEEKDAYS[when.weekday()]}", shape, self.open_days_source)
        standing = self._weekly[when.weekday()]
        if not standing:
            return day
        return _after(day, (each for each in standing if each.holds_on(when)), whose)

    def _reason(self, chain: tuple[str, ...], when: date, term: Term) -> tuple[str, Source | None]:
        """Why a day is as it is, and where: the term, or hours that a group has for a time."""
        for group in chain if self.limits_for else ():
            limits = self.limits_for.get(group)
            if limits is not None and limits.hold_on(when):
                return f"{term.name}, hours of {group}", limits.source
        return term.name, term.source

    def _shape_of(self, chain: tuple[str, ...], when: date) -> DayShape:
        """A group's ordinary day, as it stands on a date."""
        groups = chain
        if self.limits_for:
            groups = tuple(g for g in chain if self.limits_for.get(g, EVER).hold_on(when))
        shape = self._shapes.get(groups)
        if shape is None:
            shape = self.shape
            for group in reversed(groups):
                if group in self.shapes_for:
                    shape = self.shapes_for[group].over(shape)
            self._shapes[groups] = shape
        return shape

    @cached_property
    def _shapes(self) -> dict[tuple[str, ...], DayShape]:
        """By the groups whose own shapes may hold, as they are asked for."""
        return {}

    @cached_property
    def _term_on(self) -> Mapping[date, Term]:
        return _by_date(self.terms)

    @cached_property
    def _weekly(self) -> tuple[tuple[WeekDay, ...], ...]:
        """For each day of the week what differs on it, Monday first."""
        return tuple(
            tuple(each for each in self.weekdays if number in each.days)
            for number in range(len(WEEKDAYS))
        )

    @cached_property
    def _dates_on(self) -> Mapping[date, tuple[SpecialDay, ...]]:
        """Each date with what is written of it, in that order."""
        found: dict[date, tuple[SpecialDay, ...]] = {}
        for special in self.dates:
            for step in range((special.last - special.first).days + 1):
                day = special.first + timedelta(days=step)
                found[day] = (*found.get(day, ()), special)
        return found

    @cached_property
    def horizon(self) -> tuple[date, date] | None:
        """The first and the last date that the files speak of."""
        firsts = [t.first_day for t in self.terms] + [d.first for d in self.dates]
        lasts = [t.last_day for t in self.terms] + [d.last for d in self.dates]
        return (min(firsts), max(lasts)) if firsts else None

    def dates_spoken_of(self) -> Iterator[date]:
        if self.horizon is not None:
            yield from self._dates_between(*self.horizon)

    def dates_around(self) -> Iterator[date]:
        """Dates with school and without, also after the last term: for hours that always hold."""
        if self.horizon is not None:
            first, last = self.horizon
            yield from self._dates_between(first - _BEFORE_THE_FIRST, last + _PAST_THE_LAST)

    def _dates_between(self, day: date, last: date) -> Iterator[date]:
        if self.only is not None:
            day, last = max(day, self.only[0]), min(last, self.only[1])
        while day <= last:
            yield day
            day += timedelta(days=1)


def _after(day: Day, changes: Iterable[SpecialDay | WeekDay], whose: frozenset[str]) -> Day:
    """The day after the lines that may speak of it; unchanged for groups that none names."""
    hours: list[DayChange] = []
    for change in changes:
        opened, closed = whose & change.open_to, whose & change.closed_to
        if change.changes_hours and (opened or whose & change.for_groups):
            hours.append(change)
        elif not opened and not closed:
            continue
        # Other hours on a day that stays closed are no reason for it.
        if day.open or opened or closed:
            day = Day(day.date, not closed, change.name, day.shape, change.source)
    return replace(day, shape=_shape_after(day.shape, hours)) if hours else day


def _shape_after(shape: DayShape, changes: Iterable[DayChange]) -> DayShape:
    """A group's day after lines that change its hours, in the order written: of two ends the later
    line holds, and so of two starts; either cuts what the lines above it have added."""
    starts: time | None = None
    ends: time | None = None
    extra: tuple[Window, ...] = ()
    for change in changes:
        if change.shape is not None:
            shape = change.shape.over(shape)
            if change.shape.sessions is not None:
                starts, ends, extra = None, None, ()
        starts, ends = change.starts or starts, change.ends or ends
        extra = (*cut(extra, change.starts, change.ends), *change.extra)
    return shape.between(starts, ends).with_extra(extra)

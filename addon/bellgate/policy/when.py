"""Instant -> session, and the bells: the school year as intervals of UTC.

People write wall-clock times; each is turned into an instant by the zone's own rules, once, when
the timetable is compiled. Every window is [start, end): no moment belongs to two sessions.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from bellgate.policy.source import Source
from bellgate.policy.who import EVERYONE

DAWN = datetime.min.replace(tzinfo=UTC)
_BEFORE_THE_FIRST, _PAST_THE_LAST = timedelta(days=366), timedelta(days=400)
"""How far hours that hold without school reach beyond the dates of the files."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Window:
    """A named stretch of a day by the wall clock: a session or a break."""

    name: str
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class DayShape:
    """What a school day consists of. None: not said here, so what holds further out stays."""

    sessions: tuple[Window, ...] | None = None
    breaks: tuple[Window, ...] | None = None

    def over(self, outer: "DayShape") -> "DayShape":
        """This shape, with what it does not say taken from the outer one."""
        return DayShape(
            outer.sessions if self.sessions is None else self.sessions,
            outer.breaks if self.breaks is None else self.breaks,
        )

    def between(self, starts: time | None, ends: time | None) -> "DayShape":
        """The part of this day from one time on and before another."""
        return DayShape(*(_cut(windows, starts, ends) for windows in (self.sessions, self.breaks)))

    def with_extra(self, extra: tuple[Window, ...]) -> "DayShape":
        """This day with sessions added to it: what it already has keeps its own name."""
        sessions = self.sessions or ()
        for window in extra:
            sessions = (*sessions, *_beside(window, sessions))
        return DayShape(sessions, self.breaks)


def _beside(window: Window, others: Iterable[Window]) -> Iterator[Window]:
    """What is left of a window where others already are: no moment is in two sessions."""
    start = window.start
    for other in sorted(others, key=lambda w: w.start):
        if start < other.start and other.start < window.end:
            yield Window(window.name, start, other.start)
        if other.start < window.end:
            start = max(start, other.end)
    if start < window.end:
        yield Window(window.name, start, window.end)


def _cut(
    windows: tuple[Window, ...] | None, starts: time | None, ends: time | None
) -> tuple[Window, ...] | None:
    if windows is None:
        return None
    found = (
        Window(w.name, max(w.start, starts or w.start), min(w.end, ends or w.end)) for w in windows
    )
    return tuple(w for w in found if w.start < w.end)


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

    def applied_to(self, shape: DayShape) -> DayShape:
        """A group's day with these hours."""
        if self.shape is not None:
            shape = self.shape.over(shape)
        return shape.between(self.starts, self.ends).with_extra(self.extra)


@dataclass(frozen=True, slots=True)
class WeekDay(DayChange):
    """What differs every week in term on some days of the week. Monday is 0."""

    name: str
    days: frozenset[int]


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
        for special in self._dates_on.get(when, ()):
            if special is not left_out:
                day = _changed(day, special, whose)
        return day

    def _ordinary(self, chain: tuple[str, ...], whose: frozenset[str], when: date) -> Day:
        shape = self.shape
        for group in reversed(chain):
            if group in self.shapes_for:
                shape = self.shapes_for[group].over(shape)
        for term in self.terms:
            if term.first_day <= when <= term.last_day:
                break
        else:
            return Day(when, False, "not in a term", shape)
        if term.half_term and term.half_term[0] <= when <= term.half_term[1]:
            source = term.half_term_source or term.source
            return Day(when, False, f"half-term of {term.name}", shape, source)
        if when.weekday() in self.open_days:
            day = Day(when, True, term.name, shape, term.source)
        else:
            day = Day(when, False, f"a {WEEKDAYS[when.weekday()]}", shape, self.open_days_source)
        for weekly in self.weekdays:
            if when.weekday() in weekly.days:
                day = _changed(day, weekly, whose)
        return day

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


def _changed(day: Day, change: SpecialDay | WeekDay, whose: frozenset[str]) -> Day:
    """The day after one line that may speak of it: unchanged for groups that it does not name."""
    opened, closed = whose & change.open_to, whose & change.closed_to
    shape = day.shape
    if change.changes_hours and (opened or whose & change.for_groups):
        shape = change.applied_to(shape)
    elif not opened and not closed:
        return day
    is_open = (day.open or bool(opened)) and not closed
    if not day.open and not opened and not closed:
        # Other hours on a day that stays closed: they are no reason for it.
        return Day(day.date, False, day.why, shape, day.source)
    return Day(day.date, is_open, change.name, shape, change.source)


def instant_of(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a wall clock shows that time on that date.

    A time that the clock skips is the moment of the skip; of a time shown twice, the first. So the
    order of a day's times is kept on the nights of the clock change too.
    """
    offset = _offset_of(day, zone)
    if offset is not None:
        return datetime.combine(day, wall, UTC) - offset
    local = datetime.combine(day, wall.replace(fold=0), zone)
    found = local.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return found
    # Clocks change on whole seconds; with parts of one, halving would never come to an end.
    before = local.replace(microsecond=0, fold=1).astimezone(UTC)
    after = local.replace(microsecond=0, fold=0).astimezone(UTC) + timedelta(seconds=1)
    return change_between(before, after, zone)


@lru_cache(maxsize=16_384)
def _offset_of(day: date, zone: ZoneInfo) -> timedelta | None:
    """A zone's distance from UTC on a date; None on one on which its clocks change."""
    noon = time(12)
    offsets = {
        datetime.combine(day + timedelta(days=step), noon, zone).utcoffset() for step in (-1, 0, 1)
    }
    return offsets.pop() if len(offsets) == 1 else None


def change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which a zone's clocks change between two instants (whole seconds of UTC)."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // timedelta(seconds=2) * timedelta(seconds=1)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


@dataclass(frozen=True)
class Intervals:
    """A set of instants. `bounds` alternate: in from the first, out from the second, in again …"""

    bounds: tuple[datetime, ...] = ()

    def __contains__(self, instant: datetime) -> bool:
        return bool(bisect_right(self.bounds, instant) & 1)

    @staticmethod
    def of(spans: Iterable[tuple[datetime, datetime]]) -> "Intervals":
        merged: list[datetime] = []
        for start, end in sorted(spans):
            if start >= end:
                continue
            if merged and start <= merged[-1]:
                merged[-1] = max(merged[-1], end)
            else:
                merged += (start, end)
        return Intervals(tuple(merged))

    def minus(self, other: "Intervals") -> "Intervals":
        return _combine(lambda mine, theirs: mine and not theirs, self, other)

    def union(self, other: "Intervals") -> "Intervals":
        return _combine(lambda mine, theirs: mine or theirs, self, other)


ALWAYS = Intervals((DAWN,))


def _combine(keep: Callable[[bool, bool], bool], one: Intervals, two: Intervals) -> Intervals:
    bounds: list[datetime] = []
    inside = False
    for instant in sorted({*one.bounds, *two.bounds}):
        if keep(instant in one, instant in two) is not inside:
            inside = not inside
            bounds.append(instant)
    return Intervals(tuple(bounds))


@dataclass(frozen=True, slots=True)
class Span:
    """A session or a break of one date, as instants."""

    name: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Timetable:
    """The school year of one group, compiled: sessions and breaks as instants, in order."""

    year: SchoolYear
    chain: tuple[str, ...]

    @cached_property
    def days(self) -> tuple[Day, ...]:
        """The dates on which the group is in school."""
        days = (self.year.day(self.chain, d) for d in self.year.dates_spoken_of())
        return tuple(d for d in days if d.sessions)

    @cached_property
    def sessions(self) -> tuple[Span, ...]:
        return tuple(self._spans(lambda day: day.sessions))

    @cached_property
    def breaks(self) -> tuple[Span, ...]:
        return tuple(self._spans(lambda day: day.breaks))

    @cached_property
    def in_session(self) -> Intervals:
        return Intervals.of((s.start, s.end) for s in self.sessions)

    @cached_property
    def in_break(self) -> Intervals:
        return Intervals.of((s.start, s.end) for s in self.breaks)

    @cached_property
    def school_days(self) -> Intervals:
        """From the first session's start to the last session's end of each day."""
        spans = []
        for day in self.days:
            first = min(s.start for s in day.sessions)
            last = max(s.end for s in day.sessions)
            spans.append((self.at(day.date, first), self.at(day.date, last)))
        return Intervals.of(spans)

    @cached_property
    def lunch(self) -> Intervals:
        """Between the sessions of a day, and what the school itself calls lunch."""
        return self.school_days.minus(self.in_session).union(self.named("lunch"))

    @cached_property
    def _starts(self) -> tuple[datetime, ...]:
        return tuple(s.start for s in self.sessions)

    @cached_property
    def _break_starts(self) -> tuple[datetime, ...]:
        return tuple(b.start for b in self.breaks)

    def session_at(self, instant: datetime) -> Span | None:
        """The session that an instant lies in: at most one."""
        position = bisect_right(self._starts, instant) - 1
        if position >= 0 and instant < self.sessions[position].end:
            return self.sessions[position]
        return None

    def break_at(self, instant: datetime) -> Span | None:
        """The break that an instant lies in; of several, the one that began last."""
        position = bisect_right(self._break_starts, instant) - 1
        if position >= 0 and instant < self.breaks[position].end:
            return self.breaks[position]
        return None

    def named(self, name: str) -> Intervals:
        """The sessions and breaks of that name."""
        return Intervals.of(
            (s.start, s.end) for s in (*self.sessions, *self.breaks) if s.name == name
        )

    def at(self, day: date, wall: time) -> datetime:
        return instant_of(day, wall, self.year.zone)

    def _spans(self, windows: Callable[[Day], tuple[Window, ...]]) -> Iterator[Span]:
        for day in self.days:
            for window in sorted(windows(day), key=lambda w: w.start):
                start, end = self.at(day.date, window.start), self.at(day.date, window.end)
                if start < end:
                    yield Span(window.name, start, end)


@dataclass(frozen=True, slots=True)
class Always:
    """At any time, in the holidays too."""

    def intervals(self, _: Timetable) -> Intervals:
        return ALWAYS

    def __str__(self) -> str:
        return "always"


@dataclass(frozen=True, slots=True)
class Period:
    """One of the words that every school shares."""

    word: Literal["school day", "sessions", "lessons", "breaks", "lunch"]

    def intervals(self, timetable: Timetable) -> Intervals:
        match self.word:
            case "school day":
                return timetable.school_days
            case "sessions":
                return timetable.in_session
            case "lessons":
                return timetable.in_session.minus(timetable.in_break)
            case "breaks":
                return timetable.in_break
            case "lunch":
                return timetable.lunch

    def __str__(self) -> str:
        return self.word


@dataclass(frozen=True, slots=True)
class Named:
    """The sessions or breaks of one name, as the school calls them."""

    name: str

    def intervals(self, timetable: Timetable) -> Intervals:
        return timetable.named(self.name)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Weekly:
    """A time of the week, on days that the group is in school, or on any. Monday is 0.

    An end that is not after the start is one of the next day; 24:00 is its midnight.
    """

    days: frozenset[int]
    start: time
    end: time
    text: str
    any_day: bool = False

    def intervals(self, timetable: Timetable) -> Intervals:
        dates = timetable.year.dates_around() if self.any_day else (d.date for d in timetable.days)
        return Intervals.of(
            _span(timetable, day, self.start, self.end)
            for day in dates
            if day.weekday() in self.days
        )

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Dates:
    """Dates, both ends included, whole or from one time to another, with school or without."""

    first: date
    last: date
    text: str
    start: time = time()
    end: time = time()

    def intervals(self, timetable: Timetable) -> Intervals:
        days = range((self.last - self.first).days + 1)
        return Intervals.of(
            _span(timetable, self.first + timedelta(days=n), self.start, self.end) for n in days
        )

    def __str__(self) -> str:
        return self.text


def _span(timetable: Timetable, day: date, start: time, end: time) -> tuple[datetime, datetime]:
    """Hours of a day as instants; over midnight where they end no later than they start."""
    end_day = day if start < end else day + timedelta(days=1)
    return timetable.at(day, start), timetable.at(end_day, end)


When = Always | Period | Named | Weekly | Dates


def intervals_of(whens: Iterable[When], timetable: Timetable) -> Intervals:
    """Any of several: a rule's `when` as one set of instants."""
    found = Intervals()
    for when in whens:
        one = when.intervals(timetable)
        found = one if not found.bounds else found.union(one)
    return found

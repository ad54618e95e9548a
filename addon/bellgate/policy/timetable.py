"""The school year of one group, compiled: its sessions and breaks as instants. Pure.

Each time of a wall clock is turned into an instant by the zone's own rules, once.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from itertools import pairwise

from bellgate.policy.day_shape import Window
from bellgate.policy.intervals import Intervals
from bellgate.policy.wall_clock import clock_of, instant_of
from bellgate.policy.year import Day, SchoolYear


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
        """From the first session's start to the last session's end of each day, or to where the
        day was cut between two."""
        hours = ((day.date, day.shape.hours) for day in self.days)
        return Intervals.of(
            (self.at(date, first_last[0]), self.at(date, first_last[1]))
            for date, first_last in hours
            if first_last is not None
        )

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
            at = clock_of(day.date, self.year.zone)
            for window in _in_order(windows(day)):
                start, end = at(window.start), at(window.end)
                if start < end:
                    yield Span(window.name, start, end)


def _in_order(windows: tuple[Window, ...]) -> Iterable[Window]:
    """By their start; nearly all are written so."""
    if all(one.start <= two.start for one, two in pairwise(windows)):
        return windows
    return sorted(windows, key=lambda w: w.start)

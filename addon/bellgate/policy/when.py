"""What a rule's `when` can say, and when that is for one group's timetable. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from bellgate.policy.intervals import ALWAYS, DAWN, Intervals
from bellgate.policy.timetable import Timetable


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

    def intervals(
        self, timetable: Timetable, first: date = date.min, last: date = date.max
    ) -> Intervals:
        """`first` and `last`: the dates, both included, on which a time of it may begin."""
        dates = timetable.year.dates_around() if self.any_day else (d.date for d in timetable.days)
        return Intervals.of(
            _span(timetable, day, self.start, self.end)
            for day in dates
            if day.weekday() in self.days and first <= day <= last
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


@dataclass(frozen=True, slots=True)
class Between:
    """Any of the others from a first day on, until a last one, or both; both days are included."""

    when: Always | Period | Named | Weekly
    first: date | None
    last: date | None
    text: str

    def intervals(self, timetable: Timetable) -> Intervals:
        first, last = self.first or date.min, self.last or date.max
        if isinstance(self.when, Weekly):
            # A night belongs to the day on which it begins.
            return self.when.intervals(timetable, first, last)
        held = self.when.intervals(timetable)
        if self.first is not None:
            held = held.minus(Intervals((DAWN, timetable.at(self.first, time()))))
        if self.last is not None:
            after = timetable.at(self.last + timedelta(days=1), time())
            held = held.minus(Intervals((after,)))
        return held

    def __str__(self) -> str:
        return self.text


def _span(timetable: Timetable, day: date, start: time, end: time) -> tuple[datetime, datetime]:
    """Hours of a day as instants; over midnight where they end no later than they start."""
    end_day = day if start < end else day + timedelta(days=1)
    return timetable.at(day, start), timetable.at(end_day, end)


When = Always | Period | Named | Weekly | Dates | Between


MANY_TIMES: Final = 4
"""Times that are named one by one; of more, nobody reads them."""


def in_short(whens: Sequence[When]) -> str:
    """A rule's times in words: `2027-01-06 15:15-16:15 and 10 more, the last 2027-03-24
    15:15-16:15`."""
    if len(whens) <= MANY_TIMES:
        return ", ".join(map(str, whens))
    return f"{whens[0]} and {len(whens) - 1} more, the last {whens[-1]}"


def last_day(when: When) -> date | None:
    """The last date on which it holds, where it has one; hours may go over midnight."""
    if not isinstance(when, Between | Dates):
        return None
    last = when.last
    hours = hours_of(when)
    over_midnight = hours is not None and time() < hours.end <= hours.start
    return last + timedelta(days=1) if last and over_midnight else last


def hours_of(when: When) -> Weekly | Dates | None:
    """The hours that it holds at by the clock; None where it goes by the school's own day."""
    inner = when.when if isinstance(when, Between) else when
    return inner if isinstance(inner, Weekly | Dates) else None


def intervals_of(whens: Iterable[When], timetable: Timetable) -> Intervals:
    """Any of several: a rule's `when` as one set of instants."""
    found = Intervals()
    for when in whens:
        one = when.intervals(timetable)
        found = one if not found.bounds else found.union(one)
    return found

"""What a rule's `when` can say, and when that is for one group's timetable. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from bellgate.policy.intervals import ALWAYS, Intervals
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

"""The school year as people count it: dates, totals, clock changes. Nothing is decided here.

The same days as `when` compiles for the gate, laid out to be read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from bellgate.policy.decide import Policy
from bellgate.policy.wall_clock import change_between
from bellgate.policy.who import Group
from bellgate.policy.year import Day, SchoolYear

Tone = Literal["plain", "closed", "special"]
"""An ordinary day of a term, one without school, or one that differs and deserves a look."""

AUGUST, SEPTEMBER = 8, 9
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AcademicYear:
    """A school year by its dates, both included."""

    first: date
    last: date

    @property
    def name(self) -> str:
        return f"{self.first.year}-{(self.first.year + 1) % 100:02d}"

    def dates(self) -> Iterator[date]:
        day = self.first
        while day <= self.last:
            yield day
            day += _DAY


def academic_year(year: SchoolYear, starting: int) -> AcademicYear:
    """The school year that begins in a year: in September, unless terms begin in August."""
    month = AUGUST if any(t.first_day.month == AUGUST for t in year.terms) else SEPTEMBER
    return AcademicYear(date(starting, month, 1), date(starting + 1, month, 1) - _DAY)


def academic_year_of(year: SchoolYear, day: date) -> AcademicYear:
    """The school year that a date lies in."""
    this = academic_year(year, day.year)
    return this if this.first <= day else academic_year(year, day.year - 1)


def groups_apart(policy: Policy) -> tuple[Group, ...]:
    """The outermost groups, and those inside them whose day is one of their own."""
    found: list[Group] = []
    for group in policy.groups.values():
        outer = policy.groups[group.chain[1]] if len(group.chain) > 1 else None
        if outer is None or policy.timetable(group) is not policy.timetable(outer):
            found.append(group)
    return tuple(found)


def alike(policy: Policy, groups: Iterable[Group], when: date) -> tuple[tuple[Day, list[str]], ...]:
    """A date's days, each with the groups for which it is the same."""
    found: list[tuple[Day, list[str]]] = []
    for group in groups:
        day = policy.year.day(group.chain, when)
        for other, names in found:
            if _same(day, other):
                names.append(group.name)
                break
        else:
            found.append((day, [group.name]))
    return tuple(found)


def _same(one: Day, two: Day) -> bool:
    return (one.sessions, one.breaks, one.why, one.source) == (
        two.sessions,
        two.breaks,
        two.why,
        two.source,
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """How often a group is in school in a year, and how often it should be, where that is known."""

    group: str
    days: int
    sessions: int
    days_wanted: int | None = None
    sessions_wanted: int | None = None

    @property
    def warning(self) -> str | None:
        """One plain sentence where they are off."""
        off = []
        if self.days_wanted not in (None, self.days):
            off.append(f"on {self.days} days, not {self.days_wanted}")
        if self.sessions_wanted not in (None, self.sessions):
            off.append(f"for {self.sessions} sessions, not {self.sessions_wanted}")
        return f"{self.group}: in school {', and '.join(off)}" if off else None


def totals(policy: Policy, group: Group, year: AcademicYear) -> Totals:
    """How many days and sessions a group has in a school year."""
    days = [d for d in policy.timetable(group).days if year.first <= d.date <= year.last]
    sessions = sum(len(d.sessions) for d in days)
    if is_part_time(policy.year, group):
        return Totals(group.name, len(days), sessions)
    return Totals(group.name, len(days), sessions, group.days_a_year, group.sessions_a_year)


def longest_pause(policy: Policy, group: Group, year: AcademicYear) -> tuple[date, date] | None:
    """The first and the last day of the longest time without school; None where there is none."""
    inside = [d.date for d in policy.timetable(group).days if year.first <= d.date <= year.last]
    days = (year.first - _DAY, *inside, year.last + _DAY)
    one, two = max(pairwise(days), key=lambda pair: pair[1] - pair[0])
    return (one + _DAY, two - _DAY) if two - one > _DAY else None


def is_part_time(year: SchoolYear, group: Group) -> bool:
    """Whether the files say that a group is in school for less than the others: fewer sessions a
    day, or not on every day of the week. What a whole year has does not count for it."""
    usual = len(year.shape.sessions or ())
    shapes = (year.shapes_for[g] for g in group.chain if g in year.shapes_for)
    shape = next((s for s in shapes if s.sessions is not None), None)
    shorter = shape is not None and len(shape.sessions or ()) < usual
    return shorter or any(set(group.chain) & day.closed_to for day in year.weekdays)


@dataclass(frozen=True, slots=True)
class ClockChange:
    """The moment at which the clocks change, and by how much."""

    at: datetime
    by: timedelta

    def told(self, zone: ZoneInfo) -> str:
        before = (self.at - timedelta(seconds=1)).astimezone(zone) + timedelta(seconds=1)
        after = self.at.astimezone(zone)
        way = "back" if self.by < timedelta() else "forward"
        return f"clocks go {way}: {before:%H:%M} becomes {after:%H:%M}"


def clock_changes(zone: ZoneInfo, dates: Iterable[date]) -> dict[date, ClockChange]:
    """The dates on which the clocks change."""
    found = {}
    for day in dates:
        start = datetime.combine(day, time(), zone).astimezone(UTC)
        end = datetime.combine(day + _DAY, time(), zone).astimezone(UTC)
        before, after = start.astimezone(zone).utcoffset(), end.astimezone(zone).utcoffset()
        if before != after and before is not None and after is not None:
            found[day] = ClockChange(change_between(start, end, zone), after - before)
    return found


def tone_of(policy: Policy, day: Day) -> Tone:
    """An ordinary day of a term, a closed one, or one that differs and deserves a look."""
    ordinary = {term.name for term in policy.year.terms}
    if not day.sessions:
        return "closed"
    return "plain" if day.why in ordinary else "special"

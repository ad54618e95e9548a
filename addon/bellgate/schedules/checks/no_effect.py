"""school.yaml, `dates` and `weekdays`: what an entry says and nobody's day comes to feel.

Most often it was meant otherwise: an INSET day that moved into a term, an end later than the day's.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import cached_property

from bellgate.policy.decide import Policy
from bellgate.policy.who import EVERYONE, Group
from bellgate.policy.year import Day, DayChange, SchoolYear, SpecialDay, WeekDay
from bellgate.schedules.compile import Files, named_days
from bellgate.schedules.problem import Problem

Found = Iterator[Problem]


@dataclass(frozen=True)
class _Entry:
    """An entry as it stands in the year, and the dates still to come on which it holds."""

    change: SpecialDay | WeekDay
    years: Callable[[DayChange], tuple[SchoolYear, ...]]
    """The year with something in the entry's place: as far as the entry, and whole."""
    dates: tuple[date, ...]
    groups: Sequence[Group]

    @cached_property
    def without(self) -> SchoolYear:
        """The whole year but for the entry."""
        return self.years(_nothing(self.change))[-1]

    @property
    def shown(self) -> str:
        change = self.change
        if isinstance(change, WeekDay):
            return f"every {named_days(change.days)}"
        last = f" to {change.last}" if change.last > change.first else ""
        return f"{change.first}{last}"

    def days(self, group: Group) -> Iterator[Day]:
        """A group's days as they are without the entry, where it is in school."""
        year = self.without
        days = (year.day(group.chain, when) for when in self.dates)
        return (day for day in days if day.sessions)

    def is_felt(self, without: DayChange) -> bool:
        """Whether anybody's day is another one than with this in the entry's place."""
        pairs = tuple(zip(self.years(self.change), self.years(without), strict=True))
        return any(
            _felt(one.day(group.chain, when)) != _felt(two.day(group.chain, when))
            for when in self.dates
            for group in self.groups
            for one, two in pairs
        )


def each_day_is_felt(files: Files, policy: Policy, today: date) -> Found:
    """What lies in the past is nobody's problem any more, nor is a day with nobody in school:
    `days.changed_days_are_school_days` tells of those."""
    for entry in _entries(files, policy, today):
        for key, without in _without_each_key(entry.change):
            if not entry.is_felt(without) and (said := _said(entry, key)):
                yield _warning(entry, *said)
                break


def _entries(files: Files, policy: Policy, today: date) -> Iterator[_Entry]:
    """Those that the school has written itself."""
    year, file = policy.year, files.school.document.file
    groups = tuple(policy.groups.values())
    for i, special in enumerate(year.dates):
        ahead = tuple(day for day in _dates(special) if day >= today)
        if ahead and special.source is not None and special.source.file == file:
            yield _Entry(special, _with_date(year, i), ahead, groups)
    horizon = year.horizon
    terms = [day for day in year.dates_spoken_of() if day >= today] if horizon else []
    for i, weekly in enumerate(year.weekdays):
        ahead = tuple(day for day in terms if weekly.is_on(day))
        if ahead and weekly.source is not None:
            yield _Entry(weekly, _with_weekday(year, i), ahead, groups)


def _with_date(year: SchoolYear, i: int) -> Callable[[DayChange], tuple[SchoolYear, ...]]:
    def years(change: DayChange) -> tuple[SchoolYear, ...]:
        assert isinstance(change, SpecialDay)
        upto = (*year.dates[:i], change)
        return replace(year, dates=upto), replace(year, dates=(*upto, *year.dates[i + 1 :]))

    return years


def _with_weekday(year: SchoolYear, i: int) -> Callable[[DayChange], tuple[SchoolYear, ...]]:
    def years(change: DayChange) -> tuple[SchoolYear, ...]:
        assert isinstance(change, WeekDay)
        upto = (*year.weekdays[:i], change)
        whole = (*upto, *year.weekdays[i + 1 :])
        return replace(year, dates=(), weekdays=upto), replace(year, dates=(), weekdays=whole)

    return years


def _without_each_key(change: DayChange) -> Iterator[tuple[str, DayChange]]:
    """The entry without one of its keys, for each that may be without effect on its own. Whoever
    writes sessions writes them all, and most of them are as usual: these only count alone."""
    if change.open_to:
        yield "open_to", replace(change, open_to=frozenset())
    if change.closed_to:
        yield "closed_to", replace(change, closed_to=frozenset())
    restated = change.shape is not None and change.shape.sessions is not None
    if change.ends and not restated:
        yield "ends", replace(change, ends=None)
    if change.starts and not restated:
        yield "starts", replace(change, starts=None)
    if change.extra:
        yield "extra", replace(change, extra=())
    if change.shape:
        yield "sessions", _nothing(change)


def _nothing(change: DayChange) -> DayChange:
    none: frozenset[str] = frozenset()
    return replace(
        change, open_to=none, closed_to=none, shape=None, starts=None, ends=None, extra=()
    )


def _said(entry: _Entry, key: str) -> tuple[str, str] | None:
    """What a key of the entry does not do, and what was probably meant."""
    inside = [g for g in entry.groups if next(entry.days(g), None)]
    if not inside:
        return None
    change = entry.change
    if key == "open_to":
        return _opens(entry, inside)
    if key == "closed_to":
        return (
            f"closes {entry.shown} to {_listed(change.closed_to)}, but they are out of school "
            "then anyway"
            f"{_why_out(entry, change.closed_to)}",
            "correct the date, or take the entry out",
        )
    named = change.for_groups | change.open_to
    affected = [g for g in inside if EVERYONE in named or named & {*g.chain}]
    if not affected:
        whose = _listed(change.for_groups)
        return (
            f"changes {entry.shown} for {whose}, but they are out of school then anyway"
            f"{_why_out(entry, change.for_groups)}",
            f"correct the date, or add open_to: {whose}",
        )
    return _hours(entry, key, affected)


def _opens(entry: _Entry, inside: Sequence[Group]) -> tuple[str, str]:
    named = entry.change.open_to
    stay = [g.name for g in inside if len(g.chain) == 1 and g.name not in named]
    said = f"opens {entry.shown} to {_listed(named)}, but they are in school then anyway"
    if EVERYONE in named or not stay:
        return said, "correct the date, or take the entry out"
    out = "pupils" if "pupils" in stay else ", ".join(stay)
    return (
        said,
        f"{', '.join(stay)} stay in: for an INSET day in term write closed_to: {out} instead of "
        "open_to",
    )


def _hours(entry: _Entry, key: str, affected: Sequence[Group]) -> tuple[str, str]:
    change = entry.change
    sessions = [s for g in affected for day in entry.days(g) for s in day.sessions]
    first, last = min(s.start for s in sessions), max(s.end for s in sessions)
    if key == "ends" and change.ends:
        earliest = min(max(s.end for s in day.sessions) for g in affected for day in entry.days(g))
        longer = f"after-school: {earliest:%H:%M}-{change.ends:%H:%M}"
        return (
            f"ends {entry.shown} at {change.ends:%H:%M}, but school ends {_at(last)} anyway",
            f"ends only cuts a day; to stay longer write extra: and below it {longer}"
            if earliest < change.ends
            else "correct the time, or take it out",
        )
    if key == "starts" and change.starts:
        latest = max(min(s.start for s in day.sessions) for g in affected for day in entry.days(g))
        earlier = f"before-school: {change.starts:%H:%M}-{latest:%H:%M}"
        hint = f"starts only cuts a day; to come earlier write extra: and below it {earlier}"
        return (
            f"starts {entry.shown} at {change.starts:%H:%M}, but school starts {_at(first)} anyway",
            hint if change.starts < latest else "correct the time, or take it out",
        )
    if key == "extra":
        names = ", ".join(dict.fromkeys(window.name for window in change.extra))
        return (
            f"adds {names} to {entry.shown}, at times that are in sessions anyway",
            "correct the hours: only those outside the school day are added",
        )
    return (
        f"gives {entry.shown} the hours that it has anyway",
        "correct the date or the hours, or take the entry out",
    )


def _felt(day: Day) -> object:
    """What of a day somebody feels; of a day without school, that there is none."""
    return day.open, day.sessions, day.breaks, day.shape.hours if day.open else None


def _why_out(entry: _Entry, named: frozenset[str]) -> str:
    """Why the first of the groups is out: `(Snow)`."""
    year = entry.without
    days = (year.day(g.chain, d) for g in entry.groups if named & {*g.chain} for d in entry.dates)
    why = next((day.why for day in days if not day.sessions), None)
    return f" ({why})" if why else ""


def _at(when: time) -> str:
    return f"at {when:%H:%M}"


def _listed(groups: frozenset[str]) -> str:
    return ", ".join(sorted(groups))


def _dates(special: SpecialDay) -> Iterator[date]:
    for step in range((special.last - special.first).days + 1):
        yield special.first + timedelta(days=step)


def _warning(entry: _Entry, said: str, hint: str) -> Problem:
    change = entry.change
    section = "dates" if isinstance(change, SpecialDay) else "weekdays"
    named = change.name if change.name not in entry.shown else "the entry"
    place = change.source
    assert place is not None
    message = f"{section}: {named} {said}: that changes nothing"
    return Problem(place.file, place.line, "warning", message, hint)

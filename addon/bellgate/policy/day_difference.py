"""Two policies -> whose school days differ, and how: what a change of dates and hours comes to.

`difference` says what the files say otherwise; this says what people will notice. Words only.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from bellgate.policy.academic_year import groups_apart
from bellgate.policy.day_shape import Window
from bellgate.policy.decide import Policy
from bellgate.policy.wall_clock import WEEKDAYS
from bellgate.policy.who import Group
from bellgate.policy.year import Day, SchoolYear

AHEAD, _FARTHEST = timedelta(days=366), timedelta(days=800)
"""A year, and to the end of the terms that are known; beyond two years nobody looks."""
_NAMED = 3
"""Dates that are named one by one; of more it is said how many they are."""
_NAMED_WEEKDAYS = 2
"""Days of the week that are named one by one."""
_MANY, _NEARLY_ALL = 20, 0.9
"""A change of every day misses those few that have other hours anyway."""


def day_differences(old: Policy, new: Policy, first: date) -> tuple[str, ...]:
    """`pupils Friday afternoon now ends 13:00, was 15:15`, for the year from a date on, and to
    the end of a term that lies farther ahead: no sentence stops in the middle of one."""
    if old.year == new.year and old.groups.keys() == new.groups.keys():
        return ()
    by_group: dict[str, dict[str, list[date]]] = {}
    in_school: dict[str, list[date]] = {}
    for group in groups_apart(new):
        before = _chain_before(old, group)
        changes = by_group.setdefault(group.name, {})
        days = in_school.setdefault(group.name, [])
        for when in _dates(first, old.year, new.year):
            was, now = old.year.day(before, when), new.year.day(group.chain, when)
            if was.sessions or now.sessions:
                days.append(when)
            for change in _of_a_day(was, now):
                changes.setdefault(change, []).append(when)
    return tuple(_sentences(by_group, in_school))


def _chain_before(old: Policy, group: Group) -> tuple[str, ...]:
    """Whose day a group had: its own, or, where it is new, that of the nearest one around it."""
    known = next((name for name in group.chain if name in old.groups), None)
    return old.groups[known].chain if known else ()


def _dates(first: date, *years: SchoolYear) -> Iterator[date]:
    past_terms = [t.last_day - first + timedelta(days=1) for year in years for t in year.terms]
    length = min(max([AHEAD, *past_terms]), _FARTHEST)
    for step in range(length.days):
        yield first + timedelta(days=step)


def _of_a_day(old: Day, new: Day) -> Iterator[str]:
    if not new.sessions and not old.sessions:
        return
    if not new.sessions:
        yield f"no school now ({new.why})"
    elif not old.sessions:
        yield f"school now, {_hours(new.sessions)} ({new.why}), was none ({old.why})"
    else:
        yield from _of_windows(old.sessions, new.sessions)
        yield from _of_windows(old.breaks, new.breaks)
        was, now = old.shape.in_school_between, new.shape.in_school_between
        if was != now:
            yield now or f"no longer {was}"


def _hours(sessions: Sequence[Window]) -> str:
    """`08:50 to 12:00`: when people come, and until when they stay."""
    first, last = min(w.start for w in sessions), max(w.end for w in sessions)
    return f"{first:%H:%M} to {last:%H:%M}"


def _of_windows(old: Sequence[Window], new: Sequence[Window]) -> Iterator[str]:
    before, after = {w.name: w for w in old}, {w.name: w for w in new}
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name), after.get(name)
        if now is None:
            yield f"{name} is no longer there"
        elif was is None:
            yield f"{name} is new, {now.start:%H:%M} to {now.end:%H:%M}"
        else:
            if was.start != now.start:
                yield f"{name} now starts {now.start:%H:%M}, was {was.start:%H:%M}"
            if was.end != now.end:
                yield f"{name} now ends {now.end:%H:%M}, was {was.end:%H:%M}"


def _sentences(
    by_group: dict[str, dict[str, list[date]]], in_school: dict[str, list[date]]
) -> Iterator[str]:
    """All that changes on the same dates for the same groups, in one sentence; the earliest
    first."""
    together: dict[tuple[tuple[date, ...], tuple[str, ...]], list[str]] = {}
    for group, changes in by_group.items():
        on: dict[tuple[date, ...], list[str]] = {}
        for change, dates in changes.items():
            on.setdefault(tuple(dates), []).append(change)
        for when, said in on.items():
            together.setdefault((when, tuple(said)), []).append(group)
    for (when, changed), groups in sorted(together.items(), key=lambda each: each[0][0][0]):
        yield f"{', '.join(groups)} {_when(when, in_school[groups[0]])}{'; '.join(changed)}"


def _when(dates: tuple[date, ...], in_school: Sequence[date]) -> str:
    """On which of a group's days in school; nothing where it is on nearly all of them."""
    if len(dates) <= _NAMED:
        return f"on {', '.join(map(_dated, dates))}: "
    span = f"from {_dated(dates[0])} to {_dated(dates[-1])}: "
    weekdays = sorted({day.weekday() for day in dates})
    mine = list(in_school)
    named = ""
    if not _nearly_all(dates, mine) and len(weekdays) <= _NAMED_WEEKDAYS:
        mine = [day for day in in_school if day.weekday() in weekdays]
        named = " and ".join(WEEKDAYS[n] for n in weekdays) + " "
    if not _nearly_all(dates, mine):
        return f"on {len(dates)} days {span}"
    stands = dates[0] == mine[0] and len(dates) >= _NEARLY_ALL * len(mine)
    return named if stands else f"{named}{span}"


def _nearly_all(dates: Sequence[date], days: Sequence[date]) -> bool:
    """Whether these are all the days between the first and the last, or, of many, nearly all."""
    between = sum(dates[0] <= day <= dates[-1] for day in days)
    return len(dates) == between or (between > _MANY and len(dates) >= _NEARLY_ALL * between)


def _dated(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"

"""Two policies -> whose school days differ, and how: what a change of dates and hours comes to.

`difference` says what the files say otherwise; this says what people will notice. Words only.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from bellgate.policy.academic_year import groups_apart
from bellgate.policy.day_shape import Window
from bellgate.policy.decide import Policy
from bellgate.policy.wall_clock import WEEKDAYS
from bellgate.policy.year import Day

AHEAD = timedelta(days=366)
_NAMED = 3
"""Dates that are named one by one; of more it is said how many they are."""


def day_differences(old: Policy, new: Policy, first: date) -> tuple[str, ...]:
    """`pupils Friday afternoon now ends 13:00, was 15:15`, for the year from a date on."""
    if old.year == new.year and old.groups.keys() == new.groups.keys():
        return ()
    by_group: dict[str, dict[str, list[date]]] = {}
    for group in groups_apart(new):
        if group.name in old.groups:
            before = old.groups[group.name].chain
            changes = by_group.setdefault(group.name, {})
            for when in _dates(first):
                for change in _of_a_day(
                    old.year.day(before, when), new.year.day(group.chain, when)
                ):
                    changes.setdefault(change, []).append(when)
    return tuple(_sentences(by_group))


def _dates(first: date) -> Iterator[date]:
    for step in range(AHEAD.days):
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


def _sentences(by_group: dict[str, dict[str, list[date]]]) -> Iterator[str]:
    """The same change on the same dates is said once, for all its groups."""
    together: dict[tuple[str, tuple[date, ...]], list[str]] = {}
    for group, changes in by_group.items():
        for change, dates in changes.items():
            together.setdefault((change, tuple(dates)), []).append(group)
    for (change, when), groups in together.items():
        yield f"{', '.join(groups)} {_when(when)}{change}"


def _when(dates: tuple[date, ...]) -> str:
    if len(dates) <= _NAMED:
        return f"on {', '.join(map(_dated, dates))}: "
    weekdays = sorted({day.weekday() for day in dates})
    if len(weekdays) == 1:
        return f"{WEEKDAYS[weekdays[0]]} "
    if dates[-1] - dates[0] == timedelta(days=len(dates) - 1):
        return f"from {_dated(dates[0])} to {_dated(dates[-1])}: "
    if len(weekdays) >= 5 and len(dates) > 60:
        return ""
    return f"on {len(dates)} days from {_dated(dates[0])} to {_dated(dates[-1])}: "


def _dated(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"

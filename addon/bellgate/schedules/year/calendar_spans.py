"""Days off that begin or end at some hour: `Half Term`, from Friday 16:00 to Monday 9:00.

A day on which they begin as school ends, or later, is a whole day in school; one within which they
begin ends at that hour, and one within which they end starts at it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bellgate.schedules.year.calendar_kinds import ALL, NEARLY, Kind, Meaning, Setting, apart
from bellgate.schedules.year.calendar_year import PUPILS
from bellgate.schedules.year.icalendar_file import Event

_DAY = timedelta(days=1)
_OFF: tuple[Kind, ...] = ("INSET day", "bank holiday", "closure", "half-term")

Said = tuple[Event, Meaning]


def by_the_hour(
    told: Sequence[tuple[Event, Sequence[Said]]], setting: Setting, open_days: frozenset[int]
) -> list[Said]:
    """Each event with what it says, the days off cut to its hours. A day whose hours another event
    tells keeps those."""
    have_hours = {part.first for _, said in told for part, m in said if m.starts or m.ends}

    def is_cut(day: date) -> bool:
        return day.weekday() in open_days and day not in have_hours

    return [s for event, said in told for one in said for s in _cut(event, one, setting, is_cut)]


def _cut(
    event: Event, said: Said, setting: Setting, is_cut: Callable[[date], bool]
) -> Iterator[Said]:
    """`said` is what is said of some of the event's days; `is_cut` tells whether a day may be
    shortened."""
    part, meaning = said
    if event.over is None or meaning.kind not in _OFF:
        yield said
        return
    begins, ends = event.over
    of_pupils = meaning.kind == "INSET day" and meaning.groups == ALL
    groups = frozenset({PUPILS}) if of_pupils else meaning.groups
    first, last = part.first, part.last
    shorter: list[tuple[date, Meaning]] = []
    if first == event.first and apart(setting.starts, begins) > NEARLY:
        if begins < setting.ends and is_cut(first):
            shorter.append((first, Meaning("short day", groups, ends=begins)))
        first += _DAY
    if last == event.last and apart(ends, setting.ends) > NEARLY:
        if ends > setting.starts and is_cut(last):
            shorter.append((last, Meaning("short day", groups, starts=ends)))
        last -= _DAY
    if first <= last:
        yield replace(part, first=first, last=last, over=None), meaning
    elif not shorter:
        yield part, Meaning("nothing", why="it is outside the school day")
    for day, short in shorter:
        yield replace(part, first=day, last=day, over=None), short

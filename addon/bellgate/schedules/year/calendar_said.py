"""What a calendar's events were taken for, in words."""

from collections.abc import Sequence
from datetime import time

from bellgate.policy.who import EVERYONE
from bellgate.schedules.year.calendar_kinds import Kind, Meaning
from bellgate.schedules.year.calendar_title import title_of
from bellgate.schedules.year.icalendar_file import Event

Told = Sequence[tuple[Event, Meaning]]
"""Each event with what it says; one that says several things, more than once."""

CHANGE_NOTHING: tuple[Kind, ...] = ("unclear", "nothing", "open again")
_EVERYONE = frozenset({EVERYONE})


def taken_for(meaning: Meaning) -> str:
    """`half-term: closed to everyone`."""
    whom = ", ".join(sorted(meaning.groups))
    said = {
        "term": "a term",
        "first day": "first day in school",
        "last day": "last day in school",
        "first day off": "first day of a holiday",
        "last day off": "last day of a holiday",
        "half-term": f"half-term: closed to {whom}",
        "INSET day": "INSET day: closed to " + ("pupils" if meaning.groups == _EVERYONE else whom),
        "bank holiday": f"bank holiday: closed to {whom}",
        "closure": f"closed to {whom}",
        "short day": "",
    }[meaning.kind]
    hours = [
        *([f"starts at {meaning.starts:%H:%M}"] if meaning.starts else []),
        *([f"ends at {meaning.ends:%H:%M}"] if meaning.ends else []),
    ]
    times = f"the day {' and '.join(hours)} for {whom}" if hours else ""
    return ", ".join(filter(None, (said, times)))


def shown(event: Event) -> str:
    """Its dates, and its hours where it has any."""
    if event.over:
        begins, ends = event.over
        return f"{event.first} {begins:%H:%M} to {event.last} {ends:%H:%M}"
    dates = str(event.first) if event.first == event.last else f"{event.first} to {event.last}"
    if event.hours is None:
        return dates
    return f"{dates}, {hours_of(event)}"


def hours_of(event: Event) -> str:
    """`12:00-12:30`; nothing where it has no hours."""
    return "-".join(f"{when:%H:%M}" for when in event.hours or ())


_MORNING = time(11)
"""What begins before it is taken to delay the day, and what begins later to end it."""


def hours_to_write(event: Event, *, opens: bool | None = None) -> str:
    """What may be written of its day, by its own hours, else those of its title, else by noon:
    `ends: 12:30`. `opens` says whether it is a day's beginning that it speaks of, if that is known.
    """
    named = sorted({when for _, when in title_of(event.words).hours})
    first, last = event.hours or ((named[0], named[-1]) if named else (time(12), time(12)))
    if opens or (opens is None and event.hours and first < _MORNING):
        return f"starts: {last:%H:%M}"
    return f"ends: {first:%H:%M}"

"""What a school day consists of, by the wall clock: its sessions and breaks. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import time


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
    starts: time | None = None
    ends: time | None = None
    """From when to when people are in school, where a day was cut: also between two sessions."""

    def over(self, outer: "DayShape") -> "DayShape":
        """This shape, with what it does not say taken from the outer one."""
        breaks = outer.breaks if self.breaks is None else self.breaks
        if self.sessions is None:
            return DayShape(outer.sessions, breaks, outer.starts, outer.ends)
        return DayShape(self.sessions, breaks, self.starts, self.ends)

    def between(self, starts: time | None, ends: time | None) -> "DayShape":
        """The part of this day from one time on and before another."""
        sessions, breaks = (
            None if each is None else cut(each, starts, ends)
            for each in (self.sessions, self.breaks)
        )
        whole = self.hours
        if whole is None:
            return DayShape(sessions, breaks)
        first, last = max(whole[0], starts or whole[0]), min(whole[1], ends or whole[1])
        return DayShape(sessions, breaks, first, last)

    @property
    def hours(self) -> tuple[time, time] | None:
        """When the first of this day's people come and the last go; None without a session."""
        if not self.sessions:
            return None
        first, last = _span(self.sessions)
        return min(first, self.starts or first), max(last, self.ends or last)

    @property
    def in_school_between(self) -> str:
        """Where people come or go between two sessions: `in school until 12:30`; else nothing."""
        if not self.sessions:
            return ""
        first, last = _span(self.sessions)
        said = [
            *([f"from {self.starts:%H:%M}"] if self.starts and self.starts < first else []),
            *([f"until {self.ends:%H:%M}"] if self.ends and self.ends > last else []),
        ]
        return f"in school {' '.join(said)}" if said else ""

    def with_extra(self, extra: tuple[Window, ...]) -> "DayShape":
        """This day with sessions added to it: what it already has keeps its own name."""
        sessions = self.sessions or ()
        for window in extra:
            sessions = (*sessions, *_beside(window, sessions))
        return DayShape(sessions, self.breaks, self.starts, self.ends)


def _span(windows: tuple[Window, ...]) -> tuple[time, time]:
    """From the first start to the last end."""
    return min(w.start for w in windows), max(w.end for w in windows)


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


def cut(windows: tuple[Window, ...], starts: time | None, ends: time | None) -> tuple[Window, ...]:
    """What of them lies from one time on and before another."""
    found = (
        Window(w.name, max(w.start, starts or w.start), min(w.end, ends or w.end)) for w in windows
    )
    return tuple(w for w in found if w.start < w.end)

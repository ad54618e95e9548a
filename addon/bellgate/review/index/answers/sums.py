"""Sums of visits: a count by what was seen, some days together, a day of a service."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Split:
    """A count, by what was seen: of visits by the most that was seen, or of attempts."""

    page: int = 0
    embedded: int = 0
    background: int = 0
    connection: int = 0
    nothing: int = 0
    """Visits without an attempt. Of attempts: always 0."""

    @property
    def whole(self) -> int:
        """All of it, visits without an attempt included."""
        return self.page + self.embedded + self.background + self.connection + self.nothing

    @property
    def attempted(self) -> int:
        """Without the visits that hold no attempt."""
        return self.whole - self.nothing

    def __add__(self, other: "Split") -> "Split":
        return Split(
            self.page + other.page,
            self.embedded + other.embedded,
            self.background + other.background,
            self.connection + other.connection,
            self.nothing + other.nothing,
        )


@dataclass(frozen=True, slots=True)
class Counts:
    """How many visits a search finds. What holds no attempt, and what is not what was signed, is
    shown, too, but is no visit."""

    visits: int = 0
    own_time: int = 0
    """Of the visits, those outside of all sessions."""
    answered: int = 0
    """Of the visits, those in which a purpose was given."""
    without_attempt: int = 0
    unsound: int = 0
    refused: int = 0
    """Of the visits, those in which nothing came through."""

    @property
    def let_through(self) -> int:
        """Of the visits, those in which something came through without anybody being asked."""
        return self.visits - self.refused - self.answered

    @property
    def shown(self) -> int:
        """Rows of the search's list."""
        return self.visits + self.without_attempt + self.unsound

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.visits + other.visits,
            self.own_time + other.own_time,
            self.answered + other.answered,
            self.without_attempt + other.without_attempt,
            self.unsound + other.unsound,
            self.refused + other.refused,
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """Some days together: visits by the most that was seen. Where nothing is, no key is."""

    first: date
    last: date
    sessions: Mapping[tuple[date, str | None], Split]
    """By day and session; session None is people's own time."""
    groups: Mapping[tuple[str, ...], Split]
    """By the groups of the device, innermost first."""
    services: Mapping[str, Split]
    """By service, or the site where it is no service."""

    @property
    def whole(self) -> Split:
        return sum(self.sessions.values(), Split())

    @property
    def own_time(self) -> Split:
        """Outside of all sessions."""
        return sum((s for (_, session), s in self.sessions.items() if session is None), Split())

    @property
    def within(self) -> Mapping[tuple[str, ...], Split]:
        """By each group with all that are inside it, the outermost first in its key: what a search
        for the group finds. A group stands before those inside it."""
        found: dict[tuple[str, ...], Split] = {}
        for roles, split in self.groups.items():
            path = roles[::-1] or ("",)
            for depth in range(1, len(path) + 1):
                found[path[:depth]] = found.get(path[:depth], Split()) + split
        return dict(sorted(found.items()))

    @property
    def outer(self) -> Mapping[str, Split]:
        """By the outermost group."""
        return {path[0]: split for path, split in self.within.items() if len(path) == 1}


@dataclass(frozen=True, slots=True)
class ServiceDay:
    """One day of one service."""

    day: date
    visits: Split
    attempts: Split
    """Attempts of these visits."""
    own_time: int
    """Of the visits, those outside of all sessions."""
    unsound: int

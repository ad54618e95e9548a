"""Sums of visits: a count by what was seen, a week, a day of a service."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bellgate.policy.action import Outcome


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
class Week:
    """Seven days from `first`: visits by the most that was seen. Where nothing is, no key is."""

    first: date
    sessions: Mapping[tuple[date, str | None], Split]
    """By day and session; session None is people's own time."""
    groups: Mapping[tuple[str, ...], Split]
    """By the groups of the device, innermost first."""
    services: Mapping[str, Split]
    """By service, or the site where it is no service."""
    actions: Mapping[Outcome, int]
    """Visits in which this was among what became of it."""
    carried_over: int
    """Connections cut at the bell that were opened in people's own time."""
    unsound: int
    """Visits of records that are not what was signed: in no other count."""

    @property
    def whole(self) -> Split:
        return sum(self.sessions.values(), Split())

    @property
    def inner(self) -> Mapping[str, Split]:
        """By the innermost group."""
        return self._by(0)

    @property
    def outer(self) -> Mapping[str, Split]:
        """By the outermost group."""
        return self._by(-1)

    def _by(self, place: int) -> Mapping[str, Split]:
        found: dict[str, Split] = {}
        for roles, split in self.groups.items():
            group = roles[place] if roles else ""
            found[group] = found.get(group, Split()) + split
        return found


@dataclass(frozen=True, slots=True)
class ServiceDay:
    """One day of one service."""

    day: date
    visits: Split
    attempts: Split
    """Attempts of these visits."""
    in_session: int
    """Of the visits."""
    carried_over: int
    unsound: int

"""What reviewers and the gate did, when it was watching, and how the index stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bellgate.review.index.answers.visits import PAGE
from bellgate.review.visits.gaps import Gap, Step


@dataclass(frozen=True, slots=True)
class Looked:
    """A `bellgate.review` record: what a reviewer did."""

    number: int
    log: str
    at: datetime
    user: str | None
    action: str
    target: str | None
    reason: str | None
    message: str
    facts: Mapping[str, Any]
    """What else stands under `bellgate` in the record."""
    sound: bool
    """Whether it is what was signed."""


@dataclass(frozen=True, slots=True)
class LookedPage:
    """What reviewers did, newest first, and how much there is in all."""

    rows: tuple[Looked, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class GateEvent:
    """A `bellgate.gate` record but heartbeats, and an exemption that was granted or revoked."""

    number: int
    log: str
    at: datetime
    action: str
    message: str
    incident: bool
    facts: Mapping[str, Any]
    """What stands under `bellgate` in the record."""
    sound: bool
    """Whether it is what was signed."""


@dataclass(frozen=True, slots=True)
class Watched:
    """[since, until) by the gate's signs of life, in any of its logs."""

    since: datetime
    until: datetime
    gaps: tuple[Gap, ...]
    """When it was silent, in session or out; `Gap.within(start, end)` cuts out a session."""
    steps: tuple[Step, ...]
    """Steps of its clock then, and those whose wrong times lie then."""
    blank: Mapping[date, str]
    """Days whose signs of life were deleted when due, and the period: nothing can be said."""


@dataclass(frozen=True, slots=True)
class Followed:
    """How far one log is in the index."""

    log: str
    origin: str
    size: int
    """Records taken in; those emptied among them."""
    signed: int
    """Records that its checkpoint covers."""
    newest: datetime | None
    """The time of the newest record."""
    unsound: int
    """Lines that are not what was signed."""
    problem: str | None
    """Why it does not follow, or what is wrong with the log."""


@dataclass(frozen=True, slots=True)
class IndexState:
    """How the index stands."""

    logs: tuple[Followed, ...] = ()
    followed: datetime | None = None
    """When it last looked, whether or not there was anything."""
    rebuilt: datetime | None = None
    rebuilding: bool = False
    """While it is, every answer speaks of a part of the log."""
    problems: tuple[str, ...] = field(default=())

    @property
    def behind(self) -> int:
        """Records that are signed and not taken in."""
        return sum(max(0, log.signed - log.size) for log in self.logs)

"""Which visits are asked for, and what is said of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from bellgate.audit.record.record import Seen
from bellgate.policy.action import OUTCOMES, Outcome
from bellgate.review.index.answers.sums import Counts
from bellgate.review.visits.attempts import Attempt
from bellgate.review.visits.visits import GRADES

PAGE: Final = 50
"""Rows of a page."""
OWN_TIME: Final = ""
"""The session of a search for what was outside of all sessions: people's own time."""
IN_SESSION: Final = "*"
"""The session of a search for what was in any session."""

Grade = Seen | Literal["nothing"]
"""The most that was seen in a visit; `nothing` where it holds no attempt: what was opened in
people's own time was cut at the bell, or something ended."""


@dataclass(frozen=True, slots=True)
class Search:
    """Which visits are asked for: all that is given must hold. Days are inclusive.

    `group` is any group that the device was in, inner or outer. `seen` is the most that was seen in
    the visit; `action` one that is among what became of it. Pages count from 1.
    """

    person: str | None = None
    device: str | None = None
    address: str | None = None
    """Of what came from no known device."""
    group: str | None = None
    service: str | None = None
    category: str | None = None
    session: str | None = None
    """`OWN_TIME` for what was outside of all sessions, `IN_SESSION` for what was in any."""
    first: date | None = None
    last: date | None = None
    weekday: int | None = None
    """Monday is 0."""
    seen: Grade | None = None
    action: Outcome | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit, as the index keeps it. `/visits/<day>/<number>` is its address.

    `number` is that of its first record in its log; below zero where that is not what was signed,
    since then the number that it carries says nothing.
    """

    day: date
    """The school's date of its first moment."""
    number: int
    log: str
    """The folder of its log: `log`, or one that was set aside (`log.1`)."""
    first: datetime
    last: datetime
    device: str | None
    address: str | None
    person: str | None
    roles: tuple[str, ...]
    """The groups, innermost first."""
    grounds: tuple[str, ...]
    """On what grounds it is attributed: a key of `report_words.GROUNDS` each, in order."""
    claimed: str | None
    doubt: str | None
    service: str | None
    host: str | None
    """The site where it is no service. Of a service, the hosts are in the records."""
    category: str | None
    session: str | None
    """None where no session was on: people's own time."""
    rule_name: str | None
    rule_source: str | None
    """`rules.yaml:57`"""
    seen: Mapping[Seen, int]
    """Attempts by what was seen. Where none was seen so, the grade is not among the keys."""
    actions: Mapping[Outcome, int]
    carried_over: int
    """Connections that were opened in people's own time and cut at the bell: no attempts."""
    hosts: int
    """How many different hosts."""
    records: int
    sound: bool
    """Whether all its records are what was signed."""

    @property
    def who(self) -> str:
        """The device; the address if no device is known."""
        return self.device or self.address or "an unknown device"

    @property
    def what(self) -> str:
        """The service's id; the host if it is not a service."""
        return self.service or self.host or "many sites"

    @property
    def times(self) -> int:
        """Attempts."""
        return sum(self.seen.values())

    @property
    def grade(self) -> Grade:
        """The most that was seen."""
        return next((grade for grade in GRADES if self.seen.get(grade)), "nothing")

    @property
    def answered(self) -> int:
        """Answers that were given on the page."""
        return self.actions.get("answered", 0)

    @property
    def was_answered(self) -> bool:
        """Whether it was refused only until somebody gave a purpose, and then opened."""
        others = (a for a in self.actions if a != "ask")
        return bool(self.answered) and not any(OUTCOMES[a].is_attempt for a in others)

    @property
    def in_session(self) -> bool:
        return self.session is not None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of visits, newest first, and how many there are in all."""

    rows: tuple[VisitRow, ...]
    counts: Counts
    page: int

    @property
    def total(self) -> int:
        """Rows of all pages."""
        return self.counts.shown

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a visit, read from the log itself."""

    number: int
    file: str
    """`2026-11-23.jsonl`"""
    text: bytes
    """Without its newline; empty where it is no longer there."""
    record: Mapping[str, Any] | None
    """None where it has been emptied or is no longer there."""


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A decision as it came."""

    number: int
    attempt: Attempt

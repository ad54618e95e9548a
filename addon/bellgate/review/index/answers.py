"""What the index is asked, and what it answers. Values only: nothing is looked up here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

from bellgate.audit.record.record import Seen
from bellgate.policy.action import Outcome
from bellgate.review.visits.attempts import Attempt
from bellgate.review.visits.gaps import Gap, Step
from bellgate.review.visits.visits import GRADES

PAGE: Final = 50
"""Rows of a page."""

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
    first: date | None = None
    last: date | None = None
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
    def in_session(self) -> bool:
        return self.session is not None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of visits, newest first, and how many there are in all. Those that are not `sound` are
    among them: what is shown is counted."""

    rows: tuple[VisitRow, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


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


@dataclass(frozen=True, slots=True)
class HeldOnRecord:
    """Days from the first to the last on which records attribute a device to one person."""

    person: str | None
    """None: to nobody."""
    first: date
    last: date
    visits: Split


@dataclass(frozen=True, slots=True)
class AddressUsed:
    """Days from the first to the last on which a device was at an address."""

    address: str
    first: date
    last: date
    records: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """One day on which a device's MAC was seen where it proves nothing."""

    day: date
    address: str | None
    ground: str
    records: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Doubted:
    """One day on which a sign contradicted a device's MAC: `shared-mac`, `lease-differs`, …"""

    day: date
    doubt: str
    records: int
    attempts: int


@dataclass(frozen=True, slots=True)
class DevicePage:
    """What is on record of a device. Its visits are `visits(Search(device=…))`."""

    name: str
    held: tuple[HeldOnRecord, ...]
    """In order of time; stretches of nobody between them."""
    addresses: tuple[AddressUsed, ...]
    claimed: tuple[Claimed, ...]
    doubts: tuple[Doubted, ...]
    visits: Split


@dataclass(frozen=True, slots=True)
class PersonWeek:
    """Visits in session time of one person to one service in the week that begins on a Monday."""

    monday: date
    service: str
    visits: Split


@dataclass(frozen=True, slots=True)
class Unattributed:
    """What a person's devices did, while that person held them, that is attributed to nobody."""

    device: str
    reason: str
    """A key of `report_words.NOBODYS`: the ground, or `claimed`."""
    records: int
    attempts: int


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
class PersonPage:
    """A term of one person at a glance. The visits are `visits(Search(person=…))`."""

    id: str
    weeks: tuple[PersonWeek, ...]
    devices: tuple[str, ...]
    unattributed: tuple[Unattributed, ...]
    objections: tuple[Looked, ...]
    own_time: int
    """Visits outside session time. None of them is in `weeks`."""
    unsound: int


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
    """Steps of its clock."""
    blank: Mapping[date, str]
    """Days whose signs of life were deleted when due, and the period: nothing can be said."""


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What there is to choose from in a form, each in alphabetical order."""

    devices: tuple[str, ...]
    addresses: tuple[str, ...]
    persons: tuple[str, ...]
    services: tuple[str, ...]
    categories: tuple[str, ...]
    groups: tuple[str, ...]
    sessions: tuple[str, ...]


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

"""What is said of one device and of one person, and who there is."""

from dataclasses import dataclass
from datetime import date

from bellgate.review.index.answers.happened import Looked
from bellgate.review.index.answers.sums import Split


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
    """Visits of one person to one service in the week that begins on a Monday."""

    monday: date
    service: str
    visits: Split
    own_time: int
    """Of the visits, those outside of all sessions."""


@dataclass(frozen=True, slots=True)
class Unattributed:
    """What a person's devices did, while that person held them, that is attributed to nobody."""

    device: str
    reason: str
    """A key of `report_words.NOBODYS`."""
    records: int
    attempts: int


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A term of one person at a glance. The visits are `visits(Search(person=…))`."""

    id: str
    weeks: tuple[PersonWeek, ...]
    devices: tuple[str, ...]
    unattributed: tuple[Unattributed, ...]
    objections: tuple[Looked, ...]


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

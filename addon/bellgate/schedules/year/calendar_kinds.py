"""What an event of a calendar may mean, and the school that it is read for. Values only."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

from bellgate.policy.who import EVERYONE
from bellgate.schedules.year.calendar_title import units_of

Kind = Literal[
    "term",
    "first day",  # in school
    "last day",  # in school
    "first day off",
    "last day off",
    "half-term",
    "INSET day",
    "bank holiday",
    "closure",
    "short day",
    "open again",  # in school from a day on that lies beyond the event
    "nothing",
    "unclear",
]

SHORTEST_TERM = timedelta(days=14)
LONGEST_HALF_TERM = timedelta(days=16)
NEARLY = timedelta(minutes=30)
"""A time that is no further from the school day's start or end is taken for it."""
AS_USUAL = "pupils are in as usual"
ALL = frozenset({EVERYONE})


@dataclass(frozen=True, slots=True)
class Setting:
    """The school that a calendar is read for."""

    starts: time
    ends: time
    own_words: Mapping[str, str] = field(default_factory=dict)
    """What the school itself says that some words are."""
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Its groups, each with the parts of a school that it is."""
    name: str = ""
    bank_holidays: str | None = None
    """The nation whose bank holidays school.yaml keeps."""

    @property
    def stages(self) -> frozenset[str]:
        """Which stages of schooling it teaches, as far as its name says so."""
        said = self.name.casefold()
        found = {"primary"} if re.search(r"\b(primary|infants?|juniors?|first)\b", said) else set()
        if re.search(r"\b(secondary|high|grammar|upper|college)\b", said):
            found.add("secondary")
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an event says. `why` is for what changes nothing."""

    kind: Kind
    groups: frozenset[str] = ALL
    half_term: bool = False
    """Of a first or last day: whether the holiday beside it is called a half-term."""
    starts: time | None = None
    ends: time | None = None
    why: str = ""
    opens_on: date | None = None
    """Of `open again`."""
    left_out: str = ""
    """What else the title says that was not taken: it is reported."""
    named: bool = False
    """Whether the title names the day, and the event itself stands on another."""
    unsaid: str = ""
    """What the title leaves open, and how it is taken: it is reported."""


UNCLEAR = Meaning("unclear")


def groups_by_part(names: Iterable[str]) -> dict[str, frozenset[str]]:
    """Each group with the parts of a school that its name says; pupils and staff are no parts."""
    return {name: units_of(name) for name in names}


def apart(one: time, other: time) -> timedelta:
    """From one time of a day to another; below nothing where the other comes first."""
    day = date(2000, 1, 1)
    return datetime.combine(day, other) - datetime.combine(day, one)

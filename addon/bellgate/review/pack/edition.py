"""An edition of the policy as a pack shows it: what was in force, and what is known of it still."""

from dataclasses import dataclass
from datetime import datetime

from bellgate.policy.when import Span

Named = tuple[str, str]
"""A word and what it stands for."""


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as it stood in the file."""

    name: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class EditionKept:
    """An edition of the policy that was in force in [since, until) of the time asked about.

    Where its files are not kept any more, it has its hash alone (`kept` is False). `sessions` are
    the subject's own in that time, and mean something only where `timetable` says that they could
    be worked out: a later Bellgate may not take files that an earlier one took.
    """

    hash: str
    since: datetime
    until: datetime
    kept: bool = False
    timetable: bool = False
    files: tuple[Named, ...] = ()
    """Each file's name and SHA-256."""
    rules: tuple[RuleText, ...] = ()
    sessions: tuple[Span, ...] = ()
    title: str = ""
    notice: str | None = None

"""An edition of the policy as a pack shows it: what was in force, and what is still known of it."""

from dataclasses import dataclass
from datetime import datetime

from bellgate.policy.timetable import Span

Named = tuple[str, str]
"""A word and what it stands for."""


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as it stood in the file, and in words where this version still understands it."""

    name: str
    source: str
    text: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class EditionKept:
    """An edition of the policy that was in force in [since, until) of the time asked about.

    If its files are no longer kept, only its hash is known (`kept` is False). `sessions` are the
    subject's own in that time. They mean something only if `timetable` is True: a later Bellgate
    may refuse files that an earlier one took, and then they cannot be worked out.
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
    breaks: tuple[Span, ...] = ()
    """Those of the sessions."""
    title: str = ""
    notice: str | None = None
    is_to_staff: bool = False
    """Whether the subject's group, by its wording, is one of staff: the notice is to them alone."""

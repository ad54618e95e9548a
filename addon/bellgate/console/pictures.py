"""Pictures as plain numbers, which the templates draw as SVG: bars on a line, a table below."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bellgate.audit.record.seen import SEEN
from bellgate.review.index import Split

KINDS: Final = ("page", "embedded", "background", "connection", "nothing")
NO_ATTEMPT: Final = "nothing new tried"
"""What holds no attempt."""
_NO_ATTEMPT_MEANS: Final = (
    "Something opened earlier was cut at the bell, or ended. What had been opened in people’s own "
    "time and was cut at the bell is not a breach. None of this is counted as a visit."
)


def kind_said(kind: str) -> str:
    """What was seen, in two or three words."""
    return SEEN[kind].short if kind in SEEN else NO_ATTEMPT  # type: ignore[index]


def meanings() -> list[tuple[str, str]]:
    """Each kind in two or three words, and what it means."""
    seen = [(SEEN[kind].short, SEEN[kind].meaning) for kind in KINDS if kind in SEEN]  # type: ignore[index]
    return [*seen, (NO_ATTEMPT, _NO_ATTEMPT_MEANS)]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar, on a line of a hundred."""

    kind: str
    said: str
    x: float
    width: float
    count: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of the picture: its words, its parts, and what it adds up to."""

    title: str
    note: str
    parts: tuple[Part, ...]
    whole: int


def bars(rows: Sequence[tuple[str, str, Split]]) -> list[Bar]:
    """Bars to one scale: the longest fills the line."""
    longest = max((split.whole for _, _, split in rows), default=0)
    return [
        Bar(title, note, _parts(split, longest), split.attempted) for title, note, split in rows
    ]


def _parts(split: Split, longest: int) -> tuple[Part, ...]:
    parts: list[Part] = []
    at = 0.0
    for kind in KINDS:
        n: int = getattr(split, kind)
        if n:
            width = round(100 * n / longest, 2)
            parts.append(Part(kind, kind_said(kind), round(at, 2), width, n))
            at += width
    return tuple(parts)

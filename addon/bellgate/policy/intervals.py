"""Sets of instants: where they begin and end, and what two of them have in common. Pure.

Every stretch is [start, end): no moment belongs to two that follow each other.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

DAWN = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Intervals:
    """A set of instants. `bounds` alternate: in from the first, out from the second, in again …"""

    bounds: tuple[datetime, ...] = ()

    def __contains__(self, instant: datetime) -> bool:
        return bool(bisect_right(self.bounds, instant) & 1)

    @staticmethod
    def of(spans: Iterable[tuple[datetime, datetime]]) -> "Intervals":
        merged: list[datetime] = []
        for start, end in sorted(spans):
            if start >= end:
                continue
            if merged and start <= merged[-1]:
                merged[-1] = max(merged[-1], end)
            else:
                merged += (start, end)
        return Intervals(tuple(merged))

    def minus(self, other: "Intervals") -> "Intervals":
        return _combine(lambda mine, theirs: mine and not theirs, self, other)

    def union(self, other: "Intervals") -> "Intervals":
        return _combine(lambda mine, theirs: mine or theirs, self, other)

    def meets(self, other: "Intervals") -> bool:
        """Whether both hold at some time."""
        return next(_steps(lambda mine, theirs: mine and theirs, self, other), None) is not None


ALWAYS = Intervals((DAWN,))


def _combine(keep: Callable[[bool, bool], bool], one: Intervals, two: Intervals) -> Intervals:
    return Intervals(tuple(_steps(keep, one, two)))


def _steps(
    keep: Callable[[bool, bool], bool], one: Intervals, two: Intervals
) -> Iterator[datetime]:
    """The bounds of what is kept, along both at once: a year of a school has thousands."""
    a, b = (*one.bounds, _NEVER), (*two.bounds, _NEVER)
    i, j, inside = 0, 0, False
    while (at := min(a[i], b[j])) is not _NEVER:
        # Of a bound that both have, each goes on.
        i += a[i] == at
        j += b[j] == at
        if keep(bool(i & 1), bool(j & 1)) is not inside:
            inside = not inside
            yield at

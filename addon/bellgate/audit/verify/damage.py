"""Where lines and the hashes beside them part, and how: changed, missing, added, swapped.

Pure: works on two streams and looks only a little ahead in them. Which of the two is the one that
was tampered with is not known here; the checkpoint decides that.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

WINDOW: Final = 256
"""Lines: how far apart some may have been moved or cut out and still be named as such."""


class Numbered(NamedTuple):
    """A line by its place in the file (from 1), with its leaf."""

    line: int
    leaf: bytes


class Difference(NamedTuple):
    """One place where the two part: the place of the hash (from 1), the line, and plain words."""

    place: int
    line: int
    message: str


class _Ahead[T]:
    """A stream in which one can look ahead."""

    def __init__(self, source: Iterable[T]) -> None:
        self._source = iter(source)
        self._ahead: deque[T] = deque()

    def next(self) -> T | None:
        return self._ahead.popleft() if self._ahead else next(self._source, None)

    def ahead(self) -> deque[T]:
        """What comes next, as far as may be looked: changing it changes what comes."""
        self._ahead.extend(islice(self._source, max(0, WINDOW - len(self._ahead))))
        return self._ahead


def differences(lines: Iterable[Numbered], leaves: Iterable[bytes]) -> Iterator[Difference]:
    """Every difference. Lines that go on after the last hash are none: hashes may lag behind."""
    mine, theirs = _Ahead(lines), _Ahead(leaves)
    place = last_line = 0
    before: bytes | None = None
    while (leaf := theirs.next()) is not None:
        place += 1
        found = mine.next()
        if found is None:
            missing = 1 + sum(1 for _ in iter(theirs.next, None))
            yield Difference(place, last_line + 1, f"{_records(missing)} missing at the end")
            return
        if found.leaf != leaf:
            message, skipped = _explained(found, leaf, mine, theirs)
            if found.leaf == before:
                message = "it is a copy of the line before"
            yield Difference(place, found.line, message)
            place += skipped
        last_line, before = found.line, found.leaf


def _explained(
    found: Numbered, leaf: bytes, mine: _Ahead[Numbered], theirs: _Ahead[bytes]
) -> tuple[str, int]:
    """What happened at one line, and how many hashes were passed over to go on from there."""
    later_lines, later_leaves = mine.ahead(), theirs.ahead()
    back = next((n for n, other in enumerate(later_lines) if other.leaf == leaf), None)
    on = _index(later_leaves, found.leaf)
    if back is not None and on == back:
        other = later_lines[back]
        later_lines[back] = Numbered(other.line, found.leaf)
        return f"it has changed places with line {other.line}", 0
    if on is not None and (back is None or on <= back):
        for _ in range(on + 1):
            theirs.next()
        return f"{_records(on + 1)} missing before this line", on + 1
    if back is not None:
        for _ in range(back + 1):
            mine.next()
        return "a line was put in here" if back == 0 else f"{back + 1} lines were put in here", 0
    return "it was changed", 0


def _index(leaves: deque[bytes], leaf: bytes) -> int | None:
    try:
        return leaves.index(leaf)
    except ValueError:
        return None


def _records(count: int) -> str:
    return "1 record is" if count == 1 else f"{count} records are"

"""How many records each device and each person has in a log, and how that is known again.

Each record of a connection says that it is the n-th of its device, and of its person, in its log
(`bellgate.nth`): so a choice of one's records shows by itself whether one of them was left out. The
numbers go on over restarts and deletions.

The counts lie beside the log as they were at one size (`STATE/log/counts`), and the lines after it
say the rest. They are written whenever a day is over, before anything of it can be deleted: so what
was deleted is in them. Should they be lost, lines that were emptied since may have been anybody's:
whoever may have had them goes on after as many. A number may then be left out, and never stands
twice.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final, Literal, Self

from bellgate.audit.log.day_files import days_of, expired_leaf, parsed, whole_lines

Whose = tuple[Literal["device", "person"], str]
"""A device by its name, or a person by their pseudonym."""

_NTH: Final = re.compile(rb'"nth":\{[^{}]*\}\}\}$')


@dataclass(slots=True)
class Counts:
    """The number of records of each in the first `size` lines of a log. `others` is what may have
    been of anybody who is not named."""

    size: int = 0
    others: int = 0
    of: dict[Whose, int] = field(default_factory=dict)

    def next(self, whose: Whose) -> int:
        """Count one more; its number, from 1."""
        number = self.of[whose] = self.of.get(whose, self.others) + 1
        return number

    def copy(self, size: int) -> "Counts":
        """As they are now, at a size of the log."""
        return Counts(size, self.others, dict(self.of))

    def text(self) -> str:
        of: dict[str, dict[str, int]] = {"device": {}, "person": {}}
        for (kind, name), number in self.of.items():
            of[kind][name] = number
        return json.dumps({"size": self.size, "others": self.others, **of})

    @classmethod
    def at(cls, path: Path) -> Self:
        """Those in a file; none where there is no such file, or it makes no sense."""
        try:
            said = json.loads(path.read_text())
            of: dict[Whose, int] = {
                **{("device", str(name)): int(n) for name, n in said["device"].items()},
                **{("person", str(name)): int(n) for name, n in said["person"].items()},
            }
            return cls(int(said["size"]), int(said["others"]), of)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return cls()


def counted(log: Path, kept: Counts, size: int) -> Counts:
    """The counts of a log of `size` lines, from those `kept` at an earlier size."""
    if kept.size > size:
        kept = Counts()
    found = kept.copy(size)
    # After how many emptied lines each was seen last.
    seen: dict[Whose, int] = {}
    emptied = 0
    for line in islice(_lines(log, kept.size), size - kept.size):
        if expired_leaf(line) is not None:
            emptied += 1
            continue
        for whose, number in numbers_of(line):
            found.of[whose] = number
            seen[whose] = emptied
    for whose in found.of if emptied else ():
        found.of[whose] += emptied - seen.get(whose, 0)
    found.others += emptied
    return found


def numbers_of(line: bytes) -> Iterator[tuple[Whose, int]]:
    """Whose record a line is, and its number among theirs."""
    if not _NTH.search(line):
        return
    record = parsed(line) or {}
    match record:
        case {"bellgate": {"nth": dict(nth)}}:
            yield from _named(record, nth)


def _named(record: Mapping[str, object], nth: Mapping[str, object]) -> Iterator[tuple[Whose, int]]:
    match nth, record.get("device"):
        case {"device": int(number)}, {"id": str(name)}:
            yield ("device", name), number
    match nth, record.get("user"):
        case {"person": int(number)}, {"id": str(name)}:
            yield ("person", name), number


def _lines(log: Path, start: int) -> Iterator[bytes]:
    """The lines from number `start` on. Days before it are passed over by their hashes' count,
    where that is to be had."""
    at, days = 0, days_of(log)
    for files in days:
        there = files.leaf_count()
        # Of the newest day the hashes may lag behind.
        if there is not None and at + there <= start and files != days[-1]:
            at += there
            continue
        for text in whole_lines(files.lines):
            if at >= start:
                yield text.removesuffix(b"\n")
            at += 1

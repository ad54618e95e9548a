"""A day's file -> the records that are new in it, each judged against what was signed.

Reading only. A line whose time was up is passed over; one that is no record at all is counted. Only
what the checkpoint covers is read: a line after it is not acknowledged yet.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from bellgate.audit.log.day_files import DayFiles, expired_leaf, parsed, sequence_of
from bellgate.audit.verify.covering import Cover
from bellgate.review.index.files import DayFile, place_of, renamed, stamp_of

BATCH: Final = 20_000
"""Lines that are taken in together."""
_EMPTIED_BYTES: Final = 76
"""Of a line that was emptied, with its newline."""
_MOST_MISSING: Final = 1_000_000
"""Numbers passed over at once that may still turn up further down."""


class Taken(NamedTuple):
    """A record as it was read. `number` is below zero where it is not what was signed."""

    number: int
    place: int
    record: dict[str, Any]
    sound: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one file, and the file as it stands after them."""

    taken: list[Taken]
    file: DayFile


class Order:
    """Which numbers have been: each counts once, wherever its line stands."""

    def __init__(self, next_number: int) -> None:
        self.next = next_number
        self._missing: set[int] = set()

    def is_new(self, number: int) -> bool:
        if number == self.next:
            self.next += 1
            return True
        if number > self.next:
            if number - self.next <= _MOST_MISSING:
                self._missing.update(range(self.next, number))
            self.next = number + 1
            return True
        if number in self._missing:
            self._missing.remove(number)
            return True
        return False


def batches(files: DayFiles, known: DayFile, cover: Cover) -> Iterator[Batch]:
    """What is new after what is known, a batch at a time. Nothing where there is nothing.

    Raises OSError.
    """
    covers, order = cover.of_day(files), Order(known.next)
    file, taken = known, list[Taken]()
    number, offset, unsound, emptied = known.end, known.bytes, known.unsound, known.emptied

    def so_far() -> DayFile:
        return renamed(
            known, next=order.next, lines=number - known.first, bytes=offset,
            unsound=unsound, emptied=emptied, stamp=stamp,
        )  # fmt: skip

    with files.lines.open("rb", buffering=1 << 20) as opened:
        stamp = stamp_of(os.fstat(opened.fileno()))
        opened.seek(offset)
        for text in opened:
            if number >= cover.size or not text.endswith(b"\n"):
                break
            line = text[:-1]
            if len(text) == _EMPTIED_BYTES and expired_leaf(line) is not None:
                emptied += 1
                # The number that it had is not given again.
                order.next = max(order.next, number + 1)
            else:
                record = parsed(line)
                carried = sequence_of(record) if record is not None else None
                sound = carried is not None and covers(carried, line) and order.is_new(carried)
                if record is not None:
                    place = place_of(file.id, offset)
                    theirs = carried if sound and carried is not None else -1 - number
                    taken.append(Taken(theirs, place, record, sound))
                if not sound:
                    unsound += 1
            number += 1
            offset += len(text)
            if not (number - known.first) % BATCH:
                yield Batch(taken, so_far())
                taken = []
        if number != known.end and (number - known.first) % BATCH:
            yield Batch(taken, so_far())


def is_still(files: DayFiles, file: DayFile, cover: Cover) -> bool:
    """Whether a file holds what was taken from it: as many sound lines, and none that changed."""
    again = renamed(file, next=file.first, lines=0, bytes=0, unsound=0, emptied=0)
    last = again
    for batch in batches(files, again, cover):
        last = batch.file
    return (last.lines, last.bytes, last.unsound, last.emptied) == (
        file.lines, file.bytes, file.unsound, file.emptied,
    )  # fmt: skip

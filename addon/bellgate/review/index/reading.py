"""A day's file -> the records that are new in it, each judged against what was signed.

Reading only. A line whose time was up is passed over; one that is no record at all is counted. Only
what the checkpoint covers is read: a line after it is not acknowledged yet.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from bellgate.audit.log.day_files import DayFiles, expired_leaf, parsed, sequence_of
from bellgate.audit.record.record import Record
from bellgate.audit.verify.covering import Cover
from bellgate.review.index.files import DayFile, place_of, stamp_of

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
    record: Record
    sound: bool


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


class Reading:
    """What is new of one day's file, record by record; `file` says how far it has been read.

    Records are handed on one at a time: a batch of them as they are parsed would be a hundred
    thousand small objects, which Python looks through again and again.
    """

    def __init__(self, files: DayFiles, known: DayFile, cover: Cover) -> None:
        """Raises OSError."""
        self._files, self._known, self._size = files, known, cover.size
        self._covers, self._order = cover.of_day(files), Order(known.next)
        self._number, self._offset = known.end, known.bytes
        self._unsound, self._emptied = known.unsound, known.emptied
        self._stamp = known.stamp
        self._records = self._read()

    def lines(self, many: int = BATCH) -> Iterator[Taken]:
        """The records among the next lines. Raises OSError."""
        end = self._number + many
        while self._number < end:
            taken = next(self._records, None)
            if taken is None:
                return
            yield taken

    @property
    def file(self) -> DayFile:
        """The file, as far as it has been read."""
        return replace(
            self._known, next=self._order.next, lines=self._number - self._known.first,
            bytes=self._offset, unsound=self._unsound, emptied=self._emptied, stamp=self._stamp,
        )  # fmt: skip

    def _read(self) -> Iterator[Taken]:
        with self._files.lines.open("rb", buffering=1 << 20) as opened:
            self._stamp = stamp_of(os.fstat(opened.fileno()))
            opened.seek(self._offset)
            for text in opened:
                if not text.endswith(b"\n"):
                    return
                emptied = len(text) == _EMPTIED_BYTES and expired_leaf(text[:-1]) is not None
                record = None if emptied else parsed(text[:-1])
                if self._number >= self._size and not self._is_signed(record):
                    return
                taken = None
                if emptied:
                    self._emptied += 1
                    # The number that it had is not given again.
                    self._order.next = max(self._order.next, self._number + 1)
                else:
                    taken = self._taken(text[:-1], record)
                self._number += 1
                self._offset += len(text)
                if taken is not None:
                    yield taken

    def _is_signed(self, record: Record | None) -> bool:
        """Whether a line beyond what the checkpoint covers is a record that it covers: then others
        were put in before it."""
        carried = sequence_of(record) if record is not None else None
        return carried is not None and carried < self._size

    def _taken(self, line: bytes, record: Record | None) -> Taken | None:
        """The record of a line; None where it is none."""
        carried = sequence_of(record) if record is not None else None
        sound = carried is not None and self._covers(carried, line) and self._order.is_new(carried)
        if not sound:
            self._unsound += 1
        if record is None:
            return None
        number = carried if sound and carried is not None else -1 - self._number
        return Taken(number, place_of(self._known.id, self._offset), record, sound)


def looked_at_again(files: DayFiles, file: DayFile, cover: Cover) -> DayFile | None:
    """A file with the stamp of what was read now; None where it does not hold what was taken from
    it: as many sound lines, and none that changed."""
    again = Reading(files, file.begun_anew(file.first), cover)
    for _ in again.lines(file.lines + 1):
        pass
    now = again.file
    same = (now.lines, now.bytes, now.unsound, now.emptied) == (
        file.lines, file.bytes, file.unsound, file.emptied,
    )  # fmt: skip
    return replace(file, stamp=now.stamp) if same else None

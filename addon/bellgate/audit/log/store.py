"""The files of an open log: numbering a batch of lines and committing it. One thread's business.

What holds if we crash, step by step of `Store.commit`:
1. before or while lines are written: nothing was acknowledged. A torn last line, or lines of no
   sense, lie after the checkpoint; opening cuts them off.
2. after the day's file is synced: the lines are safe but unsigned. Opening keeps and signs them.
   The next day's file is begun only after that, so lines are always a prefix of what was meant.
3. while hashes are written: they follow from the lines; opening writes them anew. They are synced
   when their day is over, before that they are only a convenience.
4. while the checkpoint is replaced: the old or the new one is there, whole; both fit the lines.
5. before `last-checkpoint` is replaced: it is older than the log, which is what it may be.
6. before the counts of a day that is over are kept: opening counts the lines after the older ones,
   and keeps them, long before anything of that day can be deleted.
7. after that, and before anybody was told: a record is kept that nobody knows to be kept.
A step that fails is done again later with the very same bytes: a checkpoint that was signed, and
perhaps seen, stays true.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Self
from zoneinfo import ZoneInfo

from bellgate.audit.log.counts import Counts
from bellgate.audit.log.day_files import DayFiles
from bellgate.audit.log.note import BadNote, Checkpoint, Signer
from bellgate.audit.log.paths import LogPaths, signed_checkpoint
from bellgate.audit.log.tree import HASH_BYTES, Tree, leaf_hash
from bellgate.audit.record.record import timestamp
from bellgate.disk import open_or_make, sync_folder, write_whole
from bellgate.policy.wall_clock import instant_of

# How a line carries its number before it has one. No string in a record can hold these bytes:
# quotation marks inside of strings are escaped.
UNNUMBERED: Final = b'"sequence":0'
RESUME_EVERY: Final = 8192
"""Records after which the place to go on from is written anew."""
# Where a record's time would be: after all that can be written there.
_NEVER: Final = "~"


class LogDamaged(OSError):
    """The open log's files are not what was written to them."""


class Line(NamedTuple):
    """A record ready to be written: when (as in its `@timestamp`), its bytes but the numbers, and
    which device and person are to count it as theirs. Its last field is then `bellgate`."""

    when: str
    text: bytes
    device: str | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where the next record goes. `first` is the number of its day's first record."""

    day: str
    first: int
    size: int
    offset: int
    peaks: tuple[bytes, ...] = ()

    def text(self) -> str:
        peaks = [peak.hex() for peak in self.peaks]
        return json.dumps([self.day, self.first, self.size, self.offset, peaks])

    @classmethod
    def of(cls, text: str) -> Self:
        day, first, size, offset, peaks = json.loads(text)
        return cls(day, int(first), int(size), int(offset), tuple(map(bytes.fromhex, peaks)))


START: Final = Position("", 0, 0, 0)


@dataclass(slots=True)
class Part:
    """What of a batch belongs to one day."""

    at: Position
    text: bytes
    leaves: bytes
    ends_day_before: str | None
    durable: bool = False


@dataclass(slots=True)
class Batch:
    """Lines with their numbers, and the checkpoint that will cover them."""

    first: int
    size: int
    parts: list[Part] = field(default_factory=list)
    note: str = ""
    root: bytes = b""
    resume: Position | None = None
    counts: Counts | None = None
    """To be kept once the batch is there: a day is over, or much was written since."""


class Store:
    """An open log. Made by `recovery.open_log`, which has seen to it that the files are sound."""

    def __init__(
        self,
        paths: LogPaths,
        signer: Signer,
        origin: str,
        zone: ZoneInfo,
        *,
        at: Position,
        counts: Counts,
    ) -> None:
        self.paths = paths
        self.zone = zone
        self.origin = origin
        self._signer = signer
        self._tree = Tree(at.size, at.peaks)
        self._day, self._first, self._offset = at.day, at.first, at.offset
        self._midnight = _midnight_after(at.day, zone) if at.day else ""
        self._resume = at
        self._counts = counts
        self._open: dict[Path, int] = {}

    @property
    def size(self) -> int:
        return self._tree.size

    @property
    def root(self) -> bytes:
        return self._tree.root()

    def prepare(self, lines: list[Line]) -> Batch:
        """Give lines their numbers and days, and sign for them. Nothing is written yet.

        Where that cannot be done, whatever the reason, all is as if it had not been asked.
        """
        before, midnight, resume = self._position(), self._midnight, self._resume
        counts = self._counts.copy(before.size)
        try:
            return self._prepared(lines)
        except Exception:
            self._tree = Tree(before.size, before.peaks)
            self._day, self._first, self._offset = before.day, before.first, before.offset
            self._midnight, self._resume, self._counts = midnight, resume, counts
            raise

    def _prepared(self, lines: list[Line]) -> Batch:
        tree = self._tree
        batch = Batch(tree.size, tree.size)
        day_before: str | None = None
        at = self._position()
        texts: list[bytes] = []
        leaves: list[bytes] = []
        ended = False
        for when, unnumbered, device, person in lines:
            if when >= self._midnight:
                day = max(self._day, _local_date(when, self.zone))
                self._midnight = _midnight_after(day, self.zone)
                if day != self._day:
                    if texts:
                        batch.parts.append(_part(at, texts, leaves, day_before))
                        texts, leaves = [], []
                    day_before = self._day or None
                    ended = ended or day_before is not None
                    self._day, self._first, self._offset = day, tree.size, 0
                    at = self._position()
            text = unnumbered.replace(UNNUMBERED, b'"sequence":%d' % tree.size, 1)
            if device is not None or person is not None:
                text = b"%s,%s}}" % (text[:-2], self._nth(device, person))
            leaf = leaf_hash(text)
            tree.append(leaf)
            texts.append(text)
            leaves.append(leaf)
            self._offset += len(text) + 1
        if texts:
            batch.parts.append(_part(at, texts, leaves, day_before))
        batch.size, batch.root = tree.size, tree.root()
        batch.note = self._signer.sign(Checkpoint(self.origin, batch.size, batch.root))
        if batch.size - self._resume.size >= RESUME_EVERY:
            # The place before this one is left for the next opening, so that it reads again and
            # checks at least as many of the newest lines.
            batch.resume, self._resume = self._resume, self._position()
        if ended or batch.resume is not None:
            batch.counts = self._counts.copy(batch.size)
        return batch

    def _nth(self, device: str | None, person: str | None) -> bytes:
        """`"nth":{"device":12,"person":12}`: its number among the records of each."""
        counts, said = self._counts, []
        if device is not None:
            said.append(b'"device":%d' % counts.next(("device", device)))
        if person is not None:
            said.append(b'"person":%d' % counts.next(("person", person)))
        return b'"nth":{%s}' % b",".join(said)

    def commit(self, batch: Batch) -> None:
        """Write a batch. If it fails call again with the same batch, once writing may work."""
        try:
            for part in batch.parts:
                if not part.durable:
                    self._write_lines(part)
                self._write_leaves(part)
            if batch.resume is not None:
                write_whole(self.paths.resume, batch.resume.text(), sync_name=False)
            write_whole(self.paths.checkpoint, batch.note, sync_name=False)
            # Makes the names of a new day's files durable too.
            sync_folder(self.paths.log)
            write_whole(self.paths.last_checkpoint, batch.note, sync_name=False)
            if batch.counts is not None:
                write_whole(self.paths.counts, batch.counts.text())
        except Exception:
            self._withdraw(batch)
            raise

    def take_back(self, batch: Batch) -> bool:
        """Leave nothing of a batch that could not be committed; the caller opens the log anew.

        False where its checkpoint may have been seen, or the disk refuses this, too: then the batch
        must be committed as it is. If we crash here, lines may be left that opening keeps.
        """
        try:
            shown = (self.paths.checkpoint, self.paths.last_checkpoint)
            signed = (signed_checkpoint(path) for path in shown)
            if any(s is not None and s.origin == self.origin and s.size > batch.first
                   for s in signed):  # fmt: skip
                return False
            for part in batch.parts:
                lines = self._descriptor(DayFiles(part.at.day, self.paths.log).lines)
                if os.fstat(lines).st_size > part.at.offset:
                    os.ftruncate(lines, part.at.offset)
                    os.fsync(lines)
        except (OSError, BadNote):
            return False
        return True

    def close(self) -> None:
        for descriptor in self._open.values():
            with suppress(OSError):
                os.close(descriptor)
        self._open.clear()

    def _position(self) -> Position:
        tree = self._tree
        return Position(self._day, self._first, tree.size, self._offset, tuple(tree.peaks))

    def _write_lines(self, part: Part) -> None:
        files = DayFiles(part.at.day, self.paths.log)
        descriptor = self._descriptor(files.lines)
        there = os.fstat(descriptor)
        if there.st_size < part.at.offset:
            lost = part.at.offset - there.st_size
            raise LogDamaged(f"{files.lines} lost {lost} bytes while open")
        if not _is_named(files.lines, there):
            # What went into it would be acknowledged, and be in no folder.
            raise LogDamaged(f"{files.lines} was taken away while open")
        # What an earlier try left is written over with the very same bytes.
        _write(descriptor, part.text, part.at.offset)
        os.fdatasync(descriptor)
        part.durable = True

    def _write_leaves(self, part: Part) -> None:
        if part.ends_day_before is not None:
            ended = DayFiles(part.ends_day_before, self.paths.log)
            os.fdatasync(self._descriptor(ended.leaves))
            for path in (ended.lines, ended.leaves):
                if path in self._open:
                    os.close(self._open.pop(path))
        path = DayFiles(part.at.day, self.paths.log).leaves
        place = (part.at.size - part.at.first) * HASH_BYTES
        _write(self._descriptor(path), part.leaves, place)

    def _withdraw(self, batch: Batch) -> None:
        """Leave no half batch to be seen. What was not synced is not trusted: after a failed sync
        the kernel may call pages clean that never reached the disk, so they are written again."""
        for part in batch.parts:
            descriptor = self._open.get(DayFiles(part.at.day, self.paths.log).lines)
            if descriptor is not None and not part.durable:
                with suppress(OSError):
                    # Never longer: that would fill a file that lost its end with zeros.
                    if os.fstat(descriptor).st_size > part.at.offset:
                        os.ftruncate(descriptor, part.at.offset)
        self.close()

    def _descriptor(self, path: Path) -> int:
        descriptor = self._open.get(path)
        if descriptor is None:
            descriptor = open_or_make(path, 0o640)
            self._open[path] = descriptor
        return descriptor


def _part(at: Position, texts: list[bytes], leaves: list[bytes], day_before: str | None) -> Part:
    return Part(at, b"\n".join(texts) + b"\n", b"".join(leaves), day_before)


def _is_named(path: Path, opened: os.stat_result) -> bool:
    """Whether a path still leads to the file that was opened by it."""
    try:
        return os.path.samestat(path.stat(), opened)
    except FileNotFoundError:
        return False


def _write(descriptor: int, data: bytes, offset: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, offset)
        rest, offset = rest[written:], offset + written


def _local_date(when: str, zone: ZoneInfo) -> str:
    at = datetime.fromisoformat(when)
    try:
        return at.astimezone(zone).date().isoformat()
    except OverflowError:
        return at.date().isoformat()


def _midnight_after(day: str, zone: ZoneInfo) -> str:
    """The end of a school day's file, as a record's time would be written."""
    try:
        following = datetime.fromisoformat(day).date() + timedelta(days=1)
        return timestamp(instant_of(following, time(), zone))
    except OverflowError:
        return _NEVER

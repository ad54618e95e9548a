"""Which lines are what was signed, for a reader who comes back: only what is new is read again.

`verify_log` reads the whole log each time. Who follows it keeps how far the hashes led the last
time, and adds those that came since: where they lead to the log's checkpoint, the hashes beside the
lines say of each line whether it is the one that was signed. Where they do not, each line is held
against whatever signed grounds are left (`as_signed`). Reading only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bellgate.audit.log.day_files import DayFiles, days_of
from bellgate.audit.log.note import BadNote, Checkpoint, Verifier
from bellgate.audit.log.paths import signed_checkpoint
from bellgate.audit.log.tree import HASH_BYTES, Tree, leaf_hash
from bellgate.audit.verify.as_signed import Grounds, grounds_of

_READ_HASHES = 1 << 15
"""Hashes read at a time."""


@dataclass(frozen=True, slots=True)
class Walked:
    """The tree over the first `size` hashes of a log: enough to go on from there."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()


class Cover(Protocol):
    """What says of a line whether it is what was signed."""

    @property
    def size(self) -> int:
        """Lines that the log's checkpoint covers: those after them are not acknowledged yet."""

    def of_day(self, files: DayFiles) -> Callable[[int, bytes], bool]:
        """For one day's lines: whether a line (without its newline) is the record of a number."""


@dataclass(frozen=True, slots=True)
class ByHashes:
    """The hashes beside the lines, which led to the checkpoint. `first` is, by day, the number of
    its first record."""

    size: int
    first: dict[str, int]

    def of_day(self, files: DayFiles) -> Callable[[int, bytes], bool]:
        first = self.first.get(files.day)
        if first is None:
            return lambda _number, _line: False
        hashes = files.leaves.read_bytes()

        def covers(number: int, line: bytes) -> bool:
            place = (number - first) * HASH_BYTES
            return place >= 0 and hashes[place : place + HASH_BYTES] == leaf_hash(line)

        return covers


@dataclass(frozen=True, slots=True)
class ByGrounds:
    """What is left of a log whose hashes do not lead to its checkpoint."""

    size: int
    grounds: Grounds | None

    def of_day(self, files: DayFiles) -> Callable[[int, bytes], bool]:
        grounds = self.grounds
        if grounds is None:
            return lambda _number, _line: False
        return lambda number, line: number >= 0 and grounds.cover(number, line)


@dataclass(frozen=True, slots=True)
class Covered:
    """How a log stands: what covers its lines, how far its hashes led, and what is wrong."""

    cover: Cover
    walked: Walked
    problem: str | None = None
    goes_on: bool = True
    """False where the hashes that led somewhere the last time are no longer those."""


def origin_at(log: Path) -> str:
    """The name under which a log is signed; one made of its folder's where it has none. It stays
    when the log is set aside, and no two logs share one. Raises OSError."""
    try:
        return Verifier.from_vkey((log / "verifier.pub").read_text()).name
    except (FileNotFoundError, BadNote, UnicodeDecodeError):
        return f"unsigned/{log.name}"


def covered(log: Path, walked: Walked, *, anew: bool = False) -> Covered:
    """What covers the lines of a log, going on from where its hashes had led; with `anew`, from
    the beginning, for whoever looks at earlier lines again. Raises OSError."""
    try:
        verifier = Verifier.from_vkey((log / "verifier.pub").read_text())
        checkpoint = signed_checkpoint(log / "checkpoint", verifier)
    except FileNotFoundError:
        return _nothing(log, "the log's verifier key is missing")
    except (BadNote, UnicodeDecodeError) as e:
        return _nothing(log, str(e))
    if checkpoint is None:
        said = "the log has no checkpoint: nothing says what it should be"
        return _nothing(log, said if days_of(log) else None)
    days = days_of(log)
    tree = Tree() if anew else Tree(walked.size, walked.peaks)
    first = _led(days, tree, checkpoint, walked)
    goes_on = first is not None
    if first is None and walked.size:
        # Perhaps it is an older log, put back and grown since.
        tree = Tree()
        first = _led(days, tree, checkpoint, Walked())
    if first is not None:
        so_far = Walked(tree.size, tuple(tree.peaks))
        return Covered(ByHashes(checkpoint.size, first), so_far, goes_on=goes_on)
    by_grounds = ByGrounds(checkpoint.size, grounds_of(log))
    said = "the hashes beside its lines do not lead to its checkpoint"
    return Covered(by_grounds, Walked(), said)


def _nothing(log: Path, problem: str | None) -> Covered:
    """Nothing is signed: whatever lines there are, none of them is known to be as it was."""
    lines = sum(files.leaf_count() or 0 for files in days_of(log)) if problem else 0
    return Covered(ByGrounds(lines, None), Walked(), problem)


def _led(
    days: list[DayFiles], tree: Tree, checkpoint: Checkpoint, through: Walked
) -> dict[str, int] | None:
    """The number of each day's first record, where the hashes lead through where they had led to
    the checkpoint; else None. The tree grows on the way."""
    first, number = {}, 0
    for files in days:
        count = files.leaf_count()
        if count is None:
            return None
        first[files.day] = number
        for size in (through.size, checkpoint.size):
            if number <= tree.size < min(size, number + count):
                _grow(tree, files, tree.size - number, min(size, checkpoint.size))
            if tree.size == through.size and tuple(tree.peaks) != through.peaks:
                return None
        number += count
    led = tree.size == checkpoint.size and tree.root() == checkpoint.root
    return first if led else None


def _grow(tree: Tree, files: DayFiles, place: int, size: int) -> None:
    """Append a day's hashes from a place on, up to so many in all."""
    with files.leaves.open("rb") as file:
        file.seek(place * HASH_BYTES)
        while tree.size < size and (read := file.read(_READ_HASHES * HASH_BYTES)):
            for at in range(0, len(read) - HASH_BYTES + 1, HASH_BYTES):
                tree.append(read[at : at + HASH_BYTES])
                if tree.size == size:
                    return

"""Which records of a damaged log are still the ones that were signed. Reading only.

A line is held against the leaf of the number that it carries, and the leaves against a checkpoint:
so lines that are missing, moved or put in do not throw suspicion on the others. Where the hashes
beside the lines no longer lead to the log's own checkpoint, an older one may still speak for the
beginning.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bellgate.audit.log.day_files import (
    DayFiles,
    days_of,
    leaf_of,
    parsed,
    sequence_of,
    whole_lines,
)
from bellgate.audit.log.note import BadNote, Checkpoint, Verifier, notes_in
from bellgate.audit.log.tree import HASH_BYTES, leaf_hash, root_of
from bellgate.audit.record.retention import Run, added


@dataclass(frozen=True, slots=True)
class Grounds:
    """The leaves that a signed checkpoint covers, 32 bytes each, and the note that signs them."""

    note: str
    checkpoint: Checkpoint
    leaves: bytes

    def cover(self, number: int, line: bytes) -> bool:
        """Whether a line (without its newline) is the record of that number, as it was signed."""
        place = number * HASH_BYTES
        return self.leaves[place : place + HASH_BYTES] == leaf_hash(line)


def grounds_of(log: Path, notes: Iterable[str] = ()) -> Grounds | None:
    """The largest checkpoint that the log's hashes lead to: its own, or one of `notes`. None where
    they lead to none."""
    signed = sorted(_signed(log, notes), key=lambda each: -each[1].size)
    for leaves in (b"".join(_hashes_beside(log)), b"".join(_hashes_of_lines(log))):
        for note, checkpoint in signed:
            covered = leaves[: checkpoint.size * HASH_BYTES]
            if len(covered) == checkpoint.size * HASH_BYTES and checkpoint.root == root_of(
                covered[at : at + HASH_BYTES] for at in range(0, len(covered), HASH_BYTES)
            ):
                return Grounds(note, checkpoint, covered)
    return None


def as_signed(log: Path, grounds: Grounds) -> list[Run]:
    """The numbers of the records that are there and as they were signed."""
    numbers = {number for _, number, _ in lines_as_signed(log, grounds)}
    runs: list[Run] = []
    for number in sorted(numbers):
        added(runs, number)
    return runs


def lines_as_signed(log: Path, grounds: Grounds) -> Iterator[tuple[DayFiles, int, bytes]]:
    """Day, number and bytes of each such record, in the order of the files."""
    for files in days_of(log):
        for text in whole_lines(files.lines):
            line = text.removesuffix(b"\n")
            number = sequence_of(parsed(line) or {})
            if number is not None and number >= 0 and grounds.cover(number, line):
                yield files, number, line


def copy_as_signed(log: Path, grounds: Grounds, to: Path) -> Path:
    """A folder of the same name inside `to`, with these records alone, to be looked up in."""
    copy = to / log.name
    copy.mkdir()
    for files, _, line in lines_as_signed(log, grounds):
        with DayFiles(files.day, copy).lines.open("ab") as file:
            file.write(line + b"\n")
    return copy


def _signed(log: Path, notes: Iterable[str]) -> Iterator[tuple[str, Checkpoint]]:
    """The notes that the log's own key signed."""
    try:
        verifier = Verifier.from_vkey((log / "verifier.pub").read_text())
    except (OSError, UnicodeDecodeError, BadNote):
        return
    own = log / "checkpoint"
    for note in (*notes_in(own.read_bytes() if own.exists() else b""), *notes):
        try:
            yield note, verifier.open(note)
        except BadNote:
            continue


def _hashes_beside(log: Path) -> Iterator[bytes]:
    return (files.leaves.read_bytes() for files in days_of(log) if files.leaves.exists())


def _hashes_of_lines(log: Path) -> Iterator[bytes]:
    return (
        leaf_of(text[:-1])
        for files in days_of(log)
        for text in whole_lines(files.lines)
        if text.endswith(b"\n")
    )

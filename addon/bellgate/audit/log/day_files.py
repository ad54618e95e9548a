"""The days' files of a log: their names, their lines, and the hashes beside them. Reading only."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from bellgate.audit.log.tree import HASH_BYTES, leaf_hash

_NAME: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
# What a line is replaced by when its time is up: its leaf, so that the rest still verifies.
_EXPIRED: Final = re.compile(rb'\{"leaf":"([0-9a-f]{64})"\}\Z')
_BACKWARDS: Final = 1 << 16
"""Bytes read at a time, from the end of a file towards its start."""


@dataclass(frozen=True, slots=True, order=True)
class DayFiles:
    """One date's records and the hashes of them."""

    day: str
    folder: Path

    @property
    def lines(self) -> Path:
        return self.folder / f"{self.day}.jsonl"

    @property
    def leaves(self) -> Path:
        return self.folder / f"{self.day}.leaves"

    def leaf_count(self) -> int | None:
        """How many whole hashes lie beside the records; None where that file is missing."""
        try:
            return self.leaves.stat().st_size // HASH_BYTES
        except FileNotFoundError:
            return None


def days_of(log: Path) -> list[DayFiles]:
    """Every date that left a file, in order."""
    if not log.is_dir():
        return []
    found = {
        p.stem for p in log.iterdir() if p.suffix in {".jsonl", ".leaves"} and _NAME.match(p.stem)
    }
    return [DayFiles(day, log) for day in sorted(found)]


def leaf_of(line: bytes) -> bytes:
    """The leaf that a line (without newline) stands for: its own hash, or the one it left."""
    return expired_leaf(line) or leaf_hash(line)


def expired_leaf(line: bytes) -> bytes | None:
    """The leaf that an emptied line names (32 bytes); None where the line is a record."""
    if len(line) != 75:
        return None
    match = _EXPIRED.match(line)
    return bytes.fromhex(match[1].decode()) if match else None


def expired_line(leaf: bytes) -> bytes:
    """What takes the place of a line whose time is up; the newline stays as it is."""
    return b'{"leaf":"%s"}' % leaf.hex().encode()


def whole_lines(path: Path, offset: int = 0) -> Iterator[bytes]:
    """The lines from a byte on, newlines included; the last one lacks it if it was torn."""
    try:
        file = path.open("rb", buffering=1 << 20)
    except FileNotFoundError:
        return
    with file:
        file.seek(offset)
        yield from file


def lines_from_end(path: Path) -> Iterator[bytes]:
    """The lines of a file, the last one first, without newlines; read only as far as asked."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        place, rest = file.seek(0, os.SEEK_END), b""
        while place:
            step = min(place, _BACKWARDS)
            place -= step
            file.seek(place)
            # Its first line may have begun further back.
            rest, *lines = (file.read(step) + rest).split(b"\n")
            yield from (line for line in reversed(lines) if line)
        yield rest


def parsed(line: bytes) -> dict[str, Any] | None:
    """The record on a line; None where the line is no JSON object."""
    try:
        record = orjson.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def sequence_of(record: dict[str, Any]) -> int | None:
    """A record's number in its log; None where it has none."""
    event = record.get("event")
    number = event.get("sequence") if isinstance(event, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None

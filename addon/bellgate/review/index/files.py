"""The days' files of the logs as the index knows them, and where in them a record stands."""

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import Connection, Row, delete, insert, select

from bellgate.audit.log.day_files import DayFiles
from bellgate.review.index.tables import files, logs

_OFFSET_BITS: Final = 40
"""Bits of a place that say at which byte of its file a line begins."""


@dataclass(frozen=True, slots=True)
class DayFile:
    """One day's file, and how far it is taken in."""

    id: int
    log: int
    day: str
    first: int
    """The number of its first record."""
    next: int
    """The number that the next line should carry."""
    lines: int = 0
    bytes: int = 0
    unsound: int = 0
    emptied: int = 0
    closed: int = 0
    """1 once the day was over and everything in it was looked at."""
    stamp: str = ""
    """What tells a changed file from the same one."""

    @property
    def end(self) -> int:
        """How many lines of the log there are up to here."""
        return self.first + self.lines

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        return cls(**row._mapping)

    def begun_anew(self, first: int) -> "DayFile":
        return DayFile(self.id, self.log, self.day, first, first)

    def put(self, connection: Connection) -> None:
        connection.execute(delete(files).where(files.c.id == self.id))
        connection.execute(insert(files).values(asdict(self)))


def place_of(file: int, offset: int) -> int:
    """Where a line stands, as one number."""
    return file << _OFFSET_BITS | offset


def file_and_offset(place: int) -> tuple[int, int]:
    return place >> _OFFSET_BITS, place & ((1 << _OFFSET_BITS) - 1)


def stamp_of(status: os.stat_result) -> str:
    """Whoever puts a file's time back still leaves the time of that."""
    return ":".join(
        str(n) for n in (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    )


def is_other_file(before: DayFile, status: os.stat_result) -> bool:
    """Whether a file that was growing is not the one that was read, or lost what was read."""
    inode = before.stamp.partition(":")[0]
    return (bool(inode) and inode != str(status.st_ino)) or status.st_size < before.bytes


def known_files(connection: Connection, log: int) -> dict[str, DayFile]:
    """By day."""
    found = connection.execute(select(files).where(files.c.log == log))
    return {row.day: DayFile.of(row) for row in found}


class Lines:
    """Lines read from the logs by their place. A file that is gone has none."""

    def __init__(self, connection: Connection, home: Path) -> None:
        """`home` is the folder in which the logs' folders are."""
        self._connection, self._home = connection, home
        self._paths: dict[int, Path | None] = {}

    def path(self, file: int) -> Path | None:
        if file not in self._paths:
            asked = (
                select(logs.c.folder, files.c.day)
                .join_from(files, logs, files.c.log == logs.c.id)
                .where(files.c.id == file)
            )
            row = self._connection.execute(asked).first()
            there = DayFiles(row.day, self._home / row.folder).lines if row else None
            self._paths[file] = there
        return self._paths[file]

    def file_of(self, place: int) -> Path | None:
        """The file in which a place is."""
        return self.path(file_and_offset(place)[0])

    def read(self, places: Iterable[int]) -> dict[int, bytes]:
        """By place, the line without its newline; what is not there is left out."""
        by_file: dict[int, list[int]] = {}
        for place in places:
            by_file.setdefault(place >> _OFFSET_BITS, []).append(place)
        found: dict[int, bytes] = {}
        for file, theirs in by_file.items():
            path = self.path(file)
            if path is not None and path.exists():
                with path.open("rb") as opened:
                    for place in sorted(theirs):
                        opened.seek(file_and_offset(place)[1])
                        line = opened.readline()
                        if line.endswith(b"\n"):
                            found[place] = line[:-1]
        return found

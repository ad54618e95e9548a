"""A small file of lines of JSON that outlives a killed sentry: each line stands before it counts.

A line is with the kernel once it is added: it survives our end, and may be lost to a power cut,
which also ends every connection that it is about. So nothing waits for the disk here. If we crash
while the file is written anew, the old one or the new one is there. A line that makes no sense is
passed over.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

_MODE = 0o600
"""Only the sentry's own user: names that devices asked for."""


class KeptLines:
    """`most` lines at most are added before the file has to be written anew."""

    def __init__(self, path: Path, most: int = 100_000) -> None:
        self._path, self._most = path, most
        self._added = 0
        self._file = -1

    def read(self) -> Iterator[Any]:
        """What is kept, in the order in which it was added."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return
        for line in data.splitlines():
            try:
                yield orjson.loads(line)
            except ValueError:
                continue

    def add(self, line: object) -> None:
        """Raises OSError."""
        if self._file < 0:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._file = os.open(self._path, flags, _MODE)
        os.write(self._file, orjson.dumps(line) + b"\n")
        self._added += 1

    @property
    def is_long(self) -> bool:
        """Whether it is time to write it anew, with what still counts."""
        return self._added >= self._most

    def replace(self, lines: Iterable[object]) -> None:
        """Write it anew. Raises OSError."""
        self.close()
        draft = self._path.with_name(f"{self._path.name}.new")
        draft.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(draft, flags, _MODE), "wb") as file:
            file.writelines(orjson.dumps(line) + b"\n" for line in lines)
        draft.replace(self._path)
        self._added = 0

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

"""A small file of lines of JSON that outlives a killed sentry: each line stands before it counts.

A line is with the kernel once it is added: it survives our end, and may be lost to a power cut,
which also ends every connection that it is about. So nothing waits for the disk here. If we crash
while the file is written anew, the old one or the new one is there. A line that makes no sense is
passed over. On a full disk the sentry goes on, and a killed one forgets what could not be kept.
"""

import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

logger = logging.getLogger(__name__)

_MODE = 0o600
"""Only the sentry's own user: names that devices asked for."""


class KeptLines:
    """`most` lines at most are added before the file has to be written anew."""

    def __init__(self, path: Path, most: int = 100_000) -> None:
        self._path, self._most = path, most
        self._added = 0
        self._file = -1
        self._broke_off = False

    def read(self) -> Iterator[Any]:
        """What is kept, in the order in which it was added."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            logger.warning("%s cannot be read: %s", self._path, error)
            return
        for line in data.splitlines():
            try:
                yield orjson.loads(line)
            except ValueError:
                continue

    def add(self, line: object) -> None:
        """Add a line, as far as there is room for it."""
        said = orjson.dumps(line) + b"\n"
        # What broke off ends here, so that this one is read.
        said = b"\n" + said if self._broke_off else said
        try:
            if self._file < 0:
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
                self._file = os.open(self._path, flags, _MODE)
            self._broke_off = os.write(self._file, said) != len(said)
        except OSError as error:
            if not self._broke_off:
                logger.warning("%s cannot be written: %s", self._path, error)
            self._broke_off = True
        self._added += 1

    @property
    def is_long(self) -> bool:
        """Whether it is time to write it anew, with what still counts."""
        return self._added >= self._most

    def replace(self, lines: Iterable[object]) -> None:
        """Write it anew; where there is no room for that, the old one goes on."""
        self.close()
        self._added = 0
        draft = self._path.with_name(f"{self._path.name}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            draft.unlink(missing_ok=True)
            with os.fdopen(os.open(draft, flags, _MODE), "wb") as file:
                file.writelines(orjson.dumps(line) + b"\n" for line in lines)
            draft.replace(self._path)
        except OSError as error:
            logger.warning("%s cannot be written anew: %s", self._path, error)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

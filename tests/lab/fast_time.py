"""A time that a test moves on, for every process that is started by it.

`python -m tests.lab.fast_time FILE ARGUMENTS` is `bellgate ARGUMENTS`, told the time by a file: how
far its clock on the wall is from the machine's, and how much more time has passed. A jump moves
both, as if that time had gone by; no process sees its clock stepped.
"""

import mmap
import struct
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bellgate import machine_time

_FORM: Final = struct.Struct("dd")


class SharedTime:
    """Reads the time by the file."""

    def __init__(self, file: Path) -> None:
        with file.open("rb") as opened:
            self._shared = mmap.mmap(opened.fileno(), _FORM.size, access=mmap.ACCESS_READ)

    def now(self) -> datetime:
        away, _ = _FORM.unpack(self._shared[:])
        return datetime.now(UTC) + timedelta(seconds=away)

    def elapsed(self) -> float:
        _, more = _FORM.unpack(self._shared[:])
        return time.clock_gettime(time.CLOCK_BOOTTIME) + float(more)

    def is_synchronised(self) -> bool:
        return True


@dataclass
class FastTime:
    """The test's side: sets the file."""

    file: Path
    _away: float = 0.0
    _more: float = 0.0

    @classmethod
    def begun(cls, file: Path, at: datetime) -> "FastTime":
        """A time that begins at a moment."""
        made = cls(file, (at - datetime.now(UTC)).total_seconds())
        file.write_bytes(_FORM.pack(made._away, made._more))
        return made

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._away)

    def jump(self, to: datetime) -> None:
        """Let the time pass until a moment. There is no way back."""
        by = (to - self.now()).total_seconds()
        assert by > 0, "time does not go back"
        self._away += by
        self._more += by
        with self.file.open("r+b") as file:
            file.write(_FORM.pack(self._away, self._more))


if __name__ == "__main__":
    machine_time.go_by(SharedTime(Path(sys.argv[1])))
    sys.argv[1:] = sys.argv[2:]
    from bellgate.cli.main import main

    main()

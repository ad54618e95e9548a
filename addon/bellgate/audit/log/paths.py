"""Where the log and what belongs to it lie in the state folder, and who may write there.

Paths and the lock; of what is in the files, only a checkpoint is known here.
"""

import fcntl
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bellgate.audit.log.note import BadNote, Checkpoint, Verifier, read
from bellgate.disk import make_folder, open_or_make


class LogInUse(RuntimeError):
    """Another process writes this log already."""


@dataclass(frozen=True, slots=True)
class LogPaths:
    """The files of one log. `last_checkpoint` lies outside of it, to outlive a rolled-back one."""

    log: Path
    lock: Path
    socket: Path
    last_checkpoint: Path
    key: Path

    @staticmethod
    def of(state: Path, *, simulated: bool = False) -> "LogPaths":
        """The real log, or the one for trying things out; they share nothing. With the same key,
        each trial would be another log that the real one's key signed."""
        home = state / "simulated" if simulated else state
        return LogPaths(
            log=home / "log",
            lock=home / "log.lock",
            socket=home / "gate.sock",
            last_checkpoint=home / "last-checkpoint",
            key=home / "secrets" / "log.key",
        )

    @property
    def aside(self) -> list[Path]:
        """The logs that were broken and set aside (`log.1`, `log.2`, …), oldest first."""
        name = self.log.name + "."
        there = (p for p in self.log.parent.glob(name + "*") if p.is_dir())
        ends = {int(p.name.removeprefix(name)): p for p in there if _is_number(p.suffix[1:])}
        return [ends[end] for end in sorted(ends)]

    @property
    def checkpoint(self) -> Path:
        return self.log / "checkpoint"

    @property
    def verifier(self) -> Path:
        return self.log / "verifier.pub"

    @property
    def counts(self) -> Path:
        return self.log / "counts"

    @property
    def resume(self) -> Path:
        return self.log / "resume"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


@dataclass(frozen=True, slots=True)
class Lock:
    """The right to write a log, held until it is released or the process ends, however it ends."""

    descriptor: int

    @staticmethod
    def take(paths: LogPaths) -> "Lock":
        """Raises LogInUse."""
        make_folder(paths.lock.parent)
        descriptor = open_or_make(paths.lock)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise LogInUse(f"another bellgate is writing the log {paths.log}") from None
        except OSError:
            os.close(descriptor)
            raise
        return Lock(descriptor)

    def release(self) -> None:
        os.close(self.descriptor)


def empty_simulated(state: Path) -> LogPaths:
    """The simulated log's places, with nothing left of an earlier trial. Only its owner may ask."""
    paths = LogPaths.of(state, simulated=True)
    lock = Lock.take(paths)
    try:
        for old in paths.log.parent.glob("log*"):
            if old.is_dir():
                shutil.rmtree(old)
        paths.last_checkpoint.unlink(missing_ok=True)
    finally:
        lock.release()
    return paths


def signed_checkpoint(path: Path, verifier: Verifier | None = None) -> Checkpoint | None:
    """The checkpoint in a file; None where there is no such file.

    With a verifier, its key must have signed it, under whatever generation of the log's name.
    Raises BadNote.
    """
    with suppress(FileNotFoundError):
        try:
            text = path.read_text()
        except UnicodeDecodeError as e:
            raise BadNote("it is not text") from e
        claimed = read(text)
        return Verifier(claimed.origin, verifier.key).open(text) if verifier else claimed
    return None

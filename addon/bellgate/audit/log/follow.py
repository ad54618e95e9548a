"""The lines that are added to a log while somebody watches. Reading only."""

from pathlib import Path

from bellgate.audit.log.day_files import days_of, parsed
from bellgate.audit.log.entries import Entry

_DAYS = 3
"""Days' files that may still be written to: a clock that ran ahead leaves a later one."""


class Follower:
    """Gives what was added since it was last asked; what was there before is not its business."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read: dict[str, tuple[int, int]] = {}
        """Of each day's file: bytes and lines that have been read."""
        self.new()

    def new(self) -> list[Entry]:
        """The whole lines that were added. A log that begins afresh is read from its beginning."""
        found: list[Entry] = []
        # Older days change only where expired lines are emptied, which adds nothing.
        for files in days_of(self._log)[-_DAYS:]:
            path = files.lines
            before, lines = self._read.get(path.name, (0, 0))
            try:
                size = path.stat().st_size
                if size == before:
                    continue
                if size < before:
                    before, lines = 0, 0
                with path.open("rb") as file:
                    file.seek(before)
                    added = file.read().split(b"\n")[:-1]
            except FileNotFoundError:
                continue
            for text in added:
                lines += 1
                before += len(text) + 1
                found.append(Entry(path.name, lines, parsed(text), text))
            self._read[path.name] = (before, lines)
        return found

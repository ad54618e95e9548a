"""Every log of a gateway verified: the current one, and those that were broken and set aside.

How one folder is judged is `verifying.py`'s. Here is only which folders there are, which of them a
checkpoint speaks of, and why each was set aside. Reading only.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from bellgate.audit.log.entries import Progress, entries
from bellgate.audit.log.note import BadNote, Verifier, notes_in, read
from bellgate.audit.log.paths import LogPaths
from bellgate.audit.verify.one_log import Problem, Result, verify_log

_FIRST_RECORDS: Final = 20
"""Records at the start of the log that came next: one of them names the break."""


@dataclass(frozen=True, slots=True)
class Aside:
    """A log that was set aside. `why` is what the log after it says of the break, if it says it."""

    folder: str
    result: Result
    why: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The current log's verdict, and that of each log set aside, oldest first.

    A log set aside may be whole: put back to an older state it is, and only not all that there was.
    """

    current: Result
    aside: tuple[Aside, ...] = ()

    @property
    def ok(self) -> bool:
        return self.current.ok and all(log.result.ok for log in self.aside)


def verify_all(
    paths: LogPaths, checkpoint: Path | None = None, progress: Progress | None = None
) -> Verdict:
    """Check every log; a given checkpoint is checked against the one whose name it bears."""
    # Before the current one: what is set aside meanwhile would else be in neither.
    aside = paths.aside
    given = _spoken_of([*aside, paths.log], checkpoint) if checkpoint is not None else {}

    def judged(log: Path) -> Aside:
        result = verify_log(log, given.get(log), progress)
        problems = tuple(_in_folder(p, log, checkpoint) for p in result.problems)
        return Aside(
            log.name,
            replace(result, problems=problems),
            why_aside(log.name, (*paths.aside, paths.log)),
        )

    found = tuple(judged(log) for log in aside)
    return Verdict(verify_log(paths.log, given.get(paths.log), progress), found)


def holds_checkpoint(file: Path) -> bool:
    """Whether there is any checkpoint in a file, whosever it is. Raises OSError."""
    try:
        return bool([read(text) for text in notes_in(file.read_bytes())])
    except BadNote:
        return False


def _spoken_of(logs: list[Path], checkpoint: Path) -> dict[Path, Path]:
    """The logs that a checkpoint belongs to; the current one where it is none's."""
    origins: set[str] = set()
    with suppress(OSError, BadNote):
        origins = {read(text).origin for text in notes_in(checkpoint.read_bytes())}
    found = {log: checkpoint for log in logs if _name_of(log) in origins}
    return found or {logs[-1]: checkpoint}


def _name_of(log: Path) -> str | None:
    try:
        return Verifier.from_vkey((log / "verifier.pub").read_text()).name
    except (OSError, UnicodeDecodeError, BadNote):
        return None


def _in_folder(problem: Problem, log: Path, checkpoint: Path | None) -> Problem:
    if problem.file == str(checkpoint):
        return problem
    return replace(problem, file=f"{log.name}/{problem.file}")


def why_aside(name: str, logs: Iterable[Path]) -> str | None:
    """What the log that came next says of a break; None where none of these logs says it."""
    mark = f"the old one is kept in {name}: "
    for log in logs:
        # One that cannot be read is told of where it is looked at.
        with suppress(OSError):
            for entry in islice(entries(log), _FIRST_RECORDS):
                said = (entry.record or {}).get("message")
                if isinstance(said, str) and mark in said:
                    return said.partition(mark)[2]
    return None

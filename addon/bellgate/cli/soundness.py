"""What is handed out as sound is sound: a log is verified before anything is taken from it.

What `audit verify` refuses, no command hands out in silence. Whoever needs it all the same asks for
it by `--damaged`, and it says so before everything else.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

from bellgate.audit import Result, verify_log
from bellgate.audit.log.note import notes_in
from bellgate.audit.verify.as_signed import copy_as_signed, grounds_of
from bellgate.audit.verify.proof import Damaged
from bellgate.cli import output
from bellgate.cli.options import Folders
from bellgate.review.pack.phrases import count

DAMAGED = click.option(
    "--damaged",
    is_flag=True,
    help="Do it even if the log fails the check; what is handed out says so at the start.",
)
Damage = Mapping[Path, str]
"""The logs that are not what was signed, and a sentence on each."""
_BY_ITSELF: Final = (
    "The log agrees with its own checkpoint. `audit verify --checkpoint FILE` shows whether it"
    " agrees with one that left the machine."
)
_MOST: Final = 5
"""So many problems of a log are named; `audit verify` names them all."""


def damage_in(
    folders: Folders, logs: Sequence[Path], simulated: bool, damaged: bool, otherwise: str
) -> Damage:
    """What is wrong with these logs; nothing where all are as they were signed.

    Where something is wrong and nobody asked for it `damaged`, the command ends here, `otherwise`
    being what it does not do.
    """
    found = damage_of(logs)
    if found and not damaged:
        output.fail(
            f"{otherwise}: {next(iter(found.values()))}",
            f"`{folders.command('audit verify', simulated)}` names every problem; --damaged hands"
            " it out all the same, and says on it that it is damaged",
        )
    return found


def say_how_far(damage: Damage) -> None:
    """After something was handed out: what of it is damaged, or how far it was checked."""
    for said in damage.values():
        output.note(f"DAMAGED: {said}")
    if not damage:
        output.note(_BY_ITSELF)


@contextmanager
def sound_part(
    log: Path, damage: Damage, checkpoint: Path | None = None
) -> Iterator[tuple[Path, Damaged | None]]:
    """Where to look records up: in the log itself, or in a copy of what of a damaged one is still
    as it was signed. `checkpoint` is a file that left the machine."""
    if log not in damage:
        yield log, None
        return
    given = notes_in(checkpoint.read_bytes()) if checkpoint is not None else []
    grounds = grounds_of(log, given)
    if grounds is None:
        output.fail(
            f"nothing in {log.name} can be proven: no signed checkpoint fits its hashes",
            "an older one may prove its beginning: --checkpoint FILE, as it was e-mailed",
        )
    with TemporaryDirectory() as folder:
        yield copy_as_signed(log, grounds, Path(folder)), Damaged((damage[log],), grounds)


def damage_of(logs: Sequence[Path]) -> Damage:
    """The logs that are not what was signed, and how they are not."""
    with output.progress("Verifying the log") as advance:
        verdicts = [(log, verify_log(log, progress=advance)) for log in logs]
    return {log: _said(log, result) for log, result in verdicts if not result.ok}


def _said(log: Path, result: Result) -> str:
    named = "; ".join(str(problem) for problem in result.problems[:_MOST])
    more = len(result.problems) - _MOST
    others = f"; and {count(more, 'further problem')}" if more > 0 else ""
    return f"{log.name} is not what was signed ({named}{others})"

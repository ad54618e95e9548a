"""Handing records out: a record of it first, and a file that is there whole or not at all.

What is handed out is itself a record, and that record is safe before anybody can have the bytes. If
we stop in between, the log tells of something that nobody got; never the other way round.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

import click

from bellgate.audit import LogPaths, ask
from bellgate.audit.log.day_files import days_of, parsed, whole_lines
from bellgate.audit.verify.proof import CannotPack, Damaged, write_zip
from bellgate.cli import moments, output, recorded
from bellgate.cli.options import Folders
from bellgate.machine_time import machine_now
from bellgate.policy.decide import Policy
from bellgate.review.pack.material import Material
from bellgate.review.pack.question import Question
from bellgate.running.confided import Confided
from bellgate.running.pack_files import parts_of_pack


def to_file(meaning: str) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """`--output FILE` and `--force`: a command's `file` and `force`."""

    def both(command: click.decorators.FC) -> click.decorators.FC:
        force = click.option("--force", is_flag=True, help="Replace FILE if it exists.")
        path = click.Path(path_type=Path, dir_okay=False)
        return click.option("--output", "file", type=path, metavar="FILE", help=meaning)(
            force(command)
        )

    return both


def record_export(
    folders: Folders,
    policy: Policy,
    message: str,
    *,
    simulated: bool,
    reason: str | None,
    target: str | None,
    draft: "Draft | None" = None,
    **facts: object,
) -> int:
    """The number of the record, once it is safe. Without one nothing is handed out.

    `message` goes on after the name of who does it: `exported records as csv …`. Where the `draft`
    cannot take its place after all, a further record says so.
    """
    acting = recorded.Acting(folders, policy, now_in(folders, simulated), simulated)
    left = acting.leave(
        "exported",
        f"{recorded.user()} {message}",
        target=target,
        reason=recorded.one_line(reason) if reason else None,
        outcome="success",
        facts=facts,
        otherwise="nothing was handed out",
    )
    if draft is not None:
        draft.undo = left.take_back
    return left.number


def parts_or_end(  # noqa: PLR0917 - what it is about, and where to look
    folders: Folders,
    policy: Policy,
    question: Question,
    material: Material,
    log: Path,
    damaged: Damaged | None,
    *,
    anchored: bool,
) -> dict[str, bytes]:
    """The files of a pack; where none can be made, the command ends here and says why."""
    paths = LogPaths.of(folders.state, simulated=question.simulated)
    try:
        return parts_of_pack(
            Confided(folders.state, paths), policy, question, material, log, damaged,
            anchored=anchored, step=output.progress,
        )  # fmt: skip
    except CannotPack as error:
        output.fail(f"no pack can be made: {error}")


@dataclass
class Draft:
    """A file that is being written beside the one that is meant."""

    file: IO[bytes]
    undo: Callable[[], None] | None = None
    """What is to be done where it cannot take its place, though its record is there."""


def now_in(folders: Folders, simulated: bool) -> datetime:
    """A simulated gate's own time, where one runs; else the machine's, for its log outlives it."""
    paths = LogPaths.of(folders.state, simulated=simulated)
    answer = ask(paths, {"kind": "status"}) if simulated else None
    if answer and answer.get("ok"):
        return moments.from_record(answer["status"]["now"])
    return machine_now()


def asked_at(folders: Folders, simulated: bool, zone: ZoneInfo) -> datetime:
    """Now, by the machine's clock; but what is on record has been, whatever that clock says."""
    now, log = now_in(folders, simulated), LogPaths.of(folders.state, simulated=simulated).log
    today = now.astimezone(zone).date().isoformat()
    newest_day = [files.lines for files in days_of(log)[-1:] if files.day >= today]
    lines = (line for path in newest_day for line in whole_lines(path))
    stamps = (str((parsed(line) or {}).get("@timestamp", "")) for line in lines)
    newest = max(stamps, default="")
    return max(now, moments.from_record(newest) + timedelta(microseconds=1)) if newest else now


@contextmanager
def aside(file: Path, force: bool) -> Iterator[Draft]:
    """A new file beside the one that is meant, which takes its place at the end, or is gone."""
    refuse_existing(file, force)
    try:
        # Only its owner may read it: it speaks of people.
        part = tempfile.NamedTemporaryFile(  # noqa: SIM115 - it outlives this block as `file`
            dir=file.parent, prefix=f".{file.name}.", suffix=".part", delete=False
        )
    except OSError as error:
        output.fail(f"{file} cannot be written: {error.strerror}")
    draft = Draft(part)
    try:
        with part:
            yield draft
        refuse_existing(file, force)
        Path(part.name).replace(file)
    except BaseException as error:
        if draft.undo is not None:
            draft.undo()
        if isinstance(error, OSError):
            output.fail(f"{file} cannot be written: {error.strerror or error}")
        raise
    finally:
        Path(part.name).unlink(missing_ok=True)


def be_zip(file: Path) -> None:
    """What is handed to people must open when they click it."""
    if file.suffix != ".zip":
        raise click.BadParameter(f"{file} does not end in .zip", param_hint="--output")


def refuse_existing(file: Path, force: bool) -> None:
    """End the command where the file is there and `--force` was not given."""
    if file.exists() and not force:
        output.fail(f"{file} already exists", "name another, or replace it with --force")


def zipped(parts: Mapping[str, bytes], folder: str, draft: Draft) -> str:
    """Write the zip to the disk; returns its SHA-256."""
    file = draft.file
    write_zip(parts, folder, file)
    file.flush()
    os.fsync(file.fileno())
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()

"""`bellgate people export`: all that is recorded about one person, to give to them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from bellgate.audit.log.day_files import days_of
from bellgate.audit.verify.as_signed import grounds_of
from bellgate.cli import moments, output, recorded
from bellgate.cli.handed_out import (
    aside,
    asked_at,
    be_zip,
    parts_or_end,
    record_export,
    refuse_existing,
    to_file,
    zipped,
)
from bellgate.cli.log_options import logs_of
from bellgate.cli.options import Folders, known, with_folders
from bellgate.cli.soundness import DAMAGED, Damage, damage_in, say_how_far, sound_part
from bellgate.policy.decide import Policy
from bellgate.review.pack.material import gather
from bellgate.review.pack.phrases import count
from bellgate.review.pack.question import Question
from bellgate.review.subject import records_about
from bellgate.running.pack_files import held_of, names_of
from bellgate.schedules.load import Loaded

_WHY = "the person's own access"


@click.command()
@with_folders
@click.argument("id")
@to_file("Where to write it. Default: ID and the date, .zip.")
@DAMAGED
def export(folders: Folders, *, id: str, file: Path | None, force: bool, damaged: bool) -> None:
    """Write out everything that is recorded about the person ID, readable and with proof, to give
    to them."""
    logs, read = logs_of(folders, simulated=False), known(folders)
    policy = read.policy
    assert policy is not None
    file = file or Path(f"{id}-{moments.day(None, policy.year.zone)}.zip")
    be_zip(file)
    refuse_existing(file, force)
    damage = damage_in(folders, logs, False, damaged, "no file is written")
    parts: dict[str, bytes] = {}
    many = 0
    for log in logs:
        number, of_log = _of_log(folders, read, id, log, damage)
        many += number
        # One that was set aside is proven by itself: its own checkpoints speak of it.
        inside = "" if log == logs[-1] else f"{log.name}/"
        parts |= {f"{inside}{name}": part for name, part in of_log.items()}
    if not many:
        output.fail(f"the log holds no record of {id}")
    with aside(file, force) as draft:
        sha256 = zipped(parts, file.stem, draft)
        record_export(
            folders,
            policy,
            f"exported the {count(many, 'record')} of {id}",
            simulated=False,
            reason=_WHY,
            target=id,
            draft=draft,
            file=file.name,
            records=many,
            sha256=sha256,
        )
    say_how_far(damage)
    output.say(
        f"{file} holds the {count(many, 'record')} of {id}, a report on them, and what anybody "
        "needs to check them.",
        "Records of shared devices are not attributed to anybody, so they are not among them.",
    )


def _of_log(
    folders: Folders, read: Loaded, id: str, log: Path, damage: Damage
) -> tuple[int, Mapping[str, bytes]]:
    """How many records of one log name the person, and the files that show them."""
    policy = read.policy
    assert policy is not None
    if log in damage and grounds_of(log) is None:
        output.note(f"nothing in {log.name} can be proven, so none of it is handed out")
        return 0, {}
    with sound_part(log, damage) as (there, known_damage):
        with output.progress("Searching the log") as advance:
            about = records_about(there, id, advance)
        if not about:
            return 0, {}
        question = _question(folders, policy, id, log)
        material = gather(there, question, others=[])
        attempts = {attempt.number for attempt in material.attempts}
        beside = tuple(r for r in about if r["event"]["sequence"] not in attempts)
        material = replace(material, about=beside)
        outside = read.settings.anchors.lead_outside
        return len(about), parts_or_end(
            folders, policy, question, material, log, known_damage, anchored=outside
        )


def _question(folders: Folders, policy: Policy, id: str, log: Path) -> Question:
    """Of all days that the log has."""
    at = asked_at(folders, False, policy.year.zone)
    today = at.astimezone(policy.year.zone).date()
    days = [date.fromisoformat(files.day) for files in days_of(log)]
    return Question(
        person=id,
        device=None,
        first=min((today, *days)),
        last=max((today, *days)),
        reason=_WHY,
        by=recorded.user(),
        at=at,
        zone=policy.year.zone,
        names=names_of(policy, id, None),
        held=held_of(policy, id, None),
        log=log.name,
    )

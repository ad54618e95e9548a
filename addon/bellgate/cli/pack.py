"""`bellgate pack`: everything that the log holds on one person or device, for a hearing."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import click

from bellgate.cli import moments, output, recorded
from bellgate.cli.handed_out import (
    Draft,
    aside,
    asked_at,
    be_zip,
    parts_or_end,
    record_export,
    refuse_existing,
    to_file,
    zipped,
)
from bellgate.cli.log_options import log_named, logs_of
from bellgate.cli.options import SIMULATED, Folders, known, with_folders
from bellgate.cli.pack_check import check_pack
from bellgate.cli.soundness import DAMAGED, damage_in, say_how_far, sound_part
from bellgate.policy.decide import Policy
from bellgate.review.pack.material import Material, gather
from bellgate.review.pack.other_logs import REMOVED
from bellgate.review.pack.other_logs_told import other_said
from bellgate.review.pack.phrases import count, long_day
from bellgate.review.pack.question import CURRENT, Question
from bellgate.running.pack_files import held_of, names_of
from bellgate.schedules.problem import suggestion


@click.command()
@with_folders
@SIMULATED
@click.option("--person", metavar="ID", help="The pseudonym of the person.")
@click.option("--device", metavar="D", help="The name of the device.")
@click.option("--from", "first", metavar="DATE", help="The first day.")
@click.option("--to", "last", metavar="DATE", help="The last day.")
@click.option("--reason", metavar="R", help="Why you ask; the log records it.")
@click.option(
    "--check",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Make no pack: report whether this gate handed out FILE, a zip or a report.",
)
@click.option(
    "--log",
    "name",
    default=CURRENT,
    metavar="NAME",
    help="A log that was set aside, such as log.1. Default: the one now being written.",
)
@to_file("Where to write it. Default: pack-….zip in this folder.")
@DAMAGED
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="With --damaged: use this e-mailed checkpoint if the end of the log is missing.",
)
def pack(
    folders: Folders,
    *,
    simulated: bool,
    person: str | None,
    device: str | None,
    first: str | None,
    last: str | None,
    reason: str | None,
    check: Path | None,
    name: str,
    file: Path | None,
    force: bool,
    damaged: bool,
    checkpoint: Path | None,
) -> None:
    """Make an evidence pack: a report, the records with their proof, a program to check them.

    The log records that it was made, by whom and why.
    """
    if check is not None:
        check_pack(folders, simulated, check)
        return
    if (person is None) == (device is None):
        raise click.UsageError("say whom it is about: either --person ID or --device D")
    if first is None or last is None or reason is None:
        raise click.UsageError("say of which days, and why: --from DATE --to DATE --reason R")
    reason = recorded.given_reason(reason)
    log, read = log_named(folders, simulated, name), known(folders)
    policy = read.policy
    assert policy is not None
    at = asked_at(folders, simulated, policy.year.zone)
    days = _days(first, last, policy, at)
    question = _question(policy, person, device, days, at)
    question = replace(question, reason=reason, simulated=simulated, log=name)
    file = file or _file_for(question)
    be_zip(file)
    refuse_existing(file, force)
    others = [other for other in logs_of(folders, simulated) if other != log]
    damage = damage_in(folders, [log], simulated, damaged, "no pack is made")
    with sound_part(log, damage, checkpoint) as (there, known_damage):
        material = _gathered(folders, there, question, others)
        _be_known(policy, question, material)
        outside = read.settings.anchors.lead_outside
        parts = parts_or_end(
            folders, policy, question, material, log, known_damage, anchored=outside
        )
    with aside(file, force) as draft:
        sha256 = zipped(parts, file.stem, draft)
        report = hashlib.sha256(parts["report.pdf"]).hexdigest()
        hashes = {"sha256": sha256, "report_sha256": report}
        number = _record(folders, policy, question, material, file, draft, hashes)
    output.say(*_made(file, question, material, sha256, number))
    say_how_far(damage)
    _say_of_others(question, material)


def _question(
    policy: Policy, person: str | None, device: str | None, days: tuple[date, date], at: datetime
) -> Question:
    """About whom and which days, asked by whoever types this; why is still to be said."""
    return Question(
        person=person,
        device=device,
        first=days[0],
        last=days[1],
        reason="",
        by=recorded.user(),
        at=at,
        zone=policy.year.zone,
        names=names_of(policy, person, device),
        held=held_of(policy, person, device),
    )


def _gathered(folders: Folders, log: Path, question: Question, others: list[Path]) -> Material:
    """What the logs hold on it; ends the command where a record is none."""
    with output.progress("Searching the log") as advance:
        try:
            return gather(log, question, advance, others)
        except (KeyError, TypeError, ValueError):
            # What somebody changed in another log may hold anything.
            output.fail(
                "no pack can be made: one record is not of the kind that the gate writes",
                f"`{folders.command('audit verify', question.simulated)}` shows which",
            )


def _days(first: str, last: str, policy: Policy, at: datetime) -> tuple[date, date]:
    zone = policy.year.zone
    start, end = moments.days_back(first, last, zone, at)
    assert start and end
    if start > at.astimezone(zone).date():
        said = f"{start} is still to come, so no log covers it"
        raise click.BadParameter(said, param_hint="--from")
    if end > at.astimezone(zone).date():
        output.note(f"{long_day(end)} is still to come: the pack goes up to now, and says so.")
    return start, end


def _file_for(question: Question) -> Path:
    log = "" if question.log == CURRENT else f"-{question.log}"
    return Path(f"pack-{question.subject}-{question.first}-to-{question.last}{log}.zip")


def _made(
    file: Path, question: Question, material: Material, sha256: str, number: int
) -> list[str]:
    others = len(material.sequences) - len(material.attempts)
    return [
        f"{file}: {count(len(material.attempts), 'record')} of {question.subject}, and {others} "
        "about the gate and exemptions.",
        f"SHA-256: {sha256}",
        f"Record {number} of the log says that it was made.",
    ]


def _say_of_others(question: Question, material: Material) -> None:
    """Anybody who took the pack for all there is would be misled."""
    whom = f"--person {question.person}" if question.person else f"--device {question.device}"
    for other in material.elsewhere:
        output.note(f"NOT THE ONLY LOG: {other_said(other, question.subject)}")
        if other.trouble != REMOVED:
            output.note(
                f"    bellgate pack --log {other.name} {whom} --from {question.first} "
                f'--to {question.last} --reason "{question.reason}"'
            )


def _record(  # noqa: PLR0917 - each is one part of the record
    folders: Folders,
    policy: Policy,
    question: Question,
    material: Material,
    file: Path,
    draft: Draft,
    hashes: Mapping[str, str],
) -> int:
    return record_export(
        folders,
        policy,
        f"made the pack {file.name} about {question.subject}, {question.first} to {question.last}",
        simulated=question.simulated,
        reason=question.reason,
        target=question.person,
        draft=draft,
        device=question.device,
        format="pack",
        file=file.name,
        records=len(material.sequences),
        query=question.words,
        **hashes,
    )


def _be_known(policy: Policy, question: Question, material: Material) -> None:
    """A misspelt name has no records, and a pack that says so would clear the wrong person."""
    devices = policy.directory.devices
    known = {d.name for d in devices} if question.device else _holders(policy)
    on_record = material.attempts or any(other.records for other in material.elsewhere)
    if not on_record and question.subject not in known:
        kind = "device" if question.device else "person"
        output.fail(
            f'there is no {kind} "{question.subject}" in the log of that time or in devices.yaml',
            suggestion(question.subject, known) if known else None,
        )


def _holders(policy: Policy) -> set[str]:
    return {h.person for d in policy.directory.devices for h in d.holders}

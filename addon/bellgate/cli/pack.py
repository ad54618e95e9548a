"""`bellgate pack`: everything that the log holds on one person or device, for a hearing."""

import hashlib
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bellgate.audit import LogPaths
from bellgate.audit.log.day_files import days_of, parsed, whole_lines
from bellgate.cli import moments, output, recorded
from bellgate.cli.handed_out import aside, be_zip, now_in, record_export, refuse_existing, zipped
from bellgate.cli.log_options import SIMULATED, log_named, logs_of
from bellgate.cli.options import Folders, known_policy, with_places
from bellgate.cli.pack_files import chain_of, parts_of_pack
from bellgate.policy.decide import Policy
from bellgate.review.pack.material import Material, gather
from bellgate.review.pack.other_logs import REMOVED
from bellgate.review.pack.other_logs_told import other_said
from bellgate.review.pack.phrases import count
from bellgate.review.pack.question import CURRENT, Question
from bellgate.schedules.problem import suggestion


@click.command()
@with_places
@SIMULATED
@click.option("--person", metavar="ID", help="The pseudonym of the person.")
@click.option("--device", metavar="D", help="The name of the device.")
@click.option("--from", "first", required=True, metavar="DATE", help="The first day.")
@click.option("--to", "last", required=True, metavar="DATE", help="The last day.")
@click.option("--reason", required=True, metavar="R", help="Why you ask; the log records it.")
@click.option(
    "--log",
    "name",
    default=CURRENT,
    metavar="NAME",
    help="A log that was set aside, such as log.1. Default: the one now being written.",
)
@click.option(
    "--output",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write it. Default: pack-….zip in this folder.",
)
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def pack(
    folders: Folders,
    *,
    simulated: bool,
    person: str | None,
    device: str | None,
    first: str,
    last: str,
    reason: str,
    name: str,
    file: Path | None,
    force: bool,
) -> None:
    """Make an evidence pack: a report to read, the records, their proof, and what checks them.

    The log records that it was made, by whom and why.
    """
    if (person is None) == (device is None):
        raise click.UsageError("say whom it is about: either --person ID or --device D")
    reason = recorded.given_reason(reason)
    log, policy = log_named(folders, simulated, name), known_policy(folders)
    at = _asked_at(folders, simulated, policy.year.zone)
    days = _days(first, last, policy, at)
    question = Question(
        person=person,
        device=device,
        first=days[0],
        last=days[1],
        reason=reason,
        by=recorded.user(),
        at=at,
        zone=policy.year.zone,
        simulated=simulated,
        names=_names_of(policy, person, device),
        log=name,
    )
    file = file or _file_for(question)
    be_zip(file)
    refuse_existing(file, force)
    with output.progress("Searching the log") as advance:
        others = [other for other in logs_of(folders, simulated) if other != log]
        try:
            material = gather(log, question, advance, others)
        except (KeyError, TypeError, ValueError):
            # What was tampered with may hold anything; what was not is as the gate writes it.
            output.fail(
                "no pack can be made: one record is not of the kind that the gate writes",
                f"`{folders.command('audit verify', simulated)}` shows which",
            )
    _be_known(policy, question, material)
    parts = parts_of_pack(folders, policy, question, material, log)
    with aside(file, force) as draft:
        sha256 = zipped(parts, file.stem, draft)
        report = hashlib.sha256(parts["report.pdf"]).hexdigest()
        number = _record(folders, policy, question, material, file, sha256=sha256, report=report)
    output.say(*_made(file, question, material, sha256, number))
    _say_of_others(question, material)


def _asked_at(folders: Folders, simulated: bool, zone: ZoneInfo) -> datetime:
    """Now, by the machine's clock; but never before the newest record, whatever the clock says."""
    now, log = now_in(folders, simulated), LogPaths.of(folders.state, simulated=simulated).log
    today = now.astimezone(zone).date().isoformat()
    newest_day = [files.lines for files in days_of(log)[-1:] if files.day >= today]
    lines = (line for path in newest_day for line in whole_lines(path))
    stamps = (str((parsed(line) or {}).get("@timestamp", "")) for line in lines)
    newest = max(stamps, default="")
    return max(now, moments.from_record(newest) + timedelta(microseconds=1)) if newest else now


def _days(first: str, last: str, policy: Policy, at: datetime) -> tuple[date, date]:
    zone = policy.year.zone
    start, end = moments.days_back(first, last, zone, at)
    assert start and end
    if start > at.astimezone(zone).date():
        said = f"{start} is still to come, so no log covers it"
        raise click.BadParameter(said, param_hint="--from")
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


def _record(
    folders: Folders,
    policy: Policy,
    question: Question,
    material: Material,
    file: Path,
    *,
    sha256: str,
    report: str,
) -> int:
    return record_export(
        folders,
        policy,
        f"made the pack {file.name} about {question.subject}, {question.first} to {question.last}",
        simulated=question.simulated,
        reason=question.reason,
        target=question.person,
        device=question.device,
        format="pack",
        file=file.name,
        records=len(material.sequences),
        query=question.words,
        sha256=sha256,
        report_sha256=report,
    )


def _be_known(policy: Policy, question: Question, material: Material) -> None:
    """A misspelt name has no records, and a pack that says so would clear the wrong person."""
    devices = policy.directory.devices
    known = {d.name for d in devices} if question.device else _holders(policy)
    on_record = material.attempts or any(other.records for other in material.elsewhere)
    if not on_record and question.subject not in known:
        kind = "device" if question.device else "person"
        output.fail(
            f'neither the log of that time nor devices.yaml knows a {kind} "{question.subject}"',
            suggestion(question.subject, known) if known else None,
        )


def _holders(policy: Policy) -> set[str]:
    return {h.person for d in policy.directory.devices for h in d.holders}


def _names_of(policy: Policy, person: str | None, device: str | None) -> frozenset[str]:
    """The names that the files use for the subject: its groups and devices, as they are today."""
    devices = policy.directory.devices
    theirs = {d.name for d in devices if any(h.person == person for h in d.holders)}
    return frozenset((*chain_of(policy, person, device), *theirs))

"""`bellgate pack`: everything that the log holds on one person or device, for a hearing."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import click

from bellgate.audit.packing import CannotPack, parts_of
from bellgate.cli import editions, handing, moments, output
from bellgate.cli.choosing import SIMULATED, log_of
from bellgate.cli.handing_out import aside, be_zip, now_in, record_export, refuse_existing, zipped
from bellgate.cli.options import Places, known_policy, with_places
from bellgate.policy.decide import Policy
from bellgate.review.material import EditionKept, Material, Question, gather
from bellgate.review.packs import Findings, document
from bellgate.review.phrases import count
from bellgate.review.printing import printed
from bellgate.schedules.problem import suggestion

# Whom else the school gave devices to is nobody's business in this hearing; the hash is shown.
_NOT_FOR_OTHERS = "devices.yaml"

_README = """
    report.pdf      what was asked and found, in words: begin with this
    editions/       the timetable and rules that were in force, by the beginning of their hash,
                    without devices.yaml, which speaks of others
"""


@click.command()
@with_places
@SIMULATED
@click.option("--person", metavar="ID", help="The pseudonym of the person.")
@click.option("--device", metavar="D", help="The name of the device.")
@click.option("--from", "first", required=True, metavar="DATE", help="The first day.")
@click.option("--to", "last", required=True, metavar="DATE", help="The last day.")
@click.option("--reason", required=True, metavar="R", help="Why it is asked; it is recorded.")
@click.option(
    "--output",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to; else pack-….zip in this folder.",
)
@click.option("--force", is_flag=True, help="Replace FILE where there is one.")
def pack(
    found: Places,
    *,
    simulated: bool,
    person: str | None,
    device: str | None,
    first: str,
    last: str,
    reason: str,
    file: Path | None,
    force: bool,
) -> None:
    """Make an evidence pack: a report to read, the records, their proof, and what checks it.

    That it was made, by whom and why, is recorded.
    """
    if (person is None) == (device is None):
        raise click.UsageError("say whom it is about: either --person ID or --device D")
    if not reason.strip():
        raise click.BadParameter("a reason is needed", param_hint="--reason")
    log, policy = log_of(found, simulated), known_policy(found)
    days = [moments.day(text, policy.year.zone) for text in (first, last)]
    if days[1] < days[0]:
        raise click.BadParameter(f"{days[1]} is before {days[0]}", param_hint="--to")
    question = Question(
        person=person,
        device=device,
        first=days[0],
        last=days[1],
        reason=handing.one_line(reason),
        by=handing.user(),
        at=now_in(found, simulated),
        zone=policy.year.zone,
        simulated=simulated,
    )
    file = file or Path(f"pack-{question.subject}-{question.first}-to-{question.last}.zip")
    be_zip(file)
    refuse_existing(file, force)
    with output.progress("Searching the log") as advance:
        material = gather(log, question, advance)
    _be_known(policy, question, material)
    parts = _parts(found, policy, question, material, log)
    with aside(file, force) as draft:
        sha256 = zipped(parts, file.stem, draft)
        report = hashlib.sha256(parts["report.pdf"]).hexdigest()
        number = _record(found, policy, question, material, file, sha256=sha256, report=report)
    others = len(material.sequences) - len(material.attempts)
    output.say(
        f"{file}: {count(len(material.attempts), 'record')} of {question.subject}, and {others} "
        "of the gate and of exemptions.",
        f"SHA-256: {sha256}",
        f"That it was made is record {number} of the log.",
    )


def _record(
    found: Places,
    policy: Policy,
    question: Question,
    material: Material,
    file: Path,
    *,
    sha256: str,
    report: str,
) -> int:
    return record_export(
        found,
        policy,
        f"made the pack {file.name} about {question.subject}, {question.first} to {question.last}",
        simulated=question.simulated,
        reason=question.reason,
        target=question.subject,
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
    if not material.attempts and question.subject not in known:
        kind = "device" if question.device else "person"
        output.fail(
            f'neither the log of that time nor devices.yaml knows a {kind} "{question.subject}"',
            suggestion(question.subject, known) if known else None,
        )


def _holders(policy: Policy) -> set[str]:
    return {h.person for d in policy.directory.devices for h in d.holders}


def _parts(
    found: Places, policy: Policy, question: Question, material: Material, log: Path
) -> dict[str, bytes]:
    """The files of the pack by their names, the report first."""
    in_force = _editions(found, policy, question, material)
    searched = (question.first.isoformat(), question.last.isoformat())
    try:
        with output.progress("Proving the records"):
            parts, checkpoint = parts_of(log, material.sequences, searched)
    except CannotPack as error:
        output.fail(f"no pack can be made: {error}")
    names = {service.id: service.name for service in policy.index.services.values()}
    findings = Findings(question, material, in_force, names, checkpoint, policy.edition.school)
    with output.progress("Printing the report"):
        report = printed(document(findings), question.at)
    parts["README.txt"] += _README.encode()
    return {"report.pdf": report, **parts, **_files_of(found, in_force)}


def _editions(
    found: Places, policy: Policy, question: Question, material: Material
) -> list[EditionKept]:
    chain = _chain(policy, question, material)
    return editions.in_force(found.state, material.editions, chain, question.since, question.until)


def _chain(policy: Policy, question: Question, material: Material) -> tuple[str, ...]:
    """The subject's groups, as they were recorded; else as the files have them today."""
    if material.attempts:
        return material.attempts[0].roles
    for device in policy.directory.devices:
        held = any(h.person == question.person for h in device.holders)
        if device.name == question.device or held:
            return policy.groups[device.group].chain
    return ()


def _files_of(found: Places, in_force: list[EditionKept]) -> Mapping[str, bytes]:
    return {
        f"editions/{edition.hash.removeprefix('sha256:')[:16]}/{name}": content
        for edition in in_force
        if edition.kept
        for name, content in editions.kept(found.state, edition.hash).items()
        if name != _NOT_FOR_OTHERS
    }

"""The files of an evidence pack by their names: what goes into its zip, for commands and pages."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from bellgate.audit import Entry
from bellgate.audit.log.day_files import parsed
from bellgate.audit.log.export_formats import FORMS
from bellgate.audit.verify.proof import CannotPack, Damaged, parts_of
from bellgate.policy.decide import Policy
from bellgate.review.objections import Objection
from bellgate.review.pack.document import document
from bellgate.review.pack.edition import EditionKept
from bellgate.review.pack.findings import Findings
from bellgate.review.pack.material import Material
from bellgate.review.pack.pdf import printed
from bellgate.review.pack.question import Held, Question
from bellgate.running import editions
from bellgate.running.confided import CannotOpen, Confided

Step = Callable[[str], AbstractContextManager[object]]

# Whom else the school gave devices to is nobody's business in this hearing; the hash is shown.
_NOT_FOR_OTHERS = "devices.yaml"

_BEGIN = """\
Begin with report.pdf: it says in words what was asked and what the records show. The rest is for
whoever checks it.

"""
_NOT_OUTSIDE = """\
No checkpoint of this log left the school's machine, so there is no FILE for the command below. Run
verify.py without --checkpoint: it shows only that the files here agree with one another.

"""
_README = """
    report.pdf      what was asked and found, in words
    records.csv     the records as a table for a spreadsheet, in the school's local time
    editions/       the timetable and rules that were in force, named by the start of their hash;
                    devices.yaml is left out, since it is about other people too

verify.py checks records.jsonl alone, and not these three. The log can show whether report.pdf is
the one that was made: its record of this pack holds the file's SHA-256 as report_sha256.
"""


def parts_of_pack(  # noqa: PLR0917 - what it is about, and where to look
    confided: Confided,
    policy: Policy,
    question: Question,
    material: Material,
    log: Path,
    damaged: Damaged | None = None,
    *,
    anchored: bool,
    step: Step = nullcontext,
) -> dict[str, bytes]:
    """The report first. `step` is entered for each part of the work that takes a while.

    Raises CannotPack.
    """
    state = confided.state
    in_force = _editions(state, policy, question, material)
    searched = (question.first.isoformat(), question.last.isoformat())
    with step("Proving the records"):
        parts, checkpoint = parts_of(
            log, material.sequences, searched, subject=_subject(question), damaged=damaged
        )
    names = {service.id: service.name for service in policy.index.services.values()}
    findings = Findings(
        question,
        material,
        in_force,
        names,
        checkpoint,
        policy.edition.school,
        objection=_objection(confided, question),
        anchored=anchored,
        damage=damaged.said if damaged else (),
    )
    with step("Printing the report"):
        report = printed(document(findings), question.at)
    parts["README.txt"] = _told(parts["README.txt"].decode(), anchored=anchored).encode()
    table = b"".join(
        FORMS["csv"](_entries(parts["records.jsonl"]), question.zone, _never, findings.damage)
    )
    return {"report.pdf": report, **parts, "records.csv": table, **_files_of(state, in_force)}


def _told(about_the_proof: str, *, anchored: bool) -> str:
    """What the folder holds, for somebody who opens it: the report first, and any damage before."""
    damage, begins, rest = about_the_proof.partition("This folder holds")
    first = _BEGIN if anchored else _BEGIN + _NOT_OUTSIDE
    return f"{damage}{first}{begins}{rest}{_README}"


def _objection(confided: Confided, question: Question) -> Objection | None:
    if question.person is None:
        return None
    try:
        return confided.objection(question.person)
    except CannotOpen as error:
        # A pack without it would be as if nobody had objected.
        raise CannotPack(str(error)) from error


def _subject(question: Question) -> dict[str, str]:
    return {"person": question.person} if question.person else {"device": question.device or ""}


def names_of(policy: Policy, person: str | None, device: str | None) -> frozenset[str]:
    """By what names the files speak of the subject: its groups and devices, as they are today."""
    devices = policy.directory.devices
    theirs = {d.name for d in devices if any(h.person == person for h in d.holders)}
    return frozenset((*_chain_of(policy, person, device), *theirs))


def held_of(policy: Policy, person: str | None, device: str | None) -> tuple[Held, ...]:
    """All holders of the device, or of each device that the person ever held, as the files have
    them today."""
    return tuple(
        Held(known.name, holder.person, holder.start, holder.end)
        for known in policy.directory.devices
        if known.name == device or any(h.person == person for h in known.holders)
        for holder in known.holders
    )


def _chain_of(policy: Policy, person: str | None, device: str | None) -> tuple[str, ...]:
    """The subject's groups, as the files have them today; the innermost first."""
    for known in policy.directory.devices:
        held = any(h.person == person for h in known.holders)
        if known.name == device or held:
            return policy.groups[known.group].chain
    return ()


def _editions(
    state: Path, policy: Policy, question: Question, material: Material
) -> list[EditionKept]:
    # As they were recorded, where they were.
    recorded = material.attempts[0].roles if material.attempts else ()
    chain = recorded or _chain_of(policy, question.person, question.device)
    since, until = question.since, question.until
    return editions.in_force(state, material.editions(since, until), chain, since, until)


def _never(entry: Entry) -> None:
    raise AssertionError(f"record {entry.line} was proven, and is not as the gate writes records")


def _entries(lines: bytes) -> Iterator[Entry]:
    for number, line in enumerate(lines.split(b"\n")[:-1], 1):
        yield Entry("records.jsonl", number, parsed(line), line)


def _files_of(state: Path, in_force: list[EditionKept]) -> Mapping[str, bytes]:
    return {
        f"editions/{edition.hash.removeprefix('sha256:')[:16]}/{name}": content
        for edition in in_force
        if edition.kept
        for name, content in editions.kept(state, edition.hash).items()
        if name != _NOT_FOR_OTHERS
    }

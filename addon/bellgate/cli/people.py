"""`bellgate people`: names behind pseudonyms, and what is recorded of one person."""

from pathlib import Path

import click

from bellgate.audit import event_record
from bellgate.audit.verify.proof import CannotPack, parts_of
from bellgate.cli import moments, output, prompt, recorded
from bellgate.cli.handed_out import aside, be_zip, record_export, refuse_existing, zipped
from bellgate.cli.log_options import logs_of
from bellgate.cli.options import Folders, for_group, known_policy, with_places
from bellgate.review.pack.phrases import count
from bellgate.review.people import NamesUnreadable, People
from bellgate.review.subject import numbers_about
from bellgate.running.machine_time import machine_now
from bellgate.schedules.problem import suggestion

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
@for_group
def people() -> None:
    """Names behind pseudonyms, and one person's records."""


@people.command()
@with_places
@click.argument("id")
@click.option("--name", metavar="NAME", help="The person's name; asked for if left out.")
@click.option("--replace", is_flag=True, help="Replace the name that ID already has.")
def add(folders: Folders, *, id: str, name: str | None, replace: bool) -> None:
    """Keep the name behind the pseudonym ID, encrypted and apart from the log."""
    if not id or id.split() != [id]:
        raise click.BadParameter(f'"{id}" has a space in it', param_hint="ID")
    policy = known_policy(folders)
    known = People(folders.state)
    if id in _names(known) and not replace:
        if not prompt.somebody_answers():
            output.fail(f"{id} already has a name", "--replace replaces it")
        click.confirm(f"{id} already has a name. Replace it?", abort=True, err=True)
    if name is None:
        name = prompt.asked("Name", "give the name with --name, or type it at a terminal")
    name = " ".join(name.split())
    if not name:
        raise click.BadParameter("the name is empty", param_hint="--name")
    holders = [h.person for d in policy.directory.devices for h in d.holders]
    if id not in holders:
        output.note(f"no device in devices.yaml has {id} among its holders")
    try:
        known.add(id, name)
    except (NamesUnreadable, OSError) as error:
        output.fail(str(error))
    output.say(
        f"The name behind {id} has been saved. `bellgate people reveal {id} --reason R` shows it."
    )


@people.command()
@with_places
@click.argument("id")
@click.option("--reason", required=True, metavar="R", help="Why; the log records it.")
def reveal(folders: Folders, *, id: str, reason: str) -> None:
    """Show the name behind the pseudonym ID. The log first records that you asked, and why."""
    policy = known_policy(folders)
    reason = recorded.given_reason(reason)
    names = _names(People(folders.state))
    if id not in names:
        output.fail(f'no name is kept for "{id}"', suggestion(id, names))
    by = recorded.user()
    now = machine_now()
    record = event_record(
        "bellgate.review",
        "revealed",
        f"{by} was shown the name behind {id}",
        edition=policy.edition,
        at=now,
        clock=recorded.clock_of(False),
        user=by,
        target=id,
        reason=reason,
    )
    recorded.recorded(folders, policy, record, now, otherwise="the name was not shown")
    output.say(names[id])


@people.command()
@with_places
@click.argument("id")
@click.option("--output", "to", type=_FILE, metavar="FILE", help="Default: ID and the date, .zip.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def export(folders: Folders, *, id: str, to: Path | None, force: bool) -> None:
    """Write everything recorded about the person ID, with proof, for that person to have."""
    logs, policy = logs_of(folders, simulated=False), known_policy(folders)
    to = to or Path(f"{id}-{moments.day(None, policy.year.zone)}.zip")
    be_zip(to)
    refuse_existing(to, force)
    parts: dict[str, bytes] = {}
    many = 0
    for log in logs:
        with output.progress("Searching the log") as advance:
            numbers = numbers_about(log, id, advance)
        many += len(numbers)
        # One that was set aside is proven by itself: its own checkpoints speak of it.
        inside = "" if log == logs[-1] else f"{log.name}/"
        parts |= {f"{inside}{name}": part for name, part in _proven(log, numbers).items()}
    if not many:
        output.fail(f"the log holds no record of {id}")
    with aside(to, force) as draft:
        sha256 = zipped(parts, to.stem, draft)
        record_export(
            folders,
            policy,
            f"exported the {count(many, 'record')} of {id}",
            simulated=False,
            reason="the person's own access",
            target=id,
            file=to.name,
            records=many,
            sha256=sha256,
        )
    output.say(
        f"{to} holds the {count(many, 'record')} of {id}, with everything needed to check them.",
        "Records of shared devices are not attributed to anybody, so they are not among them.",
    )


def _proven(log: Path, numbers: list[int]) -> dict[str, bytes]:
    if not numbers:
        return {}
    try:
        parts, _ = parts_of(log, numbers)
    except CannotPack as error:
        output.fail(f"no file was written: {log}: {error}")
    return parts


def _names(known: People) -> dict[str, str]:
    try:
        return known.names()
    except NamesUnreadable as error:
        output.fail(str(error))

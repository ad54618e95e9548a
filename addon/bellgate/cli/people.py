"""`bellgate people`: names behind pseudonyms, and what is recorded of one person."""

import click

from bellgate.audit import event_record
from bellgate.cli import output, prompt, recorded
from bellgate.cli.options import Folders, for_group, known_policy, with_places
from bellgate.cli.people_export import export
from bellgate.review.people import NamesUnreadable, People
from bellgate.running.machine_time import machine_now
from bellgate.schedules.problem import suggestion


@click.group()
@for_group
def people() -> None:
    """Names behind pseudonyms, and one person's records."""


@people.command()
@with_places
@click.argument("id")
@click.option("--name", metavar="NAME", help="The person's name; asked for, if left out.")
@click.option("--replace", is_flag=True, help="Put it in place of the name that ID has.")
def add(folders: Folders, *, id: str, name: str | None, replace: bool) -> None:
    """Keep the name behind the pseudonym ID, encrypted and apart from the log."""
    if not id or id.split() != [id]:
        raise click.BadParameter(f'"{id}" has a blank in it', param_hint="ID")
    policy = known_policy(folders)
    known = People(folders.state)
    if id in _names(known) and not replace:
        if not prompt.somebody_answers():
            output.fail(f"{id} has a name already", "--replace puts another in its place")
        click.confirm(f"{id} has a name already. Replace it?", abort=True, err=True)
    if name is None:
        name = prompt.asked("Name", "give the name with --name, or from a terminal")
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
    output.say(f"The name behind {id} is kept. `bellgate people reveal {id} --reason R` shows it.")


@people.command()
@with_places
@click.argument("id")
@click.option("--reason", required=True, metavar="R", help="Why; it is recorded.")
def reveal(folders: Folders, *, id: str, reason: str) -> None:
    """Show the name behind the pseudonym ID. That you asked is recorded first, with the reason."""
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
    recorded.recorded(folders, policy, record, now, otherwise="the name is not shown")
    output.say(names[id])


def _names(known: People) -> dict[str, str]:
    try:
        return known.names()
    except NamesUnreadable as error:
        output.fail(str(error))


people.add_command(export)

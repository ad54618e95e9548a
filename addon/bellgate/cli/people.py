"""`bellgate people`: names behind pseudonyms, and what is recorded of one person."""

import click

from bellgate.cli import output, prompt, recorded
from bellgate.cli.cases import be_known
from bellgate.cli.options import Folders, Group, for_group, known_policy, with_folders
from bellgate.cli.people_export import export
from bellgate.cli.recorded import Acting
from bellgate.gateway.sign_ins.names import is_anonymous
from bellgate.machine_time import machine_now
from bellgate.review.objections import Objection, Objections
from bellgate.review.people import People
from bellgate.review.sealed import Unreadable
from bellgate.review.sign_in_names import SignInNames
from bellgate.schedules.problem import suggestion


@click.group(cls=Group)
@for_group
def people() -> None:
    """Keep and show the names behind pseudonyms; export one person's records."""


@people.command()
@with_folders
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
    except (Unreadable, OSError) as error:
        output.fail(str(error))
    output.say(
        f"The name behind {id} has been saved. `bellgate people reveal {id} --reason R` shows it."
    )


@people.command()
@with_folders
@click.argument("id")
@click.option("--reason", required=True, metavar="R", help="Why; the log records it.")
def reveal(folders: Folders, *, id: str, reason: str) -> None:
    """Show the name behind the pseudonym ID. The log first records that you asked, and why."""
    policy = known_policy(folders)
    reason = recorded.given_reason(reason)
    names = _names(People(folders.state))
    if id not in names:
        output.fail(f'no name is kept for "{id}"', suggestion(id, names))
    Acting(folders, policy, machine_now()).leave(
        "revealed",
        f"{recorded.user()} was shown the name behind {id}",
        target=id,
        reason=reason,
        otherwise="the name was not shown",
    )
    output.say(names[id])


@people.command()
@with_folders
@click.argument("id")
@click.option("--reason", metavar="R", help="Why; the log records it. Default: the person left.")
def remove(folders: Folders, *, id: str, reason: str | None) -> None:
    """Forget the name behind the pseudonym ID, for example when somebody has left.

    The log records it first.
    """
    policy = known_policy(folders)
    why = recorded.given_reason(reason) if reason is not None else "the person left"
    known = People(folders.state)
    names = _names(known)
    if id not in names:
        output.fail(f'no name is kept for "{id}"', suggestion(id, names) if names else None)
    left = Acting(folders, policy, machine_now()).leave(
        "edited",
        f"{recorded.user()} removed the name behind {id}",
        target=id,
        reason=why,
        otherwise="the name is kept",
    )
    with left.taking_effect():
        SignInNames(folders.state).remove(id)
        known.remove(id)
    output.say(f"The name behind {id} is gone. Copies in back-ups go when those go.")
    if _objection(folders, id) is not None:
        hint = folders.command(f"people object {id} --erase")
        output.say(f"The objection of {id} is kept. To erase it: {hint}")
    holders = {h.person for d in policy.directory.devices for h in d.holders if h.end is None}
    if id in holders:
        output.note(f"devices.yaml still gives {id} a device: end it there with `to`")


@people.command("signs-in-as")
@with_folders
@click.argument("id")
@click.argument("names", nargs=-1, required=True, metavar="NAMES…")
@click.option("--forget", is_flag=True, help="Forget these names instead.")
def signs_in_as(folders: Folders, *, id: str, names: tuple[str, ...], forget: bool) -> None:
    """Keep the NAMES that the person with the pseudonym ID signs in with, encrypted.

    The log records it first. Where an access point reports one of these names, only ID is kept.
    Write a name as it is signed in with: jsmith, jsmith@school.example, SCHOOL\\jsmith.
    """
    policy, kept = known_policy(folders), SignInNames(folders.state)
    if id not in (known := _names(People(folders.state))):
        hint = suggestion(id, known) if known else f"bellgate people add {id}"
        output.fail(f'no name is kept for "{id}"', hint)
    for name in names:
        if is_anonymous(name):
            raise click.BadParameter(f'"{name}" is nobody\'s name', param_hint="NAME")
    try:
        before = kept.names().get(id, [])
    except Unreadable as error:
        output.fail(str(error))
    if forget and (strange := [name for name in names if name not in before]):
        output.fail(f'{id} is not kept as signing in as "{strange[0]}"')
    did = "no longer signs in as before" if forget else "signs in under a further name"
    left = Acting(folders, policy, machine_now()).leave(
        "edited", f"{recorded.user()} said that {id} {did}", target=id,
        otherwise="nothing was changed",
    )  # fmt: skip
    with left.taking_effect():
        (kept.remove if forget else kept.add)(id, names)
    output.say(f"{id} now signs in as: {', '.join(kept.names().get(id, [])) or 'nobody'}.")


@people.command("object")
@with_folders
@click.argument("id")
@click.option(
    "--text", metavar="T", help="What the person says; it replaces what they said before."
)
@click.option("--erase", is_flag=True, help="Erase what they said. Its hash stays on record.")
def object_(folders: Folders, *, id: str, text: str | None, erase: bool) -> None:
    """Keep what the person with the pseudonym ID says about their own record. Each later pack
    shows it.

    It is encrypted. The log has only its hash, so that it can be corrected or erased.
    """
    if (text is None) == (not erase):
        raise click.UsageError("either --text T or --erase")
    if text is not None and not text.strip():
        raise click.BadParameter("the text is empty", param_hint="--text")
    policy, now, by = known_policy(folders), machine_now(), recorded.user()
    holders = [h.person for d in policy.directory.devices for h in d.holders]
    be_known(folders, False, "person", id, [*holders, *_names(People(folders.state))])
    before = _objection(folders, id)
    if before is None and erase:
        output.fail(f"no objection of {id} is kept")
    objection = Objection.made(text.strip(), now) if text is not None else None
    did = "erased" if erase else "changed" if before else "recorded"
    said = f"{by} {did} the objection of {id}"
    left = Acting(folders, policy, now).leave(
        "objected",
        said,
        target=id,
        facts={"text_sha256": objection.sha256 if objection else None, "erased": erase or None},
    )
    with left.taking_effect():
        Objections(folders.state).put(id, objection)
    output.say(f"{said} (record {left.number})." + ("" if erase else " Each later pack shows it."))


def _objection(folders: Folders, id: str) -> Objection | None:
    try:
        return Objections(folders.state).of(id)
    except Unreadable as error:
        output.fail(str(error))


def _names(known: People) -> dict[str, str]:
    try:
        return known.names()
    except Unreadable as error:
        output.fail(str(error))


people.add_command(export)

"""`bellgate editions`: which files were in force when, what one of them said, and back to it."""

from datetime import UTC, datetime

import click

from bellgate.cli import output, prompt, running_gate
from bellgate.cli.options import Folders, Group, for_group, loaded, with_folders
from bellgate.machine_time import machine_now
from bellgate.policy.walk import clock_time
from bellgate.running import editions as shelf
from bellgate.running import editions_back
from bellgate.running.editions import Edition
from bellgate.schedules.load import Loaded


@click.group(invoke_without_command=True, cls=Group)
@for_group
@click.option("--json", "as_json", is_flag=True, help="The list as JSON.")
def editions(*, as_json: bool) -> None:
    """Show which files were in force when, newest first; go back to earlier ones."""
    context = click.get_current_context()
    if context.invoked_subcommand is None:
        context.invoke(with_folders(_list), as_json=as_json, schedules=None, state=None)


def _list(folders: Folders, *, as_json: bool) -> None:
    """The editions by number; 1 is the newest."""
    found = editions_back.listed(folders.state)
    status = running_gate.status_of(folders)
    now = None if isinstance(status, str) else status["policy"]
    if as_json:
        output.json_whole(
            [
                {
                    "number": number,
                    "edition": edition.hash,
                    "last_in_force": output.utc(edition.last_in_force),
                    "in_force": edition.hash == now,
                    "changed": list(changed),
                }
                for number, (edition, _, changed) in enumerate(found, 1)
            ]
        )
        return
    if not found:
        output.fail("no edition is kept yet", "the gate keeps each that comes into force")
    output.table(
        "In force, newest first",
        ("No", "Last in force", "Changed"),
        [
            (str(number), _last(edition, read, now), _short(changed))
            for number, (edition, read, changed) in enumerate(found, 1)
        ],
    )


@editions.command()
@with_folders
@click.argument("number")
def show(folders: Folders, *, number: str) -> None:
    """Show what is different in the folder now, then the files of edition NUMBER."""
    edition = _asked(folders, number)
    _say_differences(folders, edition)
    for name, content in editions_back.files_of(folders.state, edition).items():
        output.say("", f"── {name} ──", content.decode("utf-8-sig", "replace").rstrip())


@editions.command()
@with_folders
@click.argument("number")
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(folders: Folders, *, number: str, yes: bool) -> None:
    """Put the files of edition NUMBER back into the folder, after showing what that changes."""
    edition = _asked(folders, number)
    _say_differences(folders, edition)
    if not yes:
        word = prompt.asked('Type "yes" to put these files back', "add --yes to put them back")
        if word.strip().lower() != "yes":
            output.fail("nothing was changed")
    editions_back.put_back(
        folders.schedules, folders.state, editions_back.files_of(folders.state, edition)
    )
    output.say(
        f"{_called(number)} are back in {folders.schedules}.",
        "The files that they replaced are kept as another edition.",
    )


def _asked(folders: Folders, number: str) -> Edition:
    found = shelf.listed(folders.state)
    if number.lower() == "previous":
        # Of a folder with mistakes nothing came into force: what was before them is still there.
        there = loaded(folders).policy
        others = [
            n for n, e in enumerate(found, 1) if there is None or e.hash != there.edition.hash
        ]
        position = others[0] if others else 0
    else:
        position = int(number) if number.isdecimal() else 0
    if not 1 <= position <= len(found):
        kept = f"1 to {len(found)}" if found else "none"
        raise click.BadParameter(
            f'"{number}" is not an edition: the ones kept are {kept}', param_hint="NUMBER"
        )
    return found[position - 1]


def _called(number: str) -> str:
    before = number.lower() == "previous"
    return "The files from before the last change" if before else f"The files of edition {number}"


def _short(changes: tuple[str, ...]) -> str:
    more = f" (and {len(changes) - 2} more)" if len(changes) > 2 else ""
    return "; ".join(changes[:2]) + more


def _last(edition: Edition, read: Loaded | None, now: str | None) -> str:
    return "in force now" if edition.hash == now else _moment(edition.last_in_force, read)


def _moment(at: datetime, read: Loaded | None) -> str:
    policy = read.policy if read else None
    return clock_time(at, policy.year.zone) if policy else f"{at:%Y-%m-%d %H:%M} UTC"


def _say_differences(folders: Folders, edition: Edition) -> None:
    """What putting it back would change, against the folder as it is now."""
    now = loaded(folders)
    zone = now.policy.year.zone if now.policy else UTC
    today = machine_now().astimezone(zone).date()
    found = editions_back.going_back(
        now, editions_back.put_back_today(folders.state, edition), today
    )
    output.say("Putting it back would change:", *(f"  {what}" for what in found))

"""`bellgate editions`: which files were in force when, what one of them said, and back to it."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import click

from bellgate.cli import output, prompt
from bellgate.cli.options import Folders, for_group, loaded, with_folders
from bellgate.disk import write_whole
from bellgate.policy.day_difference import day_differences
from bellgate.policy.decide import Policy
from bellgate.policy.difference import differences
from bellgate.policy.walk import clock_time
from bellgate.running import editions as shelf
from bellgate.running.editions import Edition
from bellgate.running.folders import lists_folder
from bellgate.running.machine_time import machine_now
from bellgate.schedules.lists.subscription import on_shelf
from bellgate.schedules.load import fingerprint, load_files
from bellgate.schedules.opened import NAMES


@click.group(invoke_without_command=True)
@for_group
@click.option("--json", "as_json", is_flag=True, help="The list as JSON.")
def editions(*, as_json: bool) -> None:
    """Show which files were in force when, newest first; go back to some."""
    context = click.get_current_context()
    if context.invoked_subcommand is None:
        context.invoke(with_folders(_list), as_json=as_json, schedules=None, state=None)


def _list(folders: Folders, *, as_json: bool) -> None:
    """The editions by number; 1 is the newest."""
    found = shelf.listed(folders.state)
    policies = [_policy_of(folders, edition) for edition in found]
    # The oldest that is kept came after none.
    befores = [*policies[1:], None]
    changes = [_changes(old, new) for old, new in zip(befores, policies, strict=False)]
    if as_json:
        output.json_whole(
            [
                {
                    "number": number,
                    "edition": edition.hash,
                    "last_in_force": output.utc(edition.last_in_force),
                    "changed": list(changed),
                }
                for number, (edition, changed) in enumerate(zip(found, changes, strict=True), 1)
            ]
        )
        return
    if not found:
        output.fail("no edition is kept yet", "the gate keeps each that comes into force")
    output.table(
        "In force, newest first",
        ("No", "Last in force", "Changed"),
        [
            (str(number), _moment(edition.last_in_force, policy), _short(changed))
            for number, (edition, policy, changed) in enumerate(
                zip(found, policies, changes, strict=True), 1
            )
        ],
    )


@editions.command()
@with_folders
@click.argument("number")
def show(folders: Folders, *, number: str) -> None:
    """Show the files of edition NUMBER, after what is different in the folder now."""
    edition = _asked(folders, number)
    _say_differences(folders, edition)
    for name, content in _schedules(folders, edition).items():
        output.say("", f"── {name} ──", content.decode("utf-8-sig", "replace").rstrip())


@editions.command()
@with_folders
@click.argument("number")
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(folders: Folders, *, number: str, yes: bool) -> None:
    """Put the files of edition NUMBER back into the folder, after what that changes."""
    edition = _asked(folders, number)
    _say_differences(folders, edition)
    if not yes:
        word = prompt.asked('Type "yes" to put these files back', "add --yes to put them back")
        if word.strip().lower() != "yes":
            output.fail("nothing was changed")
    _put_back(folders, _schedules(folders, edition))
    output.say(
        f"The files of edition {number} are back in {folders.schedules}.",
        "Those that they replaced are kept as an edition of their own.",
    )


def _asked(folders: Folders, number: str) -> Edition:
    found = shelf.listed(folders.state)
    position = 2 if number.lower() == "previous" else int(number) if number.isdecimal() else 0
    if not 1 <= position <= len(found):
        kept = f"1 to {len(found)}" if found else "none"
        raise click.BadParameter(
            f'"{number}" is not an edition: kept are {kept}', param_hint="NUMBER"
        )
    return found[position - 1]


def _schedules(folders: Folders, edition: Edition) -> Mapping[str, bytes]:
    """The files of the folder alone: copies of what was fetched are no part of it."""
    files = shelf.kept(folders.state, edition.hash)
    return {n: c for n, c in files.items() if n in NAMES or _is_a_calendar_file(n)}


def _is_a_calendar_file(name: str) -> bool:
    return name.endswith(".ics") and not name.endswith(".fetched.ics")


def _policy_of(folders: Folders, edition: Edition) -> Policy | None:
    files = shelf.kept(folders.state, edition.hash)
    lists = on_shelf(lists_folder(folders.state), files.get("services.yaml"))
    return load_files(files, lists=lists).policy


def _changes(old: Policy | None, new: Policy | None) -> tuple[str, ...]:
    if old is None or new is None:
        return ()
    return differences(old, new) or ("comments and layout only",)


def _short(changes: tuple[str, ...]) -> str:
    more = f" (and {len(changes) - 2} more)" if len(changes) > 2 else ""
    return "; ".join(changes[:2]) + more


def _moment(at: datetime, policy: Policy | None) -> str:
    return clock_time(at, policy.year.zone) if policy else f"{at:%Y-%m-%d %H:%M} UTC"


def _say_differences(folders: Folders, edition: Edition) -> None:
    """What putting it back would change, against the folder as it is now."""
    then, now = _policy_of(folders, edition), loaded(folders).policy
    output.say("Putting it back would change:", *_lines(now, then))


def _lines(now: Policy | None, then: Policy | None) -> Iterator[str]:
    if then is None:
        yield "  (this version of Bellgate cannot read that edition any more)"
    elif now is None:
        yield "  (the folder has problems now, so the two cannot be compared)"
    else:
        today = machine_now().astimezone(now.year.zone).date()
        found = (*day_differences(now, then, today), *differences(now, then))
        yield from (f"  {what}" for what in found or ("nothing but comments and layout",))


def _put_back(folders: Folders, files: Mapping[str, bytes]) -> None:
    """Each file whole. If we crash between two, a second try mends it; what was there is kept."""
    there = {
        name: path.read_bytes()
        for name in (*NAMES, *files)
        if (path := folders.schedules / name).is_file()
    }
    shelf.keep(folders.state, fingerprint(there), there)
    for name, content in files.items():
        write_whole(folders.schedules / name, content, 0o644)
    for name in NAMES:
        if name in there and name not in files:
            (folders.schedules / name).unlink()

"""`bellgate gateway back-up` and `restore`: a whole gateway in two files, and back."""

from pathlib import Path

import click

from bellgate.cli import output, passphrase
from bellgate.cli.options import Folders, with_folders
from bellgate.cli.rights import as_root
from bellgate.schedules.opened import OF_THE_MACHINE

_FILE = click.Path(path_type=Path, dir_okay=False)
_WENT_ON = (
    "The log that was here went on after the back-up was made. So the one that is put back is set "
    "aside, and a new one begins by saying so.",
)
_THERE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command("back-up")
@with_folders
@click.argument("file", type=_FILE)
@passphrase.from_file
def back_up(folders: Folders, *, file: Path, passphrase_file: Path | None) -> None:
    """Write all but the keys to FILE, and the keys, encrypted, to FILE.keys."""
    from bellgate.gateway import back_up as copies

    words = passphrase.new("Passphrase for the keys", passphrase_file)
    try:
        copies.write(file, folders.schedules, folders.state, words)
    except FileExistsError as error:
        output.fail(f"{error.filename} exists already", "choose another name")
    here = folders.schedules
    if not (here / OF_THE_MACHINE).exists():
        output.note(f"warning: {here} has no {OF_THE_MACHINE}: is this the gateway's own folder?")
    output.say(
        f"{file}: the school's files, the log, people and settings",
        f"{copies.keys_file(file)}: the keys, encrypted",
        "Keep the two in two places: neither opens a name without the other.",
    )


@click.command()
@with_folders
@click.argument("file", type=_THERE)
@passphrase.from_file
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(folders: Folders, *, file: Path, passphrase_file: Path | None, yes: bool) -> None:
    """Put the back-up FILE in place; what was there is kept. FILE.keys must be beside FILE."""
    from bellgate.audit import LogPaths, remember, verify_all
    from bellgate.gateway import back_up as copies
    from bellgate.gateway import installation, machine
    from bellgate.gateway.doctor import services

    as_root()
    words = passphrase.known("Passphrase of the keys", passphrase_file)
    there = f"{folders.schedules} and {folders.state}"
    if not yes and not click.confirm(f"Put {file} in place of {there}?", err=True):
        raise SystemExit(output.PROBLEMS_FOUND)
    installed = services.are_installed()
    try:
        # A slip of the finger stops nothing.
        copies.try_passphrase(file, words)
    except copies.NoBackUp as error:
        output.fail(f"nothing was changed: {error}")
    try:
        if installed:
            # The rules stay: until the gate is back, what should come to it is refused.
            installation.stop_writing()
        try:
            kept = copies.take_back(file, folders.schedules, folders.state, words)
            if installed:
                # Whose the folder is, is whose a file that root writes into it becomes.
                installation.make_folders()
            paths = LogPaths.of(folders.state)
            verdict = verify_all(paths, None)
            went_on = kept is not None and verdict.ok and remember(paths, LogPaths.of(kept))
        except copies.NoBackUp as error:
            output.fail(f"nothing was changed: {error}")
        finally:
            if installed:
                installation.make_folders()
                installation.go_on()
    except machine.ToolFailed as error:
        output.fail(str(error), "bellgate doctor")
    if not verdict.ok:
        output.fail("the log that was put back does not verify", "bellgate audit verify")
    output.say(
        f"{file} is in place; its log verifies.",
        *(_WENT_ON if went_on else ()),
        f"What was there is kept beside it: {folders.schedules}.before and {folders.state}.before; "
        "after a further restore, ….before-2.",
    )

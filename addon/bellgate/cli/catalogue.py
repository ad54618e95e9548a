"""`bellgate catalogue`: the services that are known, brought up to date without a new program."""

from pathlib import Path

import click

from bellgate.cli import output
from bellgate.cli.options import Folders, Group, for_group, with_folders
from bellgate.gateway.machine import ToolFailed
from bellgate.running import catalogue_update


@click.group(short_help="The catalogue of services.", cls=Group)
@for_group
def catalogue() -> None:
    """The catalogue of services, which may be newer than the program."""


@catalogue.command()
@click.argument("place")
@click.option(
    "--signers",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Whose signature to accept, if this version of Bellgate does not say.",
)
@with_folders
def update(folders: Folders, *, place: str, signers: Path | None) -> None:
    """Take the newer catalogue at PLACE, a file or an address, once its signature has been checked.

    The signature must be beside it, under the same name with .sig added.
    """
    ours = catalogue_update.OUR_SIGNERS
    if ours.is_file() and signers is not None:
        output.fail("this version says whose catalogues it accepts", "leave --signers out")
    if not ours.is_file() and signers is None:
        output.fail(
            "this version does not say whose key catalogues are signed with", "add --signers FILE"
        )
    try:
        edition = catalogue_update.update(place, folders.schedules, folders.state, signers or ours)
    except (catalogue_update.Refused, ToolFailed) as error:
        stays = catalogue_update.in_force(folders.state)
        output.fail(str(error), f"the catalogue dated {stays} stays in force")
    output.say(
        f"The catalogue dated {edition} is now in force; a running gate takes it up in a moment."
    )

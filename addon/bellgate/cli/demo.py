"""`bellgate demo`: a state folder with a made-up term, to try the pages."""

import shlex
from pathlib import Path

import click

from bellgate.cli import output
from bellgate.machine_time import machine_now


@click.command()
@click.argument("dir", type=click.Path(path_type=Path))
@click.option(
    "--seed",
    type=int,
    default=None,
    metavar="N",
    help="The number from which the made-up term is drawn.",
)
def demo(dir: Path, seed: int | None) -> None:
    """Make the folder DIR: a made-up school's term of records, to try the pages with.

    Everything in it says that it is made up. DIR must be empty or not there yet; the school's files
    are in DIR/schedules.
    """
    # Loaded here: `--help` has no use for it.
    from bellgate.running.demo import folder

    try:
        with output.progress("Writing a made-up term") as progress:
            last = folder.make(dir, machine_now().date(), seed or folder.SEED, progress)
    except folder.NotEmpty:
        output.fail(f"{dir} is there and not empty", "name a folder that is not there yet")
    except folder.NotWritten as error:
        output.fail(f"the term could not be written: {error}")
    named = f"--state {shlex.quote(str(dir))}"
    schedules = shlex.quote(str(dir / folder.SCHEDULES))
    output.say(
        f"{dir} holds a made-up term, up to {last:%d/%m/%Y}.",
        f"To look at it: bellgate {named} --schedules {schedules} console",
    )

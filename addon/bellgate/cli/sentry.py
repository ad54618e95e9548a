"""`bellgate sentry`: decides the connections that the kernel forwards. A unit of the gateway's."""

import gc
from functools import partial

import click

from bellgate.cli import moments, output
from bellgate.cli.options import Folders, with_folders
from bellgate.cli.policy_to_start import policy_to_start
from bellgate.gateway.rules.kernel_path import LOG_GROUP, QUEUE, TABLE
from bellgate.gateway.service_manager import tell
from bellgate.running import choosing
from bellgate.running.sentry_parts import Meeting, beside_the_sentry, put_together
from bellgate.sentry.serve import CannotServe

_NUMBER = click.IntRange(0, 65_535)


@click.command()
@with_folders
@click.option(
    "--queue",
    type=_NUMBER,
    metavar="N",
    default=QUEUE,
    show_default=True,
    help="The number of the kernel's queue.",
)
@click.option(
    "--log-group",
    type=_NUMBER,
    metavar="N",
    default=LOG_GROUP,
    show_default=True,
    help="The number of the group in which the name server's answers are heard.",
)
@click.option("--at", metavar="WHEN", help="Start its clock at WHEN, to try it out.")
def sentry(folders: Folders, *, queue: int, log_group: int, at: str | None) -> None:
    """Decide about the connections that the kernel forwards, until Ctrl-C.

    The kernel's rules must hand them to it: `bellgate gateway render` shows them.
    """
    gc.enable()
    chosen = policy_to_start("sentry", choosing.read_policy, folders)
    start = moments.moment(at, chosen.policy.year.zone) if at else None
    try:
        meeting = Meeting(TABLE, queue, log_group)
        alive = partial(tell, "WATCHDOG=1")
        parts = put_together(chosen, folders.state, meeting, start, on_second=alive)
        with beside_the_sentry(parts, folders.schedules, folders.state, chosen, output.note):
            parts.sentry.run(_ready)
    except (CannotServe, OSError) as error:
        output.fail(
            f"the sentry cannot run: {error}", "the rules are loaded by the gateway's units"
        )
    output.note("The sentry has stopped.")


def _ready() -> None:
    output.say("The sentry is ready.")
    tell("READY=1")

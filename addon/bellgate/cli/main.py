"""`bellgate`: the commands in one place, each loaded only when it is called.

Loading all would make the quick ones wait for the proxy's libraries.
"""

import gc
import importlib
import signal
from collections.abc import Mapping
from types import FrameType

import click

from bellgate import __version__
from bellgate.cli import output
from bellgate.cli.options import for_group

# Command -> where it is defined, and the one line that `bellgate --help` says of it.
_COMMANDS: Mapping[str, tuple[str, str]] = {
    "check": (
        "bellgate.cli.check:check",
        "Report what is wrong in the files, and what is in force.",
    ),
    "explain": (
        "bellgate.cli.explain:explain",
        "Explain what happens to a device at a site, and why.",
    ),
    "week": ("bellgate.cli.week:week", "Show seven days of the timetable as enforced."),
    "calendar": (
        "bellgate.cli.calendar:calendar",
        "Show every date of a school year, and what it adds up to.",
    ),
    "services": ("bellgate.cli.services:services", "Search the services that rules can name."),
    "catalogue": (
        "bellgate.cli.catalogue:catalogue",
        "Bring the catalogue of services up to date.",
    ),
    "editions": (
        "bellgate.cli.editions:editions",
        "List earlier versions of the files, or restore one.",
    ),
    "devices": (
        "bellgate.cli.devices:devices",
        "Show what is on the networks; add many devices at once.",
    ),
    "run": ("bellgate.cli.run:run", "Run the gate."),
    "sentry": (
        "bellgate.cli.sentry:sentry",
        "Decide about the connections that the kernel forwards.",
    ),
    "doctor": (
        "bellgate.cli.doctor:doctor",
        "Check the machine: what is good, what is not, what to do.",
    ),
    "status": ("bellgate.cli.status:status", "Report on the running gate."),
    "replay": (
        "bellgate.cli.replay:replay",
        "Decide recorded connections again under an edited folder.",
    ),
    "allow": ("bellgate.cli.exemptions:allow", "Open a service for somebody, for a time."),
    "exemptions": ("bellgate.cli.exemptions:list_exemptions", "Show what is open for a time."),
    "revoke": ("bellgate.cli.exemptions:revoke", "Take an exemption back."),
    "audit": ("bellgate.cli.audit:audit", "Verify, show and export the log."),
    "case": ("bellgate.cli.cases:case", "Keep records beyond their normal date, and say why."),
    "people": (
        "bellgate.cli.people:people",
        "Keep and show the names behind pseudonyms; export one person's records.",
    ),
    "pack": ("bellgate.cli.pack:pack", "Make an evidence pack about a person or a device."),
    "console": (
        "bellgate.cli.console:console",
        "Serve the pages, and say who may sign in to them.",
    ),
    "alerts": ("bellgate.cli.alerts:alerts", "Check that alerts reach the right people."),
    "report": ("bellgate.cli.report:report", "Show a week in totals, as the weekly report does."),
    "demo": ("bellgate.cli.demo:demo", "Make a folder with a made-up term, to try the pages."),
    "papers": (
        "bellgate.cli.papers:papers",
        "Write notices, a draft DPIA and device settings for this school.",
    ),
    "gateway": (
        "bellgate.cli.gateway:gateway",
        "Set up, try, upgrade and remove the gateway on this machine.",
    ),
    "certificate": (
        "bellgate.cli.certificate:certificate",
        "Make, renew and show the school's certificate.",
    ),
}


class _Commands(click.Group):
    """Commands by name; a misspelt one is answered with the nearest."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from bellgate.schedules.problem import suggestion

        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            ctx.fail(f'no command is named "{args[0]}": {suggestion(args[0], _COMMANDS)}')
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


@click.group(
    cls=_Commands,
    help="A school's timetable on its network gateway.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="bellgate")
@for_group
def bellgate() -> None:
    """The commands' common root."""


def _end(number: int, _: FrameType | None) -> None:
    """Stopped by the system or a terminal's end: tidied up as after Ctrl-C; `run` has its own."""
    raise SystemExit(128 + number)


_UNASKED = ("--force", "--yes", "--purge")
"""Options that no message suggests."""


def main() -> None:
    """The console script. Exit status: 0 good, 1 problems found, 2 wrong usage."""
    # A command of half a second leaves its rubbish to the kernel; `run` turns it on again.
    gc.disable()
    for number in (signal.SIGTERM, signal.SIGHUP):
        # Where it is ignored, as by nohup, it stays so.
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)
    try:
        status = bellgate.main(prog_name="bellgate", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        output.note(error.format_message())
        raise SystemExit(output.WRONG_USAGE) from None
    except click.UsageError as error:
        if isinstance(error, click.NoSuchOption):
            # Nobody is led by a slip to what overwrites, or asks nothing.
            near = [p for p in error.possibilities or () if p not in _UNASKED]
            error = click.NoSuchOption(error.option_name, possibilities=near, ctx=error.ctx)
        where = f"{error.ctx.command_path} --help" if error.ctx else "bellgate --help"
        output.fail(error.format_message(), f"see `{where}`", status=output.WRONG_USAGE)
    except (click.Abort, KeyboardInterrupt):
        # Ctrl-C: the shell's own status for it, and no traceback.
        raise SystemExit(130) from None
    except OSError as error:
        output.refused(error)
    raise SystemExit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()

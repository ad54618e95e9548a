"""Where the schedules and the state are, when nobody says. Source: ARCHITECTURE.md, Commands."""

import os
from pathlib import Path

from bellgate.gateway.places import PROGRAM, SCHEDULES


def schedules_folder(given: Path | None, program: Path = Path(__file__)) -> Path:
    """The folder that was given, else `./schedules`, else `/etc/bellgate/schedules`.

    The program of an installed gateway means its own, wherever somebody stands: an unpacked release
    has a sample school's folder beside it, and a back-up of that would be of no use.
    """
    if given is not None:
        return given
    here = Path("schedules")
    is_installed = program.is_relative_to(PROGRAM)
    return here if here.is_dir() and not is_installed else SCHEDULES


def state_folder(given: Path | None) -> Path:
    """The folder that was given, else systemd's, the machine's, or the user's own."""
    if given is not None:
        return given
    # systemd gives several separated by colons; the first is the service's own.
    from_systemd = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if from_systemd:
        return Path(from_systemd)
    of_the_machine = Path("/var/lib/bellgate")
    if of_the_machine.is_dir():
        return of_the_machine
    return Path.home() / ".local" / "state" / "bellgate"


def log_base(state: Path, *, simulated: bool) -> Path:
    """The folder whose `log` and `gate.sock` belong to the real or to a simulated gate."""
    return state / "simulated" if simulated else state


def lists_folder(state: Path) -> Path:
    """Where the last good copies of subscribed lists are kept."""
    return state / "lists"


def calendars_folder(state: Path) -> Path:
    """Where the last good copy of a fetched calendar is kept."""
    return state / "calendars"


def last_good_folder(state: Path) -> Path:
    """Where the files are kept that gave the policy in force."""
    return state / "last-good"


def index_file(base: Path) -> Path:
    """The index beside a log."""
    return base / "index" / "index.sqlite"

"""`bellgate check`: every problem of the files, then what they mean right now."""

from collections.abc import Iterator
from datetime import date, datetime

import click

from bellgate.cli import output
from bellgate.cli.exemptions import gone
from bellgate.cli.options import Folders, loaded, with_folders
from bellgate.policy.academic_year import academic_year_of
from bellgate.policy.exemptions import in_force as in_force_at
from bellgate.running.in_force import calendar_as_read, calendar_in_use, in_force
from bellgate.running.lease_check import lease_problems
from bellgate.running.machine_time import machine_now
from bellgate.schedules.granted import Granted
from bellgate.schedules.load import Loaded
from bellgate.schedules.problem import Problem, in_order


def _nobody_outside(read: Loaded) -> Iterator[Problem]:
    """It is no mistake in a file, and a school that stays so must know what it gives up."""
    if read.policy is not None and not read.anchors.lead_outside:
        yield Problem(
            "school.yaml",
            1,
            "warning",
            "no anchors: no checkpoint of the log leaves this machine, so nobody outside can check "
            "what a pack says",
            "write anchors: with an email, or with a folder on another disk",
        )


def _open_for_nobody(read: Loaded, folders: Folders, now: datetime) -> Iterator[Problem]:
    """An exemption outlives the group that it is for."""
    if read.policy is not None:
        granted = in_force_at(Granted(folders.state).read(), now)
        for message in gone(granted, read.policy):
            yield Problem("devices.yaml", 1, "warning", message)


@click.command()
@with_folders
@click.option("--json", "as_json", is_flag=True, help="The problems as JSON.")
def check(folders: Folders, *, as_json: bool) -> None:
    """Report what is wrong in the schedules folder, and what is in force."""
    now = machine_now()
    read = loaded(folders)
    problems = in_order(
        (
            *read.problems,
            *lease_problems(read),
            *_nobody_outside(read),
            *_open_for_nobody(read, folders, now),
        )
    )
    if as_json:
        output.problems(problems, as_json=True)
    else:
        output.problems(problems)
        if read.policy is not None:
            output.say(*in_force(read.policy, now))
            if used := calendar_in_use(read, read.policy):
                output.say(used)
            today = now.astimezone(read.policy.year.zone).date()
            this_year = academic_year_of(read.policy.year, today)
            output.say(*calendar_as_read(read, this_year.first, date.max))
    if read.errors:
        raise SystemExit(output.PROBLEMS_FOUND)

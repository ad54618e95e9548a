"""`bellgate check`: every problem of the files, then what they mean right now."""

import click

from bellgate.cli import output
from bellgate.cli.options import Folders, loaded, with_places
from bellgate.running.in_force import calendar_in_use, in_force
from bellgate.running.lease_check import lease_problems
from bellgate.running.machine_time import machine_now
from bellgate.schedules.problem import in_order


@click.command()
@with_places
@click.option("--json", "as_json", is_flag=True, help="The problems as JSON.")
def check(folders: Folders, *, as_json: bool) -> None:
    """Report what is wrong in the schedules folder, and what is in force."""
    now = machine_now()
    read = loaded(folders)
    problems = in_order((*read.problems, *lease_problems(read)))
    if as_json:
        output.problems(problems, as_json=True)
    else:
        output.problems(problems)
        if read.policy is not None:
            output.say(*in_force(read.policy, now))
            if used := calendar_in_use(read, read.policy):
                output.say(used)
    if read.errors:
        raise SystemExit(output.PROBLEMS_FOUND)

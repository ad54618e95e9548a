"""`bellgate check`: every problem of the files, then what they mean right now."""

import click

from bellgate.cli import moments, output
from bellgate.cli.in_force import calendar_in_use, in_force
from bellgate.cli.options import Places, with_places
from bellgate.cli.places import calendars_folder
from bellgate.schedules.loading import load


@click.command()
@with_places
@click.option("--json", "as_json", is_flag=True, help="The problems as JSON.")
def check(places: Places, *, as_json: bool) -> None:
    """Say what is wrong in the schedules folder, and what is in force."""
    now = moments.now()
    cache = calendars_folder(places.state)
    loaded = load(places.schedules, today=now.date(), cache=cache)
    if as_json:
        output.json_whole([output.problem_fields(problem) for problem in loaded.problems])
    else:
        output.problems(loaded.problems)
        if loaded.policy is not None:
            output.say(*in_force(loaded.policy, now))
            if used := calendar_in_use(loaded, loaded.policy):
                output.say(used)
    if loaded.policy is None:
        raise SystemExit(output.PROBLEMS_FOUND)

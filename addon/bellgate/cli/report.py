"""`bellgate report`: a week in totals, as the weekly report has it."""

from datetime import timedelta

import click

from bellgate.cli import moments, output
from bellgate.cli.options import SIMULATED, Folders, loaded_policy, with_folders
from bellgate.machine_time import machine_now


@click.command()
@with_folders
@click.option("--week", metavar="DATE", help="Any day in the week to show; last week, if left out.")
@SIMULATED
def report(folders: Folders, *, week: str | None, simulated: bool) -> None:
    """Show a week in totals, as the weekly report to the head does. Nobody is named."""
    # Loaded when it is needed: the index's library is not for `--help`.
    from bellgate.cli.recorded import now_for
    from bellgate.running.week_in_totals import WEEK
    from bellgate.running.weekly_report import report_on

    policy, _ = loaded_policy(folders)
    now = now_for(folders, simulated) if simulated else machine_now()
    zone = policy.year.zone
    day = moments.days_back(week, None, zone, now)[0] or now.astimezone(zone).date() - WEEK
    monday = day - timedelta(days=day.weekday())
    output.say(report_on(policy, folders.state, monday, now, simulated=simulated).text.rstrip())

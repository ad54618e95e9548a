"""`bellgate week`: the timetable as it will be enforced, seven days of it."""

from datetime import timedelta

import click

from bellgate.cli import moments, output, timetable
from bellgate.cli.options import Folders, policy_that_holds, with_folders
from bellgate.policy.academic_year import clock_changes
from bellgate.policy.wall_clock import dates_in_words


@click.command()
@with_folders
@click.option("--for", "group_name", metavar="GROUP", help="Only this group.")
@click.option("--from", "first", metavar="DATE", help="The first day. Default: today.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--html", "as_html", is_flag=True, help="The same as a page to look at or print.")
def week(
    folders: Folders, *, group_name: str | None, first: str | None, as_json: bool, as_html: bool
) -> None:
    """Show seven days of the timetable as it will be enforced."""
    with policy_that_holds(folders) as (policy, _):
        groups = timetable.groups_asked_for(policy, group_name)
        start = moments.day(first, policy.year.zone)
        days = [start + timedelta(days=offset) for offset in range(7)]
        if as_json:
            output.json_whole(
                [timetable.fields(g, policy.year.day(g.chain, d)) for d in days for g in groups]
            )
        elif as_html:
            from bellgate.console.week_page import week_page

            output.say(week_page(policy, start, groups=groups))
        else:
            output.days(
                f"{policy.edition.school}: {start.day} {start:%B} to {dates_in_words(days[-1])}",
                timetable.COLUMNS,
                timetable.rows(policy, groups, days, clock_changes(policy.year.zone, days)),
            )

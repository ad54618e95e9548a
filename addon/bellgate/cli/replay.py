"""`bellgate replay`: recorded decisions decided again under an edited folder, and what differs."""

from datetime import date, timedelta
from pathlib import Path

import click

from bellgate.audit import LogPaths
from bellgate.audit.log.day_files import days_of
from bellgate.cli import moments, output
from bellgate.cli.options import SIMULATED, Folders, loaded_policy, with_folders
from bellgate.policy.decide import Policy
from bellgate.running.replayed import LIMITS, Tally, decided_again

WEEK = timedelta(days=7)


@click.command()
@with_folders
@click.option(
    "--with",
    "edited",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    metavar="DIR",
    help="The edited folder.",
)
@click.option(
    "--from", "first", metavar="DATE", help="The first day. Default: the week before --to."
)
@click.option(
    "--to", "last", metavar="DATE", help="The last day. Default: the newest day in the log."
)
@SIMULATED
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def replay(
    folders: Folders,
    *,
    edited: Path,
    first: str | None,
    last: str | None,
    simulated: bool,
    as_json: bool,
) -> None:
    """Decide recorded connections again under an edited folder, and show what would change."""
    log = LogPaths.of(folders.state, simulated=simulated).log
    if not days_of(log):
        hint = None if simulated else "for the log of a gate started with --at, add --simulated"
        output.fail(f"nothing is recorded in {log}", hint)
    policy, _ = loaded_policy(Folders(edited, folders.state))
    days = _days(policy, log, first, last)
    with output.progress("Deciding again") as progress:
        tally = decided_again(policy, log, days, progress)
    if as_json:
        output.json_whole(_fields(tally, days))
        return
    _show(tally, days, edited)


def _days(policy: Policy, log: Path, first: str | None, last: str | None) -> tuple[date, date]:
    zone = policy.year.zone
    asked_first, asked_last = moments.days_back(first, last, zone)
    end = asked_last or date.fromisoformat(days_of(log)[-1].day)
    start = asked_first or end - WEEK + timedelta(days=1)
    if start > end:
        raise click.UsageError(f"--from {start} is after --to {end}")
    return start, end


def _show(tally: Tally, days: tuple[date, date], edited: Path) -> None:
    rows = [
        output.Row((group, service, session or "outside sessions", *map(_number, numbers)))
        for (group, service, session), *numbers in tally.differences()
    ]
    if rows:
        columns = ("Group", "Service", "Session", "Would be closed", "Would be open")
        output.table(f"{days[0]} to {days[1]} under {edited}", columns, rows)
    judged = sum(tally.judged.values())
    closed, opened = (sum(tally.changed[fate].values()) for fate in ("closed", "open"))
    output.say(
        f"{judged:,} recorded attempts from {days[0]} to {days[1]}, decided again: "
        f"{closed:,} that were open would be closed, {opened:,} that were closed would be open, "
        f"{judged - closed - opened:,} stay as they were.",
        *LIMITS,
    )
    if tally.passed_over:
        output.say(
            f"{tally.passed_over:,} records are not judged: opened by an answer or an exemption, "
            "or the end of what was logged."
        )


def _number(count: int) -> str:
    return f"{count:,}" if count else ""


def _fields(tally: Tally, days: tuple[date, date]) -> dict[str, object]:
    return {
        "from": days[0].isoformat(),
        "to": days[1].isoformat(),
        "judged": sum(tally.judged.values()),
        "not_judged": tally.passed_over,
        "would_be_closed": sum(tally.changed["closed"].values()),
        "would_be_open": sum(tally.changed["open"].values()),
        "differences": [
            {
                "group": group,
                "service": service,
                "session": session or None,
                "recorded": tally.judged[group, service, session],
                "would_be_closed": closed,
                "would_be_open": opened,
            }
            for (group, service, session), closed, opened in tally.differences()
        ],
        "limits": " ".join(LIMITS),
    }

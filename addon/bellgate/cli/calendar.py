"""`bellgate calendar`: every date of a school year, what holds and why, and what it adds up to."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import click

from bellgate.cli import moments, output, timetable
from bellgate.cli.options import Folders, policy_that_holds, with_folders
from bellgate.machine_time import machine_now
from bellgate.policy.academic_year import (
    AcademicYear,
    ClockChange,
    Totals,
    academic_year,
    academic_year_of,
    clock_changes,
    totals,
)
from bellgate.policy.decide import Policy
from bellgate.policy.wall_clock import WEEKDAYS
from bellgate.policy.who import Group
from bellgate.running.folders import calendars_folder
from bellgate.running.in_force import calendar_as_read
from bellgate.schedules.load import Loaded, load


@click.command()
@with_folders
@click.option("--year", "asked", metavar="YEAR", help="Such as 2026-27. Default: this one.")
@click.option("--for", "group_name", metavar="GROUP", help="Only this group.")
@click.option(
    "--ics", metavar="FILE", help="Write the timetable for calendar programs; - prints it."
)
@click.option("--refresh", is_flag=True, help="First fetch the calendar named by term_dates.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def calendar(
    folders: Folders,
    *,
    asked: str | None,
    group_name: str | None,
    ics: str | None,
    refresh: bool,
    as_json: bool,
) -> None:
    """Show every date of a school year, and what it adds up to."""
    if refresh:
        _refresh(folders)
    with policy_that_holds(folders) as (policy, loaded):
        groups, year = timetable.groups_asked_for(policy, group_name), _year(policy, asked)
        if ics is not None:
            _export(policy, groups, year, ics)
            return
        changes = clock_changes(policy.year.zone, year.dates())
        sums = [totals(policy, group, year) for group in groups]
        warnings = [
            *(t.warning for t in sums if t.warning),
            *_of_dates(loaded, policy),
            *_of_events(loaded),
        ]
        if as_json:
            fields = _fields(policy, groups, year, changes, sums=sums, warnings=warnings)
            output.json_whole({**fields, "calendar": list(_as_read(loaded, year))})
            return
        output.days(
            f"{policy.edition.school}: {year.name}",
            timetable.COLUMNS,
            timetable.rows(policy, groups, year.dates(), changes),
        )
        output.table("In school", ("Group", "Days", "Sessions"), map(_sum, sums))
        for day, change in changes.items():
            told = change.told(policy.year.zone)
            output.say(f"{WEEKDAYS[day.weekday()]} {day.day} {day:%B %Y}: {told}")
        output.say(*calendar_as_read(loaded, year.first, year.last))
        output.say(*(f"warning: {warning}" for warning in warnings))


def _year(policy: Policy, text: str | None) -> AcademicYear:
    if text is None:
        return academic_year_of(policy.year, moments.day(None, policy.year.zone))
    found = re.fullmatch(r"(20\d\d)(?:[-/–](?:20)?(\d\d))?", text.strip())
    if not found or (found[2] and int(found[2]) != (int(found[1]) + 1) % 100):
        raise click.BadParameter(
            f'"{text}" is not a school year: write 2026-27', param_hint="--year"
        )
    return academic_year(policy.year, int(found[1]))


def _of_dates(loaded: Loaded, policy: Policy) -> Iterator[str]:
    """What is to be said of the dates themselves: running out, a copy grown old."""
    for problem in loaded.dates_ahead(moments.day(None, policy.year.zone)):
        yield f"{problem.message} ({problem.file}:{problem.line})"


def _of_events(loaded: Loaded) -> Iterator[str]:
    """What `check` warns of in the council's calendar: what was not understood, or half."""
    given = loaded.readable.year
    for problem in given.problems if given else ():
        if problem.level == "warning":
            yield f"{problem.message} ({problem.file}:{problem.line})"


def _as_read(loaded: Loaded, year: AcademicYear) -> Iterator[dict[str, object]]:
    """What each event of the council's calendar was taken for."""
    given = loaded.readable.year
    for reading in given.readings if given else ():
        if year.first <= reading.last and reading.first <= year.last:
            yield {
                "source": f"{reading.file}:{reading.line}",
                "words": reading.words,
                "first": reading.first.isoformat(),
                "last": reading.last.isoformat(),
                "taken_for": reading.taken_for,
            }


def _sum(found: Totals) -> output.Row:
    def of(count: int, wanted: int | None) -> str:
        return str(count) if wanted in (None, count) else f"{count} of {wanted}"

    cells = (
        found.group,
        of(found.days, found.days_wanted),
        of(found.sessions, found.sessions_wanted),
    )
    return output.Row(cells, "special" if found.warning else "plain")


def _fields(
    policy: Policy,
    groups: Sequence[Group],
    year: AcademicYear,
    changes: dict[date, ClockChange],
    *,
    sums: Sequence[Totals],
    warnings: Sequence[str],
) -> dict[str, object]:
    return {
        "year": year.name,
        "first": year.first.isoformat(),
        "last": year.last.isoformat(),
        "dates": [
            timetable.fields(g, policy.year.day(g.chain, d)) for d in year.dates() for g in groups
        ],
        "totals": [
            {
                "group": t.group,
                "days": t.days,
                "sessions": t.sessions,
                "days_wanted": t.days_wanted,
                "sessions_wanted": t.sessions_wanted,
            }
            for t in sums
        ],
        "clock_changes": [
            {
                "date": day.isoformat(),
                "at": output.utc(change.at),
                "minutes": change.by // timedelta(minutes=1),
                "told": change.told(policy.year.zone),
            }
            for day, change in changes.items()
        ],
        "warnings": list(warnings),
    }


def _export(policy: Policy, groups: Sequence[Group], year: AcademicYear, target: str) -> None:
    from bellgate.schedules.ics import calendar_text

    text = calendar_text(policy, groups, year, machine_now())
    if target == "-":
        output.document(text)
        return
    try:
        Path(target).write_bytes(text)
    except OSError as error:
        output.fail(f"{target} cannot be written ({error.strerror})")
    output.say(f"Wrote {target}: {year.name}, {', '.join(g.name for g in groups)}")


def _refresh(folders: Folders) -> None:
    """Fetch the calendar now. A failure is told, and what is kept is used."""
    cache = calendars_folder(folders.state)
    loaded = load(folders.schedules, cache=cache)
    now = machine_now()
    found = loaded.refresh(cache, now)
    if found is None:
        output.fail("school.yaml does not fetch a calendar", "term_dates: https://… names one")
    if found.outcome == "failed":
        kept = "the last good copy stays in use" if found.copy else "there is no copy of it yet"
        output.error(f"the calendar was not fetched: {found.why}", kept)
    else:
        output.note("Fetched the calendar." if found.outcome == "new" else "Nothing has changed.")

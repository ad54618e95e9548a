"""`bellgate check`: every problem of the files, then what they mean right now."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import click

from bellgate.cli import moments, output, running_gate
from bellgate.cli.exemptions import gone
from bellgate.cli.options import Folders, loaded, with_folders
from bellgate.machine_time import machine_now
from bellgate.policy.academic_year import (
    AUGUST,
    academic_year_of,
    groups_apart,
    longest_pause,
    totals,
)
from bellgate.policy.exemptions import in_force as in_force_at
from bellgate.running.certificate_check import sites_outside
from bellgate.running.folders import last_good_folder
from bellgate.running.in_force import (
    calendar_as_read,
    calendar_in_use,
    catalogue_in_use,
    in_force,
    lists_in_use,
)
from bellgate.running.lease_check import lease_problems
from bellgate.running.pac_check import pac_problems
from bellgate.schedules.granted import Granted
from bellgate.schedules.load import Loaded
from bellgate.schedules.problem import Problem, in_order

_FAR = 40
"""Days in school that a year may have too many or too few: nearly a term. Some schools' years are
shorter by four weeks."""


def _nobody_outside(read: Loaded) -> Iterator[Problem]:
    """It is no mistake in a file, and a school that stays so must know what it gives up."""
    if read.policy is not None and not read.settings.anchors.lead_outside:
        yield Problem(
            "school.yaml",
            1,
            "warning",
            "no anchors: no checkpoint of the log leaves this machine, so nobody outside can check "
            "what a pack says",
            "write anchors: with mail_to, or with a folder on another disk",
        )


def _open_for_nobody(read: Loaded, folders: Folders, now: datetime) -> Iterator[Problem]:
    """An exemption outlives the group that it is for."""
    if read.policy is not None:
        granted = in_force_at(Granted(folders.state).read(), now)
        for message in gone(granted, read.policy):
            yield Problem("devices.yaml", 1, "warning", message)


def _terms_missing(read: Loaded, day: date) -> Iterator[Problem]:
    """A calendar of which a term was not understood, or not sent. What lies behind is no loss: many
    a feed drops what is over."""
    school, policy = read.readable.school, read.policy
    if school is None or policy is None or not school.form.term_dates:
        return
    year = academic_year_of(policy.year, day)
    for group in groups_apart(policy):
        found = totals(policy, group, year)
        wanted = found.days_wanted
        if wanted is None or abs(found.days - wanted) <= _FAR:
            continue
        off = longest_pause(policy, group, year)
        if found.days < wanted and (off is None or off[1] < day):
            continue
        pause = f"; no school from {off[0]} to {off[1]}" if off and found.days < wanted else ""
        yield Problem(
            "school.yaml",
            school.document.line(("term_dates",)),
            "warning",
            f"{group.name}: in school on {found.days} days in {year.name}, not {wanted}{pause}",
            "a term may be missing from the calendar, or be misread: see bellgate calendar",
        )


def _begins(read: Loaded, day: date) -> date:
    """The first day of the school year, as far as it is known when years begin."""
    if read.policy is not None:
        return academic_year_of(read.policy.year, day).first
    return date(day.year - (day.month < AUGUST), AUGUST, 1)


@click.command()
@with_folders
@click.option("--at", metavar="WHEN", help="What will be in force then, by the school's clock.")
@click.option("--json", "as_json", is_flag=True, help="The problems as JSON.")
def check(folders: Folders, *, at: str | None, as_json: bool) -> None:
    """Report what is wrong in the schedules folder, and what is in force."""
    read = loaded(folders)
    policy = read.policy
    now = machine_now()
    if at is not None:
        now = moments.moment(at, policy.year.zone if policy else ZoneInfo("Europe/London"))
    problems = in_order(
        (
            *read.problems_on(_day(read, now)),
            *lease_problems(read),
            *pac_problems(read),
            *_nobody_outside(read),
            *sites_outside(read, folders.state),
            *_open_for_nobody(read, folders, now),
            *_terms_missing(read, _day(read, now)),
        )
    )
    output.problems(problems, as_json=as_json)
    if not as_json:
        output.say(*_counted(problems, read))
        status = running_gate.status_of(folders)
        if isinstance(status, str):
            output.say(f"{status}: {_without_gate(read, folders)}")
        if policy is not None:
            output.say(*in_force(policy, now))
            if at is None:
                another = folders.command('check --at "Tuesday 10:15"')
                output.say(f"Another moment: {another}")
            output.say(*filter(None, [calendar_in_use(read, policy)]))
            output.say(catalogue_in_use(read, policy), *lists_in_use(policy))
        output.say(*calendar_as_read(read, _begins(read, _day(read, now)), date.max))
        if not isinstance(status, str):
            # Imported here: without a gate there is nothing to compare, and it costs time.
            from bellgate.running.comparison import beside_the_gate

            where = {"schedules": folders.schedules, "state": folders.state}
            today = _day(read, machine_now())
            if policy is not None:
                status = running_gate.settled(folders, status, policy.edition.hash)
            output.say(*beside_the_gate(read, status, **where, today=today))
    if read.errors:
        raise SystemExit(output.PROBLEMS_FOUND)


def _counted(problems: tuple[Problem, ...], read: Loaded) -> Iterator[str]:
    """How many of the lines above are mistakes, where any is: the warnings can wait."""
    mistakes = sum(p.level == "error" for p in problems)
    if mistakes:
        warnings = len(problems) - mistakes
        said = "1 mistake" if mistakes == 1 else f"{mistakes} mistakes"
        more = (
            f", shown first, and {warnings} warning{'s' if warnings > 1 else ''}"
            if warnings
            else ""
        )
        right = "that is" if mistakes == 1 else "they are"
        if not read.lists_aside or read.calendar_is_set_aside:
            out = "the calendar does" if read.calendar_is_set_aside else "these files do"
            yield f"{said}{more}: {out} not come into force until {right} put right."
        else:
            yield f"{said}{more}, in a list: the rest of these files is right."
        yield from (f"{aside}, until {right} put right." for aside in read.lists_aside)


def _day(read: Loaded, moment: datetime) -> date:
    zone = read.policy.year.zone if read.policy else UTC
    return moment.astimezone(zone).date()


def _without_gate(read: Loaded, folders: Folders) -> str:
    """What the files come to where no gate says what is in force."""
    if read.policy is not None:
        return "this is what would come into force."
    if last_good_folder(folders.state).is_dir():
        return "with these mistakes, one would start with the last policy that was right."
    return "with these mistakes, none would start."

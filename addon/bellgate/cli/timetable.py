"""Days of the timetable as rows and fields: for `week`, `calendar` and the page. Values only."""

from collections.abc import Iterable, Sequence
from datetime import date

import click

from bellgate.cli import output
from bellgate.policy.academic_year import ClockChange, alike, groups_apart, tone_of
from bellgate.policy.day_shape import Window
from bellgate.policy.decide import Policy
from bellgate.policy.wall_clock import WEEKDAYS
from bellgate.policy.who import Group
from bellgate.policy.year import Day
from bellgate.schedules.problem import suggestion

COLUMNS = ("Day", "Groups", "Sessions", "Breaks", "Why")


def groups_asked_for(policy: Policy, only: str | None) -> Sequence[Group]:
    """The group asked for; else those whose day is one of their own."""
    if only is None:
        return groups_apart(policy)
    if only not in policy.groups:
        hint = suggestion(only, policy.groups)
        raise click.BadParameter(f'no group is named "{only}": {hint}', param_hint="--for")
    return [policy.groups[only]]


def rows(
    policy: Policy,
    groups: Sequence[Group],
    dates: Iterable[date],
    changes: dict[date, ClockChange],
) -> Iterable[output.Row]:
    """A row for each date and each lot of groups for which the day is the same."""
    for when in dates:
        for number, (day, names) in enumerate(alike(policy, groups, when)):
            first = number == 0
            # One that does as the group around it needs no mention.
            outer = [n for n in names if not {*policy.groups[n].chain[1:]} & {*names}]
            why = why_of(day)
            if first and when in changes:
                why += f"; {changes[when].told(policy.year.zone)}"
            cells = (
                f"{WEEKDAYS[when.weekday()][:3]} {when:%d %b}" if first else "",
                ", ".join(outer),
                _sessions(day),
                _windows(day.breaks),
                why,
            )
            starts = first and (when.day == 1 or when.weekday() == 0)
            yield output.Row(cells, tone_of(policy, day), starts)


def why_of(day: Day) -> str:
    """Why a group is not in school on a day; empty where it is."""
    return f"{day.why} ({day.source})" if day.source else day.why


def _sessions(day: Day) -> str:
    """`morning 08:50–12:00, in school until 12:30`."""
    if not day.sessions:
        return "no school"
    return ", ".join(filter(None, (_windows(day.sessions), day.shape.in_school_between)))


def _windows(spans: tuple[Window, ...]) -> str:
    """`08:50–12:00, 13:00–15:15`."""
    in_order = sorted(spans, key=lambda w: w.start)
    return ", ".join(f"{w.name} {w.start:%H:%M}–{w.end:%H:%M}" for w in in_order)


def fields(group: Group, day: Day) -> dict[str, object]:
    """A day as `--json` shows it."""

    def plain(spans: tuple[Window, ...]) -> list[dict[str, str]]:
        return [
            {"name": w.name, "start": f"{w.start:%H:%M}", "end": f"{w.end:%H:%M}"} for w in spans
        ]

    hours = day.shape.hours if day.sessions else None
    return {
        "date": day.date.isoformat(),
        "group": group.name,
        "in_school": bool(day.sessions),
        "starts": f"{hours[0]:%H:%M}" if hours else None,
        "ends": f"{hours[1]:%H:%M}" if hours else None,
        "why": day.why,
        "source": str(day.source) if day.source else None,
        "sessions": plain(day.sessions),
        "breaks": plain(day.breaks),
    }

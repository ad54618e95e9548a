"""`bellgate week`: the timetable as it will be enforced, seven days of it."""

from collections.abc import Iterator
from datetime import date, timedelta

import click

from bellgate.cli import moments, output
from bellgate.cli.options import Places, loaded_policy, with_places
from bellgate.policy.decide import Policy
from bellgate.policy.when import WEEKDAYS, Day, Window
from bellgate.policy.who import Group
from bellgate.schedules.problem import suggestion


@click.command()
@with_places
@click.option("--for", "group_name", metavar="GROUP", help="Only this group.")
@click.option("--from", "first", metavar="DATE", help="The first day; today, if not given.")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def week(places: Places, *, group_name: str | None, first: str | None, as_json: bool) -> None:
    """Show seven days of the timetable as it will be enforced."""
    policy, _ = loaded_policy(places)
    if group_name is not None and group_name not in policy.groups:
        hint = suggestion(group_name, policy.groups)
        raise click.BadParameter(f'no group is named "{group_name}": {hint}', param_hint="--for")
    groups = _groups(policy, group_name)
    start = moments.day(first, policy.year.zone)
    if as_json:
        output.json_whole([_fields(group, day) for group, day in _days(policy, groups, start)])
        return
    last = start + timedelta(days=6)
    output.table(
        f"{policy.edition.school}: {start:%d %B} to {last:%d %B %Y}",
        ["Day", "Groups", "Sessions", "Breaks", "Why"],
        _rows(policy, groups, start),
    )


def _groups(policy: Policy, only: str | None) -> list[Group]:
    """The group asked for; else the outermost and those whose day is one of their own."""
    if only is not None:
        return [policy.groups[only]]
    groups: list[Group] = []
    for group in policy.groups.values():
        inner = len(group.chain) > 1
        outer = policy.groups[group.chain[1]] if inner else None
        if outer is None or policy.timetable(group) is not policy.timetable(outer):
            groups.append(group)
    return groups


def _days(policy: Policy, groups: list[Group], start: date) -> Iterator[tuple[Group, Day]]:
    for offset in range(7):
        for group in groups:
            yield group, policy.year.day(group.chain, start + timedelta(days=offset))


def _rows(policy: Policy, groups: list[Group], start: date) -> Iterator[list[str]]:
    """A row for each day and each lot of groups for which the day is the same."""
    for offset in range(7):
        alike: dict[tuple[str, ...], list[str]] = {}
        when = start + timedelta(days=offset)
        for group in groups:
            day = policy.year.day(group.chain, when)
            why = f"{day.why} ({day.source})" if day.source else day.why
            shown = (_windows(day.sessions) or "no school", _windows(day.breaks), why)
            alike.setdefault(shown, []).append(group.name)
        for number, (cells, names) in enumerate(alike.items()):
            name = f"{WEEKDAYS[when.weekday()]} {when:%d %b}" if number == 0 else ""
            yield [name, ", ".join(names), *cells]


def _windows(windows: tuple[Window, ...]) -> str:
    return ", ".join(f"{w.name} {w.start:%H:%M}–{w.end:%H:%M}" for w in windows)


def _fields(group: Group, day: Day) -> dict[str, object]:
    def plain(windows: tuple[Window, ...]) -> list[dict[str, str]]:
        return [
            {"name": w.name, "start": f"{w.start:%H:%M}", "end": f"{w.end:%H:%M}"} for w in windows
        ]

    return {
        "date": day.date.isoformat(),
        "group": group.name,
        "in_school": bool(day.sessions),
        "why": day.why,
        "source": str(day.source) if day.source else None,
        "sessions": plain(day.sessions),
        "breaks": plain(day.breaks),
    }

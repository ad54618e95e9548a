"""From when and until when an exemption opens, as people type it for `bellgate allow`."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import click

from bellgate.cli import moments
from bellgate.policy.decide import Policy
from bellgate.policy.timetable import Timetable
from bellgate.policy.walk import clock_time
from bellgate.policy.who import Group
from bellgate.schedules.problem import Unclear
from bellgate.schedules.scalars import duration


def start_of(policy: Policy, text: str | None, now: datetime) -> datetime:
    """When it begins: now, or a moment to come."""
    if text is None:
        return now
    start = moments.moment(text, policy.year.zone, now)
    if start < now:
        raise click.BadParameter(
            f'"{text}" is past: it is {clock_time(now, policy.year.zone)}', param_hint="--from"
        )
    return start


def end_of(policy: Policy, who: str, text: str, start: datetime) -> datetime:
    """When it ends: by the clock, after a length, or with what is on at the start."""
    word = text.strip()
    if word in ("session", "lesson"):
        return _end_of_period(word, policy, who, start)
    length = moments.length(word) or _in_the_files_words(word)
    if length is not None:
        return start + length
    try:
        until = moments.moment(text, policy.year.zone, start)
    except click.BadParameter as error:
        or_how_long = f'{error.message}; or for how long: "30m", "1 hour", "session", "lesson"'
        raise click.BadParameter(or_how_long, param_hint="--until") from None
    if until <= start:
        raise click.BadParameter(
            f'"{text}" is past: it begins {clock_time(start, policy.year.zone)}',
            param_hint="--until",
        )
    return until


def _in_the_files_words(text: str) -> timedelta | None:
    """`45 minutes`, `2 days`, as the files have it. A length of nothing is none."""
    try:
        return duration(text.lower()).delta
    except (Unclear, OverflowError, KeyError):
        return None


def _end_of_period(what: str, policy: Policy, who: str, start: datetime) -> datetime:
    """The end of what is on; for several groups, of the one that lasts longest."""
    ends = [
        end
        for group in _groups_of(policy, who)
        if (end := _end_for(what, policy.timetable(group), start)) is not None
    ]
    if not ends:
        raise click.BadParameter(
            f"no {what} is on {clock_time(start, policy.year.zone)}", param_hint="--until"
        )
    return max(ends)


def _end_for(what: str, table: Timetable, start: datetime) -> datetime | None:
    span, pause = table.session_at(start), table.break_at(start)
    if span is None or (what == "lesson" and pause is not None):
        return None
    breaks = (b.start for b in table.breaks if start < b.start < span.end)
    return min((span.end, *breaks)) if what == "lesson" else span.end


def _groups_of(policy: Policy, who: str) -> Iterable[Group]:
    if who in policy.groups:
        return [policy.groups[who]]
    device = next((d for d in policy.directory.devices if d.name == who), None)
    return policy.groups.values() if device is None else [policy.groups[device.group]]

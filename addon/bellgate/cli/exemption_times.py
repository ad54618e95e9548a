"""From when and until when an exemption opens, as people type it for `bellgate allow`."""

from datetime import datetime
from zoneinfo import ZoneInfo

import click

from bellgate.cli import moments
from bellgate.policy.decide import Policy
from bellgate.policy.walk import clock_time
from bellgate.running.typed import NotUnderstood, moment_ahead


def start_of(policy: Policy, text: str | None, now: datetime) -> datetime:
    """When it begins: now, or a moment to come."""
    if text is None:
        return now
    start = moments.moment(text, policy.year.zone, now)
    if start < now:
        raise click.BadParameter(
            f'"{text}" is past: it is {clock_time(now, policy.year.zone)}'
            f"{_meant(start, now, policy.year.zone)}",
            param_hint="--from",
        )
    return start


def end_of(policy: Policy, who: str, text: str, start: datetime) -> datetime:
    """When it ends: by the clock, after a length, or with what is on at the start."""
    try:
        until = moment_ahead(text, policy, who, start)
    except NotUnderstood as error:
        raise click.BadParameter(
            f'{error}, or for how long: "30m", "1 hour", "session", "lesson"', param_hint="--until"
        ) from None
    if until <= start:
        raise click.BadParameter(
            f'"{text}" is before the start, {clock_time(start, policy.year.zone)}'
            f"{_meant(until, start, policy.year.zone)}",
            param_hint="--until",
        )
    return until


def _meant(moment: datetime, after: datetime, zone: ZoneInfo) -> str:
    """`3:30` in the afternoon is 15:30: said where that is still to come."""
    there = moment.astimezone(zone)
    afternoon = there.replace(hour=there.hour + 12) if 1 <= there.hour < 7 else None
    return f'; did you mean "{afternoon:%H:%M}"?' if afternoon and afternoon > after else ""

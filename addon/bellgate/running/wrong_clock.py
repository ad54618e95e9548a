"""A clock that was put right, in words: which times are in doubt, and by how much. Pure."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from bellgate.review.pack.phrases import long_day, long_time
from bellgate.review.visits.gaps import Step


def in_doubt(step: Step, zone: ZoneInfo) -> str:
    """`Times shown from 07:40 to 11:00 on Thursday 8 October 2026 may be up to 40 minutes later
    than the true ones.`"""
    return f"Times shown {_shown(step, zone)} may be up to {wrong_by(step)}."


def wrong_by(step: Step) -> str:
    """`40 minutes later than the true ones`."""
    when = "earlier" if step.by > timedelta() else "later"
    return f"{long_time(abs(step.by))} {when} than the true ones"


def briefly(step: Step) -> str:
    """`up to 40 minutes late`: beside a time that is shown."""
    when = "early" if step.by > timedelta() else "late"
    return f"up to {long_time(abs(step.by))} {when}"


def clock_was(step: Step) -> str:
    """`up to 40 minutes fast`: of the clock itself."""
    return f"up to {long_time(abs(step.by))} {'slow' if step.by > timedelta() else 'fast'}"


def _shown(step: Step, zone: ZoneInfo) -> str:
    ends = step.ends.astimezone(zone)
    until = f"{ends:%H:%M} on {long_day(ends.date())}"
    if step.begins is None:
        return f"up to {until}"
    begins = step.begins.astimezone(zone)
    if begins.date() == ends.date():
        return f"from {begins:%H:%M} to {until}"
    return f"from {begins:%H:%M} on {long_day(begins.date())} to {until}"

"""When nobody was watching on the days that a page shows, and what was lost then: an empty page
must not read as innocence."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bellgate.policy.wall_clock import dates_in_words
from bellgate.review.pack.phrases import count
from bellgate.running.watched import Silence, Watch

TOLD: Final = 8
"""Times that a page tells one by one at most; Health has all."""


def times(watch: Watch, zone: ZoneInfo, most: int = TOLD) -> list[str]:
    """`17 November 2026: from 10:04 to 10:52 the gate may not have been watching.` Empty where it
    was watching throughout session time and lost nothing."""
    found = [_silence(each, zone) for each in watch.silences]
    found += [
        f"{count(loss.lost, 'record')} could not be kept {loss.said}." for loss in watch.losses
    ]
    more = len(found) - most
    return [*found[:most], *([f"{count(more, 'further time')}: see Health."] if more > 0 else [])]


def of_an_empty_page(watch: Watch) -> str:
    """What follows on “nothing is on record”; empty where the gate was watching throughout."""
    if not watch.silences and not watch.losses:
        return ""
    if watch.silences and watch.silent == watch.session_time:
        return (
            "This does not show that nothing happened: in session time the gate was not watching "
            "at all. Nothing can be said about that time."
        )
    return (
        "This does not show that nothing happened: for some of the time the gate may not have been "
        "watching, or could not keep what it saw. Nothing can be said about that time."
    )


def _silence(silence: Silence, zone: ZoneInfo) -> str:
    when = _from_to(silence.start.astimezone(zone), silence.end.astimezone(zone))
    if silence.stopped:
        return f"{when} the gate was not watching: it had been shut down."
    return f"{when} the gate may not have been watching."


def _from_to(start: datetime, end: datetime) -> str:
    if end.date() == start.date():
        return f"{dates_in_words(start.date())}: from {start:%H:%M} to {end:%H:%M}"
    return (
        f"From {start:%H:%M} on {dates_in_words(start.date())} to {end:%H:%M} on "
        f"{dates_in_words(end.date())}"
    )

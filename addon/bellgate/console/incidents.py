"""What went wrong with the gate, for whoever is no technician: what it means for the record.

The technician reads the gate's own words as well.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bellgate.console import doubtful_times
from bellgate.console.dates import said_from_to
from bellgate.review.index import GateEvent
from bellgate.review.pack.phrases import count, long_day
from bellgate.review.visits.gaps import Step

_SAID: Final[Mapping[str, str]] = {
    "policy-rejected": (
        "A change to the school’s files, or an update of a list or a calendar, had a mistake in it "
        "and was not accepted. What was in force before stayed in force."
    ),
    "error": (
        "A part of Bellgate failed while it dealt with a connection. What was tried on that "
        "connection may not be on record."
    ),
    "sentry-lost": (
        "The part of the gate that reads encrypted connections stopped. Until it was back, what "
        "the school chose for that case applied, and what was tried may not be on record."
    ),
    "rules-restored": (
        "The gateway’s network rules had been changed or set aside. The gate has put them right; "
        "what was tried in between may not be on record."
    ),
}


def said(event: GateEvent, steps: Sequence[Step], zone: ZoneInfo) -> str:
    """What happened, and what it means. `steps` are all steps of the gate's clock."""
    if event.action == "records-lost":
        return _lost(event, zone)
    if event.action == "clock-stepped":
        step = next((s for s in steps if (s.log, s.number) == (event.log, event.number)), None)
        return doubtful_times.put_right(step, zone) if step else "The gate’s clock was put right."
    return _SAID.get(event.action, event.message)


def _lost(event: GateEvent, zone: ZoneInfo) -> str:
    lost = int(event.facts.get("lost", 0))
    if not lost:
        return "Some records could not be kept until later. None was lost."
    records = count(lost, "record")
    if "from" not in event.facts:
        day = long_day(event.at.astimezone(zone).date())
        return f"{records} from {day} could not be kept. The numbers for that day may be too low."
    start, end = (datetime.fromisoformat(event.facts[name]) for name in ("from", "to"))
    return (
        f"{records} could not be kept, {said_from_to(start, end, zone)}. The numbers for that time "
        "may be too low."
    )

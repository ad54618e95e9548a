"""How a gate is -> what is wrong with it. Pure: who looks, and when, is `standing.py`'s."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from bellgate.gateway.connection_room import NEARLY_FULL, Table
from bellgate.review.pack.phrases import clock, long_day
from bellgate.running.alerts import trouble
from bellgate.running.alerts.trouble import Trouble

AHEAD: Final = timedelta(weeks=4)
"""How long before dates run out somebody is told."""
FULL: Final = 0.90
"""Of a disk."""
ROOM: Final = 0.85
"""A disk that was full must fall below this to have room: it may waver around the other."""
HAS_ROOM: Final = 0.70
"""The kernel's table that was nearly full must fall below this."""
A_DAY: Final = timedelta(days=1)
"""A gate that stopped by itself is watched for so long."""


class Ended(NamedTuple):
    """A gate that stopped by itself: its last sign of life, and when the next one started."""

    last_sign: datetime | None
    started: datetime


class Copied(NamedTuple):
    """A list or calendar of others that could not be brought up to date when last tried."""

    last_good: datetime | None
    """When it last could; None where it never did, or that is not known."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What a look at a running gate finds. The defaults are those of one that is well."""

    files: str | None = None
    """What is wrong with the folder, where it is not in force."""
    last_day: date | None = None
    """Of the last term that is known."""
    certificate_ends: datetime | None = None
    copies: Mapping[str, Copied] = field(default_factory=dict)
    log: str | None = None
    """Why the log cannot be written."""
    anchors: Mapping[str, str] = field(default_factory=dict)
    """The places that no checkpoint reaches, and why."""
    filter: str | None = None
    """Why the filter that is a proxy takes nothing."""
    clock_is_set: bool = True
    disk: str = ""
    """The state folder, whose disk it is."""
    disk_used: float = 0.0
    """0 to 1."""
    table: Table | None = None
    """The kernel's, of connections; None where it follows none."""
    ended: Ended | None = None


def troubles_in(
    signs: Signs, now: datetime, zone: ZoneInfo, known: Container[str] = ()
) -> Iterator[Trouble]:
    """What is wrong. `known` are the keys of what was wrong before."""
    if signs.files:
        yield Trouble(trouble.FILES, signs.files)
    today = now.astimezone(zone).date()
    if signs.last_day is not None and signs.last_day - AHEAD <= today:
        yield Trouble(
            trouble.DATES,
            f"The last term that the files name ends on {long_day(signs.last_day)}, and nothing "
            "follows it.",
        )
    ends = signs.certificate_ends
    if ends is not None and ends - AHEAD <= now:
        last = ends.astimezone(zone).date()
        yield Trouble(trouble.CERTIFICATE, f"It is good until {long_day(last)}.")
    for name, copied in signs.copies.items():
        yield Trouble(trouble.COPY, _sentence(copied.why), name, copied.last_good)
    if signs.log:
        yield Trouble(trouble.LOG, _sentence(signs.log))
    if signs.anchors:
        said = "; ".join(f"by {place}: {why}" for place, why in signs.anchors.items())
        yield Trouble(trouble.ANCHORS, _sentence(said))
    if signs.filter:
        yield Trouble(trouble.FILTER, _sentence(signs.filter))
    if not signs.clock_is_set:
        yield Trouble(trouble.CLOCK, "The system says that nothing keeps it right.")
    if signs.disk_used >= (ROOM if trouble.DISK.name in known else FULL):
        # Never rounded up to the whole.
        per_cent = int(signs.disk_used * 100)
        yield Trouble(trouble.DISK, f"{per_cent} % of the disk that holds {signs.disk} is used.")
    most = HAS_ROOM if trouble.TABLE.name in known else NEARLY_FULL
    if signs.table is not None and signs.table.used >= most:
        yield Trouble(trouble.TABLE, signs.table.said)
    if signs.ended is not None and now - signs.ended.started < A_DAY:
        yield _restarted(signs.ended, zone)


def _restarted(ended: Ended, zone: ZoneInfo) -> Trouble:
    said = f"It started again at {said_at(ended.started, zone)}."
    if ended.last_sign is not None:
        said = f"Its last sign of life was at {said_at(ended.last_sign, zone)}. {said}"
    return Trouble(trouble.RESTARTED, said, since=ended.last_sign)


def said_at(moment: datetime, zone: ZoneInfo) -> str:
    """`10:15:03 on Monday 23 November 2026`."""
    there = moment.astimezone(zone)
    return f"{clock(there)} on {long_day(there.date())}"


def _sentence(text: str) -> str:
    text = text.strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."

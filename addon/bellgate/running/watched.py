"""How much of session time the gate was watching, and what of it was lost: the index's gaps and the
losses of records, laid over the timetable.

Sessions are those of the timetable now in force, for all groups together: a moment counts once. Of
the time before the first record nothing is said: there was no gate to be silent.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bellgate.audit import LogPaths
from bellgate.audit.log.day_files import days_of
from bellgate.policy.decide import Policy
from bellgate.policy.wall_clock import instant_of
from bellgate.review.index import GateEvent, Index
from bellgate.review.pack.phrases import count, listed, long_day, long_time
from bellgate.review.visits.gaps import Gap, Step

_NONE = timedelta()
_MOST = 3
"""Losses of records told one by one; Health has all."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch without a sign of life, and how much of it was session time."""

    start: datetime
    end: datetime
    stopped: bool
    """Whether the gate was shut down normally; otherwise nothing says why."""
    session_time: timedelta
    goes_on: bool = False
    """Whether no sign came in the rest of the time asked about: it ends with that, or with now."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Records that could not be kept, from a moment to a moment by the school's clock, some or all
    of which was session time. Where nothing says since when, that is the day's beginning."""

    start: datetime
    end: datetime
    lost: int
    wholly: bool
    """Whether all of it was session time: if not, some of them may not be from there."""
    timed: bool
    """Whether the record says since when."""

    @property
    def said(self) -> str:
        """`on Thursday 24 September 2026 from 13:10 to 13:18`."""
        day = long_day(self.start.date())
        if not self.timed:
            return f"on {day}"
        end = f"{self.end:%H:%M}"
        if self.end.date() != self.start.date():
            end += f" on {long_day(self.end.date())}"
        return f"on {day} from {self.start:%H:%M} to {end}"


@dataclass(frozen=True, slots=True)
class Watch:
    """[since, until) in session: how long that was, when nothing was watching, and what was lost of
    what was seen."""

    begins: date | None
    """The first day of the record, where that lies within the time asked about."""
    session_time: timedelta
    silences: tuple[Silence, ...]
    """Those that touch session time, in order."""
    steps: tuple[Step, ...]
    deleted: tuple[date, ...]
    """Days about which nothing can be said: the gate's own records were deleted when due."""
    losses: tuple[Loss, ...] = ()
    """Those that touch session time, in order."""

    @property
    def silent(self) -> timedelta:
        return sum((s.session_time for s in self.silences), _NONE)

    @property
    def share(self) -> float:
        """Of session time, how much was watched: 0 to 1; 1 where there was none."""
        return 1 - self.silent / self.session_time if self.session_time else 1.0

    @property
    def said(self) -> str:
        begins = f" The record begins on {long_day(self.begins)}." if self.begins else ""
        if not self.session_time:
            return f"There was no session time.{begins}"
        if not self.silent:
            said = "The gate was watching throughout session time."
        else:
            # Never rounded up to the whole.
            per_cent = min(99.9, round(100 * self.share, 1))
            said = (
                f"The gate was watching for {per_cent:g}% of session time. The other "
                f"{long_time(self.silent)} may be missing from the record."
            )
        if self.losses:
            said += f" {self._lost}"
        if self.steps:
            often = "once" if len(self.steps) == 1 else count(len(self.steps), "time")
            said += f" Its clock was changed {often} (see Health)."
        if self.deleted:
            said += " For some days its own records were deleted when due, so nothing can be said."
        return said + begins

    @property
    def _lost(self) -> str:
        """How many records are not there, and from when."""
        number = sum(each.lost for each in self.losses)
        up_to = "" if all(each.wholly for each in self.losses) else "up to "
        times = [each.said for each in self.losses[:_MOST]]
        more = len(self.losses) - _MOST
        if more > 0:
            times.append(f"{count(more, 'further time')} (see Health)")
        was = "was" if number == 1 else "were"
        said = f"{up_to}{count(number, 'record')} of that time {was} lost: {listed(times)}."
        return said[:1].upper() + said[1:]


def watched_in(
    policy: Policy, paths: LogPaths, index: Index, since: datetime, until: datetime
) -> Watch:
    """What was watched of [since, until). Nothing can be said of what is still to come: `until` is
    no later than now."""
    zone, begins = policy.year.zone, _begins(paths)
    if begins is not None and since < (first := instant_of(begins, time(), zone)):
        since = min(first, until)
    else:
        begins = None
    found = index.watched(since, until)
    sessions = sessions_in(policy, since, until)
    silences = []
    for gap in found.gaps:
        parts = [p for start, end in sessions if (p := gap.within(start, end)) is not None]
        kept = [p for p in parts if p.start.astimezone(zone).date() not in found.blank]
        if kept:
            silences.append(_silence(gap, kept, goes_on=gap.end >= until))
    return Watch(
        begins,
        sum((end - start for start, end in sessions), _NONE),
        tuple(silences),
        found.steps,
        tuple(sorted(found.blank)),
        tuple(_losses(index, zone, since, sessions)),
    )


def _losses(
    index: Index, zone: ZoneInfo, since: datetime, sessions: list[tuple[datetime, datetime]]
) -> Iterator[Loss]:
    """The losses of records in these sessions. Each is told once it is over, on that day or a
    later one."""
    first = since.astimezone(zone).date()
    for event in index.gate_events(first, date.max, incidents=True):
        if event.action != "records-lost" or not event.facts.get("lost"):
            continue
        start, end = _lost_from_to(event, zone)
        within = [(max(a, start), min(b, end)) for a, b in sessions if a <= end and start < b]
        if within:
            inside = sum((b - a for a, b in within), _NONE)
            wholly = inside == end - start
            yield Loss(start, end, int(event.facts["lost"]), wholly, "from" in event.facts)


def _lost_from_to(event: GateEvent, zone: ZoneInfo) -> tuple[datetime, datetime]:
    at = event.at.astimezone(zone)
    if "from" not in event.facts:
        return instant_of(at.date(), time(), zone).astimezone(zone), at
    start, end = (datetime.fromisoformat(event.facts[name]) for name in ("from", "to"))
    return start.astimezone(zone), end.astimezone(zone)


def _silence(gap: Gap, parts: list[Gap], *, goes_on: bool) -> Silence:
    whole = sum((p.end - p.start for p in parts), _NONE)
    return Silence(parts[0].start, parts[-1].end, gap.stopped, whole, goes_on)


def _begins(paths: LogPaths) -> date | None:
    """The day of the first record there is, in any log."""
    days = [files.day for log in (paths.log, *paths.aside) for files in days_of(log)[:1]]
    return date.fromisoformat(min(days)) if days else None


def sessions_in(
    policy: Policy, since: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    """The stretches of [since, until) in which any group is in session, in order."""
    spans = (
        (max(s.start, since), min(s.end, until))
        for group in policy.groups.values()
        for s in policy.timetable(group).sessions
        if s.start < until and since < s.end
    )
    return _merged(spans)


def _merged(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged

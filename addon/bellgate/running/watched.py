"""How much of session time the gate was watching: the index's gaps, laid over the timetable.

Sessions are those of the timetable now in force, for all groups together: a moment counts once. Of
the time before the first record nothing is said: there was no gate to be silent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bellgate.audit import LogPaths
from bellgate.audit.log.day_files import days_of
from bellgate.policy.decide import Policy
from bellgate.policy.wall_clock import instant_of
from bellgate.review.index import Index
from bellgate.review.pack.phrases import count, long_day, long_time
from bellgate.review.visits.gaps import Gap, Step

_NONE = timedelta()


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch without a sign of life, and how much of it was session time."""

    start: datetime
    end: datetime
    stopped: bool
    """Whether the gate was shut down normally; otherwise nothing says why."""
    session_time: timedelta


@dataclass(frozen=True, slots=True)
class Watch:
    """[since, until) in session: how long that was, and when nothing was watching."""

    begins: date | None
    """The first day of the record, where that lies within the time asked about."""
    session_time: timedelta
    silences: tuple[Silence, ...]
    """Those that touch session time, in order."""
    steps: tuple[Step, ...]
    deleted: tuple[date, ...]
    """Days about which nothing can be said: the gate's own records were deleted when due."""

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
                f"The gate was watching for {per_cent:g}% of session time. For "
                f"{long_time(self.silent)} it may not have been."
            )
        if self.steps:
            said += f" Its clock was changed {count(len(self.steps), 'time')} (see Health)."
        if self.deleted:
            said += " For some days its own records were deleted when due, so nothing can be said."
        return said + begins


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
            silences.append(_silence(gap, kept))
    return Watch(
        begins,
        sum((end - start for start, end in sessions), _NONE),
        tuple(silences),
        found.steps,
        tuple(sorted(found.blank)),
    )


def _silence(gap: Gap, parts: list[Gap]) -> Silence:
    whole = sum((p.end - p.start for p in parts), _NONE)
    return Silence(parts[0].start, parts[-1].end, gap.stopped, whole)


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

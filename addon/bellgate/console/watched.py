"""How much of session time the gate was watching: the index's gaps, laid over the timetable.

Sessions are those of the timetable now in force, for all groups together: a moment counts once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bellgate.console.school import School
from bellgate.console.words import length
from bellgate.policy.decide import Policy
from bellgate.review.index import Index
from bellgate.review.visits.gaps import Gap, Step

_NONE = timedelta()


@dataclass(frozen=True, slots=True)
class Watch:
    """[since, until) in session: how long that was, and when nothing was watching."""

    session_time: timedelta
    silences: tuple[Gap, ...]
    """In session, in order of time."""
    steps: tuple[Step, ...]
    deleted: tuple[date, ...]
    """Days about which nothing can be said: the gate's own records were deleted when due."""

    @property
    def silent(self) -> timedelta:
        return sum((s.end - s.start for s in self.silences), _NONE)

    @property
    def share(self) -> float:
        """Of session time, how much was watched: 0 to 1; 1 where there was none."""
        return 1 - self.silent / self.session_time if self.session_time else 1.0

    @property
    def said(self) -> str:
        if not self.session_time:
            return "There was no session time."
        if not self.silent:
            said = "The gate was watching throughout session time."
        else:
            # Never rounded up to the whole.
            per_cent = min(99.9, round(100 * self.share, 1))
            said = (
                f"The gate was watching for {per_cent:g} % of session time. For "
                f"{length(self.silent)} it may not have been."
            )
        if self.steps:
            said += " Its clock was put forward or back."
        if self.deleted:
            said += " For some days its own records were deleted when due, so nothing can be said."
        return said


def watched_in(school: School, index: Index, since: datetime, until: datetime) -> Watch:
    """What was watched of a time. Nothing is said of what is still to come."""
    until = min(until, school.now())
    found = index.watched(since, until)
    sessions = sessions_in(school.policy, since, until)
    # Before the log begins there was no gate to be silent: the first gap may lie there.
    state = index.state()
    begun = any(log.size for log in state.logs)
    parts = [
        part
        for start, end in sessions
        for gap in (found.gaps if begun else (Gap(since, until, stopped=False),))
        if (part := gap.within(start, end)) is not None
    ]
    zone = school.zone
    kept = [p for p in parts if p.start.astimezone(zone).date() not in found.blank]
    return Watch(
        sum((end - start for start, end in sessions), _NONE),
        tuple(kept),
        found.steps,
        tuple(sorted(found.blank)),
    )


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

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
from bellgate.review.pack.phrases import count, length, listed, long_day
from bellgate.review.visits.gaps import Gap, Step
from bellgate.running.wrong_clock import in_doubt

_NONE = timedelta()
_MOMENT = timedelta(microseconds=1)
"""The time before a midnight that still belongs to the day."""
_LOOKS_BACK = timedelta(days=28)
"""How far before the time asked about a silence that reaches into it may have begun: only there
stands whether the gate was shut down."""
_MOST = 3
"""Losses of records, and steps of the clock, told one by one; Health has all."""


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

    since: datetime
    """By the school's clock, like `until`; no earlier than the day on which the record begins."""
    until: datetime
    so_far: bool
    """Whether it ends with now, since more was asked about."""
    unmeasured: str
    """Why nothing at all was measured; empty where something was."""
    begins: date | None
    """The first day of the record, where that is later than the first one asked about."""
    session_time: timedelta
    """Without that of the days in `deleted`."""
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
        """In sentences: what share of what, and from when to when."""
        if self.unmeasured:
            return self.unmeasured
        said = self._watched
        if self.losses:
            said += f" {self._lost}"
        if self.steps:
            said += f" {self._wrong_clock}"
        if self.deleted:
            said += (
                f" It can no longer be said whether it was watching on "
                f"{count(len(self.deleted), 'day')}, because its own records of "
                f"{_that_day(len(self.deleted))} were deleted when due."
            )
        return f"{said} {begins_later(self.begins)}".strip()

    @property
    def _watched(self) -> str:
        if not self.session_time:
            return f"{self._when}, there was no session to watch."
        whole = length(self.session_time)
        if not self.silent:
            return f"{self._when}, the gate was watching throughout session time ({whole})."
        # Never rounded up to the whole.
        per_cent = min(99.9, round(100 * self.share, 1))
        return (
            f"{self._when}, the gate was watching for {per_cent:g}% of session time: "
            f"{length(self.session_time - self.silent)} of {whole}. What happened in the other "
            f"{length(self.silent)} may be missing from the record."
        )

    @property
    def _when(self) -> str:
        first, last = self.since.date(), (self.until - _MOMENT).date()
        up_to = f", so far (up to {self.until:%H:%M})" if self.so_far else ""
        if first == last:
            return f"On {long_day(first)}{up_to}"
        return f"From {long_day(first)} to {long_day(last)}{up_to}"

    @property
    def _wrong_clock(self) -> str:
        zone = self.since.tzinfo
        assert isinstance(zone, ZoneInfo)
        said = [in_doubt(step, zone) for step in self.steps[:_MOST]]
        more = len(self.steps) - _MOST
        if more > 0:
            said.append(f"Its clock was put right {count(more, 'further time')} (see Health).")
        return " ".join(["The gate’s clock was wrong for a time.", *said])

    @property
    def _lost(self) -> str:
        """How many records are not there, and from when."""
        number = sum(each.lost for each in self.losses)
        up_to = "" if all(each.wholly for each in self.losses) else "up to "
        times = [each.said for each in self.losses[:_MOST]]
        more = len(self.losses) - _MOST
        if more > 0:
            times.append(f"{count(more, 'further time')} (see Health)")
        said = (
            f"{up_to}{count(number, 'record')} made in session could not be kept: {listed(times)}. "
            "The numbers for that time may be too low."
        )
        return said[:1].upper() + said[1:]


def _that_day(days: int) -> str:
    return "that day" if days == 1 else "those days"


def unmeasured(begins: date | None, first: date, last: date, today: date) -> str:
    """Why nothing at all was measured on some days; empty where something was. `begins` is the day
    of the first record."""
    if first > today:
        return "These days are still to come."
    if begins is None:
        return "There is no record yet."
    if begins > last:
        return f"Nothing was measured on these days: the record begins on {long_day(begins)}."
    return ""


def begins_later(begins: date | None) -> str:
    """What is said of days of which only the later ones were measured."""
    if begins is None:
        return ""
    return f"The record begins on {long_day(begins)}: nothing was measured before that."


def watched_in(
    policy: Policy, paths: LogPaths, index: Index, since: datetime, until: datetime, *,
    now: datetime,
) -> Watch:  # fmt: skip
    """What was watched of [since, until), as far as it is over."""
    zone, begins = policy.year.zone, record_begins(paths)
    first, last = since.astimezone(zone).date(), (until - _MOMENT).astimezone(zone).date()
    nothing = unmeasured(begins, first, last, now.astimezone(zone).date())
    so_far, until = now < until, min(now, until)
    if nothing:
        since = until
    elif begins is not None and first < begins:
        since = instant_of(begins, time(), zone)
    else:
        begins = None
    found = index.watched(since - _LOOKS_BACK, until)
    blank = {day for day in found.blank if _day_within(day, since, until, zone)}
    sessions = [
        (start, end)
        for start, end in sessions_in(policy, since, until)
        if start.astimezone(zone).date() not in blank
    ]
    silences = []
    for gap in found.gaps:
        parts = [p for start, end in sessions if (p := gap.within(start, end)) is not None]
        if parts:
            silences.append(_silence(gap, parts, goes_on=gap.end >= until))
    return Watch(
        since.astimezone(zone),
        until.astimezone(zone),
        so_far,
        nothing,
        begins,
        sum((end - start for start, end in sessions), _NONE),
        tuple(silences),
        tuple(step for step in found.steps if step.touches(since, until)),
        tuple(sorted(blank)),
        tuple(_losses(index, zone, since, sessions)),
    )


def _day_within(day: date, since: datetime, until: datetime, zone: ZoneInfo) -> bool:
    """Whether a day of the school has a part in [since, until)."""
    return since.astimezone(zone).date() <= day and instant_of(day, time(), zone) < until


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


def record_begins(paths: LogPaths) -> date | None:
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

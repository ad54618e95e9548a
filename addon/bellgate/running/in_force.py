"""What holds now and what rings next, in words: for `check`, `run` and `status`. Values only."""

from collections.abc import Iterator
from datetime import date, datetime

from bellgate.policy.decide import Policy
from bellgate.policy.walk import clock_time
from bellgate.policy.who import Group
from bellgate.schedules.load import Loaded


def sessions_now(policy: Policy, now: datetime) -> dict[str, str | None]:
    """Each group and the session it is in, None outside sessions."""
    found = {}
    for name, group in policy.groups.items():
        span = policy.timetable(group).session_at(now)
        found[name] = span.name if span else None
    return found


def in_force(policy: Policy, now: datetime, bells: int = 3) -> Iterator[str]:
    """Lines that say what each outermost group is in, and the next bells with what they change."""
    yield f"Now {clock_time(now, policy.year.zone)} at {policy.edition.school}:"
    for group in _outermost(policy):
        yield f"  {group.name}: {_doing(policy, group, now)}"
    following = policy.next_bell(now)
    if following is None:
        yield "No more bells: the timetable ends here."
        return
    yield "Next bells:"
    for _ in range(bells):
        if following is None:
            return
        changes = [
            f"{group.name}: {after}"
            for group in _outermost(policy)
            if (after := _doing(policy, group, following))
            != _doing_before(policy, group, following)
        ]
        said = "; ".join(changes) or "a rule's own time"
        yield f"  {clock_time(following, policy.year.zone)}  {said}"
        following = policy.next_bell(following)


def calendar_in_use(loaded: Loaded, policy: Policy) -> str | None:
    """A line that says which copy of a fetched calendar is in use."""
    copy = loaded.copy
    if copy is None:
        return None
    zone = policy.year.zone
    return (
        f"Term dates: {copy.address}, as fetched on {clock_time(copy.fetched, zone)}, "
        f"confirmed on {clock_time(copy.checked, zone)}"
    )


def calendar_as_read(loaded: Loaded, first: date, last: date) -> Iterator[str]:
    """Lines that say what each event of the calendar was taken for, between two dates.

    A wrong reading is seen here before it is felt in school.
    """
    year = loaded.readable.year
    readings = [r for r in (year.readings if year else ()) if first <= r.last and r.first <= last]
    for file in dict.fromkeys(reading.file for reading in readings):
        yield f"What {file} says:"
        for reading in (r for r in readings if r.file == file):
            dates = _dated(reading.first, reading.last)
            yield f"  {dates}  {reading.taken_for} ({reading.words}, line {reading.line})"


def _dated(first: date, last: date) -> str:
    """`Mon 26 Oct 2026`, `Mon 26 Oct to Fri 30 Oct 2026`."""
    end = f"{last:%a} {last.day} {last:%b %Y}"
    if first == last:
        return end
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first:%a} {first.day} {first:%b}{year} to {end}"


def _outermost(policy: Policy) -> list[Group]:
    return [g for g in policy.groups.values() if len(g.chain) == 1]


def _doing(policy: Policy, group: Group, instant: datetime) -> str:
    table = policy.timetable(group)
    span = table.session_at(instant)
    if span is not None:
        breaks = [b.name for b in table.breaks if b.start <= instant < b.end]
        return f"{span.name} session" + (f", {breaks[0]}" if breaks else "")
    day = policy.year.day(group.chain, instant.astimezone(policy.year.zone).date())
    if not day.open:
        return f"no school ({day.why})"
    return "between sessions" if instant in table.school_days else "out of school"


def _doing_before(policy: Policy, group: Group, bell: datetime) -> str:
    return _doing(policy, group, bell - _MOMENT)


_MOMENT = datetime.resolution

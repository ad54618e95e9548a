"""school.yaml, `dates`: what a date does to each group's day, as only the policy can show."""

from collections.abc import Iterator
from datetime import date, time, timedelta

from bellgate.policy.academic_year import groups_apart
from bellgate.policy.decide import Policy
from bellgate.policy.who import Group
from bellgate.policy.year import Day, SpecialDay
from bellgate.schedules.compile import Files
from bellgate.schedules.problem import Problem

Found = Iterator[Problem]


def no_day_grows_unseen(files: Files, policy: Policy) -> Found:
    """`sessions` on a date are for every group, also for one that goes home at noon."""
    for special in _written(files, policy):
        if special.shape is None or special.shape.sessions is None:
            continue
        # Whom `for` names has the hours that are written for it.
        others = (g for g in groups_apart(policy) if g.name not in special.for_groups)
        longer = [said for group in others if (said := _longer(policy, group, special))]
        if longer:
            yield _warning(
                special,
                f"makes a day longer: {'; '.join(longer)}",
                "ends: and starts: cut each group's own day, and for: names the groups",
            )


def _written(files: Files, policy: Policy) -> Iterator[SpecialDay]:
    """The dates that the school has written itself."""
    file = files.school.document.file
    return (d for d in policy.year.dates if d.source is not None and d.source.file == file)


def _longer(policy: Policy, group: Group, special: SpecialDay) -> str | None:
    """How one entry makes a day of a group longer, the first of those that it is about."""
    for when in _dates(special):
        before = policy.year.day_without(group.chain, when, special)
        after = policy.year.day(group.chain, when)
        if not before.sessions or not after.sessions:
            continue
        if _end(after) > _end(before):
            return f"{group.name} to {_end(after):%H:%M}, otherwise to {_end(before):%H:%M}"
        if _start(after) < _start(before):
            return f"{group.name} from {_start(after):%H:%M}, otherwise from {_start(before):%H:%M}"
    return None


def _start(day: Day) -> time:
    return min(window.start for window in day.sessions)


def _end(day: Day) -> time:
    return max(window.end for window in day.sessions)


def _dates(special: SpecialDay) -> Iterator[date]:
    for step in range((special.last - special.first).days + 1):
        yield special.first + timedelta(days=step)


def _warning(special: SpecialDay, said: str, hint: str) -> Problem:
    place = special.source
    assert place is not None
    last = f" to {special.last}" if special.last > special.first else ""
    message = f"dates: {special.name} ({special.first}{last}) {said}"
    return Problem(place.file, place.line, "warning", message, hint)

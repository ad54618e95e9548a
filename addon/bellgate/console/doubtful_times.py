"""What a page says of a clock that was put right, and which visits it had timed."""

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from bellgate.console.dates import said_at
from bellgate.policy.decide import Policy
from bellgate.review.index import VisitRow
from bellgate.review.pack.phrases import long_time
from bellgate.review.visits.gaps import Step
from bellgate.running.wrong_clock import in_doubt


def put_right(step: Step, zone: ZoneInfo) -> str:
    """When, by how much, and which times before it are in doubt."""
    way, by = "forward" if step.by > timedelta() else "back", long_time(abs(step.by))
    when = said_at(step.at, zone)
    return f"The gate’s clock was put {way} by {by}, at {when}. {in_doubt(step, zone)}"


def above_a_list(step: Step, zone: ZoneInfo) -> str:
    """What stands above rows of which some are in doubt: others may show the same hours."""
    return (
        f"{in_doubt(step, zone)} These are the times marked below. A time in those hours that is "
        "not marked was written after the clock had been put right."
    )


def of_visit(steps: Iterable[Step], visit: VisitRow) -> Step | None:
    """The step of the clock that timed a visit; None where its times are not in doubt."""
    return next((step for step in steps if step.timed(visit.log, visit.number)), None)


def otherwise(step: Step, visit: VisitRow, policy: Policy) -> str:
    """When a visit of a session may have been instead, by the clock that was put right: `before
    school`. Empty where it was in session all the same, or in no session."""
    group = next((policy.groups[role] for role in visit.roles if role in policy.groups), None)
    if not visit.session or group is None:
        return ""
    table, true = policy.timetable(group), visit.first + step.by
    if table.session_at(true) is not None:
        return ""
    if true in table.lunch:
        return "at lunch"
    return "before school" if step.by < timedelta() else "after school"

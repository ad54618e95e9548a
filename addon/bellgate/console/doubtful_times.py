"""What a page says of a clock that was put right, and which visits it had timed."""

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from bellgate.console.dates import said_at
from bellgate.review.index import VisitRow
from bellgate.review.pack.phrases import long_time
from bellgate.review.visits.gaps import Step
from bellgate.running.wrong_clock import in_doubt


def put_right(step: Step, zone: ZoneInfo) -> str:
    """When, by how much, and which times before it are in doubt."""
    way, by = "forward" if step.by > timedelta() else "back", long_time(abs(step.by))
    when = said_at(step.at, zone)
    return f"The gate’s clock was put {way} by {by}, at {when}. {in_doubt(step, zone)}"


def of_visit(steps: Iterable[Step], visit: VisitRow) -> Step | None:
    """The step of the clock that timed a visit; None where its times are not in doubt."""
    return next((step for step in steps if step.timed(visit.log, visit.number)), None)

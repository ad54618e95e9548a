"""Whether a visit of a session fell into a break of it: people take playtime for their own time."""

from zoneinfo import ZoneInfo

from bellgate.policy.decide import Policy
from bellgate.policy.timetable import Span
from bellgate.review.index import VisitRow


def break_of(visit: VisitRow, policy: Policy) -> Span | None:
    """The break that it began in, by the timetable as it is now for the visit's group."""
    group = next((policy.groups[role] for role in visit.roles if role in policy.groups), None)
    if not visit.session or group is None:
        return None
    return policy.timetable(group).break_at(visit.first)


def counts_as_session(pause: Span, zone: ZoneInfo) -> str:
    """`At playtime (10:30 to 10:45 by the present timetable): …`."""
    start, end = pause.start.astimezone(zone), pause.end.astimezone(zone)
    return (
        f"It was at {pause.name} ({start:%H:%M} to {end:%H:%M} by the present timetable). "
        "According to the school’s files, a break counts as part of its session, and not as "
        "people’s own time. Anybody who used it as a break may have thought of it as their own "
        "time."
    )

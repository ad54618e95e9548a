"""A policy's year -> an iCalendar file: the timetable as it is enforced, for calendar programs."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import icalendar

from bellgate.policy.academic_year import AcademicYear, alike
from bellgate.policy.decide import Policy
from bellgate.policy.wall_clock import WEEKDAYS
from bellgate.policy.who import Group
from bellgate.policy.year import Day

_DAY = timedelta(days=1)


def calendar_text(
    policy: Policy, groups: Sequence[Group], year: AcademicYear, now: datetime
) -> bytes:
    """Each session as an event, and each stretch of closed days with its name as one.

    Times are in UTC: every program shows them by its own clock, and none has to know our zone.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Bellgate//School timetable//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{policy.edition.school} {year.name}")
    for event in (*_sessions(policy, groups, year), *_closures(policy, groups, year)):
        event.add("dtstamp", now.replace(microsecond=0))
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(policy: Policy, uid: str, summary: str, why: str) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", f"{uid}@{policy.edition.gateway}".replace(" ", "-"))
    event.add("summary", summary)
    event.add("description", why)
    event.add("transp", "TRANSPARENT")
    return event


def _sessions(
    policy: Policy, groups: Sequence[Group], year: AcademicYear
) -> Iterator[icalendar.Event]:
    for when in year.dates():
        for day, names in alike(policy, groups, when):
            whose = ", ".join(names)
            for window in day.sessions:
                uid = f"{when}-{window.name}-{names[0]}"
                summary = f"{window.name.capitalize()} session: {whose}"
                event = _event(policy, uid, summary, _why(day))
                table = policy.timetable(policy.groups[names[0]])
                event.add("dtstart", table.at(when, window.start))
                event.add("dtend", table.at(when, window.end))
                yield event


def _closures(
    policy: Policy, groups: Sequence[Group], year: AcademicYear
) -> Iterator[icalendar.Event]:
    """Stretches of days closed for one reason; plain weekends and holidays need no word."""
    open_stretches: dict[tuple[str, tuple[str, ...]], tuple[date, date, Day]] = {}
    for when in year.dates():
        for day, names in alike(policy, groups, when):
            if day.open or day.source is None or day.why == f"a {WEEKDAYS[when.weekday()]}":
                continue
            key = (_why(day), tuple(names))
            first, last, _ = open_stretches.get(key, (when, when, day))
            if last < when - _DAY:
                yield _closure(policy, key[1], open_stretches[key])
                first = when
            open_stretches[key] = (first, when, day)
    for (_, whose), stretch in open_stretches.items():
        yield _closure(policy, whose, stretch)


def _closure(
    policy: Policy, names: Sequence[str], stretch: tuple[date, date, Day]
) -> icalendar.Event:
    first, last, day = stretch
    whose = f"{first}-closed-{names[0]}"
    event = _event(policy, whose, f"{day.why}: no school for {', '.join(names)}", _why(day))
    event.add("dtstart", first)
    event.add("dtend", last + _DAY)
    return event


def _why(day: Day) -> str:
    return f"{day.why} ({day.source})" if day.source else day.why

"""To print: the week for leaders, the term and the year for governors. Totals only; a group of
fewer than five people never stands apart; each line says whether it was measured or is the school's
word."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from flask import Flask, render_template

from bellgate.console import pictures
from bellgate.console.desk import Desk
from bellgate.console.pages.periods import Period, period_asked_for
from bellgate.console.pages.this_week import service_name
from bellgate.policy.academic_year import academic_year_of
from bellgate.policy.action import ACTIONS
from bellgate.policy.decide import decide
from bellgate.policy.wall_clock import instant_of
from bellgate.policy.what import CATEGORIES
from bellgate.review.index import Split
from bellgate.review.pack.phrases import count
from bellgate.running.address_question import Known
from bellgate.running.what_if import connection_to

_MIDNIGHT = time()
FEWEST: int = 5
"""People of a group at least, for it to stand apart in a report."""
Source = Literal["measured", "said by the school"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a report."""

    said: str
    source: Source


def register(app: Flask, desk: Desk) -> None:
    @app.get("/reports/week")
    def report_week() -> str:
        today = desk.school.today
        monday = today - timedelta(days=today.weekday() + 7)
        return _report(desk, "week", Period(monday, monday + timedelta(days=6), "last week"))

    @app.get("/reports/term")
    def report_term() -> str:
        return _report(desk, "term", period_asked_for(desk))

    @app.get("/reports/year")
    def report_year() -> str:
        year = academic_year_of(desk.school.policy.year, desk.school.today)
        period = Period(year.first, year.last, f"school year {year.name}")
        return _report(desk, "year", period, tests=_tests(desk))


def _report(desk: Desk, kind: str, period: Period, tests: object = ()) -> str:
    school = desk.school
    weeks = [desk.index.week(monday) for monday in _mondays(period, school.today)]
    whole = sum((w.whole for w in weeks), Split())
    services: dict[str, Split] = {}
    groups: dict[str, Split] = {}
    for week in weeks:
        for id, split in week.services.items():
            services[id] = services.get(id, Split()) + split
        for group, split in week.outer.items():
            groups[group] = groups.get(group, Split()) + split
    since, until = (
        instant_of(day, _MIDNIGHT, school.zone)
        for day in (period.first, period.last + timedelta(days=1))
    )
    return render_template(
        "report.html",
        kind=kind,
        period=period,
        whole=whole,
        kinds=[(k, pictures.kind_said(k)) for k in pictures.KINDS if getattr(whole, k)],
        services=[(service_name(desk, id), None, s) for id, s in sorted(services.items())],
        groups=[(g or "no group", None, s) for g, s in _apart(desk, groups)],
        lines=_lines(desk, school.watch(desk.index, since, until).said, whole),
        meanings=pictures.meanings(),
        tests=tests,
        made=school.now(),
    )


def _mondays(period: Period, today: date) -> list[date]:
    monday = period.first - timedelta(days=period.first.weekday())
    found = []
    while monday <= min(period.last, today):
        found.append(monday)
        monday += timedelta(days=7)
    return found


def _apart(desk: Desk, groups: dict[str, Split]) -> list[tuple[str, Split]]:
    """The groups that may stand apart, and the others together."""
    found, rest = [], Split()
    for group, split in sorted(groups.items()):
        if _people_in(desk, group) >= FEWEST:
            found.append((group, split))
        else:
            rest += split
    if rest.whole:
        found.append((f"groups known to have fewer than {FEWEST} people or devices", rest))
    return found


def _people_in(desk: Desk, group: str) -> int:
    """How many people a group has at least: those of its devices, and one for each shared device.
    A group that is a whole network (guests, say) has as many as may come."""
    policy = desk.school.policy
    if any(n.group == group for n in policy.directory.networks):
        return FEWEST
    devices = [d for d in policy.directory.devices
               if group in policy.groups[d.group].chain]  # fmt: skip
    return len({h.person for d in devices for h in d.holders} | {d.name for d in devices})


def _lines(desk: Desk, watched: str, whole: Split) -> list[Line]:
    school = desk.school
    edition = school.policy.edition
    lines = [
        Line(f"{count(whole.attempted, 'visit')} to sites that the rules cover.", "measured"),
        Line(watched, "measured"),
        Line(
            f"The rules follow the {edition.title}."
            if edition.title
            else "The rules follow the school’s policy.",
            "said by the school",
        ),
    ]
    lines += [
        Line(f"{p.message}.", "measured")
        for p in school.folder.problems_on(school.today)
        if "review overdue" in p.message
    ]
    if edition.notice:
        lines.append(
            Line(f"Staff were given the notice, version {edition.notice}.", "said by the school")
        )
    return lines


@dataclass(frozen=True, slots=True)
class Tried:
    """One category for one group: what the gate would decide now, and in its next session."""

    group: str
    service: str
    now: str
    in_session: str
    """How a site of this service is found."""


def _tests(desk: Desk) -> list[tuple[str, list[Tried]]]:
    """Each category tried as each network's group, by what the gate would decide."""
    policy = desk.school.policy
    networks = {n.group: str(next(n.network.hosts())) for n in policy.directory.networks}
    found = []
    for category in CATEGORIES:
        known = (s for s in policy.index.services.values() if s.category == category and s.domains)
        service = next(known, None)
        if service is not None:
            site = min(service.domains)
            tried = [
                _tried(desk, group, source, service.name, site)
                for group, source in sorted(networks.items())
            ]
            found.append((category, tried))
    return found


def _tried(desk: Desk, group: str, source: str, service: str, site: str) -> Tried:
    policy, now = desk.school.policy, desk.school.now()
    connection, granted = connection_to(site, source, Known()), desk.school.granted.read()

    def found(when: datetime) -> str:
        return ACTIONS[decide(policy, connection, when, granted).action].found

    sessions = policy.timetable(policy.groups[group]).sessions
    coming = next((s for s in sessions if now < s.end), None)
    middle = max(now, coming.start) + (coming.end - max(now, coming.start)) / 2 if coming else None
    return Tried(group, service, found(now), found(middle) if middle else "no session to come")

"""To print: the week for leaders, the term and the year for governors. Totals only; a group of
fewer than five people never stands apart; each line says whether it was measured or is the school's
word."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from flask import Flask, render_template

from bellgate.console import attention, pictures, worth_knowing
from bellgate.console.desk import Desk
from bellgate.console.pages.periods import Period, monday_asked_for, period_asked_for, period_of
from bellgate.console.pages.this_week import services_of
from bellgate.policy.academic_year import academic_year_of
from bellgate.policy.action import ACTIONS
from bellgate.policy.decide import decide
from bellgate.policy.what import CATEGORIES
from bellgate.review.index import OWN_TIME, Counts, Search, Split, Totals
from bellgate.review.pack.phrases import count
from bellgate.running.address_question import Known
from bellgate.running.counted import beside, unsound
from bellgate.running.what_if import connection_to

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
        last_week = today - timedelta(days=today.weekday() + 7)
        monday = monday_asked_for(desk, last_week)
        name = "last week" if monday == last_week else ""
        return _report(desk, "week", period_of(desk, monday, monday + timedelta(days=6), name))

    @app.get("/reports/term")
    def report_term() -> str:
        return _report(desk, "term", period_asked_for(desk))

    @app.get("/reports/year")
    def report_year() -> str:
        year = academic_year_of(desk.school.policy.year, desk.school.today)
        period = period_of(desk, year.first, year.last, f"school year {year.name}")
        return _report(desk, "year", period, tests=_tests(desk))


def _report(desk: Desk, kind: str, period: Period, tests: object = ()) -> str:
    school, totals = desk.school, desk.index.totals(period.first, period.last)
    counts = desk.index.count(Search(first=period.first, last=period.last))
    whole, apart = totals.whole, _apart(desk, totals)
    return render_template(
        "report.html",
        kind=kind,
        before=period.first - timedelta(days=7),
        after=after if (after := period.last + timedelta(days=1)) <= school.today else None,
        period=period,
        whole=whole,
        counts=counts,
        kinds=[(k, pictures.kind_said(k)) for k in pictures.KINDS if getattr(whole, k)],
        services=services_of(desk, totals, further=False),
        groups=[(g or "no group", None, s) for g, s, _ in apart],
        groups_own=[own for *_, own in apart],
        lines=[
            *_lines(desk, period, counts),
            *_of_people(desk, period, each=kind == "week"),
        ],
        meanings=pictures.meanings(),
        tests=tests,
        gate_answers=school.status() is not None,
        made=school.now(),
    )


def _apart(desk: Desk, totals: Totals) -> list[tuple[str, Split, int]]:
    """The groups that may stand apart, and the others together; each with how many of its visits
    were in people's own time."""
    found, rest, own = [], Split(), totals.own_time.attempted
    for group, split in sorted(totals.outer.items()):
        if _people_in(desk, group) >= FEWEST:
            asked = Search(group=group, session=OWN_TIME, first=totals.first, last=totals.last)
            theirs = desk.index.count(asked).visits
            found.append((group, split, theirs))
            own -= theirs
        else:
            rest += split
    if rest.whole:
        found.append((f"groups known to have fewer than {FEWEST} people or devices", rest, own))
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


def _lines(desk: Desk, period: Period, counts: Counts) -> list[Line]:
    watched = desk.school.watch(desk.index, period.first, period.last).said
    edition = desk.school.policy.edition
    visits = f"{count(counts.visits, 'visit')} to sites that the rules cover{period.so_far}."
    lines = [
        *([] if period.unmeasured else [Line(visits, "measured")]),
        *(Line(said, "measured") for said in (*beside(counts), unsound(counts)) if said),
        Line(watched, "measured"),
        Line(
            f"The rules follow the {edition.title}."
            if edition.title
            else "The rules follow the school’s policy.",
            "said by the school",
        ),
        *(Line(said, "said by the school") for said in attention.review_due(desk)),
    ]
    if edition.notice:
        lines.append(
            Line(f"Staff were given the notice, version {edition.notice}.", "said by the school")
        )
    return lines


def _of_people(desk: Desk, period: Period, *, each: bool) -> list[Line]:
    """Who was refused a page, and what people said about the record; that there was none, too. The
    leaders read of each, the governors how often."""
    if not each:
        often = worth_knowing.how_often(desk, period.first, period.last)
        return [Line(said, "measured") for said in often]
    found = worth_knowing.of_people(desk, period.first, period.last)
    refused = found.refused or (worth_knowing.NOBODY_REFUSED,)
    objections = found.objections or (worth_knowing.NOBODY_OBJECTED,)
    return [Line(said, "measured") for said in (*refused, *objections)]


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

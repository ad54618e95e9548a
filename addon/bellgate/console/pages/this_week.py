"""This week: is anything the matter? Days and sessions as a picture, visits by service and group,
and what needs somebody. Nobody is named, and nobody is ranked."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from flask import Flask, redirect, render_template, url_for
from werkzeug.wrappers import Response

from bellgate.console import attention, pictures, worth_knowing
from bellgate.console.desk import Desk, signed_in
from bellgate.console.pages.periods import monday_asked_for, period_of
from bellgate.console.roles import FIRST
from bellgate.console.service_words import service_name, service_said
from bellgate.policy.what import CIRCUMVENTION
from bellgate.review.index import Search, Split, Totals
from bellgate.running.watched import Watch

_WEEK = timedelta(days=7)


def register(app: Flask, desk: Desk) -> None:
    @app.get("/")
    def this_week() -> str | Response:
        role = signed_in().role
        if FIRST[role] != "/":
            return redirect(FIRST[role], 303)
        today = desk.school.today
        monday = monday_asked_for(desk, today - timedelta(days=today.weekday()))
        return render_template("this-week.html", **_facts(desk, monday))


def _facts(desk: Desk, monday: date) -> dict[str, object]:
    sunday = monday + timedelta(days=6)
    school, week = desk.school, desk.index.totals(monday, sunday)
    this = school.today - timedelta(days=school.today.weekday())
    kinds = [(k, pictures.kind_said(k)) for k in pictures.KINDS if getattr(week.whole, k)]
    days = _days(desk, week)
    watch = school.watch(desk.index, monday, sunday)
    # Whoever looks once a week must not miss what happened after they looked last week.
    since = monday - _WEEK if monday == this else monday
    # Only the head goes on from here to who it was.
    role = signed_in().role
    further = role == "head"
    last = school.today if monday == this else sunday
    people = worth_knowing.of_people(desk, since, last)
    return {
        "period": period_of(desk, monday, sunday),
        "week": week,
        "watch": watch,
        "counts": desk.index.count(Search(first=monday, last=sunday)),
        "kinds": kinds,
        "bars": pictures.bars([(title, "", split or Split()) for title, split in days]),
        "days": [
            (title, _visits(further, first=day, last=day, session=session), split)
            for (title, split), (day, session) in zip(days, _keys(week, school.today), strict=True)
        ],
        "services": services_of(desk, week, further=further),
        "groups": groups_of(week, further=further),
        "ways_round": _ways_round(desk, week),
        "worth_knowing": _worth_knowing(desk, watch, people, this=monday == this),
        "objectors": people.objectors if further else (),
        "knowing_since": since,
        "before": monday - _WEEK,
        "after": monday + _WEEK if monday + _WEEK <= this else None,
        "is_this": monday == this,
        "needs": [(n.said, n.leads(role)) for n in attention.needs(desk, role)],
        "state": desk.index.state(),
    }


Rows = list[tuple[str, str | None, Split | None]]
"""Rows of a table of visits: the name, where it leads, and the numbers."""


def services_of(desk: Desk, totals: Totals, *, further: bool) -> Rows:
    """By service, each with what it is."""
    named = sorted((service_said(desk, id), id) for id in totals.services)
    return [
        (said, _service(further, id, totals.first, totals.last), totals.services[id])
        for said, id in sorted(named, key=lambda pair: pair[0].lower())
    ]


def groups_of(totals: Totals, *, further: bool) -> Rows:
    """By group with those inside it, which follow it: the numbers of a search for the group."""
    return [
        (
            f"of these, {path[-1]}" if len(path) > 1 else path[-1] or "no group",
            _visits(further, group=path[-1], first=totals.first, last=totals.last),
            split,
        )
        for path, split in totals.within.items()
    ]


@dataclass(frozen=True, slots=True)
class WaysRound:
    """Visits to what leads round the school's rules."""

    visits: int
    refused: int
    services: str
    """`NordVPN (1), Proton VPN (2)`"""


def _ways_round(desk: Desk, week: Totals) -> WaysRound | None:
    """None where there was no visit."""
    search = Search(category=CIRCUMVENTION, first=week.first, last=week.last)
    counts = desk.index.count(search)
    if not counts.visits:
        return None
    known = desk.school.policy.index.services
    services = [
        f"{service_name(desk, id)} ({split.attempted:,})"
        for id, split in sorted(week.services.items())
        if id in known and known[id].category == CIRCUMVENTION and split.attempted
    ]
    return WaysRound(counts.visits, counts.refused, ", ".join(services))


def _worth_knowing(
    desk: Desk, watch: Watch, people: worth_knowing.People, *, this: bool
) -> list[tuple[str, list[str]]]:
    """Of the gate in this week; of people and their records, this week and last."""
    title = "Refusals and objections, last week and this" if this else "Refusals and objections"
    return [
        ("Worth knowing about this week", worth_knowing.of_the_gate(desk, watch)),
        (title, people.said),
    ]


def _days(desk: Desk, week: Totals) -> list[tuple[str, Split | None]]:
    """Each day and session; None where nothing was measured, so that no 0 stands for it."""
    found: list[tuple[str, Split | None]] = []
    for day, session in _keys(week, desk.school.today):
        split = week.sessions.get((day, session))
        missing = _not_watched(desk, day) if split is None else ""
        known = split if split or missing in _WHOLLY else Split()
        found.append((_title(day, session) + missing, known))
    return found


_WHOLLY: Final = (", nothing measured", ", not watched")
"""What is said of a day of which nothing is known."""


def _not_watched(desk: Desk, day: date) -> str:
    """What a day without a visit must say, lest its nothing be taken for something."""
    if day > desk.school.today:
        return ""
    watch = desk.school.watch(desk.index, day, day)
    if watch.unmeasured:
        return _WHOLLY[0]
    if not watch.silent:
        return ""
    return _WHOLLY[1] if watch.silent == watch.session_time else ", not watched throughout"


def _keys(week: Totals, today: date) -> list[tuple[date, str | None]]:
    """Each day of the week up to today, with the sessions in which anything is; at least a line."""
    keys: list[tuple[date, str | None]] = []
    order = {"morning": 0, "afternoon": 1}
    for offset in range(7):
        day = week.first + timedelta(days=offset)
        there = [session for d, session in week.sessions if d == day]
        if not there and (day > today or offset > 4):
            continue
        sessions = sorted(there, key=lambda s: (s is None, order.get(s or "", 2), s or ""))
        keys += [(day, session) for session in sessions] or [(day, "")]
    return keys


def _title(day: date, session: str | None) -> str:
    said = f"{day:%a} {day.day} {day:%b}"
    if session is None:
        return f"{said}, own time"
    return f"{said}, {session}" if session else said


def _visits(further: bool, **search: object) -> str | None:
    if not further:
        return None
    known = {k: v for k, v in search.items() if v}
    if search.get("session", "") is None:
        known["session"] = "own-time"
    return url_for("visits", **known)  # type: ignore[arg-type]


def _service(further: bool, id: str, first: date, last: date) -> str | None:
    return url_for("service", id=id, first=first, last=last) if further else None

"""This week: is anything the matter? Days and sessions as a picture, visits by service and group,
and what needs somebody. Nobody is named, and nobody is ranked."""

from datetime import date, time, timedelta

from flask import Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bellgate.console import attention, pictures
from bellgate.console.desk import Desk, signed_in
from bellgate.console.roles import FIRST
from bellgate.policy.wall_clock import instant_of
from bellgate.policy.what import UNNAMED
from bellgate.review.index import Split, Week
from bellgate.running.typed import NotUnderstood, day_back

_MIDNIGHT = time()
_WEEK = timedelta(days=7)


def register(app: Flask, desk: Desk) -> None:
    @app.get("/")
    def this_week() -> str | Response:
        role = signed_in().role
        if FIRST[role] != "/":
            return redirect(FIRST[role], 303)
        monday, problem = _monday(desk, request.args.get("week"))
        return render_template("this-week.html", problem=problem, **_facts(desk, monday))


def _monday(desk: Desk, asked: str | None) -> tuple[date, str]:
    today = desk.school.today
    this = today - timedelta(days=today.weekday())
    if not asked:
        return this, ""
    try:
        day = day_back(asked, today)
    except NotUnderstood as error:
        return this, str(error)
    return day - timedelta(days=day.weekday()), ""


def _facts(desk: Desk, monday: date) -> dict[str, object]:
    school, week = desk.school, desk.index.week(monday)
    zone = school.zone
    since = instant_of(monday, _MIDNIGHT, zone)
    until = instant_of(monday + _WEEK, _MIDNIGHT, zone)
    watch = school.watch(desk.index, since, until)
    this = school.today - timedelta(days=school.today.weekday())
    kinds = [(k, pictures.kind_said(k)) for k in pictures.KINDS if getattr(week.whole, k)]
    days = _days(desk, week)
    services = sorted(week.services.items(), key=lambda pair: service_name(desk, pair[0]).lower())
    # Only the head goes on from here to who it was.
    role = signed_in().role
    further = role == "head"
    sunday = monday + timedelta(days=6)
    return {
        "monday": monday,
        "sunday": sunday,
        "week": week,
        "watch": watch,
        "kinds": kinds,
        "bars": pictures.bars([(title, "", split) for title, split in days]),
        "days": [
            (title, _visits(further, first=day, last=day, session=session), split)
            for (title, split), (day, session) in zip(days, _keys(week, school.today), strict=True)
        ],
        "services": [
            (service_name(desk, id), _service(further, id, monday, sunday), split)
            for id, split in services
        ],
        "groups": [
            (group or "no group", _visits(further, group=group, first=monday, last=sunday), split)
            for group, split in sorted(week.inner.items())
        ],
        "before": monday - _WEEK,
        "after": monday + _WEEK if monday + _WEEK <= this else None,
        "is_this": monday == this,
        "needs": [(n.said, n.leads(role)) for n in attention.needs(desk, role)],
        "state": desk.index.state(),
    }


def service_name(desk: Desk, id: str) -> str:
    """What a service is called; a site that is no service stands for itself."""
    service = desk.school.policy.index.services.get(id) or UNNAMED.get(id)
    return service.name if service else id


def _days(desk: Desk, week: Week) -> list[tuple[str, Split]]:
    found = []
    for day, session in _keys(week, desk.school.today):
        title = _title(day, session) + _not_watched(desk, day, session)
        found.append((title, week.sessions.get((day, session), Split())))
    return found


def _not_watched(desk: Desk, day: date, session: str | None) -> str:
    """What a day without a visit must say, lest its nothing be taken for something."""
    zone = desk.school.zone
    since, until = (instant_of(d, _MIDNIGHT, zone) for d in (day, day + timedelta(days=1)))
    if session != "" or since >= desk.school.now():
        return ""
    watch = desk.school.watch(desk.index, since, until)
    if not watch.silent:
        return ""
    return ", not watched" if watch.silent == watch.session_time else ", not watched throughout"


def _keys(week: Week, today: date) -> list[tuple[date, str | None]]:
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

"""One person: a term at a glance, what could not be attributed and why, what is held and who
looked, what they say against it. The name behind the pseudonym only after a reason, for an hour, in
this session."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Flask, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from bellgate.console import pictures
from bellgate.console.desk import Desk, signed_in
from bellgate.console.held import holding, presence, said_to_others
from bellgate.console.pages.periods import Period, period_asked_for
from bellgate.console.says import says
from bellgate.console.service_words import service_said
from bellgate.console.visit_rows import rows_of
from bellgate.review.index import PersonWeek, Search, Split
from bellgate.review.objections import Objection
from bellgate.review.pack import report_words
from bellgate.review.pack.question import Held
from bellgate.running.confided import CannotOpen
from bellgate.running.typed import NotUnderstood, day_back

ASKED_AGAIN = timedelta(hours=1)
"""How long a reason holds."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A name that somebody was shown, after a reason; kept in their session and nowhere else."""

    name: str
    at: datetime


def register(app: Flask, desk: Desk) -> None:
    app.jinja_env.filters["said_to_others"] = said_to_others

    @app.get("/people/<id>")
    def person(id: str) -> str:
        return _page(desk, id)

    @app.post("/people/<id>/name")
    def reveal(id: str) -> Response | tuple[str, int]:
        reason = " ".join(request.form.get("reason", "").split())[:200]
        if not reason:
            return _page(desk, id, "Say why you need the name: it is recorded"), 400
        try:
            if not desk.school.confided.has_name(id):
                abort(404)
            _show_the_name(desk, id, reason)
        except CannotOpen as error:
            return _page(desk, id, f"The name cannot be shown now: {error}"), 503
        return redirect(url_for("person", id=id), 303)

    @app.post("/people/<id>/objection")
    def object_(id: str) -> Response | tuple[str, int]:
        text = request.form.get("text", "").strip()[:10_000]
        if not text:
            return _page(desk, id, "Write down what the person says"), 400
        if not _known(desk, id):
            abort(404)
        who, now = signed_in().name, desk.school.now()
        received = request.form.get("received", "").strip()
        try:
            day = day_back(received, desk.school.today) if received else None
        except NotUnderstood as error:
            return _page(desk, id, str(error)), 400
        said = f"{who} recorded the objection of {id}"
        try:
            desk.looks.objected(who, said, id, Objection.made(text, now, day))
        except CannotOpen as error:
            return _page(desk, id, f"What they said could not be saved: {error}"), 503
        return redirect(url_for("person", id=id, saved="yes"), 303)


def _show_the_name(desk: Desk, id: str, reason: str) -> None:
    """From now on for an hour the name stands on the person's page, after its record. Raises
    NotRecorded, and CannotOpen."""
    name = desk.looks.shown_the_name(signed_in().name, id, reason)
    shown = Shown(name, desk.school.machine_now())
    session["revealed"] = {**session.get("revealed", {}), id: shown}


def held_by(desk: Desk, id: str) -> tuple[Held, ...]:
    """What the files say of a person's devices, and since when; nobody else's."""
    return tuple(
        Held(d.name, h.person, h.start, h.end)
        for d in desk.school.policy.directory.devices
        for h in d.holders
        if h.person == id
    )


def _page(desk: Desk, id: str, problem: str = "") -> str:
    period, who = period_asked_for(desk), signed_in().name
    held = held_by(desk, id)
    if not _known(desk, id):
        abort(404)
    found = desk.index.person(id, period.first, period.last, held)
    desk.looks.leave(who, "viewed", f"{who} looked at {id}", target=id, page="/people")
    search = Search(person=id, first=period.first, last=period.last)
    whole = request.args.get("all") == "yes"
    visits = [*desk.index.every_visit(search)] if whole else desk.index.visits(search).rows
    may_ask, names_trouble = _may_ask(desk, id)
    return render_template(
        "person.html",
        id=id,
        period=period,
        problem=problem,
        name=_name(desk, id),
        may_ask=may_ask,
        names_trouble=names_trouble,
        held=held,
        presence=presence(held, desk.school.now(), desk.school.zone),
        found=found,
        counts=desk.index.count(search),
        watch=desk.school.watch(desk.index, period.first, period.last),
        **_tables(desk, id, period, found.weeks),
        nobodys=report_words.NOBODYS,
        rows=rows_of(desk, visits),
        whole_of_it=whole,
        holding=holding(desk, held, id, visits, whole=whole),
        says=says(desk, id),
        saved=request.args.get("saved") == "yes",
        limits=report_words.not_shown(refused=True),
        meanings=pictures.meanings(),
        record_begins=desk.school.record_begins or period.first,
        made=desk.school.now(),
        contact=desk.school.policy.edition.contact,
    )


def _tables(desk: Desk, id: str, period: Period, found: Iterable[PersonWeek]) -> dict[str, object]:
    """The picture by week, and the tables by week and by service, each with the visits of its rows
    that were in people's own time."""
    by_week: dict[date, list[PersonWeek]] = {}
    by_service: dict[str, list[PersonWeek]] = {}
    for each in found:
        by_week.setdefault(each.monday, []).append(each)
        by_service.setdefault(each.service, []).append(each)
    weeks = [(m, _sum(of), _own(of)) for m, of in sorted(by_week.items())]
    services = sorted(((service_said(desk, s), s) for s in by_service), key=_by_name)
    whole = sum((split for _, split, _ in weeks), Split())
    return {
        "kinds": [(k, pictures.kind_said(k)) for k in pictures.KINDS if getattr(whole, k)],
        "bars": pictures.bars([(f"week of {m.day} {m:%b}", "", s) for m, s, _ in weeks]),
        "weeks": [
            (f"{m.day} {m:%B}", _visits(id, *_within(period, m)), split) for m, split, _ in weeks
        ],
        "weeks_own": [own for *_, own in weeks],
        "services": [
            (said, _visits(id, period.first, period.last, s), _sum(by_service[s]))
            for said, s in services
        ],
        "services_own": [_own(by_service[s]) for _, s in services],
    }


def _by_name(named: tuple[str, str]) -> str:
    return named[0].lower()


def _sum(weeks: Iterable[PersonWeek]) -> Split:
    return sum((week.visits for week in weeks), Split())


def _own(weeks: Iterable[PersonWeek]) -> int:
    return sum(week.own_time for week in weeks)


def _within(period: Period, monday: date) -> tuple[date, date]:
    """What of a week the page is about."""
    return max(monday, period.first), min(monday + timedelta(days=6), period.last)


def _visits(id: str, first: date, last: date, service: str | None = None) -> str:
    return url_for("visits", who=id, first=first, last=last, service=service)


def _known(desk: Desk, id: str) -> bool:
    """Whether the files or the record know a person, or a name is kept: of whom nothing else is
    held, the page must say so."""
    known = bool(held_by(desk, id)) or desk.index.count(Search(person=id)).shown > 0
    return known or _may_ask(desk, id)[0]


def _name(desk: Desk, id: str) -> str | None:
    """The name, if a reason was given in this session within the hour."""
    shown: Shown | None = session.get("revealed", {}).get(id)
    if shown is None or desk.school.machine_now() - shown.at > ASKED_AGAIN:
        return None
    return shown.name


def _may_ask(desk: Desk, id: str) -> tuple[bool, str]:
    """Whether a name is kept, or why nobody can tell."""
    try:
        return desk.school.confided.has_name(id), ""
    except CannotOpen as error:
        return False, str(error)

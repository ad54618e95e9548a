"""One person: a term at a glance, what could not be attributed and why, what they say against it.
The name behind the pseudonym only after a reason, for an hour, in this session."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Flask, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from bellgate.console import pictures
from bellgate.console.desk import Desk, signed_in
from bellgate.console.pages.periods import period_asked_for
from bellgate.console.pages.this_week import service_name
from bellgate.console.pages.visits import row_of
from bellgate.review.index import Search, Split
from bellgate.review.objections import Objection
from bellgate.review.pack import report_words
from bellgate.review.pack.question import Held
from bellgate.running.confided import CannotOpen

ASKED_AGAIN = timedelta(hours=1)
"""How long a reason holds."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A name that somebody was shown, after a reason; kept in their session and nowhere else."""

    name: str
    at: datetime


def register(app: Flask, desk: Desk) -> None:
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
            name = desk.looks.shown_the_name(signed_in().name, id, reason)
        except CannotOpen as error:
            return _page(desk, id, f"The name cannot be shown now: {error}"), 503
        shown = Shown(name, desk.school.machine_now())
        session["revealed"] = {**session.get("revealed", {}), id: shown}
        return redirect(url_for("person", id=id), 303)

    @app.post("/people/<id>/objection")
    def object_(id: str) -> Response | tuple[str, int]:
        text = request.form.get("text", "").strip()[:10_000]
        if not text:
            return _page(desk, id, "Write down what the person says"), 400
        if not _known(desk, id):
            abort(404)
        who, now = signed_in().name, desk.school.now()
        said = f"{who} recorded the objection of {id}"
        try:
            desk.looks.objected(who, said, id, Objection.made(text, now))
        except CannotOpen as error:
            return _page(desk, id, f"What they say was not kept: {error}"), 503
        return redirect(url_for("person", id=id), 303)


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
    whole = sum((w.visits for w in found.weeks), Split())
    by_week: dict[date, Split] = {}
    by_service: dict[str, Split] = {}
    for week in found.weeks:
        by_week[week.monday] = by_week.get(week.monday, Split()) + week.visits
        by_service[week.service] = by_service.get(week.service, Split()) + week.visits
    search = Search(person=id, first=period.first, last=period.last)
    objection, trouble = _objection(desk, id)
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
        found=found,
        whole=whole,
        kinds=[(k, pictures.kind_said(k)) for k in pictures.KINDS if getattr(whole, k)],
        bars=pictures.bars(
            [(f"week of {m.day} {m:%b}", "", s) for m, s in sorted(by_week.items())]
        ),
        weeks=[
            (f"{m.day} {m:%B}", _visits(id, m, m + timedelta(days=6)), s)
            for m, s in sorted(by_week.items())
        ],
        services=[
            (service_name(desk, s), _visits(id, period.first, period.last, s), split)
            for s, split in sorted(by_service.items())
        ],
        nobodys=report_words.NOBODYS,
        rows=[row_of(desk, v) for v in desk.index.visits(search).rows],
        objection=objection,
        trouble=trouble,
        limits=report_words.NOT_SHOWN,
    )


def _visits(id: str, first: date, last: date, service: str | None = None) -> str:
    return url_for("visits", who=id, first=first, last=last, service=service)


def _known(desk: Desk, id: str) -> bool:
    if held_by(desk, id):
        return True
    return bool(desk.index.visits(Search(person=id)).total)


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


def _objection(desk: Desk, id: str) -> tuple[Objection | None, str]:
    try:
        return desk.school.confided.objection(id), ""
    except CannotOpen as error:
        return None, str(error)

"""A teacher opens a service for their class, for this lesson: the groups and services that the
school lends them in `console.yaml`. It is recorded under their name, and the head sees it."""

import secrets

from flask import Flask, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bellgate.console import effect, settings
from bellgate.console.desk import Desk, signed_in
from bellgate.console.pages.exemptions import CHOOSE, grant, take_back
from bellgate.console.service_words import service_name
from bellgate.console.settings import Lent
from bellgate.policy.exemptions import Exemption
from bellgate.running.typed import NotUnderstood, moment_ahead


def register(app: Flask, desk: Desk) -> None:
    @app.get("/lesson")
    def lesson() -> str:
        return _page(desk, [])

    @app.post("/lesson")
    def open_for_lesson() -> Response | tuple[str, int]:
        who, now, policy = signed_in(), desk.school.now(), desk.school.policy
        group, service = request.form.get("group", ""), request.form.get("service", "")
        reason = " ".join(request.form.get("reason", "").split())[:200]
        problems = []
        if not any(group in lent.groups and service in lent.services for lent in _lent(desk)):
            problems.append({"text": "Choose a group and a service of yours", "href": "#group"})
        if not reason:
            problems.append({"text": "Say what for: it is recorded", "href": "#reason"})
        try:
            until = moment_ahead("session", policy, group, now)
        except NotUnderstood:
            until = now
            problems.append(
                {"text": "No session is on for this group at the moment", "href": "#group"}
            )
        if problems:
            return _page(desk, problems), 400
        grant(
            desk,
            Exemption(secrets.token_hex(3), (group,), (service,), now, until, who.name, reason),
        )
        return redirect(url_for("lesson", done="yes"), 303)

    @app.post("/lesson/<id>/close")
    def close_lesson(id: str) -> Response:
        mine = next((e for e in _mine(desk) if e.id == id), None)
        if mine is None:
            abort(404)
        take_back(desk, mine)
        return redirect(url_for("lesson", closed="yes"), 303)


def _mine(desk: Desk) -> list[Exemption]:
    """What is open now and whoever asks opened: nobody closes what somebody else did."""
    now, name = desk.school.now(), signed_in().name
    return [e for e in desk.school.granted.read() if e.start <= now < e.until and e.by == name]


def _lent(desk: Desk) -> tuple[Lent, ...]:
    """What is lent to whoever asks. The head may open what is lent to anybody."""
    read = settings.read(desk.school.state).settings
    who = signed_in()
    return read.lessons if who.role == "head" else read.lent_to(who.name)


def _said(desk: Desk) -> str:
    if request.args.get("done"):
        return effect.said(desk, "It is open. Pupils may have to reload the page.")
    return effect.said(desk, "It is closed again.") if request.args.get("closed") else ""


def _page(desk: Desk, problems: list[dict[str, str]]) -> str:
    lent = _lent(desk)
    groups = sorted({g for each in lent for g in each.groups})
    services = sorted({s for each in lent for s in each.services})
    return render_template(
        "lesson.html",
        problems=problems,
        given=request.form,
        groups=[CHOOSE, *({"value": g, "text": g} for g in groups)] if groups else [],
        services=[CHOOSE, *({"value": s, "text": service_name(desk, s)} for s in services)]
        if services
        else [],
        mine=[(service_name(desk, e.what[0]), e) for e in _mine(desk)],
        trouble=settings.read(desk.school.state).problem,
        in_force_now=effect.in_force(desk),
        said=_said(desk),
    )

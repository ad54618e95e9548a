"""Recorded decisions as they come. What passes undecided is nobody's business: it is a number here,
and more only of one device, after a reason, for ten minutes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from flask import Flask, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from bellgate.audit.record.seen import SEEN
from bellgate.console.desk import Desk, signed_in
from bellgate.console.service_words import service_name
from bellgate.policy.action import OUTCOMES
from bellgate.review.visits.attempts import Attempt
from bellgate.running import passing
from bellgate.running.acting import NotDone

WATCHED: Final = timedelta(minutes=10)
"""How long a page that looks again by itself goes on under one record, and a look at a device."""

_NOTHING_PASSES: Final = (
    "The gate is not running, so nothing passes it and there is nothing to look at. Nothing was "
    "recorded. You can still look at what has already been recorded"
)


def register(app: Flask, desk: Desk) -> None:
    @app.get("/now")
    def now() -> str:
        who = signed_in()
        _recorded(desk, who.name, live=request.args.get("live") == "yes")
        group, service = request.args.get("group", ""), request.args.get("service", "")
        found = [
            d.attempt
            for d in desk.index.feed(desk.school.paths, limit=200)
            if (not group or group in d.attempt.roles)
            and (not service or service == d.attempt.service)
        ][:50]
        # In the order of the records, a repeated attempt stands where its last one was written.
        return _page(desk, sorted(found, key=lambda attempt: attempt.at, reverse=True))

    @app.post("/now")
    def look() -> str | Response | tuple[str, int]:
        """Look at what passes from one device."""
        device = request.form.get("device", "").strip()
        reason = " ".join(request.form.get("reason", "").split())[:200]
        wrong = {}
        if device not in {d.name for d in desk.school.policy.directory.devices}:
            wrong["device"] = "Write the name of a device as it is written in the files"
        if not reason:
            wrong["reason"] = "Say why you are looking: it is recorded"
        if wrong:
            return _page(desk, None, device=device, wrong=wrong), 400
        if desk.school.status() is None:
            wrong["device"] = _NOTHING_PASSES
            return _page(desk, None, device=device, wrong=wrong), 503
        try:
            passing.begin_to_look(desk.school.acting(signed_in().name), device, reason)
        except NotDone as error:
            return _page(desk, None, device=device, wrong={"device": f"It cannot be: {error}"}), 503
        session["looked_at"] = device, desk.school.machine_now()
        return redirect(url_for("now"), 303)


def _page(
    desk: Desk,
    found: Sequence[Attempt] | None,
    *,
    device: str = "",
    wrong: Mapping[str, str] = MappingProxyType({}),
) -> str:
    who, status = signed_in(), desk.school.status()
    looked_at, since = session.get("looked_at", ("", None))
    if since is not None and desk.school.machine_now() - since >= WATCHED:
        looked_at = ""  # what somebody else looks at since is theirs
    return render_template(
        "now.html",
        device=device or looked_at,
        looked_at=looked_at,
        look=passing.look(desk.school.paths, looked_at) if looked_at else None,
        devices=sorted(d.name for d in desk.school.policy.directory.devices),
        wrong=wrong,
        problems=[{"text": said, "href": f"#{name}"} for name, said in wrong.items()],
        # The technician sees devices and services, and no person.
        named=who.role == "head",
        found=None if found is None else [_row(desk, attempt) for attempt in found],
        status=status,
        answered_at=datetime.fromisoformat(status["now"]) if status else None,
        group=request.args.get("group", ""),
        service=request.args.get("service", ""),
        groups=[
            {"value": "", "text": "any"},
            *({"value": g, "text": g} for g in desk.school.policy.groups),
        ],
    )


def _row(desk: Desk, attempt: Attempt) -> tuple[Attempt, str, str, str]:
    """An attempt with its service, its outcome and what was seen of it, in words."""
    outcome, seen = OUTCOMES[attempt.action].report, SEEN[attempt.seen].short
    return attempt, service_name(desk, attempt.what), outcome, seen


def _recorded(desk: Desk, name: str, *, live: bool) -> None:
    """A record of each look; of a page that looks again by itself, one for ten minutes."""
    now = desk.school.machine_now()
    since: datetime | None = session.get("watching")
    if live and since is not None and now - since < WATCHED:
        return
    did = "watched for up to ten minutes" if live else "looked at"
    desk.looks.leave(name, "viewed", f"{name} {did} what is being recorded", page="/now")
    if live:
        session["watching"] = now

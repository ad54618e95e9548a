"""Recorded decisions as they come. What passes undecided is nobody's business: only what a rule
names is recorded, so only that can be seen here."""

from datetime import datetime, timedelta
from typing import Final

from flask import Flask, render_template, request, session

from bellgate.audit.record.seen import SEEN
from bellgate.console.desk import Desk, signed_in
from bellgate.console.pages.this_week import service_name
from bellgate.policy.action import OUTCOMES

WATCHED: Final = timedelta(minutes=10)
"""How long a page that looks again by itself goes on under one record."""


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
        status = desk.school.status()
        return render_template(
            "now.html",
            # The technician sees devices and services, and no person.
            named=who.role == "head",
            found=[
                (a, service_name(desk, a.what), OUTCOMES[a.action].report, SEEN[a.seen].short)
                for a in found
            ],
            status=status,
            group=group,
            service=service,
            groups=[{"value": "", "text": "any"},
                    *({"value": g, "text": g} for g in desk.school.policy.groups)],
        )  # fmt: skip


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

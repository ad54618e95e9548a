"""Health: is the gate running, is the log sound, is the clock right, what is about to run out. Seen
by the head, the chair and the technician; nobody is named here. Works while nothing can be
recorded."""

from datetime import time, timedelta

from flask import Flask, render_template, request

from bellgate.console import attention
from bellgate.console.desk import Desk, signed_in
from bellgate.console.observed import would_have_been
from bellgate.console.pages.periods import Period, period_asked_for
from bellgate.policy.wall_clock import instant_of

DAYS = attention.LOOKS_BACK
"""How far the page looks back unless it is asked for other days."""


def register(app: Flask, desk: Desk) -> None:
    @app.get("/health")
    def health() -> str:
        desk.looks.catch_up()
        school = desk.school
        now, today = school.now(), school.today
        period = period_asked_for(desk) if request.args else Period(today - DAYS, today, "")
        since = instant_of(period.first, time(), school.zone)
        until = min(now, instant_of(period.last + timedelta(days=1), time(), school.zone))
        watch = school.watch(desk.index, since, until)
        problems = school.folder.problems_on(school.today)
        return render_template(
            "health.html",
            checks=attention.checks(desk, signed_in().role),
            observing=school.policy.observe,
            observed=would_have_been(desk.index.gate_events(period.first, period.last)),
            silences=watch.silences,
            incidents=desk.index.gate_events(period.first, period.last, incidents=True)[::-1],
            period=period,
            problems=problems,
            looks_waiting=desk.looks.waiting,
        )

"""Health: is the gate running, is the log sound, is the clock right, what is about to run out. Seen
by the head, the chair and the technician; nobody is named here. Works while nothing can be
recorded."""

from flask import Flask, render_template

from bellgate.console import attention, incidents
from bellgate.console.desk import Desk, signed_in
from bellgate.console.observed import would_have_been
from bellgate.console.pages.periods import period_asked_for


def register(app: Flask, desk: Desk) -> None:
    @app.get("/health")
    def health() -> str:
        desk.looks.catch_up()
        school = desk.school
        period = period_asked_for(desk)
        watch = school.watch(desk.index, period.first, period.last)
        technician, steps = signed_in().role == "technician", desk.index.clock_steps()
        happened = desk.index.gate_events(period.first, period.last, incidents=True)[::-1]
        return render_template(
            "health.html",
            checks=attention.checks(desk, signed_in().role),
            observing=school.policy.observe,
            observed=would_have_been(desk.index.gate_events(period.first, period.last)),
            silences=watch.silences,
            incidents=[
                (e.at, incidents.said(e, steps, school.zone), e.message if technician else "")
                for e in happened
            ],
            watch=watch,
            period=period,
            problems=school.folder.problems_on(school.today) if technician else (),
            looks_waiting=desk.looks.waiting,
        )

"""Health: is the gate running, is the log sound, is the clock right, what is about to run out. Seen
by the head, the chair and the technician; nobody is named here. Works while nothing can be
recorded."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from flask import Flask, render_template, request

from bellgate.console.desk import Desk
from bellgate.console.observed import would_have_been
from bellgate.console.pages.periods import Period, period_asked_for
from bellgate.gateway import certificate
from bellgate.policy.walk import clock_time
from bellgate.policy.wall_clock import instant_of
from bellgate.review.pack.phrases import count, long_time
from bellgate.running.watched import Watch

DAYS = timedelta(days=28)
"""How far the page looks back unless it is asked for other days."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, whether it is as it should be, and what to do if not."""

    name: str
    good: bool
    said: str
    to_do: str = ""


def register(app: Flask, desk: Desk) -> None:
    @app.get("/health")
    def health() -> str:
        desk.looks.catch_up()
        school = desk.school
        now, status = school.now(), school.status()
        today = school.today
        period = period_asked_for(desk) if request.args else Period(today - DAYS, today, "")
        since = instant_of(period.first, time(), school.zone)
        until = min(now, instant_of(period.last + timedelta(days=1), time(), school.zone))
        watch = school.watch(desk.index, since, until)
        problems = school.folder.problems_on(school.today)
        return render_template(
            "health.html",
            checks=[
                *_gate(status),
                _log(desk, status),
                _files(problems),
                _watch(watch),
                *_dates(desk, now),
                _certificate(desk, now, status),
                _anchors(desk),
            ],
            observing=school.policy.observe,
            observed=would_have_been(desk.index.gate_events(period.first, period.last)),
            silences=watch.silences,
            incidents=desk.index.gate_events(period.first, period.last, incidents=True)[::-1],
            period=period,
            problems=problems,
            looks_waiting=desk.looks.waiting,
        )


def _gate(status: dict[str, Any] | None) -> list[Check]:
    if status is None:
        return [
            Check(
                "Gate",
                False,
                "The gate does not answer: either it is not running, or it is busy.",
                "Ask your IT technician to look at the gateway. While it is down, the sites that "
                "it closes cannot be reached at all, and nothing is recorded.",
            )
        ]
    clock, opened = status["clock"], count(status["connections"], "connection")
    return [
        Check("Gate", True, f"It is running, with {opened} open."),
        Check(
            "Clock",
            clock != "unsynchronised",
            {
                "synchronised": "The gateway’s clock is set by a time server.",
                "simulated": "The clock is simulated: this is a trial.",
            }.get(clock, "The gateway’s clock is not set by a time server."),
            "" if clock != "unsynchronised" else "Times in the record may be wrong. Ask your IT "
            "technician to connect the gateway to a time server.",
        ),
    ]  # fmt: skip


def _log(desk: Desk, status: dict[str, Any] | None) -> Check:
    state = desk.index.state()
    broken = [log for log in state.logs if log.problem or log.unsound]
    if broken or state.problems:
        said = "; ".join([*(f"{b.log}: {b.problem or 'some lines are not what was signed'}"
                            for b in broken), *state.problems])  # fmt: skip
        return Check(
            "Record", False, f"The record is not what was signed: {said}.",
            "Do not use it as evidence before your IT technician has looked at it (bellgate "
            "audit verify).",
        )  # fmt: skip
    problem = status["log"]["problem"] if status else None
    if problem:
        return Check(
            "Record", False, f"The record cannot be written: {problem}.",
            "Until it can, sites that would only be recorded are closed. Ask your IT technician.",
        )  # fmt: skip
    size = sum(log.size for log in state.logs)
    return Check("Record", True, f"{count(size, 'record')}, all as they were signed.")


def _files(problems: Any) -> Check:
    errors = sum(1 for p in problems if p.level == "error")
    if errors:
        return Check(
            "Files", False, f"The school’s files have {count(errors, 'mistake')} in them, so the "
            "last good ones stay in force.",
            "Your IT technician sees them on the page “Files”.",
        )  # fmt: skip
    warnings = len(problems)
    return Check(
        "Files", True, "The files are in force"
        + (f", with {count(warnings, 'warning')}." if warnings else "."),
    )  # fmt: skip


def _watch(watch: Watch) -> Check:
    said = watch.said
    return Check("Watching", not watch.silent, said)


def _dates(desk: Desk, now: datetime) -> list[Check]:
    ahead = desk.school.loaded.dates_ahead(desk.school.today)
    return [Check("Dates", False, f"{p.message}.", p.hint or "") for p in ahead]


def _certificate(desk: Desk, now: datetime, status: dict[str, Any] | None) -> Check:
    ends = datetime.fromisoformat(status["certificate_ends"]) if status is not None else None
    if ends is None:
        # No gate to ask; on a gateway its certificate is not for the pages to read.
        try:
            held = certificate.load(desk.school.state / "certificate")
        except certificate.CertificateError as error:
            return Check("Certificate", False, f"{error}.")
        ends = held.expires if held is not None else None
    if ends is None:
        return Check(
            "Certificate",
            False,
            "No certificate is installed, so closed sites are refused without a page.",
        )
    left = ends - now
    good = left > timedelta(days=60)
    zone = desk.school.zone
    return Check(
        "Certificate",
        good,
        f"Good until {clock_time(ends, zone)}"
        + ("." if good else f": {long_time(left)} are left."),
        "" if good else "Ask your IT technician to renew it.",
    )


def _anchors(desk: Desk) -> Check:
    if desk.school.loaded.settings.anchors.lead_outside:
        return Check("Checkpoints", True, "They leave the school, so that a change can be found.")
    return Check(
        "Checkpoints",
        False,
        "No checkpoint leaves the school, so nobody outside it can check that the record was not "
        "changed.",
        "Ask your IT technician to have them e-mailed to you and to the chair (anchors in "
        "school.yaml).",
    )

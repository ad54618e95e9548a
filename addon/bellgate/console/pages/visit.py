"""One visit in words: when, which session, which rule, what was seen and what that means, whose
device and on what ground, what speaks against a reading; and the records that it is made of."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from flask import Flask, abort, render_template, request

from bellgate.audit.record.seen import SEEN
from bellgate.console import doubtful_times
from bellgate.console.breaks import break_of, counts_as_session
from bellgate.console.desk import Desk, signed_in
from bellgate.console.pages.cases import may_see
from bellgate.console.says import says
from bellgate.console.service_words import service_name
from bellgate.console.visit_rows import outcome_called, seen_said
from bellgate.policy.action import OUTCOMES
from bellgate.review.index import VisitRow
from bellgate.review.pack import report_words
from bellgate.review.pack.phrases import count, length
from bellgate.review.visits.attempts import Attempt
from bellgate.review.visits.visits import GRADES
from bellgate.running import counted
from bellgate.running.watched import Watch

LARGEST: Final = 1 << 62
"""The largest number that a record may have: what a database can hold."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the visit, as a line of a table."""

    number: int
    said: str
    at: object
    seen: str
    host: str
    times: int
    """How many attempts, or connections, it stands for."""


def register(app: Flask, desk: Desk) -> None:
    @app.get("/visits/<day>/<int(signed=True):number>")
    def visit(day: str, number: int) -> str:
        found = _found(desk, day, number)
        who = signed_in()
        if not may_see(desk, who, found):
            abort(404)
        desk.looks.leave(
            who.name, "viewed", f"{who.name} looked at a visit to {service_name(desk, found.what)}",
            target=found.person, device=found.device, page="/visits", visit=found.number,
            day=found.day.isoformat(),
        )  # fmt: skip
        return render_template("visit.html", **_facts(desk, found))


def _found(desk: Desk, day: str, number: int) -> VisitRow:
    if abs(number) > LARGEST:
        abort(404)
    found: VisitRow | None = None
    try:
        found = desk.index.visit(date.fromisoformat(day), number, request.args.get("log"))
    except ValueError:
        abort(404)
    if found is None:
        abort(404)
    return found


def _facts(desk: Desk, found: VisitRow) -> dict[str, object]:
    lines = desk.index.lines(desk.school.paths, found)
    attempts = [a for line in lines if line.record and (a := Attempt.of(dict(line.record)))]
    answers = [a for a in attempts if a.action == "answered"]
    rules = {(a.rule.name, a.rule.source, a.rule.clause, a.rule.edition)
             for a in attempts if a.rule}  # fmt: skip
    pause = break_of(found, desk.school.policy)
    return {
        "visit": found,
        "service": service_name(desk, found.what),
        "sentence": _sentence(desk, found, answers),
        "grades": [(SEEN[g], found.seen[g]) for g in GRADES if found.seen.get(g)],
        "seen": seen_said(found),
        "grounds": [_ground(found, g) for g in found.grounds if g in report_words.GROUNDS],
        "rules": sorted(rules),
        "only_recorded": found.actions.get("log", 0) > 0,
        "answers": answers,
        "against": _against(found),
        "at_break": counts_as_session(pause, desk.school.zone) if pause else "",
        "open_for": any("duration" in line.record["event"] for line in lines if line.record),
        "records": [
            Record(a.number, in_words(a.message), a.at, SEEN[a.seen].short, a.host or "–", a.times)
            for a in attempts
        ],
        "watch": _that_day(desk, found),
        "gone": sum(1 for line in lines if line.record is None),
        "limits": report_words.not_shown(refused=False),
        "own_time": counted.OWN_TIME if found.session is None else "",
        **_clock(desk, found),
        "says": says(desk, found.person) if found.person else None,
    }


def _ground(found: VisitRow, ground: str) -> str:
    """On what ground it is attributed, and of several why it is not the one that holds here."""
    if ground != "unknown":
        return report_words.GROUNDS[ground]
    claimed, known = found.claimed is not None, found.device is not None
    why = report_words.why_nobodys(ground, claimed=claimed, device_known=known)
    return f"Nothing is attributed to anybody, because {report_words.NOBODYS[why]}."


def _clock(desk: Desk, found: VisitRow) -> dict[str, object]:
    """The step of the clock that timed it, and when else it may have been."""
    step = doubtful_times.of_visit(desk.index.clock_steps(), found)
    other = doubtful_times.otherwise(step, found, desk.school.policy) if step else ""
    return {"clock": step, "or_rather": other}


def _that_day(desk: Desk, found: VisitRow) -> Watch:
    """How much of the visit's day was watched: what happened beside it may not be on record."""
    return desk.school.watch(desk.index, found.day, found.day)


def _sentence(desk: Desk, found: VisitRow, answers: list[Attempt]) -> str:
    """What happened and what came of it, and no more than is known."""
    service = service_name(desk, found.what)
    if found.was_answered:
        return _answered(desk, found, answers)
    if not found.times:
        if found.carried_over:
            return report_words.cut_off(found.carried_over, service)
        return f"This is how an earlier visit to {service} went on; no new attempt was made."
    what = count(found.times, "attempt")
    became = [f"{n:,} {outcome_called(a)}" for a, n in found.actions.items()
              if OUTCOMES[a].is_attempt and n]  # fmt: skip
    said = f"{found.who} made {what} to reach {service}"
    if len(became) == 1 and found.times == 1:
        return f"{said}, and it was {became[0].partition(' ')[2]}."
    if len(became) == 1:
        return f"{said}. All were {became[0].partition(' ')[2]}."
    return f"{said}: {', '.join(became)}."


def _answered(desk: Desk, found: VisitRow, answers: list[Attempt]) -> str:
    """Of a visit that the rule permitted, once somebody gave a purpose."""
    service, zone = service_name(desk, found.what), desk.school.zone
    ends = {a.until.astimezone(zone) for a in answers if a.until}
    until = f" until {max(ends):%H:%M}" if ends else ""
    if not found.times:
        return (
            f"This was permitted: somebody gave a purpose, and {service} was opened{until}. No new "
            "attempt was made."
        )
    return (
        f"{found.who} made {count(found.times, 'attempt')} to reach {service}. This was permitted: "
        f"the page asked for a purpose, somebody gave one, and {service} was opened{until}."
    )


def _against(found: VisitRow) -> list[str]:
    """What speaks against reading it as somebody's choice."""
    said = []
    by_itself = found.seen.get("embedded", 0) + found.seen.get("background", 0)
    if by_itself:
        said.append(report_words.by_itself(by_itself, found.times))
    if n := found.seen.get("connection", 0):
        said.append(report_words.connection_only(n, found.times))
    if found.carried_over:
        said.append(report_words.cut_off(found.carried_over))
    if found.answered:
        said.append(f"It was {report_words.PERMITTED}")
    if found.session is None:
        said.append(
            "It was outside session time, so it does not count as use of session time. The rule "
            "covers that time, too."
        )
    if found.person is None:
        said.append("It is not known who it was.")
    if found.doubt:
        why = report_words.DOUBTS.get(found.doubt, found.doubt)
        said.append(f"Other evidence contradicted who had the device: {why}.")
    if not found.sound:
        said.append("Its records are not what was signed: nothing here is proven.")
    if found.times and not _came_through(found):
        every = "the attempt" if found.times == 1 else "every attempt"
        said.append(f"Nothing from this service was shown, because {every} was refused.")
    return said


def _came_through(found: VisitRow) -> bool:
    """Whether anything passed: an attempt, or what had been opened before and went on."""
    return any(OUTCOMES[a].came_through or a == "cut" for a, n in found.actions.items() if n)


_ENDED: Final = re.compile(r"\bafter (\d+) seconds, (\d+) bytes\b")
_OPEN_FOR: Final = "the connection was open for"


def in_words(message: str) -> str:
    """A record's message with what it says of time and bytes as people say it, and of what: `the
    connection was open for 28 minutes, and carried 1.5 MB`."""
    return _ENDED.sub(_how_long, message)


def _how_long(found: re.Match[str]) -> str:
    lasted = length(timedelta(seconds=int(found[1])))
    return f"{_OPEN_FOR} {lasted}, and carried {_size(int(found[2]))}"


def _size(carried: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if carried >= size:
            return f"{carried / size:.1f} {unit}"
    return f"{carried} bytes"

"""A visit as a row of a table: the same words on every page that lists visits, and in CSV."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for

from bellgate.console import doubtful_times
from bellgate.console.breaks import break_of
from bellgate.console.desk import Desk
from bellgate.console.pictures import kind_said
from bellgate.console.service_words import service_name
from bellgate.policy.action import OUTCOMES, Outcome
from bellgate.review.index import VisitRow
from bellgate.review.pack.question import CURRENT
from bellgate.review.visits.gaps import Step
from bellgate.running.wrong_clock import briefly


@dataclass(frozen=True, slots=True)
class Row:
    """A visit as a row of a table."""

    visit: VisitRow
    href: str
    service: str
    seen: str
    outcome: str
    who: str
    group: str
    doubt: str
    """By how much its times may be wrong; empty where nothing says so."""
    clock: str
    """The same in a sentence, with the times that it holds for."""
    session: str
    """With when it may have been instead, by the right clock."""


def rows_of(desk: Desk, visits: Iterable[VisitRow]) -> list[Row]:
    """Visits in the words of a table."""
    steps = desk.index.clock_steps()
    return [row_of(desk, visit, steps) for visit in visits]


def row_of(desk: Desk, visit: VisitRow, steps: list[Step]) -> Row:
    step = doubtful_times.of_visit(steps, visit)
    return Row(
        visit,
        # The same number may stand in a log that was set aside.
        url_for(
            "visit",
            day=visit.day,
            number=visit.number,
            log=None if visit.log == CURRENT else visit.log,
        ),
        service_name(desk, visit.what),
        seen_said(visit),
        outcome_said(visit)
        + (", going by the clock that was wrong" if step and visit.carried_over else ""),
        visit.person or "nobody",
        visit.roles[0] if visit.roles else "–",
        briefly(step) if step else "",
        doubtful_times.above_a_list(step, desk.school.zone) if step else "",
        session_said(desk, visit, step),
    )


def session_said(desk: Desk, visit: VisitRow, step: Step | None) -> str:
    """`morning`, `morning (playtime)`; `morning, or before school` where a wrong clock timed it."""
    other = doubtful_times.otherwise(step, visit, desk.school.policy) if step else ""
    pause = break_of(visit, desk.school.policy)
    session = f"{visit.session or 'own time'}{f' ({pause.name})' if pause else ''}"
    return f"{session}{f', or {other}' if other else ''}"


def outcome_called(action: Outcome) -> str:
    """One outcome: `refused`, `permitted after somebody gave a purpose`."""
    return "let through by temporary access" if action == "exempted" else OUTCOMES[action].report


def outcome_said(visit: VisitRow) -> str:
    """`9 refused`; what was refused only until somebody gave a purpose is told in its own words."""
    actions, said = dict(visit.actions), []
    if visit.was_answered:
        said.append(outcome_called("answered"))
        actions.pop("ask", None)
        actions.pop("answered")
    if any(OUTCOMES[a].is_attempt for a in actions):
        # That it ended later is no outcome of its own.
        actions.pop("closed", None)
    said += [f"{n:,} {outcome_called(a)}" if a != "closed" else "ended" for a, n in actions.items()]
    if visit.carried_over:
        said.append("cut at the bell")
    return ", ".join(said)


def seen_said(visit: VisitRow) -> str:
    """`3 × page asked for, 2 × connection only`."""
    said = [f"{n:,} × {kind_said(k)}" for k, n in visit.seen.items() if n]
    if visit.carried_over:
        said.append(f"{visit.carried_over:,} opened before the bell")
    return ", ".join(said) or kind_said("nothing")

"""First days and last days -> terms, and the holidays between them.

A last day in school and the next first day belong together, whatever either is called: what lies
between is a holiday. Whatever cannot be right (a last day with no first day before it, a half-term
before the first term) means that the calendar was misread or is broken, so it is an error.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bellgate.policy.source import Source
from bellgate.policy.year import Term
from bellgate.schedules.problem import Problem, quoted
from bellgate.schedules.year.calendar_kinds import LONGEST_HALF_TERM
from bellgate.schedules.year.icalendar_file import Event

_DAY = timedelta(days=1)
_SAME_HOLIDAY = timedelta(days=21)
"""Two last days, or two first ones, that are no further apart speak of the same holiday."""
_SAME_END = timedelta(days=7)
"""The pupils' last day may come so long before the end of a term: staff stay on for INSET days."""
_LONG_HOLIDAY = timedelta(days=21)
_LONGEST_TERM = timedelta(days=150)
NO_FIRST_DAY = "no first day of term stands before it"
NO_LAST_DAY = "no last day of term follows it"
ADD_TERMS = "write the missing day under terms in school.yaml, or correct the calendar"


@dataclass(frozen=True, slots=True)
class Edge:
    """The first or the last day in school before or after some days off."""

    day: date
    opens: bool
    event: Event
    half_term: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Days off between two days in school, both included."""

    first: date
    last: date
    event: Event


@dataclass(frozen=True, slots=True)
class Found:
    """What the edges give. `gaps` lie in a term that has been given as a whole; `ends` are the days
    that such a term has left after its last day in school."""

    terms: tuple[Term, ...] = ()
    gaps: tuple[Gap, ...] = ()
    ends: tuple[Gap, ...] = ()
    begins: date = date.min
    """Up to this day the feed says nothing whole: it begins within a term that is over."""
    problems: tuple[Problem, ...] = ()


def terms_of(
    file: str,
    edges: Iterable[Edge],
    whole: Sequence[Term],
    holidays: Sequence[Event],
    today: date,
) -> Found:
    """`whole` are the terms that are given by their dates; `holidays` those told as a stretch."""
    in_order = sorted(edges, key=lambda e: (e.day, not e.opens))
    inside = [e for e in in_order if _around(e.day, whole)]
    outside = [e for e in in_order if not _around(e.day, whole)]
    begins = date.min
    if outside and not outside[0].opens and outside[0].day < today and outside == in_order:
        begins, outside = outside[0].day, outside[1:]
    gaps, ends, problems = _gaps(file, inside, whole)
    terms, more = _stretches(file, outside, holidays, whole)
    return Found(tuple(terms), tuple(gaps), tuple(ends), begins, (*problems, *more))


def _around(day: date, terms: Iterable[Term]) -> Term | None:
    return next((t for t in terms if t.first_day <= day <= t.last_day), None)


def _gaps(
    file: str, edges: Sequence[Edge], whole: Sequence[Term]
) -> tuple[list[Gap], list[Gap], list[Problem]]:
    """The days off within a term whose first and last day are known, and at its end."""
    gaps: list[Gap] = []
    ends: list[Gap] = []
    problems: list[Problem] = []
    for term in whole:
        last: Edge | None = None
        for edge in (e for e in edges if term.first_day <= e.day <= term.last_day):
            if not edge.opens and edge.day < term.last_day:
                last = edge
            elif edge.opens and last is not None:
                if last.day + _DAY < edge.day:
                    gaps.append(Gap(last.day + _DAY, edge.day - _DAY, last.event))
                last = None
        if last is None:
            continue
        if term.last_day - last.day <= _SAME_END and _is_of(file, term):
            ends.append(Gap(last.day + _DAY, term.last_day, last.event))
        elif term.last_day - last.day > _DAY:
            problems.append(_against(file, last, term))
    return gaps, ends, problems


def _is_of(file: str, term: Term) -> bool:
    """Whether a term is the calendar's own, and not written in school.yaml."""
    return term.source is not None and term.source.file == file


def _against(file: str, edge: Edge, term: Term) -> Problem:
    theirs = _is_of(file, term)
    return Problem(
        file,
        edge.event.line,
        "error" if theirs else "warning",
        f"{quoted(edge.event.words)} ({edge.event.first}) is in the middle of {term.name} "
        f"({term.first_day} to {term.last_day}, {term.source})"
        + ("" if theirs else ", which counts"),
        "correct one of the two" if theirs else None,
    )


def _stretches(
    file: str, edges: Sequence[Edge], holidays: Sequence[Event], whole: Sequence[Term]
) -> tuple[list[Term], list[Problem]]:
    """Terms from each first day to the next last day; two with a half-term between them are one."""
    terms: list[Term] = []
    problems: list[Problem] = []
    opened: Edge | None = None
    closed: Edge | None = None
    for edge in edges:
        if edge.opens:
            if opened is None and closed and _is_half_term(closed, edge) and terms:
                opened = replace(edge, day=terms[-1].first_day)
                terms[-1] = replace(
                    terms[-1],
                    half_term=(closed.day + _DAY, edge.day - _DAY),
                    half_term_source=Source(file, closed.event.line),
                )
            elif opened is None and not _returns_into(edge, whole):
                # Staff and pupils may come back on days of their own; the first opens the term.
                opened = edge
                terms.append(_term(file, edge))
        elif opened is not None:
            terms[-1] = replace(terms[-1], last_day=edge.day)
            opened, closed = None, edge
        elif closed is not None and edge.day - closed.day <= _SAME_HOLIDAY:
            terms[-1] = replace(terms[-1], last_day=edge.day)
            closed = edge
        elif not _ends_with(edge, whole):
            problems.append(_alone(file, edge.event, NO_FIRST_DAY))
    if opened is not None:
        last = _before_the_long_holiday(opened.day, holidays)
        if last is None:
            problems.append(_alone(file, opened.event, NO_LAST_DAY))
            terms.pop()
        else:
            terms[-1] = replace(terms[-1], last_day=last)
    return list(_named_apart(terms)), problems


def _is_half_term(closed: Edge, opens: Edge) -> bool:
    off = opens.day - closed.day - _DAY
    return (closed.half_term or opens.half_term) and off <= LONGEST_HALF_TERM


def _returns_into(edge: Edge, whole: Sequence[Term]) -> bool:
    """A first day just before a term that is given whole: staff come back before the pupils."""
    return any(timedelta() < t.first_day - edge.day <= timedelta(days=7) for t in whole)


def _ends_with(edge: Edge, whole: Sequence[Term]) -> bool:
    """A last day just after a term that is given whole."""
    return any(timedelta() < edge.day - t.last_day <= timedelta(days=7) for t in whole)


def _term(file: str, edge: Edge) -> Term:
    name = f"{_season(edge.day)} {edge.day.year}"
    return Term(name, edge.day, edge.day, None, Source(file, edge.event.line))


def _season(day: date) -> str:
    return "Spring" if day.month < 4 else "Summer" if day.month < 8 else "Autumn"


def _named_apart(terms: Iterable[Term]) -> Iterator[Term]:
    """`Autumn 2026`, and after the October break `Autumn 2026, second part`."""
    names: set[str] = set()
    for term in terms:
        name = term.name
        if term.last_day - term.first_day > _LONGEST_TERM:
            one = term.first_day.year == term.last_day.year
            name = (
                f"{term.first_day:%B} to {term.last_day:%B %Y}"
                if one
                else f"School year {term.first_day.year}-{term.last_day:%y}"
            )
        parts = ("", ", second part", ", third part", *(f", part {n}" for n in range(4, 99)))
        name = next(f"{name}{part}" for part in parts if f"{name}{part}" not in names)
        names.add(name)
        yield replace(term, name=name)


def _before_the_long_holiday(opened: date, holidays: Sequence[Event]) -> date | None:
    """A year whose last day is told by the summer holidays alone."""
    long = (h.first for h in holidays if h.last - h.first + _DAY >= _LONG_HOLIDAY)
    first = min((start for start in long if start > opened), default=None)
    return first - _DAY if first else None


def _alone(file: str, event: Event, why: str) -> Problem:
    message = f"{quoted(event.words)} ({event.first}) changes nothing: {why}"
    return Problem(file, event.line, "error", message, ADD_TERMS)


def outside_all(
    file: str, event: Event, terms: Sequence[Term], *, own: bool, allowed: timedelta
) -> Problem | None:
    """What is said of days before the first term or after the last, by more than is allowed.

    Where the calendar gives the terms itself, it contradicts itself; where they stand in
    school.yaml, it may go on about another year.
    """
    if not terms:
        return None
    first, last = min(t.first_day for t in terms), max(t.last_day for t in terms)
    if event.last < first - allowed:
        where = f"before the first term begins ({first})"
    elif event.first > last + allowed:
        where = f"after the last term ends ({last})"
    else:
        return None
    return Problem(
        file,
        event.line,
        "error" if own else "warning",
        f"{quoted(event.words)} ({event.first}) is {where}",
        ADD_TERMS if own else None,
    )

"""First days and last days -> terms, and the holidays between them.

A last day in school and the next first day belong together, whatever either is called: what lies
between is a holiday. Whatever cannot be right (a last day with no first day before it, a half-term
before the first term) means that the calendar was misread or is broken, so it is an error.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bellgate.policy.year import Term
from bellgate.schedules.problem import Problem, quoted
from bellgate.schedules.year.calendar_edges import Edge, Feed, Gap, is_of, missing_after, write_it
from bellgate.schedules.year.calendar_stretches import Stretches, named_apart
from bellgate.schedules.year.icalendar_file import Event

_DAY = timedelta(days=1)
_SAME_END = timedelta(days=7)
"""The pupils' last day may come so long before the end of a term: staff stay on for INSET days."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the edges give. `gaps` lie within a term; `ends` are the days that one which has been
    given as a whole has left after its last day in school."""

    terms: tuple[Term, ...] = ()
    gaps: tuple[Gap, ...] = ()
    ends: tuple[Gap, ...] = ()
    begins: date = date.min
    """Up to this day the feed says nothing whole: it begins within a term that is over."""
    inferred: dict[Event, str] = field(default_factory=dict)
    """`the spring term begins on 2027-01-04, the first school day after it`, by the event."""
    problems: tuple[Problem, ...] = ()


def terms_of(feed: Feed, whole: Sequence[Term], today: date) -> Found:
    """`whole` are the terms that are given by their dates."""
    inside = [e for e in feed.edges if _around(e.day, whole)]
    outside = [e for e in feed.edges if not _around(e.day, whole)]
    begins = date.min
    if outside and not outside[0].opens and outside[0].day < today and not inside:
        begins, outside = outside[0].day, outside[1:]
    stretches = Stretches(feed, whole, ended=begins)
    within = _Within(feed)
    for term in whole:
        within.take(term, [e for e in inside if term.first_day <= e.day <= term.last_day])
    for edge in outside:
        stretches.take(edge)
    stretches.finish()
    return Found(
        tuple(named_apart(stretches.terms)),
        (*within.gaps, *stretches.gaps),
        tuple(within.ends),
        begins,
        within.inferred | stretches.inferred,
        (*within.problems, *stretches.problems),
    )


def _around(day: date, terms: Iterable[Term]) -> Term | None:
    return next((t for t in terms if t.first_day <= day <= t.last_day), None)


@dataclass(slots=True)
class _Within:
    """The days off within terms whose first and last day are known, and at their ends."""

    feed: Feed
    gaps: list[Gap] = field(default_factory=list)
    ends: list[Gap] = field(default_factory=list)
    inferred: dict[Event, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def take(self, term: Term, edges: Iterable[Edge]) -> None:
        last: Edge | None = None
        for edge in edges:
            if edge.opens and last is not None:
                self._off(last, edge.day)
                last = None
            elif not edge.opens and edge.day < term.last_day:
                if last is not None:
                    self._is_back(last, edge.day)
                last = edge
        if last is None or self._is_back(last, term.last_day + _DAY):
            return
        if term.last_day - last.day <= _SAME_END and is_of(self.feed.file, term):
            self.ends.append(Gap(last.day + _DAY, term.last_day, last.event))
        elif term.last_day - last.day > _DAY:
            self.problems.append(_against(self.feed.file, last, term))

    def _off(self, last: Edge, opens: date) -> None:
        if last.day + _DAY < opens:
            self.gaps.append(Gap(last.day + _DAY, opens - _DAY, last.event))

    def _is_back(self, last: Edge, until: date) -> bool:
        """Whether the holiday after a last day, or a title, says when school is open again."""
        found = self.feed.returns.after(last.day, until)
        if len(found) != 1:
            return False
        (back,) = found
        self._off(last, back.day)
        self.inferred[back.event] = f"school is open again on {back.day}, {back.how}"
        return True


def _against(file: str, edge: Edge, term: Term) -> Problem:
    theirs = is_of(file, term)
    return Problem(
        file,
        edge.event.line,
        "error" if theirs else "warning",
        f"{quoted(edge.event.words)} ({edge.event.first}) is in the middle of {term.name} "
        f"({term.first_day} to {term.last_day}, {term.source})"
        + ("" if theirs else ", which counts"),
        "correct one of the two" if theirs else None,
    )


def outside_all(
    feed: Feed, event: Event, terms: Sequence[Term], *, own: bool, allowed: timedelta
) -> Problem | None:
    """What is said of days before the first term or after the last, by more than is allowed.

    Where the calendar gives the terms itself, it contradicts itself; where they stand in
    school.yaml, it may go on about another year.
    """
    if not terms:
        return None
    first, last = min(t.first_day for t in terms), max(t.last_day for t in terms)
    missing = "the missing day"
    if event.last < first - allowed:
        where = f"before the first term begins ({first})"
    elif event.first > last + allowed:
        where = f"after the last term ends ({last})"
        missing = missing_after(feed.returns, last)
    else:
        return None
    return Problem(
        feed.file,
        event.line,
        "error" if own else "warning",
        f"{quoted(event.words)} ({event.first}) is {where}",
        write_it(missing) if own else None,
    )

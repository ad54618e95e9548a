"""Terms from each first day to the next last day, where the calendar gives no term as a whole.

A first day that is not told follows from the holiday before it, or from the title that announces
it; without one, a last day is an error. Only where there would be such an error, or half a year
would be missing, is a first day made out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from bellgate.policy.source import Source
from bellgate.policy.year import Term
from bellgate.schedules.problem import Problem, quoted
from bellgate.schedules.year.calendar_edges import (
    NO_FIRST_DAY,
    NO_LAST_BETWEEN,
    NO_LAST_DAY,
    Edge,
    Feed,
    Gap,
    alone,
    is_of,
    missing_after,
    write_it,
)
from bellgate.schedules.year.calendar_kinds import LONGEST_HALF_TERM, SHORTEST_TERM
from bellgate.schedules.year.icalendar_file import Event

_DAY = timedelta(days=1)
_SAME_HOLIDAY = timedelta(days=21)
"""Two last days, or two first ones, that are no further apart speak of the same holiday."""
_A_WEEK_AFTER = timedelta(days=7)
"""So soon after some days off a first day is the return from them."""
_A_MONTH = timedelta(days=28)
"""A first day that is so long after a return begins nothing: a term has begun there."""
_LONG_HOLIDAY = timedelta(days=21)
_LONGEST_TERM = timedelta(days=150)
_STAFF_ARE_IN = timedelta(days=14)
"""So long after a term there may still be INSET days."""


@dataclass(slots=True)
class Stretches:
    """From each first day to the next last day a term; over a half-term it goes on."""

    feed: Feed
    whole: Sequence[Term]
    terms: list[Term] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    inferred: dict[Event, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    opened: Edge | None = None
    closed: Edge | None = None
    ended: date = date.min
    """The latest last day in school, its term known or not."""

    def take(self, edge: Edge) -> None:
        if edge.opens:
            self._open_between(edge)
            self._open(edge)
        elif self.opened or (self.closed and edge.day - self.closed.day <= _SAME_HOLIDAY):
            self._close(edge)
        elif not _ends_with(edge, self.whole):
            end = self._end_before(edge.day)
            if self._open_again(end, edge.day):
                self._close(edge)
            else:
                missing = missing_after(self.feed.returns, end, edge.day)
                self.problems.append(alone(self.feed.file, edge.event, NO_FIRST_DAY, missing))
                self.ended = edge.day

    def _open(self, edge: Edge) -> None:
        closed = self.closed
        if self.opened is not None:
            # Staff and pupils may come back on days of their own; the first opens the term.
            if edge.day - self.opened.day > _SAME_HOLIDAY and not self._is_back_from_days_off(edge):
                self.problems.append(_never_ended(self.feed.file, self.opened, edge))
            return
        if closed and self.terms and _is_half_term(closed, edge):
            self.opened = replace(edge, day=self.terms[-1].first_day)
            self.gaps.append(Gap(closed.day + _DAY, edge.day - _DAY, closed.event))
        elif not _returns_into(edge, self.whole):
            self.opened = edge
            self.terms.append(_term(self.feed.file, edge))

    def _open_between(self, edge: Edge) -> None:
        """Opens a term between a last day and a first one so far apart that one must be missing,
        where the first one is but the return from some days off."""
        end, until = self.ended, edge.day - _A_MONTH
        if self.opened is None and date.min < end < until and self._is_back_from_days_off(edge):
            self._open_again(end, until)

    def _is_back_from_days_off(self, edge: Edge) -> bool:
        """Whether the days before a first day are off by events of their own."""
        off = [(h.first, h.last) for h in self.feed.holidays]
        off += [(h.first, h.last) for h in self.feed.returns.holidays]
        return edge.half_term or any(
            first < edge.day <= last + _A_WEEK_AFTER for first, last in off
        )

    def _close(self, edge: Edge) -> None:
        self.terms[-1] = replace(self.terms[-1], last_day=edge.day)
        self.opened, self.closed, self.ended = None, edge, edge.day

    def _end_before(self, day: date) -> date:
        ends = (t.last_day for t in self.whole if t.last_day < day)
        return max(self.ended, *ends, date.min)

    def _open_again(self, end: date, until: date) -> bool:
        """On the one day that follows from a holiday or an announcement, if there is one."""
        found = self.feed.returns.after(end, until) if end > date.min else ()
        if len(found) != 1:
            return False
        (back,) = found
        terms = len(self.terms)
        self._open(Edge(back.day, True, back.event, back.half_term, inferred=True))
        if self.opened is None:
            return False
        begins = f"the {_season(back.day).lower()} term begins"
        what = begins if len(self.terms) > terms else "school is open again"
        self.inferred[back.event] = f"{what} on {back.day}, {back.how}"
        return True

    def finish(self) -> None:
        """Ends the last term; as long as the calendar goes on after it, the next ones follow."""
        going_on = self._ends()
        while going_on and self._is_its_own():
            end = self._end_before(date.max)
            found = self.feed.returns.after(end, date.max)
            going_on = (
                len(found) == 1
                and _goes_on(self.feed, end, found[0].day)
                and self._open_again(end, date.max)
                and self._ends()
            )

    def _ends(self) -> bool:
        """Whether the last term has its end: otherwise it is told and left out."""
        if self.opened is None:
            return True
        last = _before_the_long_holiday(max(self.opened.day, self.ended), self.feed.holidays)
        if last is None:
            self.problems.append(self._endless(self.opened))
            self.terms.pop()
            return False
        self.terms[-1] = replace(self.terms[-1], last_day=last)
        self.opened, self.closed, self.ended = None, None, last
        return True

    def _is_its_own(self) -> bool:
        return self.ended > date.min or any(is_of(self.feed.file, t) for t in self.whole)

    def _endless(self, opened: Edge) -> Problem:
        problem = alone(self.feed.file, opened.event, NO_LAST_DAY, "the missing day")
        if not opened.inferred:
            return problem
        event = opened.event
        after = f"{quoted(event.words)} ({event.first}), after which {self.inferred[event]}"
        return replace(problem, message=f"{after}: {NO_LAST_DAY}")


def _never_ended(file: str, opened: Edge, again: Edge) -> Problem:
    """Two first days of term: what lies between them counts as school."""
    one, two = opened.event, again.event
    return Problem(
        file,
        two.line,
        "warning",
        f"{quoted(two.words)} ({two.first}) follows {quoted(one.words)} ({one.first}, line "
        f"{one.line}), and school is open on all the days from one to the other: {NO_LAST_BETWEEN}",
        write_it("the missing day"),
    )


def _goes_on(feed: Feed, end: date, back: date) -> bool:
    """Whether a calendar speaks of a term that begins on a day: of some day off within it, or of
    the long holiday that ends it. It may as well know nothing of what comes after `end`."""
    return any(e.first > max(end + _STAFF_ARE_IN, back) for e in feed.in_term) or any(
        _is_long(h) and h.first >= back + SHORTEST_TERM for h in feed.holidays
    )


def _is_half_term(closed: Edge, opens: Edge) -> bool:
    off = opens.day - closed.day - _DAY
    if opens.inferred and opens.half_term:
        return True
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


def named_apart(terms: Iterable[Term]) -> Iterator[Term]:
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
    long = (h.first for h in holidays if _is_long(h))
    first = min((start for start in long if start > opened), default=None)
    return first - _DAY if first else None


def _is_long(holiday: Event) -> bool:
    return holiday.last - holiday.first + _DAY >= _LONG_HOLIDAY

"""What in a calendar's reading a person should look at: what was left out, what does not fit."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bellgate.policy.year import SpecialDay, Term
from bellgate.schedules.problem import Problem, quoted
from bellgate.schedules.year.calendar_as_usual import days_in_school
from bellgate.schedules.year.calendar_edges import (
    NO_FIRST_DAY,
    NO_LAST_BETWEEN,
    NO_LAST_DAY,
    write_it,
)
from bellgate.schedules.year.calendar_kinds import Kind
from bellgate.schedules.year.calendar_lexicon import Sort
from bellgate.schedules.year.calendar_said import (
    CHANGE_NOTHING,
    Told,
    hours_of,
    hours_to_write,
    shown,
    taken_for,
)
from bellgate.schedules.year.calendar_title import Title, title_of

_DAY = timedelta(days=1)
_A_TERM = timedelta(days=150)
_NEAR = timedelta(days=21)
"""A term that begins so soon after an announced return is the one that it is about."""
_IN_A_YEAR: tuple[Kind, ...] = ("half-term", "INSET day", "closure", "short day")
_OPENING: frozenset[Sort] = frozenset({"begins", "opens", "first day"})
_CLOSING: frozenset[Sort] = frozenset({"ends", "closes", "last day", "break up"})


def pointed(problems: Iterable[Problem], told: Told) -> Iterator[Problem]:
    """The errors of a term that lacks an end, each with the event that may tell the missing one."""
    for problem in problems:
        missing = problem.message.rpartition(": ")[2]
        event = next((e for e, _ in told if e.line == problem.line), None)
        if event is None or missing not in (NO_FIRST_DAY, NO_LAST_DAY, NO_LAST_BETWEEN):
            yield problem
            continue
        opens, before = missing == NO_FIRST_DAY, missing != NO_LAST_DAY
        found = [
            e
            for e, m in told
            if m.kind not in ("first day", "last day", "term", "open again")
            and e.first == e.last
            and timedelta()
            < (event.first - e.first if before else e.first - event.first)
            <= _A_TERM
            and _speaks_of_it(title_of(e.words), opens=opens)
        ]
        if found:
            best = found[0] if opens else found[-1]
            hint = (
                f"{quoted(best.words)} ({best.first}, line {best.line}) may be it: if it is, write "
                f"it under calendar_words as {'first' if opens else 'last'} day of term; if not, "
            )
            yield replace(problem, hint=f"{hint}{problem.hint}")
        else:
            yield problem


def _speaks_of_it(title: Title, *, opens: bool) -> bool:
    """Whether a title that was not understood may tell a term's first day, or its last."""
    said = title.sorts
    outright: frozenset[Sort] = frozenset({"first day"} if opens else {"last day", "break up"})
    acts = _OPENING if opens else _CLOSING
    return not title.parts and (
        bool(said & outright) or bool(said & acts and said & {"term", "season", "holiday"})
    )


def left_open(file: str, told: Told) -> Iterator[Problem]:
    """Titles that leave something open, each once."""
    found = {(e.words, e.first): (e, m) for e, m in told if m.unsaid}
    for event, meaning in found.values():
        yield Problem(
            file,
            event.line,
            "warning",
            f"{quoted(event.words)} ({shown(event)}) {meaning.unsaid}",
            "if they are not, write under dates in school.yaml closed_to: everyone for such a day",
        )


def half_taken(file: str, told: Told) -> Iterator[Problem]:
    """Titles that say more than was taken, each once."""
    found = {(e.words, e.first): (e, m) for e, m in told if m.left_out}
    for event, meaning in found.values():
        read = taken_for(meaning) if meaning.kind not in CHANGE_NOTHING else ""
        says = f"is not fully understood: {quoted(meaning.left_out)} in it changes nothing"
        if meaning.left_out == hours_of(event):
            says = "is taken without its hours, which change nothing"
        yield Problem(
            file,
            event.line,
            "warning",
            f"{quoted(event.words)} ({shown(event)}) {says}"
            + (f" (it is read as: {read})" if read else ""),
            "write what is missing under dates in school.yaml, such as "
            + hours_to_write(event, opens=meaning.kind in ("first day", "last day off")),
        )


def not_open_again(
    file: str,
    told: Told,
    terms: Sequence[Term],
    dates: Sequence[SpecialDay],
    open_days: frozenset[int],
) -> Iterator[Problem]:
    """A title that says when school opens again, where the year says otherwise. Of what lies beyond
    all else that it speaks of, the calendar need not know."""

    is_open = days_in_school(terms, dates, open_days)
    known_to = max(
        (*(t.last_day for t in terms), *(e.first for e, m in told if m.kind in _IN_A_YEAR)),
        default=date.min,
    )
    for event, meaning in told:
        day = meaning.opens_on
        if day is None or day > known_to:
            continue
        before = (event.last + n * _DAY for n in range(1, (day - event.last).days))
        too_early = next(filter(is_open, before), None)
        if is_open(day) and too_early is None:
            continue
        otherwise = f"it is open on {too_early}" if too_early else "it is closed then"
        hint = "correct one of the two, or write the day under dates or terms in school.yaml"
        if not any(t.first_day - _NEAR <= day <= t.last_day for t in terms):
            otherwise = "it is closed then, and no first day of term is near it"
            hint = write_it("the term that begins then")
        yield Problem(
            file,
            event.line,
            "warning",
            f"{quoted(event.words)} ({shown(event)}) says that school is open again on {day}; "
            f"going by everything else, {otherwise}",
            hint,
        )

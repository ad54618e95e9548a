"""Days on which a title says that pupils are in as usual, where something else closes them.

Of a bank holiday that school.yaml keeps and the calendar calls a normal day, the calendar's word
holds: it speaks of the one day. Against anything else it changes nothing. Both are told.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bellgate.policy.source import Source
from bellgate.policy.who import EVERYONE
from bellgate.policy.year import SpecialDay, Term
from bellgate.schedules.problem import Problem, quoted
from bellgate.schedules.year.calendar_kinds import AS_USUAL
from bellgate.schedules.year.calendar_said import Told, shown
from bellgate.schedules.year.calendar_title import title_of
from bellgate.schedules.year.calendar_year import PUPILS
from bellgate.schedules.year.icalendar_file import Event

OPENED = "open to everyone, though a bank holiday"
_DAY = timedelta(days=1)
_EVERYONE = frozenset({EVERYONE})


def days_in_school(
    terms: Sequence[Term], dates: Sequence[SpecialDay], open_days: frozenset[int]
) -> Callable[[date], bool]:
    """Whether pupils are in on a day, by what a calendar says."""

    def is_one(day: date) -> bool:
        term = next((t for t in terms if t.first_day <= day <= t.last_day), None)
        half = term.half_term if term else None
        shut = any(d.first <= day <= d.last and d.closed_to & {EVERYONE, PUPILS} for d in dates)
        off = shut or (half is not None and half[0] <= day <= half[1])
        return term is not None and not off and day.weekday() in open_days

    return is_one


@dataclass(frozen=True, slots=True)
class AsUsual:
    """An event whose title says so, with the bank holidays that it opens, and the days that stay
    closed against it."""

    event: Event
    opened: tuple[date, ...]
    shut: tuple[date, ...]


def said_against_the_rest(
    told: Told,
    terms: Sequence[Term],
    dates: Sequence[SpecialDay],
    open_days: frozenset[int],
    bank_holidays: Collection[date],
) -> tuple[AsUsual, ...]:
    """Of days before the first term and after the last, nothing is known."""
    is_one = days_in_school(terms, dates, open_days)
    first = min((t.first_day for t in terms), default=date.max)
    last = max((t.last_day for t in terms), default=date.min)

    def of(event: Event) -> AsUsual:
        span = (event.first + n * _DAY for n in range((event.last - event.first).days + 1))
        days = [d for d in span if d.weekday() in open_days and first <= d <= last]
        banks = [d for d in days if d in bank_holidays and is_one(d)]
        is_meant = event.first == event.last or "bank holiday" in title_of(event.words).sorts
        shut = [d for d in days if not is_one(d)]
        return AsUsual(
            event,
            tuple(banks if is_meant else ()),
            tuple(sorted(shut if is_meant else [*shut, *banks])),
        )

    found = (of(event) for event, meaning in told if meaning.why == AS_USUAL)
    return tuple(f for f in found if f.opened or f.shut)


def opened(file: str, found: Iterable[AsUsual]) -> Iterator[SpecialDay]:
    """The bank holidays that are school days after all."""
    for usual in found:
        source = Source(file, usual.event.line)
        for day in usual.opened:
            yield SpecialDay(usual.event.words, day, day, open_to=_EVERYONE, source=source)


def contradicted(file: str, found: Iterable[AsUsual]) -> Iterator[Problem]:
    """What holds on each of the days, and what to write where it is wrong."""
    for usual in found:
        says = f"{quoted(usual.event.words)} ({shown(usual.event)}) says that {AS_USUAL}"
        for days, holds, otherwise in (
            (usual.opened, "school is open, against bank_holidays in school.yaml", "closed_to"),
            (usual.shut, "going by everything else, school is closed", "open_to"),
        ):
            if days:
                on = ", ".join(map(str, days))
                hint = f"if that is wrong, write under dates in school.yaml {otherwise}: everyone"
                message = f"{says}: on {on} {holds}"
                yield Problem(file, usual.event.line, "warning", message, hint)

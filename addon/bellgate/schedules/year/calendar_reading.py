"""A calendar's events -> the school year that they tell, and what each of them was taken for."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bellgate.policy.source import Source
from bellgate.policy.who import EVERYONE
from bellgate.policy.year import SpecialDay, Term
from bellgate.schedules.forms.school_yaml import KINDS
from bellgate.schedules.problem import Problem, quoted
from bellgate.schedules.year.bank_holidays import bank_holidays
from bellgate.schedules.year.calendar_as_usual import (
    OPENED,
    contradicted,
    opened,
    said_against_the_rest,
)
from bellgate.schedules.year.calendar_clauses import said_of
from bellgate.schedules.year.calendar_doubts import half_taken, left_open, not_open_again, pointed
from bellgate.schedules.year.calendar_edges import Edge, Feed, Gap
from bellgate.schedules.year.calendar_kinds import LONGEST_HALF_TERM, Kind, Meaning, Setting
from bellgate.schedules.year.calendar_overlaps import without_school_days
from bellgate.schedules.year.calendar_returns import returns_of
from bellgate.schedules.year.calendar_said import (
    CHANGE_NOTHING,
    Told,
    hours_to_write,
    shown,
    taken_for,
)
from bellgate.schedules.year.calendar_spans import by_the_hour
from bellgate.schedules.year.calendar_terms import Found, outside_all, terms_of
from bellgate.schedules.year.calendar_year import PUPILS, STAFF, CalendarYear, Reading
from bellgate.schedules.year.icalendar_file import Calendar, Event

_DAY = timedelta(days=1)
_MONTH = timedelta(days=31)
_EVERYONE = frozenset({EVERYONE})
_EDGES: Mapping[Kind, tuple[bool, int]] = {
    "first day": (True, 0),
    "last day": (False, 0),
    "first day off": (False, -1),
    "last day off": (True, 1),
}
"""Whether school opens there, and the day in school as it lies from the event's own."""
_FAR: Mapping[Kind, timedelta] = {"half-term": timedelta(), "INSET day": timedelta(days=14)}
"""How far outside the terms such a day may lie: staff are in before and after the pupils."""


def year_of(
    calendar: Calendar,
    setting: Setting,
    written: tuple[Term, ...],
    open_days: frozenset[int],
    today: date,
) -> CalendarYear:
    """The year that a calendar tells, beside the terms that the school has written itself.

    A feed that begins in the middle of a term that is over `today` is no worse for that.
    """
    file = calendar.file
    each = [(event, said_of(event, setting)) for event in calendar.events]
    said = by_the_hour(each, setting, open_days)
    told, overlaps = without_school_days(file, said)
    spans, problems = _given_whole(file, _of(told, "term"), written)
    whole = (*written, *spans)
    banks = _bank_holidays(calendar, setting)
    feed = Feed(
        file,
        sorted(_edges(told), key=lambda e: (e.day, not e.opens)),
        [e for e, m in told if m.kind == "closure" and m.groups == _EVERYONE],
        [e for e, m in told if m.kind in _FAR and m.groups == _EVERYONE],
        returns_of(told, open_days, banks),
    )
    found = terms_of(feed, whole, today)
    terms, closures, more = _with_half_terms(file, told, (*whole, *found.terms), found)
    problems += [
        *overlaps,
        *pointed(found.problems, told),
        *more,
        *_far_from_terms(feed, told, terms, found.begins, own=len(terms) > len(written)),
    ]
    dates = (*_dates(file, told, open_days), *closures, *_inset_days(file, told, open_days))
    problems += not_open_again(file, told, terms, dates, open_days)
    against = said_against_the_rest(told, terms, dates, open_days, banks)
    follows = found.inferred | {usual.event: OPENED for usual in against if usual.opened}
    problems += contradicted(file, against)
    unclear = _not_understood(file, told, {usual.event for usual in against})
    return CalendarYear(
        terms,
        (*dates, *opened(file, against)),
        (*unclear, *half_taken(file, told), *left_open(file, told), *problems),
        tuple(_readings(file, told, follows)),
    )


def _bank_holidays(calendar: Calendar, setting: Setting) -> frozenset[date]:
    """Those that school.yaml keeps, in the time that the calendar speaks of."""
    if setting.bank_holidays is None or not calendar.events:
        return frozenset()
    first = min(e.first for e in calendar.events)
    last = max(e.last for e in calendar.events)
    return frozenset(day for day, _ in bank_holidays(setting.bank_holidays, first, last + _MONTH))


def _of(told: Told, *kinds: Kind) -> list[Event]:
    return [event for event, meaning in told if meaning.kind in kinds]


def _edges(told: Told) -> Iterator[Edge]:
    for event, meaning in told:
        if meaning.kind in _EDGES:
            opens, step = _EDGES[meaning.kind]
            yield Edge(event.first + step * _DAY, opens, event, meaning.half_term)


def _given_whole(
    file: str, events: Sequence[Event], written: tuple[Term, ...]
) -> tuple[list[Term], list[Problem]]:
    """The terms told as a stretch. Where the school has written one of its own, that one holds."""
    terms: list[Term] = []
    problems: list[Problem] = []
    for event in sorted(events, key=lambda e: e.first):
        term = Term(event.words, event.first, event.last, None, Source(file, event.line))
        meets = next((w for w in (*written, *terms) if _overlap(w, term)), None)
        if meets is None:
            terms.append(term)
        elif (meets.first_day, meets.last_day) != (term.first_day, term.last_day):
            problems.append(
                Problem(
                    file,
                    event.line,
                    "warning",
                    f"{quoted(term.name)} ({shown(event)}) overlaps {meets.name} "
                    f"({meets.first_day} to {meets.last_day}, {meets.source}), which counts",
                )
            )
    return terms, problems


def _overlap(one: Term, two: Term) -> bool:
    return one.first_day <= two.last_day and two.first_day <= one.last_day


def _with_half_terms(
    file: str, told: Told, terms: Sequence[Term], found: Found
) -> tuple[tuple[Term, ...], list[SpecialDay], list[Problem]]:
    """Each half-term in its term. A second one in a term closes its days all the same."""
    by_place = sorted(terms, key=lambda t: t.first_day)
    closures = [_closure(file, off.event, off.first, off.last) for off in found.ends]
    problems: list[Problem] = []
    stretches = [*_half_terms(told), *found.gaps]
    for off in sorted(stretches, key=lambda g: g.first):
        place = next(
            (
                i
                for i, t in enumerate(by_place)
                if t.first_day <= off.first and off.last <= t.last_day
            ),
            None,
        )
        held = by_place[place].half_term if place is not None else None
        short = off.last - off.first < LONGEST_HALF_TERM
        if place is not None and held is None and short:
            source = Source(file, off.event.line)
            by_place[place] = replace(
                by_place[place], half_term=(off.first, off.last), half_term_source=source
            )
        elif place is None or held is None or not _speaks_of(held, off):
            closures.append(_closure(file, off.event, off.first, off.last))
        elif held != (off.first, off.last):
            problems += _differs(file, off, by_place[place], closures)
    return tuple(by_place), closures, problems


def _half_terms(told: Told) -> Iterator[Gap]:
    for event, meaning in told:
        if meaning.kind == "half-term" and meaning.groups == _EVERYONE:
            yield Gap(event.first, event.last, event)


def _speaks_of(held: tuple[date, date], off: Gap) -> bool:
    """Whether two half-terms in one term are the same one, told differently."""
    near = timedelta(days=14)
    return held[0] - near <= off.last and off.first <= held[1] + near


def _differs(file: str, off: Gap, term: Term, closures: list[SpecialDay]) -> Iterator[Problem]:
    """What school.yaml says counts; what the calendar says in two places counts together."""
    assert term.half_term is not None
    if term.half_term_source is not None:
        closures.append(_closure(file, off.event, off.first, off.last))
        return
    first, last = term.half_term
    yield Problem(
        file,
        off.event.line,
        "warning",
        f"{quoted(off.event.words)} ({off.first} to {off.last}) differs from the half-term in "
        f"{term.name} ({first} to {last}), which counts",
    )


def _far_from_terms(
    feed: Feed, told: Told, terms: Sequence[Term], begins: date, *, own: bool
) -> Iterator[Problem]:
    """Half-terms and INSET days that lie in no term, after the day on which the feed begins."""
    for event, meaning in told:
        if meaning.kind in _FAR and meaning.groups == _EVERYONE and event.last > begins:
            allowed = _FAR[meaning.kind]
            if problem := outside_all(feed, event, terms, own=own, allowed=allowed):
                yield problem


def _closure(file: str, event: Event, first: date, last: date) -> SpecialDay:
    source = Source(file, event.line)
    return SpecialDay(event.words, first, last, closed_to=_EVERYONE, source=source)


def _dates(file: str, told: Told, open_days: frozenset[int]) -> Iterator[SpecialDay]:
    """Days off, and days cut short."""
    for event, meaning in told:
        source = Source(file, event.line)
        closes = meaning.kind in ("bank holiday", "closure")
        of_a_part = meaning.kind in ("half-term", "INSET day") and meaning.groups != _EVERYONE
        if closes or of_a_part:
            yield SpecialDay(
                event.words, event.first, event.last, closed_to=meaning.groups, source=source
            )
        elif meaning.starts or meaning.ends:
            yield SpecialDay(
                event.words,
                event.first,
                event.last,
                for_groups=meaning.groups,
                starts=meaning.starts,
                ends=meaning.ends,
                source=source,
            )


def _inset_days(file: str, told: Told, open_days: frozenset[int]) -> Iterator[SpecialDay]:
    """Staff are in, pupils are not. A range leaves out the days on which nobody ever is."""
    for event, meaning in told:
        if meaning.kind != "INSET day" or meaning.groups != _EVERYONE:
            continue
        for step in range((event.last - event.first).days + 1):
            day = event.first + timedelta(days=step)
            if event.first == event.last or day.weekday() in open_days:
                yield SpecialDay(
                    event.words,
                    day,
                    day,
                    closed_to=frozenset({PUPILS}),
                    open_to=frozenset({STAFF}),
                    source=Source(file, event.line),
                )


def _not_understood(file: str, told: Told, apart: Collection[Event]) -> Iterator[Problem]:
    """What changes nothing, the same words once, but for the events that are told apart."""
    by_words: dict[tuple[str, str], list[Event]] = {}
    for event, meaning in told:
        unclear = meaning.kind == "unclear" and not meaning.left_out
        if event not in apart and (unclear or (meaning.kind == "nothing" and meaning.why)):
            by_words.setdefault((event.words, _nothing(meaning)), []).append(event)
    for (words, why), events in by_words.items():
        more = f", and {len(events) - 1} more" if len(events) > 1 else ""
        yield Problem(
            file,
            events[0].line,
            "warning",
            f"{quoted(words)} ({shown(events[0])}{more}) {why}",
            _what_to_write(why, events[0]),
        )


def _what_to_write(why: str, event: Event) -> str | None:
    if "changes nothing:" in why:
        return None
    if why.startswith("names other days"):
        return "correct its date or its title"
    if why.startswith(("is only part", "says no time")):
        return f"write that day's hours under dates in school.yaml: {hours_to_write(event)}"
    return f"under calendar_words, say what it is: {', '.join(KINDS)}"


def _nothing(meaning: Meaning) -> str:
    if meaning.kind == "nothing":
        return f"changes nothing: {meaning.why}"
    return f"{meaning.why or 'is not understood'} and changes nothing"


def _readings(file: str, told: Told, inferred: Mapping[Event, str]) -> Iterator[Reading]:
    """What each event was taken for, and once what follows from it."""
    follows = dict(inferred)
    for event, meaning in told:
        said = [] if meaning.kind in CHANGE_NOTHING else [taken_for(meaning)]
        if event in follows:
            said.append(follows.pop(event))
        if said:
            yield Reading(file, event.line, event.words, event.first, event.last, "; ".join(said))

"""What a calendar's events mean for the school year, told by their words.

A table of words in the middle, the more particular before the more general. What the table does not
know, the school's own `calendar_words` may say; what nothing tells is a warning with its line.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal, cast

from bellgate.policy.source import Source
from bellgate.policy.when import SpecialDay, Term
from bellgate.policy.who import EVERYONE
from bellgate.schedules.forms.school_yaml import KINDS
from bellgate.schedules.problem import Problem, quoted
from bellgate.schedules.year.calendar_year import PUPILS, STAFF, CalendarYear
from bellgate.schedules.year.icalendar_file import Calendar, Event

Meaning = Literal[
    "term",
    "first day of term",
    "last day of term",
    "half-term",
    "first day of half-term",
    "last day of half-term",
    "last day before half-term",
    "first day after half-term",
    "INSET day",
    "bank holiday",
    "closure",
    "nothing",
]

_INSET = (
    r"in-?\s?set\b|in-?service|non[- ]pupil|(staff|teachers?)( training| development)? days?\b"
    r"|(staff|teacher|teachers'?) (training|development|only)|training day"
    r"|professional (development|learning)|\bpd day|\bcpd\b|school development day|baker day"
)
_BANK_HOLIDAY = (
    r"bank holiday|public holiday|good friday|easter monday|christmas day|boxing day"
    r"|new year'?s day|\bmay day|st\.? (andrew|patrick|david)'?s day"
)
_BEGINS = r"\b(begins?|starts?|commences?)\b"
_ENDS = r"\b(ends?|finish(es)?)\b"
_OPENS = r"\b(re-?opens?|opens|schools open(?! (day|eve|morn|after|week))|returns?|back|resumes?)\b"
_CLOSES = r"\b(closes?(?!.*\bearly\b)|breaks? up)\b"
_HALF_TERM = r"\bhalf[- ]?term\b"
_IN_TERM = r"\b(terms?|schools?|pupils?|children|classes)\b"
_SURELY_CLOSED = r"\bsnow|\bpolling\b|\belections?\b|\boccasional day|\bstrike\b"

_ONE_DAY: tuple[tuple[str, Meaning], ...] = (
    (_SURELY_CLOSED, "closure"),
    (_BANK_HOLIDAY, "bank holiday"),
    (rf"(?=.*{_HALF_TERM}).*{_OPENS}", "first day after half-term"),
    (rf"(?=.*{_HALF_TERM}).*{_CLOSES}", "last day before half-term"),
    (rf"(?=.*{_HALF_TERM}).*({_BEGINS}|first day)", "first day of half-term"),
    (rf"(?=.*{_HALF_TERM}).*({_ENDS}|last day)", "last day of half-term"),
    (rf"(?=.*{_IN_TERM}).*({_BEGINS}|{_OPENS}|first day|start of)", "first day of term"),
    (rf"(?=.*{_IN_TERM}).*({_ENDS}|{_CLOSES}|last day|end of)", "last day of term"),
)
_ANY_LENGTH: tuple[tuple[str, Meaning], ...] = (
    (_INSET, "INSET day"),
    (_BANK_HOLIDAY, "bank holiday"),
    (_HALF_TERM, "half-term"),
    (r"\bholidays?\b|\bvacation\b|\bbreak\b", "closure"),
    (rf"\bclos(ed|ure)\b|{_SURELY_CLOSED}", "closure"),
    (r"\bterm\b", "term"),
)
_SHORTEST_TERM = timedelta(days=14)
_LONGEST_HALF_TERM = timedelta(days=16)


def meaning_of(event: Event, own: Mapping[str, str]) -> Meaning | None:
    """What an event's words say, the school's own words first (the longest that it holds)."""
    said = event.words.casefold()
    for word in sorted(own, key=len, reverse=True):
        if re.search(rf"(?<!\w){re.escape(' '.join(word.split()).casefold())}(?!\w)", said):
            return cast(Meaning, own[word])
    said = said.replace("’", "'")
    single = event.first == event.last
    if re.search(_INSET, said):
        return "INSET day"
    for pattern, meaning in (*(_ONE_DAY if single else ()), *_ANY_LENGTH):
        if re.search(pattern, said):
            return meaning if _fits(meaning, event) else None
    return None


def _by_date_alone(meaning: Meaning, event: Event) -> bool:
    """Whether an hour's entry can stand for its day: `End of term` at 15:15, an INSET meeting."""
    ends = meaning in ("first day of term", "last day of term") and "term" in event.words.lower()
    return ends or meaning in ("INSET day", "nothing")


def _fits(meaning: Meaning, event: Event) -> bool:
    """Whether the length is one that the meaning can have: half of a term is no half-term."""
    length = event.last - event.first + timedelta(days=1)
    if meaning == "term":
        return length >= _SHORTEST_TERM
    if meaning == "half-term":
        return length <= _LONGEST_HALF_TERM
    return True


def year_of(
    calendar: Calendar,
    own_words: Mapping[str, str],
    written: tuple[Term, ...],
    open_days: frozenset[int],
) -> CalendarYear:
    """The year that a calendar tells, beside the terms that the school has written itself."""
    told: dict[Meaning, list[Event]] = {}
    problems: list[Problem] = []
    unknown: dict[str, list[Event]] = {}
    for event in calendar.events:
        meaning = meaning_of(event, own_words)
        if meaning is None:
            unknown.setdefault(event.words, []).append(event)
        elif event.part_of_a_day and not _by_date_alone(meaning, event):
            problems.append(_partly(calendar.file, event))
        else:
            told.setdefault(meaning, []).append(event)
    problems += (_not_told(calendar.file, events) for events in unknown.values())
    terms, more = _terms(calendar.file, told, written)
    problems += more
    terms, closures, more = _with_half_terms(calendar.file, told, (*written, *terms))
    problems += more
    dates = [
        *(
            _closed(calendar.file, e)
            for e in (*told.get("bank holiday", ()), *told.get("closure", ()))
        ),
        *closures,
        *(d for e in told.get("INSET day", ()) for d in _inset(calendar.file, e, open_days)),
    ]
    return CalendarYear(terms, tuple(dates), tuple(problems))


def _not_told(file: str, events: list[Event]) -> Problem:
    first = events[0]
    more = f", and {len(events) - 1} more" if len(events) > 1 else ""
    return Problem(
        file,
        first.line,
        "warning",
        f"{quoted(first.words)} ({_shown(first)}{more}) is not understood and changes nothing",
        f"under calendar_words, say what it is: {', '.join(KINDS)}",
    )


def _partly(file: str, event: Event) -> Problem:
    return Problem(
        file,
        event.line,
        "warning",
        f"{quoted(event.words)} ({_shown(event)}) is only part of a day and changes nothing",
        "write that day's sessions under dates in school.yaml",
    )


def _shown(event: Event) -> str:
    return str(event.first) if event.first == event.last else f"{event.first} to {event.last}"


def _closed(file: str, event: Event) -> SpecialDay:
    everyone = frozenset({EVERYONE})
    source = Source(file, event.line)
    return SpecialDay(event.words, event.first, event.last, closed_to=everyone, source=source)


def _inset(file: str, event: Event, open_days: frozenset[int]) -> Iterator[SpecialDay]:
    """Staff are in, pupils are not. A range leaves out the days on which nobody ever is."""
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


def _terms(
    file: str, told: Mapping[Meaning, list[Event]], written: tuple[Term, ...]
) -> tuple[tuple[Term, ...], list[Problem]]:
    """The calendar's terms. Where the school has written one of its own, that one holds."""
    problems: list[Problem] = []
    found = [
        Term(e.words, e.first, e.last, None, Source(file, e.line)) for e in told.get("term", ())
    ]
    found += _between_ends(file, told, problems)
    terms: list[Term] = []
    for term in sorted(found, key=lambda t: t.first_day):
        assert term.source is not None
        meets = next((w for w in (*written, *terms) if _overlap(w, term)), None)
        if meets is None:
            terms.append(term)
        elif (meets.first_day, meets.last_day) != (term.first_day, term.last_day):
            problems.append(
                Problem(
                    file,
                    term.source.line,
                    "warning",
                    f"{quoted(term.name)} ({term.first_day} to {term.last_day}) overlaps "
                    f"{meets.name} ({meets.first_day} to {meets.last_day}, {meets.source}), "
                    "which counts",
                )
            )
    return tuple(terms), problems


def _between_ends(
    file: str, told: Mapping[Meaning, list[Event]], problems: list[Problem]
) -> Iterator[Term]:
    """Terms that are given by their first and their last day."""
    ends = [(e.first, 0, e) for e in told.get("first day of term", ())]
    ends += [(e.first, 1, e) for e in told.get("last day of term", ())]
    opened: Event | None = None
    for day, closing, event in sorted(ends, key=lambda end: end[:2]):
        if not closing:
            # Staff and pupils may come back on days of their own; the first opens the term.
            opened = opened or event
        elif opened is None:
            problems.append(_alone(file, event, "no first day of term stands before it"))
        else:
            yield Term(_season(opened.first), opened.first, day, None, Source(file, opened.line))
            opened = None
    if opened is not None:
        problems.append(_alone(file, opened, "no last day of term follows it"))


def _season(day: date) -> str:
    return f"{'Spring' if day.month < 4 else 'Summer' if day.month < 8 else 'Autumn'} {day.year}"


def _alone(file: str, event: Event, why: str) -> Problem:
    message = f"{quoted(event.words)} ({event.first}) changes nothing: {why}"
    return Problem(file, event.line, "warning", message)


def _with_half_terms(
    file: str, told: Mapping[Meaning, list[Event]], terms: Iterable[Term]
) -> tuple[tuple[Term, ...], list[SpecialDay], list[Problem]]:
    """Each half-term in its term; a second one in a term is a closure of its own."""
    by_place = sorted(terms, key=lambda t: t.first_day)
    closures: list[SpecialDay] = []
    problems: list[Problem] = []
    for first, last, event in _half_terms(file, told, problems):
        place = next(
            (i for i, t in enumerate(by_place) if t.first_day <= first and last <= t.last_day), None
        )
        if place is None:
            # Where each half of a term is a term of its own, half-term lies between two.
            if not by_place or last < by_place[0].first_day or by_place[-1].last_day < first:
                problems.append(_alone(file, event, "it is not in any term"))
            closures.append(_closed(file, replace(event, first=first, last=last)))
        elif by_place[place].half_term is None:
            by_place[place] = replace(
                by_place[place],
                half_term=(first, last),
                half_term_source=Source(file, event.line),
            )
        elif by_place[place].half_term != (first, last):
            held = by_place[place]
            assert held.half_term is not None
            message = (
                f"{quoted(event.words)} ({first} to {last}) differs from the half-term in "
                f"{held.name} ({held.half_term[0]} to {held.half_term[1]}), which counts"
            )
            problems.append(Problem(file, event.line, "warning", message))
    return tuple(by_place), closures, problems


def _half_terms(
    file: str, told: Mapping[Meaning, list[Event]], problems: list[Problem]
) -> Iterator[tuple[date, date, Event]]:
    day = timedelta(days=1)
    for event in told.get("half-term", ()):
        yield event.first, event.last, event
    firsts = [(e.first, e) for e in told.get("first day of half-term", ())]
    firsts += [(e.first + day, e) for e in told.get("last day before half-term", ())]
    lasts = [(e.first, e) for e in told.get("last day of half-term", ())]
    lasts += [(e.first - day, e) for e in told.get("first day after half-term", ())]
    for first, event in sorted(firsts, key=lambda item: item[0]):
        last = min((d for d, _ in lasts if first <= d <= first + _LONGEST_HALF_TERM), default=None)
        if last is None:
            problems.append(_alone(file, event, "no end of the half-term follows it"))
        else:
            yield first, last, event


def _overlap(one: Term, two: Term) -> bool:
    return one.first_day <= two.last_day and two.first_day <= one.last_day

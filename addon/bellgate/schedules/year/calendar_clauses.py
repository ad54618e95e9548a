"""What each clause of an event's title means for its own days. Most events say one thing.

Either each of the things that a title says takes effect, or what was left out is reported.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from bellgate.schedules.year.bank_holidays import somewhere_a_bank_holiday
from bellgate.schedules.year.calendar_days_named import Clause, clauses_of, misnamed
from bellgate.schedules.year.calendar_kinds import UNCLEAR, Kind, Meaning, Setting
from bellgate.schedules.year.calendar_lexicon import Sort
from bellgate.schedules.year.calendar_meanings import is_the_schools_own, meaning_of, title_for
from bellgate.schedules.year.calendar_title import title_of
from bellgate.schedules.year.icalendar_file import Event

_DAY = timedelta(days=1)
_BESIDE = timedelta(days=4)
"""The last day in school before some days off, a weekend between, and the first one after."""
_A_WEEK = timedelta(days=4)
"""From a Monday to its Friday."""
_LONG_WEEKEND = timedelta(days=5)
_STAFF_ARE_IN = (
    "does not say on which of its days it is a holiday: staff are taken to be in on all of them"
)
_OF_OTHERS = frozenset({
    "another day", "another school", "elsewhere", "happening", "part", "only",
})  # fmt: skip
_OF_A_DAY: tuple[Kind, ...] = ("INSET day", "bank holiday", "closure", "half-term", "short day")
"""What a clause may say of some days of its event: no term begins in the middle of one."""
_EDGES: tuple[Kind, ...] = ("first day", "last day")
_CLOSES = frozenset({"closes", "ends", "break up", "last day", "early"})
_OPENS = frozenset({"opens", "begins", "first day"})

_SHUT: frozenset[Sort] = frozenset({"closed", "INSET", "bank holiday", "day off"})
_SHUTS: tuple[Kind, ...] = ("INSET day", "bank holiday", "closure", "half-term")
_MOVED = re.compile(
    r"\b(?:moved|rescheduled|rearranged|changed|instead|lieu|swapped|originally|not)\b"
)

Said = tuple[Event, Meaning]


def said_of(event: Event, setting: Setting) -> tuple[Said, ...]:
    """Everything that an event says, each with the days that it says it of."""
    whole = meaning_of(event, setting)
    title = title_for(event.words, setting)
    if is_the_schools_own(event, setting):
        return ((event, whole),)
    own = frozenset(_days(event))
    if whole.kind in _SHUTS and (wrong := misnamed(event)):
        return ((event, replace(whole, left_out=wrong)),)
    clauses = tuple(_by_own(own, clauses_of(event)))
    if title.sorts & _OF_OTHERS:
        return ((event, _without(event, whole, clauses, own)),)
    if clauses and whole.kind != "unclear" and all(c.days and not c.days & own for c in clauses):
        why = "names other days than its own"
        return ((event, Meaning("unclear", why=why)),)
    if len(clauses) > 1:
        return _by_clauses(event, whole, clauses, setting)
    return _bank_holiday_and_training(event, whole, setting)


def _by_own(own: frozenset[date], clauses: Iterable[Clause]) -> Iterator[Clause]:
    """`Closed Mon 3rd & Mon 31st May`, an event of the 3rd, is of that day and of another."""
    for clause in clauses:
        shuts = title_of(clause.words).plain & (_SHUT | {"half-term", "holiday"})
        if shuts and clause.days & own and clause.days - own:
            yield replace(clause, days=clause.days & own)
            yield replace(clause, days=clause.days - own)
        else:
            yield clause


def _without(
    event: Event, whole: Meaning, clauses: Iterable[Clause], own: frozenset[date]
) -> Meaning:
    """What is taken of a title that speaks of others as well: no day beside its own."""
    if whole.kind in ("unclear", "nothing"):
        return whole
    beside = [c for c in clauses if c.days - own and title_of(c.words).plain & _SHUT]
    return replace(whole, left_out=beside[0].words) if beside else whole


def _by_clauses(
    event: Event, whole: Meaning, clauses: tuple[Clause, ...], setting: Setting
) -> tuple[Said, ...]:
    own = frozenset(_days(event))
    about_all = [c for c in clauses if not c.days or c.days >= own]
    some = [c for c in clauses if c.days and c.days < own]
    beside = [c for c in clauses if c.days and not c.days & own]
    if len(about_all) + len(some) + len(beside) != len(clauses):
        return ((event, whole),)
    main = whole
    if beside and (about_all or some):
        words = " - ".join(c.words for c in (*about_all, *some))
        main = meaning_of(replace(event, words=words), setting)
    within = _within(event, whole, about_all, some, setting)
    found = within or (
        ((event, main),) if beside else _bank_holiday_and_training(event, whole, setting)
    )
    return (*found, *(s for c in beside for s in _beside(event, c, setting)))


def _within(
    event: Event, whole: Meaning, about_all: list[Clause], some: list[Clause], setting: Setting
) -> tuple[Said, ...]:
    """Clauses that speak of some of the event's days; empty where all say the same, or nothing
    that is understood."""
    allowed = (*_OF_A_DAY, *(() if about_all else _EDGES))
    said = [(c, _meaning(event, c.words, c.days, setting)) for c in some]
    clear = [(c, m) for c, m in said if m.kind in allowed]
    if not clear:
        return ()
    apart = _bank_holiday_and_training(event, whole, setting)
    if len(apart) > 1 and all(m.kind == "closure" for _, m in clear):
        return apart  # `INSET & bank holiday (school closed Fri/Mon)`
    taken = frozenset(day for c, _ in clear for day in c.days)
    rest = frozenset(_days(event)) - taken
    words = " - ".join(c.words for c in about_all)
    main = _meaning(event, words, rest, setting) if words and rest else UNCLEAR
    kinds = {m.kind for _, m in clear} | ({main.kind} if rest else set())
    if len(kinds) == 1:
        return ()
    if any(m.kind == "INSET day" and _may_follow(event, c, main) for c, m in clear):
        inset = next(c.words for c, m in clear if m.kind == "INSET day")
        return ((event, replace(main, left_out=inset)),)
    found = [(part, m) for c, m in clear for part in _runs(event, c.days)]
    if main.kind != "unclear" or any(map(_is_week, rest)):
        found += [(part, main) for part in _runs(event, rest)] if rest else []
    return tuple(found)


def _may_follow(event: Event, clause: Clause, main: Meaning) -> bool:
    """Whether `INSET Mon` beside a week off may be the Monday after it."""
    week_off = main.kind in ("closure", "half-term") and event.last - event.first >= _A_WEEK
    return clause.by_weekday and week_off


def _meaning(event: Event, words: str, days: frozenset[date], setting: Setting) -> Meaning:
    part = next(_runs(event, days))
    # A half-term or a holiday is as long as the event says, whatever else lies in it.
    length = replace(part, words=words)
    found = meaning_of(length, setting)
    if found.kind == "unclear" and event.first != event.last:
        found = meaning_of(replace(event, words=words), setting)
    return found


def _runs(event: Event, days: frozenset[date]) -> Iterator[Event]:
    """The days as events of days on end, with the event's words and line."""
    first = last = min(days)
    for day in sorted(days):
        if day - last > _DAY:
            yield replace(event, first=first, last=last)
            first = day
        last = day
    yield replace(event, first=first, last=last)


def _beside(event: Event, clause: Clause, setting: Setting) -> Iterator[Said]:
    """The day before, that ends early, or the day on which school opens again."""
    sure: dict[Meaning, set[date]] = {}
    for day in sorted(clause.days):
        on_it = replace(event, words=clause.words, first=day, last=day, hours=None)
        found = meaning_of(on_it, setting)
        title = title_for(clause.words, setting)
        sorts = title.plain
        there = replace(on_it, words=event.words)
        near = event.first - day <= _BESIDE if day < event.first else day - event.last <= _BESIDE
        if day < event.first and sorts & _CLOSES:
            if near and title.clock is not None and title.clock >= setting.ends:
                continue  # at the end of the day, as ever
            if found.ends and near:
                yield there, Meaning("short day", found.groups, ends=found.ends)
            elif not near or found.kind not in ("last day", "short day"):
                yield event, replace(UNCLEAR, left_out=clause.words)
        elif day > event.last and sorts & _OPENS:
            yield event, Meaning("open again", opens_on=day)
            if found.starts and near:
                yield there, Meaning("short day", found.groups, starts=found.starts)
        elif found.kind in _SHUTS and _is_sure(event, day, clause):
            said = Meaning(found.kind, found.groups, named=True)
            sure.setdefault(said, set()).add(day)
        elif (found.kind not in ("unclear", "nothing") or title.sorts & _SHUT) and _is_week(day):
            yield event, replace(UNCLEAR, left_out=clause.words)
    for said, days in sure.items():
        yield from ((part, said) for part in _runs(event, frozenset(days)))


def _is_sure(event: Event, day: date, clause: Clause) -> bool:
    """Whether a closing on a day that is not its event's is meant for just that day: named by its
    date, in the same school year, and not as a day that it was moved from."""
    return (
        not clause.by_weekday
        and _is_week(day)
        and _school_year(day) == _school_year(event.first)
        and _MOVED.search(event.words.casefold()) is None
    )


def _is_week(day: date) -> bool:
    return day.weekday() < 5


def _school_year(day: date) -> int:
    return day.year - (day.month < 8)


def _bank_holiday_and_training(event: Event, whole: Meaning, setting: Setting) -> tuple[Said, ...]:
    """`May bank holiday & INSET day`: which is which, where one of its days is a bank holiday in
    some part of the country. A holiday with an INSET day in it, without its date, is half said."""
    title = title_for(event.words, setting)
    training = [t for t in (*title.texts("INSET"), *title.texts("training")) if _is_training(t)]
    off = title.plain & {"bank holiday", "half-term", "holiday"}
    if not training or not off or event.first == event.last or whole.kind in ("unclear", "nothing"):
        return ((event, whole),)
    days = frozenset(_days(event))
    banks = somewhere_a_bank_holiday(event.first, event.last)
    if "bank holiday" in off and banks and banks < days and len(days) <= _LONG_WEEKEND.days:
        inset = [(e, Meaning("INSET day")) for e in _runs(event, days - banks)]
        return (*((e, Meaning("bank holiday")) for e in _runs(event, banks)), *inset)
    if whole.kind == "INSET day":
        return ((event, replace(whole, unsaid=_STAFF_ARE_IN)),)
    return ((event, replace(whole, left_out=training[0])),)


def _is_training(text: str) -> bool:
    return not text.startswith(("no ", "clos", "pupil", "not ")) and "free" not in text


def _days(event: Event) -> Iterator[date]:
    for step in range((event.last - event.first).days + 1):
        yield event.first + step * _DAY

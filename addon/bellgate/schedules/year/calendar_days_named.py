"""A title that names days of its own -> its clauses, each with its days. No meaning here.

`Mid-term holiday (Mon & Tues) + In-service (Wed)` says two things of three days; `Easter hols
(school closes 12 noon Wed 24th March & re-opens Mon 12th April)` speaks of days beside its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bellgate.schedules.year.calendar_lexicon import DAYS, MONTHS
from bellgate.schedules.year.calendar_title import title_of
from bellgate.schedules.year.icalendar_file import Event

_DAY = timedelta(days=1)
_NEAR = timedelta(days=31)
"""How far from its event a day may lie that the event's title names without its month."""
_FAR = timedelta(days=180)
"""The same where it names the month: nobody says which year."""
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_A_DAY = re.compile(
    # 5/1/27, which says its weekday for nothing
    rf"(?<![\w/.])(?:{DAYS} )?(?P<day>[0-3]?\d)(?P<sep>[/.-])(?P<of>0?[1-9]|1[0-2])(?P=sep)"
    r"(?:20)?\d\d(?![/.\d]\d|\d)"
    rf"|(?<!\w)(?:(?P<weekday>{DAYS})\b\.?,? ?(?:the )?)?"
    r"(?P<number>[0-3]?\d)(?P<ordinal>st|nd|rd|th)?"
    r"(?![\d.:]|\w)(?! ?(?:am|pm|noon|o'?clock|days?|weeks?|half|term)\b)"
    rf"(?: (?:of )?(?P<month>{MONTHS})\b\.?)?(?: 20\d\d)?"
    rf"|(?<!\w)(?P<alone>{DAYS})\b"
)
_TO = re.compile(r"\s*(?:-|–|—|to|until|till)\s*")
_AND = re.compile(r"\s*(?:,|&|\+|/|and)\s*")
_BETWEEN = re.compile(r"[()\[\];+&,/!]|:(?!\d)|\band\b|\s[-–—]\s|[-–—]\s|\.\s")


@dataclass(frozen=True, slots=True)
class Clause:
    """What a title says of some days; of all of its event's where it names none."""

    words: str
    days: frozenset[date] = frozenset()
    by_weekday: bool = False
    """Whether it names its days by the week's alone: `INSET Mon`."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A place in a title that names a day, or several."""

    start: int
    end: int
    days: frozenset[date]
    by_weekday: bool


def clauses_of(event: Event) -> tuple[Clause, ...]:
    """Empty where the title names no day, or one that cannot be told."""
    said = " ".join(event.words.casefold().split())
    named = _named(said, event)
    if not named:
        return ()
    found: list[Clause] = []
    ahead: frozenset[date] = frozenset()
    for start, end in _spans(said, named):
        words = said[start:end].strip()
        here = [n for n in named if start <= n.start < end]
        days = frozenset(d for n in here for d in n.days)
        if not title_of(words).sorts <= {"filler"}:
            by_weekday = any(n.by_weekday for n in here)
            found.append(Clause(words, days | ahead, by_weekday))
            ahead = frozenset()
        elif days and (not found or said[end : end + 1] == ":"):
            ahead = days  # `Fri: last day for pupils`
        elif days:
            last = found[-1]
            by_weekday = last.by_weekday or any(n.by_weekday for n in here)
            found[-1] = Clause(f"{last.words} {words}", last.days | days, by_weekday)
    return tuple(found)


def _spans(said: str, named: tuple[_Named, ...]) -> Iterator[tuple[int, int]]:
    """From cut to cut; `Mon & Tues` is not cut."""
    start = 0
    for cut in _BETWEEN.finditer(said):
        if not any(n.start < cut.end() and cut.start() < n.end for n in named):
            yield start, cut.start()
            start = cut.end()
    yield start, len(said)


def _named(said: str, event: Event) -> tuple[_Named, ...] | None:
    found: list[_Named] = []
    mentions = [m for m in _A_DAY.finditer(said) if _is_a_day(m)]
    for i, mention in enumerate(mentions):
        later = mentions[i + 1] if i + 1 < len(mentions) else None
        month = mention["month"] or (mention["of"] and _MONTHS[int(mention["of"]) - 1])
        if month is None and later and _joined(said, mention, later):
            month = later["month"]
        day = _resolved(mention, month, event)
        if day is None:
            return None
        if found and (between := said[found[-1].end : mention.start()]):
            before = found[-1]
            if _TO.fullmatch(between):
                first = max(before.days)
                run = (day - first).days + 1
                days = before.days | {first + n * _DAY for n in range(max(run, 0))}
                found[-1] = replace(before, end=mention.end(), days=days)
                continue
            if _AND.fullmatch(between):
                found[-1] = replace(before, end=mention.end(), days=before.days | {day})
                continue
        alone = mention["alone"] is not None
        found.append(_Named(mention.start(), mention.end(), frozenset({day}), alone))
    return tuple(found)


def _is_a_day(mention: re.Match[str]) -> bool:
    """A number alone is none: `Term 3`."""
    return any(mention[name] for name in ("weekday", "ordinal", "month", "of", "alone"))


def _joined(said: str, one: re.Match[str], two: re.Match[str]) -> bool:
    between = said[one.end() : two.start()]
    return bool(_TO.fullmatch(between) or _AND.fullmatch(between))


def _resolved(mention: re.Match[str], month: str | None, event: Event) -> date | None:
    """The day that is meant: one of the event's own, else the nearest to it; None where it cannot
    be told or there is none (`Mon 25th`, a Tuesday)."""
    weekday = mention["weekday"] or mention["alone"]
    told = mention["number"] or mention["day"]
    number = int(told) if told else None

    def fits(day: date) -> bool:
        return (
            (weekday is None or _WEEKDAYS[day.weekday()] == weekday[:3])
            and (number is None or day.day == number)
            and (month is None or _MONTHS[day.month - 1] == month[:3])
        )

    inside = list(filter(fits, _days(event.first, event.last)))
    if inside:
        return inside[0] if len(inside) == 1 else None
    if number is None:
        following = filter(fits, _days(event.last + _DAY, event.last + 7 * _DAY))
        return next(following, None)
    reach = _FAR if month else _NEAR
    beside = filter(fits, _days(event.first - reach, event.last + reach))
    return min(beside, key=lambda d: min(abs(d - event.first), abs(d - event.last)), default=None)


def _days(first: date, last: date) -> Iterator[date]:
    for step in range((last - first).days + 1):
        yield first + step * _DAY

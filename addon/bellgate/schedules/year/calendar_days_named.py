"""A title that names days of its own -> its clauses, each with its days. No meaning here.

`Mid-term holiday (Mon & Tues) + In-service (Wed)` says two things of three days; `Easter hols
(school closes 12 noon Wed 24th March & re-opens Mon 12th April)` speaks of days beside its own.
"""

import re
from collections.abc import Callable, Iterable, Iterator
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
_A_YEAR = timedelta(days=365)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Those that are seasons too, in the lexicon, are here months.
_MONTH = rf"{MONTHS}|sep(?:t(?:ember)?)?|oct(?:ober)?|feb(?:ruary)?|may(?! (?:day|be)\b)"
_A_DAY = re.compile(
    # 5/1/27, which says its weekday for nothing
    rf"(?<![\w/.])(?:{DAYS} )?(?P<day>[0-3]?\d)(?P<sep>[/.-])(?P<of>0?[1-9]|1[0-2])(?P=sep)"
    r"(?:20)?\d\d(?![/.\d]\d|\d)"
    rf"|(?<!\w)(?:(?P<weekday>{DAYS})\b\.?,? ?(?:the )?)?"
    r"(?P<number>[0-3]?\d)(?P<ordinal>st|nd|rd|th)?"
    r"(?![\d.:]|\w)(?! ?(?:am|pm|noon|o'?clock|days?|weeks?|half|term)\b)"
    rf"(?: (?:of )?(?P<month>{_MONTH})\b\.?)?(?: 20\d\d)?"
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
    head = ""
    for start, end in _spans(said, named):
        words = said[start:end].strip()
        here = [n for n in named if start <= n.start < end]
        days = frozenset(d for n in here for d in n.days)
        by_weekday = any(n.by_weekday for n in here)
        in_brackets = said.count("(", 0, start) > said.count(")", 0, start)
        if not (_is_days_alone(said, start, end, here) or title_of(words).sorts <= {"filler"}):
            if in_brackets and not days and found and found[-1].days:
                # `Closed Mon 3 May (May Day) and Thurs 6 May (in-service)`: why, of that day
                head = head or found[-1].words
                found[-1] = replace(found[-1], words=f"{found[-1].words} - {words}")
                continue
            found.append(Clause(words, days | ahead, by_weekday))
            ahead, head = frozenset(), ""
        elif days and (not found or said[end : end + 1] == ":"):
            ahead = days  # `Fri: last day for pupils`
        elif days and head and not in_brackets:
            found.append(Clause(f"{head}, {words}", days, by_weekday))
            head = ""
        elif days:
            last = found[-1]
            found[-1] = Clause(
                f"{last.words} {words}", last.days | days, last.by_weekday or by_weekday
            )
    return tuple(found)


def misnamed(event: Event) -> str:
    """A day that there is not: `Mon 30th May`, where that is a Sunday. Empty for none."""
    said = " ".join(event.words.casefold().split())
    for mention in _A_DAY.finditer(said):
        if mention["weekday"] and mention["number"]:
            month = mention["month"]
            days = _days(event.first - _A_YEAR, event.last + _A_YEAR)
            if not any(map(_fits(mention, month), days)):
                return mention[0].strip()
    return ""


def _is_days_alone(said: str, start: int, end: int, here: Iterable[_Named]) -> bool:
    """Whether nothing else stands there; May is also a season's name."""
    for named in here:
        said = said[: named.start] + " " * (named.end - named.start) + said[named.end :]
    return not re.sub(r"\band\b|\W", "", said[start:end])


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
    number = _number(mention)
    fits = _fits(mention, month)
    inside = list(filter(fits, _days(event.first, event.last)))
    if inside:
        return inside[0] if len(inside) == 1 else None
    if number is None:
        following = filter(fits, _days(event.last + _DAY, event.last + 7 * _DAY))
        return next(following, None)
    reach = _FAR if month else _NEAR
    beside = list(filter(fits, _days(event.first - reach, event.last + reach)))
    if month and not beside:
        begins = date(event.first.year - (event.first.month < 8), 8, 1)
        return next(filter(fits, _days(begins, date(begins.year + 1, 7, 31))), None)
    return min(beside, key=lambda d: min(abs(d - event.first), abs(d - event.last)), default=None)


def _number(mention: re.Match[str]) -> int | None:
    told = mention["number"] or mention["day"]
    return int(told) if told else None


def _fits(mention: re.Match[str], month: str | None) -> Callable[[date], bool]:
    """Whether a day may be the one that is named."""
    weekday = mention["weekday"] or mention["alone"]
    number = _number(mention)
    return lambda day: (
        (weekday is None or _WEEKDAYS[day.weekday()] == weekday[:3])
        and (number is None or day.day == number)
        and (month is None or _MONTHS[day.month - 1] == month[:3])
    )


def _days(first: date, last: date) -> Iterator[date]:
    for step in range((last - first).days + 1):
        yield first + step * _DAY

"""An iCalendar file -> events with their dates, words and lines. What they mean is in `meanings`.

The lines are counted here; dates, zones and escapes are read by `icalendar`, repetitions counted by
`dateutil`. Both are loaded only where a calendar is read: they cost a fifth of a quick command.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo

from bellgate.schedules.problem import Problem, Unclear, quoted
from bellgate.schedules.yaml_tree import LARGEST

_LONGEST = timedelta(days=366)
_MOST_REPEATS = 2000
"""Dates that one repeating event may have."""
_YEARS_AHEAD = 8
"""Years ahead for which a repeating event is unrolled."""
_YEARS = range(2000, 2100)
_LAST_MINUTE = time(23, 55)
"""Whole days that end a moment before midnight, as some programs write them."""
# With these a repetition can be written that never comes, and is looked for for ever.
_BY_DAYS = ("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYEASTER", "BYSETPOS", "BYHOUR", "BYMINUTE")


@dataclass(frozen=True, slots=True)
class Event:
    """One happening of an event, in whole days of the school's own clock, both ends included."""

    line: int
    words: str
    first: date
    last: date
    hours: tuple[time, time] | None = None
    """From when to when on that one day; None where it is about whole days."""
    over: tuple[time, time] | None = None
    """At what hour of its first day one of several days begins, and at what hour of its last day
    it ends; None where it is about whole days."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a calendar holds. With an error among its problems it is not to be used."""

    file: str
    events: tuple[Event, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Block:
    """The lines of one VEVENT: each with its number, continuation lines joined."""

    line: int
    lines: list[tuple[int, str]] = field(default_factory=list)

    def line_of(self, name: str) -> int:
        wanted = re.compile(rf"{re.escape(name)}[;:]", re.IGNORECASE)
        return next((number for number, text in self.lines if wanted.match(text)), self.line)


_AGAIN = "save the calendar again, or take the event out; what is missing goes below dates"


class _Wrong(Exception):
    def __init__(self, line: int, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.line, self.message, self.hint = line, message, hint


def read_calendar(file: str, raw: bytes, zone: ZoneInfo) -> Calendar:
    """Never raises for what is in it."""
    try:
        text = _text(raw)
        blocks = _blocks(text)
        components = _components(text, len(blocks))
    except _Wrong as e:
        return Calendar(file, (), (Problem(file, e.line, "error", e.message, e.hint),))
    moved = _moved(components, zone)
    events: list[Event] = []
    problems: list[Problem] = []
    for block, component in zip(blocks, components, strict=True):
        try:
            events += _events(block, component, zone, moved)
        except _Wrong as e:
            problems.append(Problem(file, e.line, "error", e.message, e.hint))
    return Calendar(file, tuple(sorted(events, key=lambda e: (e.first, e.line))), tuple(problems))


def _text(raw: bytes) -> str:
    if len(raw) > LARGEST:
        raise _Wrong(1, f"the file is larger than {LARGEST // 1_000_000} MB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = raw.count(b"\n", 0, e.start) + 1
        raise _Wrong(line, "a character here is not UTF-8", "save the file as UTF-8") from e
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise _Wrong(text[: text.index("\0")].count("\n") + 1, "this is not a text file")
    return text


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Each content line with the number of the line that it starts on. Source: RFC 5545 3.1."""
    number, joined = 0, ""
    for count, written in enumerate(text.split("\n"), 1):
        if written[:1] in (" ", "\t") and joined:
            joined += written[1:]
        elif written.strip():
            if joined:
                yield number, joined
            number, joined = count, written
    if joined:
        yield number, joined


def _blocks(text: str) -> list[_Block]:
    """The events' lines, once the whole is known to be properly nested."""
    opened: list[tuple[int, str]] = []
    blocks: list[_Block] = []
    seen = False
    for number, line in _unfolded(text):
        word, colon, name = line.partition(":")
        word, name = word.strip().upper(), name.strip().upper()
        if not seen and (word, name) != ("BEGIN", "VCALENDAR"):
            hint = (
                "an address may have led to a web page" if line.lstrip().startswith("<") else None
            )
            raise _Wrong(
                number, "this is not a calendar: a calendar starts with BEGIN:VCALENDAR", hint
            )
        if not colon:
            hint = "a continued line starts with a space"
            raise _Wrong(number, f"{quoted(line)} is not a line of a calendar", hint)
        if seen and not opened:
            raise _Wrong(number, "something follows the calendar's end")
        seen = True
        if word == "BEGIN":
            opened.append((number, name))
            if name == "VEVENT":
                blocks.append(_Block(number))
        elif word == "END":
            if opened[-1][1] != name:
                at, inner = opened[-1]
                message = f"END:{name} comes while {inner} (line {at}) is still open"
                raise _Wrong(number, message, f"an END:{inner} may be missing above")
            opened.pop()
        elif opened[-1][1] == "VEVENT":
            blocks[-1].lines.append((number, line))
    if not seen:
        raise _Wrong(1, "the file is empty", "save the calendar again")
    if opened:
        raise _Wrong(opened[-1][0], f"BEGIN:{opened[-1][1]} is never closed", _AGAIN)
    return blocks


def _components(text: str, count: int) -> list[Any]:
    import icalendar

    try:
        calendar = icalendar.Calendar.from_ical(text)
    except OSError as e:
        # A part of a zone's name (Europe) is a folder among the zones' files.
        raise _no_zone(text) from e
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as e:
        raise _Wrong(1, f"not readable as a calendar ({_short(e)})", _AGAIN) from e
    components = list(calendar.walk("VEVENT"))
    if len(components) != count:
        raise _Wrong(1, "not readable as a calendar (events inside events)", _AGAIN)
    return components


def _no_zone(text: str) -> "_Wrong":
    for line, content in enumerate(text.splitlines(), 1):
        for name in re.findall(r"TZID=\"?([^:;\"]+)", content):
            try:
                ZoneInfo(name)
            except OSError:
                return _Wrong(line, f"{quoted(name)} is not a time zone", "such as Europe/London")
            except (ValueError, KeyError):
                continue  # that alone is no slip: it is taken for the school's own
    return _Wrong(1, "it names a time zone that does not exist")


def _short(error: Exception) -> str:
    return quoted(str(error).split("\n", maxsplit=1)[0])


def _moved(components: list[Any], zone: ZoneInfo) -> frozenset[tuple[str, datetime]]:
    """Which happenings of a repeated event are given anew by an event of their own."""
    moved = set()
    for component in components:
        again = _dt(component.get("RECURRENCE-ID"))
        if isinstance(again, date):
            moved.add((str(component.get("UID")), _local(again, zone)))
    return frozenset(moved)


def _dt(value: Any) -> Any:
    """The date, time or length that a property holds; None where it holds none."""
    try:
        return getattr(value, "dt", None)
    except ValueError:
        return None  # it could not be read: the event's own errors say so, with their line


def _events(
    block: _Block, component: Any, zone: ZoneInfo, moved: frozenset[tuple[str, datetime]]
) -> Iterator[Event]:
    if str(component.get("STATUS", "")).upper() == "CANCELLED":
        return
    for name, message in component.errors:
        line = block.line_of(name) if name else block.line
        raise _Wrong(
            line, f"{name or 'this event'} is not readable ({quoted(str(message))})", _AGAIN
        )
    words = " ".join(str(component.get("SUMMARY", "")).split())
    if not words:
        raise _Wrong(block.line, "an event without a SUMMARY")
    start, length, whole = _span(block, component, zone)
    skipped = (
        set()
        if component.get("RECURRENCE-ID")
        else {m for u, m in moved if u == str(component.get("UID"))}
    )
    for begin in _begins(block, component, zone, start):
        if begin in skipped:
            continue
        last = max(begin, begin + length - timedelta.resolution).date()
        span = None if whole else _hours(begin, length, last)
        hours, over = (span, None) if last == begin.date() else (None, span)
        yield Event(block.line_of("SUMMARY"), words, begin.date(), last, hours, over)


def _hours(begin: datetime, length: timedelta, last: date) -> tuple[time, time]:
    """The midnight after the last day is the end of that day."""
    end = begin + length
    return begin.time(), end.time() if end.date() == last else time.max


def _span(block: _Block, component: Any, zone: ZoneInfo) -> tuple[datetime, timedelta, bool]:
    """Where an event starts by the school's clock, how long it is, and whether in whole days."""
    began = _moment(block, component, "DTSTART")
    if began is None:
        raise _Wrong(block.line, "an event without a DTSTART", _AGAIN)
    ended = _moment(block, component, "DTEND")
    if _is_midnight_of_utc(began) and _is_midnight_of_utc(ended):
        # A program that writes whole days so means the date, whatever our clocks show then.
        began, ended = began.date(), ended.date()
    whole = not isinstance(began, datetime)
    start = _local(began, zone)
    if start.year not in _YEARS:
        raise _Wrong(
            block.line_of("DTSTART"),
            f"DTSTART is in a year that cannot be right ({start.year})",
            _AGAIN,
        )
    if ended is not None:
        end = _local(ended, zone)
        if end < start:
            raise _Wrong(
                block.line_of("DTEND"),
                f"the event ends before it starts ({start.date()} to {end.date()})",
                _AGAIN,
            )
        length = end - start
    elif isinstance(lasts := _dt(component.get("DURATION")), timedelta):
        length = max(lasts, timedelta())
    else:
        length = timedelta(days=1) if whole else timedelta()
    if length > _LONGEST:
        raise _Wrong(
            block.line_of("DTEND"), "the event lasts longer than a year", "is a year mistyped?"
        )
    if start.time() == time() and (start + length).time() >= _LAST_MINUTE:
        length += timedelta(days=1) - (start + length - start.replace(hour=0)) % timedelta(days=1)
    midnights = start.time() == time() and (start + length).time() == time() and bool(length)
    return start, length, whole or midnights


def _is_midnight_of_utc(moment: date | datetime | None) -> TypeGuard[datetime]:
    return (
        isinstance(moment, datetime)
        and str(moment.tzinfo) == "UTC"
        and moment.utcoffset() == timedelta()
        and moment.time() == time()
    )


def _moment(block: _Block, component: Any, name: str) -> date | datetime | None:
    value = component.get(name)
    if value is None:
        return None
    found = _dt(value)
    if not isinstance(found, date):
        message = f"{name} is given twice" if isinstance(value, list) else f"{name} is not a date"
        raise _Wrong(block.line_of(name), message, _AGAIN)
    return found


def _local(value: date | datetime, zone: ZoneInfo) -> datetime:
    """By the school's wall clock. A time without a zone is taken for the school's own."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time())
    if value.tzinfo is None:
        return value
    try:
        return value.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        return value.replace(tzinfo=None)


def _begins(block: _Block, component: Any, zone: ZoneInfo, start: datetime) -> Iterator[datetime]:
    """Each start of an event that may repeat, in order."""
    found = {start}
    try:
        for rule in _several(component.get("RRULE")):
            found.update(_repeats(rule, start, zone))
        for added in _several(component.get("RDATE")):
            found.update(_local(d.dt, zone) for d in added.dts if isinstance(d.dt, date))
        for taken in _several(component.get("EXDATE")):
            found -= {_local(d.dt, zone) for d in taken.dts if isinstance(d.dt, date)}
    except (Unclear, ValueError, TypeError, AttributeError, KeyError) as e:
        said = e.message if isinstance(e, Unclear) else f"is not readable ({_short(e)})"
        raise _Wrong(block.line_of("RRULE"), f"how the event repeats {said}", _AGAIN) from e
    yield from sorted(b for b in found if b.year in _YEARS)


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _repeats(rule: Any, start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr

    frequency = str(next(iter(_several(rule.get("FREQ"))), "")).upper()
    often = frequency in ("DAILY", "WEEKLY")
    if frequency not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY") or (
        often and any(rule.get(key) for key in _BY_DAYS)
    ):
        raise Unclear("is not understood")
    last = start.replace(year=min(start.year + _YEARS_AHEAD, _YEARS.stop), day=min(start.day, 28))
    for until in _several(rule.get("UNTIL")):
        end = _local(until, zone)
        last = min(
            last, end if isinstance(until, datetime) else end + timedelta(days=1, seconds=-1)
        )
    plain = type(rule)({key: value for key, value in rule.items() if key.upper() != "UNTIL"})
    for count, begin in enumerate(rrulestr(plain.to_ical().decode(), dtstart=start)):
        if begin > last or count > _MOST_REPEATS:
            return
        yield begin

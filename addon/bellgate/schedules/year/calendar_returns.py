"""The day on which school opens again, where no event is that day: the first school day after a
holiday, or the day that a title announces.

Calendars often give a term's last day and the holiday after it, and leave the rest to the reader.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bellgate.policy.who import EVERYONE
from bellgate.schedules.problem import quoted
from bellgate.schedules.year.calendar_kinds import Kind
from bellgate.schedules.year.calendar_said import Told
from bellgate.schedules.year.calendar_year import PUPILS
from bellgate.schedules.year.icalendar_file import Event

_DAY = timedelta(days=1)
_STAFF_STAY = timedelta(days=7)
"""The pupils' last day may come so long before the holiday."""
_SHORTEST = 5
"""School days off: a bank holiday or two at the end of a term are not yet the holiday."""
_MORE = 3
"""School days off: one or two are a day of their own."""
_SO_SOON = timedelta(days=4)
"""So many days off, so soon after a holiday, may be its second week."""
_YEARS_END = timedelta(days=35)
"""After a holiday as long as this a school year begins, whose first day has to be told."""
_LONGEST = timedelta(days=70)
"""From a last day in school to the return that a title announces."""
_AFTER_TRAINING = timedelta(days=5)
"""From training to the return that its title announces: `INSET - pupils back Tues 5 Jan`."""
_ABOUT = timedelta(days=7)
"""So far from the end of a holiday such training is still about it."""
_OFF: tuple[Kind, ...] = ("closure", "half-term", "bank holiday")


@dataclass(frozen=True, slots=True)
class Return:
    """A day on which school may open again, and the event that it is known from."""

    day: date
    event: Event
    announced: bool
    half_term: bool = False
    """Whether it ends a half-term: no term begins there."""
    by_training: bool = False
    """Whether the event is an INSET day, which comes at the end of a holiday."""

    @property
    def how(self) -> str:
        return "as it says" if self.announced else "the first school day after it"

    def __str__(self) -> str:
        words = quoted(self.event.words)
        how = f"as {words} says" if self.announced else f"the first school day after {words}"
        return f"{self.day} ({how}, line {self.event.line})"


@dataclass(frozen=True, slots=True)
class _Holiday:
    """Days off on end, `last` being the last that an event tells; `event` names it."""

    first: date
    last: date
    event: Event
    half_term: bool
    opens: date
    goes_on: Return | None = None
    """When it is over, if some more days off follow so soon that they may be of it."""


@dataclass(frozen=True, slots=True)
class Returns:
    """What a calendar says or implies of the days on which school opens again."""

    holidays: tuple[_Holiday, ...]
    announced: tuple[Return, ...]

    def after(self, end: date, until: date) -> tuple[Return, ...]:
        """The return that follows a last day in school: none is known, or one; of several, no two
        are of one day, and nobody can say which of them holds."""
        holiday = next(
            (h for h in self.holidays if h.first <= end + _STAFF_STAY and end < h.last), None
        )
        spoken_by = holiday.last if holiday else end + _STAFF_STAY
        found = {
            r.day: r
            for r in self.announced
            if end < r.day <= end + _LONGEST and end - _STAFF_STAY <= r.event.first <= spoken_by
        }
        if trained := self._after_training(end, holiday):
            found[trained.day] = trained
        half_term = holiday is not None and holiday.half_term
        if holiday and holiday.last - holiday.first < _YEARS_END:
            # The first days after it may be closed to pupils, who are then not back as announced.
            of_it = [day for day in found if holiday.last < day <= holiday.opens]
            if holiday.opens not in found:
                found[holiday.opens] = Return(holiday.opens, holiday.event, announced=False)
            for day in of_it:
                if day != holiday.opens:
                    del found[day]
            if holiday.goes_on and holiday.goes_on.day in found:
                if not found[holiday.opens].announced:
                    del found[holiday.opens]
            elif holiday.goes_on:
                found[holiday.goes_on.day] = holiday.goes_on
        return tuple(
            Return(r.day, r.event, r.announced, half_term)
            for _, r in sorted(found.items())
            if r.day < until
        )

    def _after_training(self, end: date, holiday: _Holiday | None) -> Return | None:
        """The first return that an INSET day announces after a last day in school, unless the
        holiday between them ends at another time."""
        found = (
            r
            for r in self.announced
            if r.by_training
            and end < r.event.first
            and r.day <= end + _LONGEST
            and r.day - r.event.last <= _AFTER_TRAINING
            and (holiday is None or abs(r.day - holiday.opens) <= _ABOUT)
        )
        return min(found, key=lambda r: r.day, default=None)


def returns_of(told: Told, open_days: frozenset[int], bank_holidays: Collection[date]) -> Returns:
    """`bank_holidays` are those that school.yaml keeps."""
    closed = [(e, m.kind) for e, m in told if m.kind in _OFF and m.groups & {EVERYONE, PUPILS}]
    training = [e for e, m in told if m.kind == "INSET day" and m.groups & {EVERYONE, PUPILS}]
    off = frozenset(day for e in (*(e for e, _ in closed), *training) for day in _days(e))
    off |= frozenset(bank_holidays)

    def is_school_day(day: date) -> bool:
        return day.weekday() in open_days and day not in off

    def over(run: Sequence[Event]) -> date | None:
        last = max(e.last for e in run)
        return next((d for d in _from(last + _DAY) if is_school_day(d)), None)

    def holidays() -> Iterator[_Holiday]:
        runs = list(_runs(closed, open_days, bank_holidays))
        for n, run in enumerate(runs):
            following = [r for later in runs[n + 1 : n + 2] for r in later]
            events = [e for e, _ in run]
            kind = max(run, key=lambda r: (r[1] != "bank holiday", r[0].last - r[0].first))[1]
            event = max((e for e, k in run if k == kind), key=lambda e: e.last)
            opens, more = over(events), [e for e, k in following if k == "closure"]
            if opens and _is_one(kind, _school_days(events, open_days)):
                soon = kind == "closure" and more and more[0].first - opens <= _SO_SOON
                goes_on = over(more) if soon and _school_days(more, open_days) >= _MORE else None
                yield _Holiday(
                    events[0].first,
                    max(e.last for e in events),
                    event,
                    kind == "half-term",
                    opens,
                    Return(goes_on, more[-1], announced=False) if goes_on else None,
                )

    announced = (
        Return(m.opens_on, e, announced=True, by_training=e in training)
        for e, m in told
        if m.kind == "open again" and m.opens_on
    )
    return Returns(tuple(holidays()), tuple(announced))


def _school_days(events: Iterable[Event], open_days: frozenset[int]) -> int:
    return len({d for e in events for d in _days(e) if d.weekday() in open_days})


def _is_one(kind: Kind, school_days: int) -> bool:
    return kind == "half-term" or (kind == "closure" and school_days >= _SHORTEST)


def _runs(
    closed: Iterable[tuple[Event, Kind]], open_days: frozenset[int], bank_holidays: Collection[date]
) -> Iterator[list[tuple[Event, Kind]]]:
    """Events with no school day between them, in the order of their dates."""
    run: list[tuple[Event, Kind]] = []
    last = date.min
    for event, kind in sorted(closed, key=lambda c: (c[0].first, c[0].last)):
        between = (last + n * _DAY for n in range(1, (event.first - last).days if run else 0))
        if run and any(d.weekday() in open_days and d not in bank_holidays for d in between):
            yield run
            run = []
        last = max(last, event.last) if run else event.last
        run.append((event, kind))
    if run:
        yield run


def _from(day: date) -> Iterator[date]:
    """A month of days: whatever stands closed for longer is no few days after a holiday."""
    return (day + n * _DAY for n in range(31))


def _days(event: Event) -> Iterator[date]:
    return (event.first + n * _DAY for n in range((event.last - event.first).days + 1))

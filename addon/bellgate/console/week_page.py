"""A week of the timetable as a page: Policy, date -> HTML. No I/O but the template's own.

The console is handed what this gives: the whole page, or its table alone to set in a page of its
own. Bars are drawn in SVG, so that no style stands in an attribute and a strict policy can hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from bellgate.policy.academic_year import ClockChange, alike, clock_changes, groups_apart, tone_of
from bellgate.policy.day_shape import Window
from bellgate.policy.decide import Policy
from bellgate.policy.wall_clock import WEEKDAYS
from bellgate.policy.who import Group
from bellgate.policy.year import Day

_TEMPLATES = Environment(
    loader=ChoiceLoader(
        [PackageLoader("bellgate.console", "week"), PackageLoader("bellgate.console", "static")]
    ),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class _Bar:
    """A session or a break on a line of a hundred, from the week's first hour to its last."""

    name: str
    hours: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class _Line:
    groups: str
    sessions: tuple[_Bar, ...]
    breaks: tuple[_Bar, ...]
    between: str
    why: str
    source: str | None
    tone: str


@dataclass(frozen=True, slots=True)
class _Date:
    name: str
    day: str
    iso: str
    lines: tuple[_Line, ...]
    clocks: str | None
    today: bool


def week_page(
    policy: Policy,
    first: date,
    *,
    groups: Sequence[Group] | None = None,
    today: date | None = None,
    whole: bool = True,
    sources: bool = True,
) -> str:
    """The seven days from `first`. With `whole=False` the section alone, without head and style;
    with `sources=False` without the lines of the files that it stands in."""
    shown = groups if groups is not None else groups_apart(policy)
    dates = [first + timedelta(days=offset) for offset in range(7)]
    by_date = [(when, alike(policy, shown, when)) for when in dates]
    axis = _axis([day for _, days in by_date for day, _ in days])
    changes = clock_changes(policy.year.zone, dates)
    found = [
        _Date(
            WEEKDAYS[when.weekday()],
            _dated(when),
            when.isoformat(),
            tuple(_line(policy, day, names, axis, sources) for day, names in days),
            _clocks(changes.get(when), policy),
            when == today,
        )
        for when, days in by_date
    ]
    lines = [line for each in found for line in each.lines if line.sessions]
    template = _TEMPLATES.get_template("week.html" if whole else "week-table.html")
    return template.render(
        school=policy.edition.school,
        title=f"{_dated(first)} to {_dated(dates[-1])} {dates[-1].year}",
        hours=[
            (f"{hour:02d}", _on(time(hour), axis)) for hour in range(axis[0], min(axis[1] + 1, 24))
        ],
        days=found,
        any_break=any(line.breaks for line in lines),
        any_special=any(line.tone == "special" for line in lines),
    )


def _axis(days: Sequence[Day]) -> tuple[int, int]:
    """The hours that the week's sessions lie between; a usual day's, in a week without any."""
    spans = [window for day in days for window in day.sessions]
    if not spans:
        return 8, 16
    last = max(w.end for w in spans)
    return min(w.start for w in spans).hour, last.hour + (last.minute > 0)


def _on(wall: time, axis: tuple[int, int]) -> float:
    first, last = axis
    return round(100 * (wall.hour + wall.minute / 60 - first) / max(last - first, 1), 2)


def _bar(window: Window, axis: tuple[int, int]) -> _Bar:
    x, end = _on(window.start, axis), _on(window.end, axis)
    hours = f"{window.start:%H:%M}–{window.end:%H:%M}"
    return _Bar(window.name, hours, x, round(end - x, 2))


def _line(
    policy: Policy, day: Day, names: Sequence[str], axis: tuple[int, int], sources: bool
) -> _Line:
    return _Line(
        ", ".join(names),
        tuple(_bar(w, axis) for w in day.sessions),
        tuple(_bar(w, axis) for w in day.breaks),
        day.shape.in_school_between,
        day.why,
        str(day.source) if day.source and sources else None,
        tone_of(policy, day),
    )


def _clocks(change: ClockChange | None, policy: Policy) -> str | None:
    return change.told(policy.year.zone) if change else None


def _dated(day: date) -> str:
    return f"{day.day} {day:%B}"

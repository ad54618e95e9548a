"""The school year as instants: no moment in two sessions, the nights of the clock change too."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellgate.policy.day_shape import DayShape, Window
from bellgate.policy.intervals import Intervals
from bellgate.policy.timetable import Timetable
from bellgate.policy.wall_clock import instant_of
from bellgate.policy.when import Weekly
from bellgate.policy.year import SpecialDay, WeekDay
from tests.policy.schools import DAY, GROUPS, LONDON, NIGHT, policy, year

CLOCKS_BACK = date(2026, 10, 25)
CLOCKS_FORWARD = date(2027, 3, 28)


def utc(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize("group", sorted(GROUPS))
@pytest.mark.parametrize("shape", [DAY, NIGHT], ids=["day", "night"])
def test_every_instant_lies_in_at_most_one_session(group: str, shape: DayShape) -> None:
    table = Timetable(year(shape, every_day=shape is NIGHT), GROUPS[group].chain)
    assert all(a.end <= b.start for a, b in pairwise(table.sessions))
    assert all(s.start < s.end for s in table.sessions)
    for span in table.sessions:
        last = span.end - timedelta(microseconds=1)
        assert table.session_at(span.start) is span
        assert table.session_at(last) is span
        assert table.session_at(span.end) is not span
        for instant in (span.start, last):
            assert len([s for s in table.sessions if s.start <= instant < s.end]) == 1


@pytest.mark.parametrize(
    ("day", "spans"),
    [
        # 01:00 to 02:00 comes twice; the first counts, so the middle session is an hour longer.
        (
            CLOCKS_BACK,
            [
                ("early", utc(date(2026, 10, 24), 23, 30), utc(CLOCKS_BACK, 0, 30)),
                ("middle", utc(CLOCKS_BACK, 0, 30), utc(CLOCKS_BACK, 2, 30)),
                ("late", utc(CLOCKS_BACK, 2, 30), utc(CLOCKS_BACK, 4)),
            ],
        ),
        # 01:00 to 02:00 never comes; 01:30 is the moment of the skip.
        (
            CLOCKS_FORWARD,
            [
                ("early", utc(CLOCKS_FORWARD, 0, 30), utc(CLOCKS_FORWARD, 1)),
                ("middle", utc(CLOCKS_FORWARD, 1), utc(CLOCKS_FORWARD, 1, 30)),
                ("late", utc(CLOCKS_FORWARD, 1, 30), utc(CLOCKS_FORWARD, 3)),
            ],
        ),
    ],
)
def test_sessions_on_the_nights_of_the_clock_change(
    day: date, spans: list[tuple[str, datetime, datetime]]
) -> None:
    table = Timetable(year(NIGHT, every_day=True), ("pupils",))
    found = [
        (s.name, s.start, s.end)
        for s in table.sessions
        if (s.end - timedelta(minutes=1)).astimezone(LONDON).date() == day
    ]
    assert found == spans


@given(
    st.sampled_from([CLOCKS_BACK, CLOCKS_FORWARD, date(2026, 11, 23)]),
    st.lists(st.times(), min_size=2, max_size=6),
)
def test_the_order_of_a_days_times_is_kept(day: date, times: list[time]) -> None:
    instants = [instant_of(day, wall.replace(tzinfo=None), LONDON) for wall in sorted(times)]
    assert instants == sorted(instants)


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.times())
def test_a_time_that_the_clock_shows_is_that_time(day: date, wall: time) -> None:
    shown = instant_of(day, wall, LONDON).astimezone(LONDON).replace(tzinfo=None)
    skipped = day in (date(2026, 3, 29), CLOCKS_FORWARD) and wall.hour == 1
    assert (shown == datetime.combine(day, wall)) is not skipped


SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60)).map(
        lambda p: (
            utc(CLOCKS_BACK, 0) + timedelta(minutes=min(p)),
            utc(CLOCKS_BACK, 0) + timedelta(minutes=max(p)),
        )
    ),
    max_size=5,
)


@given(SPANS, SPANS)
def test_sets_of_instants_against_the_naive_way(
    one: list[tuple[datetime, datetime]], two: list[tuple[datetime, datetime]]
) -> None:
    a, b = Intervals.of(one), Intervals.of(two)
    for minute in range(-1, 62):
        instant = utc(CLOCKS_BACK, 0) + timedelta(minutes=minute)
        in_a = any(start <= instant < end for start, end in one)
        in_b = any(start <= instant < end for start, end in two)
        assert (instant in a) == in_a
        assert (instant in a.minus(b)) == (in_a and not in_b)
        assert (instant in a.union(b)) == (in_a or in_b)


def special(first: int, **kinds: object) -> SpecialDay:
    day = date(2026, 11, first)
    sets = {k: frozenset(v) if isinstance(v, set) else v for k, v in kinds.items()}
    return SpecialDay("special", day, day, **sets)  # type: ignore[arg-type]


SHORT = DayShape((Window("morning", time(9), time(10)),))


@pytest.mark.parametrize(
    ("specials", "group", "sessions"),
    [
        ([special(24, closed_to={"pupils"})], "year-5", 0),
        ([special(24, closed_to={"pupils"})], "staff", 2),
        ([special(24, closed_to={"everyone"})], "staff", 0),
        ([special(24, shape=SHORT)], "year-5", 1),
        ([special(24, shape=SHORT)], "staff", 1),
        ([special(24, shape=SHORT, for_groups={"staff"})], "year-5", 2),
        ([special(24, closed_to={"everyone"}), special(24, open_to={"year-5"})], "year-5", 2),
        ([special(24, open_to={"year-5"}), special(24, closed_to={"everyone"})], "year-5", 0),
        ([special(24, closed_to={"year-5"})], "pupils", 2),
    ],
)
def test_single_days_win(specials: list[SpecialDay], group: str, sessions: int) -> None:
    table = Timetable(year(DAY, *specials), GROUPS[group].chain)
    day = next((d for d in table.days if d.date == date(2026, 11, 24)), None)
    assert len(day.sessions if day else ()) == sessions


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        (date(2026, 9, 1), False),  # the day before the term
        (date(2026, 9, 2), True),
        (date(2026, 10, 26), False),  # half-term, both ends
        (date(2026, 10, 30), False),
        (date(2026, 11, 21), False),  # a Saturday
        (date(2026, 12, 18), True),
        (date(2026, 12, 19), False),
    ],
)
def test_the_ordinary_year(day: date, open_: bool) -> None:
    assert year().day(("pupils",), day).open is open_


def test_a_weekly_time_counts_on_school_days_only() -> None:
    table = Timetable(year(), ("pupils",))
    thursdays = Weekly(frozenset({3}), time(10), time(11), "Thursday 10:00-11:00")
    times = thursdays.intervals(table)
    assert utc(date(2026, 11, 26), 10) in times
    assert utc(date(2026, 11, 26), 11) not in times
    assert utc(date(2026, 11, 27), 10) not in times
    assert utc(date(2026, 10, 29), 10) not in times  # half-term
    assert utc(date(2026, 9, 10), 9) in times  # ten o'clock in summer time


LATE = DayShape((Window("morning", time(10), time(11)),))
TUESDAYS = frozenset({1})


@pytest.mark.parametrize(
    ("weekdays", "group", "hours"),
    [
        ([WeekDay("short", TUESDAYS, shape=SHORT)], "pupils", ["09:00"]),
        ([WeekDay("short", TUESDAYS, shape=SHORT)], "staff", ["09:00"]),  # over the staff's own day
        ([WeekDay("short", frozenset({2}), shape=SHORT)], "pupils", ["08:50", "13:00"]),
        ([WeekDay("off", TUESDAYS, closed_to=frozenset({"year-5"}))], "year-5", []),
        ([WeekDay("off", TUESDAYS, closed_to=frozenset({"year-5"}))], "pupils", ["08:50", "13:00"]),
        (
            [
                WeekDay("short", TUESDAYS, shape=SHORT),
                WeekDay("late", TUESDAYS, for_groups=frozenset({"staff"}), shape=LATE),
            ],
            "staff",
            ["10:00"],
        ),
    ],
)
def test_days_of_the_week(weekdays: list[WeekDay], group: str, hours: list[str]) -> None:
    school = policy(school_year=replace(year(), weekdays=tuple(weekdays)))
    found = [
        f"{s.start:%H:%M}"
        for s in school.timetable(school.groups[group]).sessions
        if s.start.date() == date(2026, 11, 24)
    ]
    assert found == hours


def test_a_date_wins_over_its_day_of_the_week() -> None:
    weekly = (WeekDay("short", TUESDAYS, shape=SHORT),)
    late = SpecialDay("late", date(2026, 11, 24), date(2026, 11, 24), shape=LATE)
    day = replace(year(DAY, late), weekdays=weekly).day(("pupils",), date(2026, 11, 24))
    assert (day.why, day.shape.sessions) == ("late", LATE.sessions)


def test_a_day_of_the_week_is_in_term_alone() -> None:
    weekly = (WeekDay("club", frozenset({5}), open_to=frozenset({"year-5"}), shape=SHORT),)
    school = replace(year(), weekdays=weekly)
    assert school.day(("year-5", "pupils"), date(2026, 11, 21)).open
    assert not school.day(("pupils",), date(2026, 11, 21)).open
    assert not school.day(("year-5", "pupils"), date(2026, 8, 22)).open
    assert school.day(("year-5", "pupils"), date(2026, 10, 31)).why == "club"  # after half-term
    assert not school.day(("year-5", "pupils"), date(2026, 12, 19)).open

# ruff: noqa: E501  one day a line reads better than four
"""Ten schools' years, date by date: compared with a file each, and with what a calendar on the wall
says of the days that are easily got wrong."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from bellgate.policy.academic_year import academic_year, alike, clock_changes, groups_apart, totals
from bellgate.policy.day_shape import Window
from bellgate.policy.decide import Policy
from bellgate.schedules.load import Loaded, load
from tests.renewing import same_as_kept
from tests.schedules.small_catalogue import small_catalogue

CALENDARS = Path(__file__).parent.parent / "corpus" / "calendars"
SCHOOLS = sorted(p.name for p in CALENDARS.iterdir())


@cache
def loaded(school: str) -> Loaded:
    return load(CALENDARS / school, catalogue=small_catalogue())


def policy_of(school: str) -> Policy:
    policy = loaded(school).policy
    assert policy is not None, [str(p) for p in loaded(school).problems]
    return policy


def shown(windows: tuple[Window, ...]) -> str:
    return ", ".join(f"{w.name} {w.start:%H:%M}-{w.end:%H:%M}" for w in windows)


def lines_of(policy: Policy) -> Iterator[str]:
    """A line for each lot of groups; dates that follow each other and are alike, as a range."""
    year = academic_year(policy.year, 2026)
    groups = groups_apart(policy)
    stretch: tuple[date, date, tuple[str, ...]] | None = None
    for when in year.dates():
        rows = tuple(
            f"{', '.join(names)} | {shown(d.sessions) or 'no school'} | {shown(d.breaks)} | "
            f"{d.why} ({d.source})"
            for d, names in alike(policy, groups, when)
        )
        if stretch and stretch[2] == rows:
            stretch = (stretch[0], when, rows)
            continue
        if stretch:
            yield from stretched(*stretch)
        stretch = (when, when, rows)
    assert stretch
    yield from stretched(*stretch)
    for group in groups:
        total = totals(policy, group, year)
        yield f"{group.name}: {total.days} days, {total.sessions} sessions"
    for change in clock_changes(policy.year.zone, year.dates()).values():
        yield f"{change.at:%Y-%m-%d %H:%M} UTC: {change.told(policy.year.zone)}"


def stretched(first: date, last: date, rows: tuple[str, ...]) -> Iterator[str]:
    dates = f"{first:%a %Y-%m-%d}" + (f" to {last:%a %Y-%m-%d}" if last > first else "")
    yield from (f"{dates} | {row}" for row in rows)


def test_ten_schools_are_there() -> None:
    assert len(SCHOOLS) >= 10


@pytest.mark.parametrize("school", SCHOOLS)
def test_the_year_is_the_one_expected(school: str) -> None:
    told = [f"{problem}\n" for problem in loaded(school).problems]
    made = "".join(told) + "".join(f"{line}\n" for line in lines_of(policy_of(school)))
    same_as_kept(CALENDARS / school / "expected.txt", made)


M, A = "morning 08:50-12:00", "afternoon 13:00-15:15"
SM, SA = "morning 08:30-12:15", "afternoon 13:00-15:45"


@pytest.mark.parametrize(
    ("school", "group", "day", "sessions", "why"),
    [  # written by hand, from the files and a calendar on the wall
        ("01", "years-3-4", "2026-09-07", f"{M}, {A}", "Autumn 2026"),
        ("01", "years-5-6", "2026-09-07", "morning 08:50-12:30, afternoon 13:30-15:15", "Autumn 2026"),
        ("01", "pupils", "2027-05-03", "", "Early May bank holiday"),
        ("02", "nursery", "2026-09-09", "morning 09:00-12:00", "Autumn 2026"),
        ("02", "nursery", "2026-09-10", "", "No nursery"),
        ("02", "nursery", "2026-10-29", "", "half-term of Autumn 2026"),
        ("02", "reception", "2026-09-11", "morning 08:45-12:00", "Settling in"),
        ("02", "reception", "2026-09-14", "morning 08:45-12:00, afternoon 13:00-15:15", "Autumn 2026"),
        ("02", "years-1-2", "2026-09-10", "morning 08:45-11:45, afternoon 12:45-15:05", "Autumn 2026"),
        ("02", "years-3-6", "2026-09-10", "morning 08:35-12:15, afternoon 13:15-15:20", "Autumn 2026"),
        ("03", "pupils", "2026-09-11", f"{M}, afternoon 12:30-13:30", "Early closing"),
        ("03", "staff", "2026-09-11", f"{M}, afternoon 12:30-13:30", "Early closing"),
        ("03", "staff", "2026-09-10", f"{SM}, {SA}", "Autumn 2026"),
        ("03", "pupils", "2026-11-27", "", "INSET day"),
        ("03", "pupils", "2026-12-18", M, "Last morning"),
        ("03", "staff", "2027-04-16", "morning 08:30-12:00, afternoon 12:30-16:00", "Training in the afternoon"),
        ("03", "pupils", "2027-04-16", f"{M}, afternoon 12:30-13:30", "Early closing"),
        ("03", "pupils", "2026-10-30", "", "half-term of Autumn 2026"),
        ("04", "pupils", "2027-01-20", M, "Snow from noon"),
        ("04", "staff", "2027-01-20", M, "Snow from noon"),
        ("04", "pupils", "2027-01-21", "", "Snow"),
        ("04", "staff", "2027-01-21", f"{SM}, {SA}", "Spring 2027"),
        ("05", "infants", "2027-03-12", "", "Phonics training"),
        ("05", "juniors", "2027-03-12", f"{M}, {A}", "Spring 2027"),
        ("05", "year-6", "2027-07-16", "", "Year 6 in their new schools"),
        ("06", "pupils", "2026-09-12", "morning 08:30-12:10", "Saturday school"),
        ("06", "pupils", "2026-09-13", "", "a Sunday"),
        ("06", "pupils", "2026-09-05", "", "not in a term"),
        ("06", "staff", "2026-09-05", "morning 09:00-12:00", "Staff meeting"),
        ("06", "pupils", "2027-05-01", "", "Exeat"),
        ("06", "pupils", "2026-10-24", "", "half-term of Michaelmas 2026"),
        ("07", "pupils", "2026-08-17", "", "In-service day"),
        ("07", "staff", "2026-08-17", "morning 09:00-12:15, afternoon 13:15-15:10", "In-service day"),
        ("07", "pupils", "2026-08-19", "morning 09:00-12:15, afternoon 13:15-15:10", "Autumn 2026"),
        ("07", "pupils", "2026-10-14", "", "October break"),
        ("07", "pupils", "2026-11-30", "", "St Andrew's Day"),
        ("07", "pupils", "2027-03-29", "", "not in a term"),  # Easter Monday is none there
        ("07", "staff", "2027-02-17", "morning 09:00-12:15, afternoon 13:15-15:10", "In-service day"),
        ("07", "staff", "2027-05-06", "morning 09:00-12:15, afternoon 13:15-15:10", "Polling day: in-service"),
        ("07", "pupils", "2027-06-25", "morning 09:00-12:15, afternoon 13:15-15:10", "Summer 2027"),
        ("07", "pupils", "2027-06-28", "", "not in a term"),
        ("08", "pupils", "2027-03-01", "morning 08:50-12:00, eisteddfod 12:45-15:15", "Dydd Gwyl Dewi"),
        ("08", "pupils", "2027-05-03", "", "Early May bank holiday"),
        ("08", "pupils", "2026-11-30", f"{M}, {A}", "Hydref 2026"),
        ("09", "pupils", "2026-09-01", "", "INSET"),
        ("09", "staff", "2026-09-01", f"{SM}, {SA}", "INSET"),
        ("09", "pupils", "2026-09-02", f"{M}, {A}", "Autumn Term 2026"),
        ("09", "pupils", "2026-12-18", f"{M}, {A}", "Autumn Term 2026"),
        ("09", "pupils", "2026-12-19", "", "not in a term"),
        ("09", "pupils", "2027-03-25", f"{M}, {A}", "Spring Term 2027"),
        ("09", "pupils", "2027-04-12", f"{M}, {A}", "Summer Term 2027"),
        ("09", "pupils", "2027-07-21", f"{M}, {A}", "Summer Term 2027"),
        ("09", "pupils", "2027-07-22", "", "not in a term"),
        ("09", "pupils", "2026-10-30", "", "half-term of Autumn Term 2026"),
        ("09", "pupils", "2027-02-19", "", "half-term of Spring Term 2027"),
        ("09", "pupils", "2027-06-04", "", "half-term of Summer Term 2027"),
        ("09", "pupils", "2026-11-27", "", "Keep the date free"),
        ("09", "pupils", "2027-01-27", f"{M}, {A}", "Spring Term 2027"),
        ("09", "pupils", "2027-02-12", "", "Keep the date free"),
        ("09", "pupils", "2027-02-26", "", "Keep the date free"),
        ("09", "pupils", "2027-04-27", f"{M}, {A}", "Summer Term 2027"),
        ("09", "pupils", "2027-06-28", "", "Keep the date free"),
        ("09", "pupils", "2027-03-17", f"{M}, {A}", "Spring Term 2027"),
        ("09", "pupils", "2026-10-05", f"{M}, {A}", "Autumn Term 2026"),
        ("10", "staff", "2026-08-26", f"{SM}, {SA}", "Teacher training day"),
        ("10", "pupils", "2026-08-26", "", "Teacher training day"),
        ("10", "pupils", "2026-08-27", f"{M}, {A}", "Autumn 2026"),
        ("10", "pupils", "2026-08-31", "", "Summer bank holiday"),
        ("10", "pupils", "2026-10-09", f"{M}, {A}", "Autumn 2026"),
        ("10", "pupils", "2026-10-12", "", "half-term of Autumn 2026"),
        ("10", "pupils", "2026-10-19", f"{M}, {A}", "Autumn 2026"),
        ("10", "pupils", "2026-10-26", f"{M}, {A}", "Autumn 2026"),
        ("10", "pupils", "2027-02-19", "", "half-term of Spring 2027"),
        ("10", "pupils", "2027-06-14", "", "Occasional day"),
        ("10", "pupils", "2027-07-09", f"{M}, {A}", "Summer 2027"),
        ("10", "pupils", "2027-07-12", "", "not in a term"),
    ],
)  # fmt: skip
def test_days_that_are_easily_got_wrong(
    school: str, group: str, day: str, sessions: str, why: str
) -> None:
    (name,) = (s for s in SCHOOLS if s.startswith(school))
    policy = policy_of(name)
    found = policy.year.day(policy.groups[group].chain, date.fromisoformat(day))
    assert (shown(found.sessions), found.why) == (sessions, why)
    assert found.source or found.why in ("not in a term", "a Saturday", "a Sunday")


def weekdays_between(first: date, last: date, days: int = 5) -> int:
    span = (last - first).days + 1
    return sum((first + timedelta(days=n)).weekday() < days for n in range(span))


@pytest.mark.parametrize(
    ("school", "group", "days", "sessions"),
    [
        ("01-two-lunches", "years-5-6", 190, 380),
        ("01-two-lunches", "staff", 195, 390),
        ("02-staggered-years", "years-1-2", 190, 380),
        ("02-staggered-years", "reception", 190, 372),  # eight mornings alone
        ("03-early-friday", "pupils", 190, 379),
        ("04-snow-in-the-afternoon", "pupils", 189, 377),
        ("05-inset-for-one-group", "infants", 189, 378),
        ("05-inset-for-one-group", "juniors", 190, 380),
        ("08-wales", "pupils", 190, 380),
        ("08-wales", "staff", 195, 390),
        ("09-council-calendar", "staff", 195, 390),
    ],
)
def test_totals(school: str, group: str, days: int, sessions: int) -> None:
    policy = policy_of(school)
    total = totals(policy, policy.groups[group], academic_year(policy.year, 2026))
    assert (total.days, total.sessions) == (days, sessions)


def test_the_saturdays_of_a_year_counted_by_hand() -> None:
    policy = policy_of("06-saturday-school")
    terms = [
        (date(2026, 9, 7), date(2026, 10, 18)),
        (date(2026, 11, 1), date(2026, 12, 12)),
        (date(2027, 1, 11), date(2027, 2, 12)),
        (date(2027, 2, 22), date(2027, 3, 20)),
        (date(2027, 4, 19), date(2027, 5, 28)),
        (date(2027, 6, 7), date(2027, 7, 3)),
    ]
    days = sum(weekdays_between(*term, days=6) for term in terms) - 2  # a bank holiday, the exeat
    long_days = sum(weekdays_between(*term) for term in terms) - 1
    total = totals(policy, policy.groups["pupils"], academic_year(policy.year, 2026))
    assert (total.days, total.sessions) == (days, days + long_days)


def test_the_year_begins_in_august_where_the_terms_do() -> None:
    years = {name: academic_year(policy_of(name).year, 2026) for name in SCHOOLS}
    assert {name for name, year in years.items() if year.first == date(2026, 8, 1)} == {
        "07-scotland",
        "10-leicestershire",
    }
    assert years["01-two-lunches"].last == date(2027, 8, 31)
    assert years["07-scotland"].last == date(2027, 7, 31)

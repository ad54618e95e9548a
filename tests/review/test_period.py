"""A pack counts the days of its period alone, whatever the school's rules went through meanwhile.

The days are counted a second time here, by hand and by the calendar on the wall.
"""

import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellgate.policy.wall_clock import instant_of
from bellgate.review.pack.document import document
from bellgate.review.pack.findings import Findings
from bellgate.review.pack.material import Material
from bellgate.review.pack.question import Question
from bellgate.review.visits.gaps import Sign
from bellgate.review.visits.silences import school_days
from bellgate.running import editions
from bellgate.schedules.load import fingerprint, load
from tests.audit.world import LONDON
from tests.lab.school import SAMPLE
from tests.review.afternoon import CHECKPOINT, Week, at, question

LATER = datetime(2027, 9, 1, tzinfo=UTC)
SEPTEMBER = date(2026, 9, 2)
STAFF = ("staff",)


@pytest.fixture(scope="module")
def kept() -> Iterator[tuple[Path, tuple[str, ...]]]:
    """A state folder with three editions that differ in a remark, and their hashes."""
    with tempfile.TemporaryDirectory() as folder:
        hashes = []
        for n in range(3):
            files = dict(load(SAMPLE).files)
            files["rules.yaml"] += f"\n# The {n}. time.\n".encode()
            hashes.append(fingerprint(files))
            editions.keep(Path(folder), hashes[-1], files)
        yield Path(folder), tuple(hashes)


def by_the_wall(first: date, last: date) -> set[date]:
    """The staff's days from a day to a day: the sample's autumn term is 2 September to 18 December
    2026, with half term from 26 to 30 October; the spring term begins for staff on 4 January."""
    found = set()
    day = first
    while day <= last:
        autumn = date(2026, 9, 2) <= day <= date(2026, 12, 18)
        spring = date(2027, 1, 4) <= day <= date(2027, 2, 12)
        half_term = date(2026, 10, 26) <= day <= date(2026, 10, 30)
        if ((autumn and not half_term) or spring) and day.isoweekday() < 6:
            found.add(day)
        day += timedelta(days=1)
    return found


def days_told(edition: dict[str, object]) -> set[date]:
    """The days of a table D, from its sentences."""
    found: set[date] = set()
    for row in edition["days"]:  # type: ignore[attr-defined]
        ends = [
            datetime.strptime(said, "%d %b %Y").date()  # noqa: DTZ007 - a day, not a moment
            for said in re.findall(r"\d+ \w+ \d{4}", row[0])
        ]
        found |= by_the_wall(ends[0], ends[-1])
    return found


MOMENTS = st.datetimes(datetime(2026, 9, 1), datetime(2026, 12, 20)).map(  # noqa: DTZ001
    lambda each: each.replace(tzinfo=UTC)
)


@settings(max_examples=25)
@given(
    first=st.integers(0, 100).map(lambda n: SEPTEMBER + timedelta(days=n)),
    length=st.integers(0, 30),
    moments=st.lists(st.tuples(MOMENTS, st.integers(0, 2)), max_size=8),
    stepped=st.booleans(),
)
def test_days_are_counted_within_the_period_alone(
    kept: tuple[Path, tuple[str, ...]],
    first: date,
    length: int,
    moments: list[tuple[datetime, int]],
    *,
    stepped: bool,
) -> None:
    """Whenever the gate started and by whatever rules, and whether its clock was put right."""
    state, hashes = kept
    asked = Question(
        person="stf-0042", device=None, first=first, last=first + timedelta(days=length),
        reason="A hearing", by="head", at=LATER, zone=LONDON,
    )  # fmt: skip
    signs = [
        Sign(moment, "started", hashes[which], "log", number)
        for number, (moment, which) in enumerate(sorted(moments))
    ]
    signs.append(Sign(asked.since + timedelta(hours=11), "heartbeat", hashes[0], "log", 98))
    if stepped:
        signs.append(Sign(LATER - timedelta(days=9), "clock-stepped", hashes[1], "log", 99, -7200))
    material = Material((), tuple(signs), (), (), ())
    in_force = editions.in_force(
        state, material.editions(asked.since, asked.until), STAFF, asked.since, asked.until
    )
    findings = Findings(asked, material, in_force, {}, CHECKPOINT, "A school")
    expected = by_the_wall(asked.first, asked.last)
    assert school_days(findings).all == expected
    assert set().union(*map(days_told, document(findings)["editions"])) == expected
    assert in_force[0].since == asked.since and in_force[-1].until == asked.until
    assert all(each.since < each.until for each in in_force)


@given(moments=st.lists(st.tuples(MOMENTS, st.integers(0, 2)), min_size=1, max_size=8))
@settings(max_examples=20)
def test_changes_of_rules_before_and_after_do_not_reach_into_the_period(
    kept: tuple[Path, tuple[str, ...]], moments: list[tuple[datetime, int]]
) -> None:
    state, hashes = kept
    since, until = (instant_of(date(2026, 11, day), time(), LONDON) for day in (16, 21))
    changes = [(moment, hashes[which]) for moment, which in sorted(moments)]
    for each in editions.in_force(state, changes, STAFF, since, until):
        assert since <= each.since < each.until <= until
        assert {span.start.date() for span in each.sessions} <= by_the_wall(
            date(2026, 11, 16), date(2026, 11, 20)
        )


def test_a_start_in_another_week_says_nothing_of_this_one(tmp_path: Path) -> None:
    """A clock that was put right makes the gate look up its starts of all time."""
    week = Week(tmp_path).under("sha256:before").gate("started", "…", at("8:00", -20))
    week.gate("clock-stepped", "…", at("9:00", -19), seconds=120.0)
    week.under("sha256:since").gate("started", "…", at("12:40", -10))
    week.gate("heartbeat", "…", at("9:00"))
    week.under("sha256:after").gate("started", "…", at("9:00", 9))
    asked = question()
    found = week.findings().material.editions(asked.since, asked.until)
    assert found == [(at("9:00"), "sha256:since")]


def test_the_notice_is_said_to_be_to_staff_alone(kept: tuple[Path, tuple[str, ...]]) -> None:
    state, hashes = kept
    since, until = at("0:00"), at("0:00", 5)
    for chain, is_to_staff in (
        (STAFF, True),
        (("year-5", "pupils"), False),
        (("gone",), False),
    ):
        [found] = editions.in_force(state, [(since, hashes[0])], chain, since, until)
        assert (found.notice, found.is_to_staff) == ("2026-09", is_to_staff), chain

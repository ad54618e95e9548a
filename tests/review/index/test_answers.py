"""What the index says of single things that the whole term does not happen to hold."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bellgate.review.index import Index, Search, Split
from tests.audit.world import LONDON, journal
from tests.review.index.made import MINUTE, TEN, TERM, School, gate, review, tried

HOUR = timedelta(hours=1)
LUNCH = TEN + timedelta(hours=2, minutes=50)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    made = School(tmp_path / "state")
    yield made
    made.close()


def test_a_visit_is_of_the_session_in_which_something_was_first_tried(school: School) -> None:
    """A page left open at lunch closes by itself just before the bell; then somebody comes back."""
    closed = tried(LUNCH + 8 * MINUTE, "closed", host="wordpress.com", lasted=20 * MINUTE)
    back = tried(LUNCH + 11 * MINUTE, "log", host="wordpress.com")
    assert "session" not in closed["bellgate"] and "rule" not in closed
    school.write(closed, back).follow()
    [row] = school.rows()
    assert (row.number, row.records) == (0, 2)
    assert (row.first, row.session, row.in_session) == (LUNCH + 11 * MINUTE, "afternoon", True)
    assert (row.rule_name, row.category) == ("Own weblogs", "blog-writing")


def test_what_was_carried_over_has_no_grade_and_is_in_no_count_of_attempts(
    school: School,
) -> None:
    school.write(tried(TEN, "cut", carried_over=True, repeat=3)).follow()
    [row] = school.rows(seen="nothing")
    assert (row.grade, row.times, row.carried_over, dict(row.actions)) == ("nothing", 0, 3, {})
    week = school.index.totals(date(2026, 11, 23), date(2026, 11, 29))
    assert (week.whole, week.whole.attempted) == (Split(nothing=1), 0)
    [day] = school.index.service("facebook", *TERM)
    assert (day.attempts.whole, day.visits.attempted) == (0, 0)


def test_what_is_no_service_goes_by_its_site(school: School) -> None:
    school.write(tried(TEN, host="games.example"), tried(TEN, host="www.facebook.com")).follow()
    rows = {row.what: (row.service, row.host) for row in school.rows()}
    assert rows == {"facebook": ("facebook", None), "games.example": (None, "games.example")}
    assert [row.host for row in school.rows(service="games.example")] == ["games.example"]
    assert school.index.on_record(*TERM).services == ("facebook",)


def test_one_device_in_two_hands_makes_visits_of_each(school: School) -> None:
    """Handed over in the middle of a visit: neither has anything of the other's."""
    school.write(
        *(tried(TEN + n * MINUTE, person="stf-0042" if n < 3 else "stf-0099") for n in range(5))
    ).follow()
    assert [(row.person, row.times) for row in school.rows()] == [("stf-0099", 2), ("stf-0042", 3)]
    page = school.index.device("staff-laptop-07", *TERM)
    assert [(held.person, held.visits.whole) for held in page.held] == [
        ("stf-0042", 1), ("stf-0099", 1),
    ]  # fmt: skip
    assert school.index.person("stf-0099", *TERM).weeks[0].visits.whole == 1


def test_a_device_with_another_address_is_still_the_same(school: School) -> None:
    moved = tried(TEN + MINUTE)
    moved["source"]["ip"] = "10.77.20.99"
    school.write(tried(TEN), moved).follow()
    [row] = school.rows()
    assert (row.records, row.address) == (2, None)
    used = [a.address for a in school.index.device("staff-laptop-07", *TERM).addresses]
    assert used == ["10.77.20.31", "10.77.20.99"]


def test_a_forged_line_is_in_no_count_of_anybody(school: School) -> None:
    school.write(tried(TEN), tried(TEN + HOUR), tried(TEN + 24 * HOUR)).follow()
    first, _ = school.days()
    first.write_bytes(first.read_bytes().replace(b'"repeat":1', b'"repeat":9', 1))
    school.follow()
    person = school.index.person("stf-0042", *TERM)
    assert sum(week.visits.whole for week in person.weeks) == 2
    counts = school.index.count(Search(person="stf-0042"))
    assert (counts.visits, counts.unsound, counts.shown) == (2, 1, 3)
    days = school.index.service("facebook", *TERM)
    assert [(day.visits.whole, day.attempts.whole, day.unsound) for day in days] == [
        (1, 1, 1), (1, 1, 0),
    ]  # fmt: skip
    page = school.index.device("staff-laptop-07", *TERM)
    assert (page.visits.whole, page.addresses[0].records) == (2, 2)
    assert school.index.visits(Search(person="stf-0042")).total == 3


def test_forged_events_are_shown_as_such_and_are_no_signs_of_life(school: School) -> None:
    school.write(
        gate("heartbeat", TEN), gate("error", TEN + MINUTE),
        review("viewed", TEN + MINUTE, user="head"), tried(TEN + 24 * HOUR),
    ).follow()  # fmt: skip
    first, _ = school.days()
    lines = first.read_bytes().replace(b'"said"', b'"laid"').replace(b'"looked"', b'"booked"')
    first.write_bytes(lines.replace(b"T10:00:00", b"T10:30:00"))
    school.follow()
    assert [event.sound for event in school.index.gate_events(*TERM)] == [False]
    assert [look.sound for look in school.index.looked(None, None).rows] == [False]
    [gap] = school.index.watched(TEN, TEN + HOUR).gaps
    assert (gap.start, gap.end) == (TEN, TEN + HOUR)


def test_the_same_number_in_two_logs_of_one_day(tmp_path: Path) -> None:
    """A line was altered, so the log was set aside and another begun on the same day. Each visit
    is found by its log; without one, the current log's is meant."""
    first = journal(tmp_path)
    for n in (-20, 0):
        first.submit(tried(TEN + n * MINUTE))
    assert first.close() == 0
    [day] = first.paths.log.glob("*.jsonl")
    day.write_bytes(day.read_bytes().replace(b"Blocked", b"Allowed", 1))
    after = journal(tmp_path)
    after.submit(tried(TEN + 30 * MINUTE))
    assert after.close() == 0
    index = Index.open(tmp_path / "index.sqlite", LONDON, lambda: TEN)
    index.follow(after.paths)
    rows = list(index.every_visit(Search()))
    assert [(row.log, row.number, row.sound) for row in rows] == [
        ("log", 1, True), ("log.1", 1, True), ("log.1", -1, False),
    ]  # fmt: skip
    for row in rows:
        assert index.visit(row.day, row.number, row.log) == row
    newest, *_ = rows
    assert index.visit(newest.day, 1) == newest
    index.close()


def test_a_search_that_nothing_answers(school: School) -> None:
    school.write(tried(TEN)).follow()
    for search in (Search(person="x"), Search(group="x"), Search(page=7), Search(session="night")):
        assert school.index.visits(search).rows == ()
    assert school.index.totals(date(2025, 1, 6), date(2025, 1, 12)).whole == Split()
    assert school.index.service("x", *TERM) == []
    assert school.index.device("x", *TERM).held == ()
    assert school.index.person("x", *TERM).weeks == ()
    assert school.index.on_record(date(2025, 1, 1), date(2025, 1, 2)).devices == ()

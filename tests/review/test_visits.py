"""Visits: what one device did with one service, and what must never be said of it."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bellgate.review.visits.visits import GAP, visits
from tests.review.afternoon import at, attempt

MINUTE = timedelta(minutes=1)


def test_attempts_within_five_minutes_are_one_visit() -> None:
    [visit] = visits([attempt(at("10:00")), attempt(at("10:05")), attempt(at("10:10"))])
    assert (visit.first, visit.last, visit.times) == (at("10:00"), at("10:10"), 3)


def test_a_second_more_is_another_visit() -> None:
    assert len(visits([attempt(at("10:00")), attempt(at("10:05:01"))])) == 2


def test_two_services_and_two_devices_are_visits_of_their_own() -> None:
    found = visits([
        attempt(at("10:00")),
        attempt(at("10:01"), host="wordpress.com", action="log"),
        attempt(at("10:02"), ip="10.77.10.9", mac="3c:22:fb:00:00:21"),
    ])  # fmt: skip
    assert [(v.who, v.what) for v in found] == [
        ("staff-laptop-07", "facebook"),
        ("staff-laptop-07", "wordpress"),
        ("y5-laptop-03", "facebook"),
    ]


def test_a_record_that_stands_for_forty_counts_forty() -> None:
    [visit] = visits([
        attempt(at("10:00"), seen="page"),
        attempt(at("10:00:59"), seen="background", repeat=40),
    ])  # fmt: skip
    assert visit.seen == {"page": 1, "background": 40}
    assert visit.actions == {"block": 41}
    assert visit.grade == "page"


def test_what_was_carried_over_is_no_attempt_and_has_no_grade() -> None:
    """A tab left open from before the bell is cut; nobody did anything."""
    [visit] = visits([attempt(at("8:30"), "cut", carried_over=True)])
    assert (visit.carried_over, visit.times, visit.grade, visit.actions) == (1, 0, None, {})


def test_a_connection_that_stays_open_for_two_hours_is_no_visit_of_two_hours() -> None:
    """Its closing is of the same visit, and says nothing of when somebody was there."""
    opened = attempt(at("10:00"), "log", host="wordpress.com")
    closed = attempt(
        at("12:00"), "closed", host="wordpress.com", lasted=timedelta(hours=2), carried=5000
    )
    [visit] = visits([opened, closed])
    assert (visit.first, visit.last, visit.times) == (at("10:00"), at("10:00"), 1)


def test_a_count_that_was_written_late_is_still_in_its_place() -> None:
    """A minute's count is written at its end: later numbers may be of earlier moments."""
    [visit] = visits([attempt(at("10:01")), attempt(at("10:00"), repeat=3)])
    assert (visit.first, visit.last, visit.times) == (at("10:00"), at("10:01"), 4)


def test_an_unnamed_device_goes_by_its_address() -> None:
    [visit] = visits([attempt(at("10:00"), ip="10.77.10.77", mac=None)])
    assert visit.who == "10.77.10.77"


MOMENTS = st.lists(
    st.tuples(
        st.integers(0, 3600), st.sampled_from(["www.facebook.com", "wordpress.com"]),
        st.sampled_from(["page", "embedded", "background", "connection"]), st.integers(1, 50),
    ),
    max_size=30,
)  # fmt: skip


@given(MOMENTS, st.randoms())
def test_every_attempt_is_in_one_visit_and_counted_once(moments, random) -> None:  # type: ignore[no-untyped-def]
    tried = [
        attempt(at("10:00") + timedelta(seconds=s), host=host, seen=seen, repeat=times)
        for s, host, seen, times in moments
    ]
    found = visits(tried)
    assert sorted(a.number for v in found for a in v.attempts) == sorted(a.number for a in tried)
    assert sum(v.times for v in found) == sum(a.times for a in tried)
    for visit in found:
        assert all(b.at - a.at <= GAP for a, b in pairwise(visit.attempts))
        assert visit.first <= visit.last
    for what in {v.what for v in found}:
        alike = [v for v in found if v.what == what]
        assert all(b.first - a.last > GAP for a, b in pairwise(alike))
    shuffled = list(tried)
    random.shuffle(shuffled)
    assert visits(shuffled) == found

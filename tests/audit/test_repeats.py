"""A device that tries again and again is one fact with a count, and no attempt goes uncounted."""

from collections import Counter
from datetime import timedelta
from time import perf_counter
from typing import Any

from bellgate.audit.log.repeats import MOST_IN_AN_HOUR, Counted, End, Repeats
from bellgate.audit.record.record import Seen
from bellgate.policy.facts import SignIn
from tests.audit.world import QUARTER_PAST_TEN, decision

SECOND = timedelta(seconds=1)


def attempt(
    repeats: Repeats, seconds: float, host: str = "facebook.com", **device: Any
) -> list[tuple[int, str | None]]:
    now = QUARTER_PAST_TEN + seconds * SECOND
    return told(repeats.seen(decision(host, now, **device), "block", "page", now))


def told(records: list[Counted]) -> list[tuple[int, str | None]]:
    return [(r.times, r.decision.host if r.named else None) for r in records]


def test_the_first_attempt_is_recorded_at_once() -> None:
    assert attempt(Repeats(), 0) == [(1, "facebook.com")]


def test_further_attempts_of_the_minute_become_one_record_timed_at_the_last() -> None:
    repeats = Repeats()
    attempt(repeats, 0)
    assert [attempt(repeats, s) for s in (1, 2, 50)] == [[], [], []]
    assert repeats.due(QUARTER_PAST_TEN + 59 * SECOND) == []

    (record,) = repeats.due(QUARTER_PAST_TEN + 60 * SECOND)

    assert (record.times, record.decision.host) == (3, "facebook.com")
    assert record.decision.instant == QUARTER_PAST_TEN + 50 * SECOND
    assert repeats.due(QUARTER_PAST_TEN + 120 * SECOND) == []


def test_an_attempt_that_stays_alone_is_not_recorded_twice() -> None:
    repeats = Repeats()
    attempt(repeats, 0)
    assert repeats.due(QUARTER_PAST_TEN + 60 * SECOND) == []


def test_after_the_minute_the_next_attempt_is_a_first_again() -> None:
    repeats = Repeats()
    attempt(repeats, 0)
    attempt(repeats, 1)
    assert attempt(repeats, 61) == [(1, "facebook.com"), (1, "facebook.com")]


def test_the_bell_ends_the_minute_early() -> None:
    repeats = Repeats()
    attempt(repeats, 0)
    attempt(repeats, 1)
    assert told(repeats.flush()) == [(1, "facebook.com")]
    assert attempt(repeats, 2) == [(1, "facebook.com")]


def test_another_host_device_or_way_of_asking_is_another_fact() -> None:
    repeats = Repeats()
    now = QUARTER_PAST_TEN
    assert attempt(repeats, 0)
    assert attempt(repeats, 0, "www.facebook.com")
    assert attempt(repeats, 0, ip="10.77.10.21", mac="3c:22:fb:00:00:21")
    assert repeats.seen(decision("facebook.com"), "block", "embedded", now)
    assert repeats.seen(decision("facebook.com"), "cut", "page", now)


def test_two_addresses_of_one_device_are_one_device_but_unknown_ones_are_told_apart() -> None:
    repeats = Repeats()
    attempt(repeats, 0, ip="10.77.20.31")
    assert attempt(repeats, 1, ip="10.77.20.32") == []
    assert attempt(repeats, 1, ip="10.77.10.8", mac="02:00:00:00:00:01")
    assert attempt(repeats, 1, ip="10.77.10.9", mac="02:00:00:00:00:01")


def test_beyond_twenty_hosts_of_one_service_they_are_counted_by_service() -> None:
    repeats = Repeats()
    for n in range(20):
        assert attempt(repeats, 0, f"n{n}.facebook.com") == [(1, f"n{n}.facebook.com")]
    assert attempt(repeats, 1, "n20.facebook.com") == [(1, None)]
    assert attempt(repeats, 2, "n21.facebook.com") == []
    assert attempt(repeats, 3, "n22.facebook.com") == []
    assert attempt(repeats, 4, "n0.facebook.com") == []
    counts = told(repeats.flush())
    assert counts == [(1, "n0.facebook.com"), (2, None)]


def test_hosts_are_named_again_in_the_next_minute() -> None:
    repeats = Repeats()
    for n in range(25):
        attempt(repeats, 0, f"n{n}.facebook.com")
    assert attempt(repeats, 61, "n30.facebook.com")[-1] == (1, "n30.facebook.com")


def test_a_clock_that_goes_back_ends_the_minutes_it_left() -> None:
    repeats = Repeats()
    attempt(repeats, 0)
    attempt(repeats, 1)
    assert told(repeats.due(QUARTER_PAST_TEN - timedelta(hours=1))) == [(1, "facebook.com")]


def test_a_full_table_ends_its_oldest_minute_and_loses_no_count() -> None:
    repeats = Repeats(limit=10)
    written: list[Counted] = []
    for n in range(1000):
        now = QUARTER_PAST_TEN
        decided = decision(ip=f"10.77.10.{n % 50}", mac=None)
        written += repeats.seen(decided, "block", "page", now)
        assert len(repeats._windows) <= 10
    assert sum(r.times for r in [*written, *repeats.flush()]) == 1000
    assert repeats._hosts == {}


def test_a_hundred_thousand_random_names_a_minute_stay_cheap_and_are_all_counted() -> None:
    repeats = Repeats()
    written: Counter[bool] = Counter()
    made = [decision(f"n{n}.facebook.com") for n in range(1000)]
    began = perf_counter()
    for n in range(100_000):
        now = QUARTER_PAST_TEN + n * SECOND / 2000
        for record in repeats.seen(made[n % 1000], "block", "connection", now):
            written[record.named] += record.times
    took = perf_counter() - began
    for record in repeats.flush():
        written[record.named] += record.times
    assert written.total() == 100_000
    assert len(repeats._windows) == 0
    assert took < 5


def test_ends_are_counted_as_attempts_are_and_what_was_carried_is_added_up() -> None:
    """One connection that asks without end for what is logged must not fill the log."""
    repeats = Repeats()
    records: list[Counted] = []
    for n in range(5000):
        now = QUARTER_PAST_TEN + n * SECOND / 1000
        end = End(100, SECOND)
        records += repeats.seen(decision(at=now), "closed", "connection", now, end)
    records += repeats.flush()
    assert [(r.times, r.end) for r in records] == [
        (1, End(100, SECOND)),
        (4999, End(499_900, 4999 * SECOND)),
    ]


def test_a_cut_that_was_carried_over_is_not_counted_with_one_that_was_not() -> None:
    repeats = Repeats()
    for carried_over in (True, False):
        end = End(carried_over=carried_over)
        assert repeats.seen(decision(), "cut", "connection", QUARTER_PAST_TEN, end)


def test_one_device_has_so_many_records_in_an_hour_and_then_a_count_a_minute() -> None:
    """It may do what it likes: each attempt is in one record, and nobody else loses any."""
    repeats, records, made = Repeats(), [], 0
    for minute in range(20):
        for n in range(400):
            now = QUARTER_PAST_TEN + (60 * minute + n / 10) * SECOND
            records += repeats.seen(decision(at=now), "block", SEEN[n % 4], now)
            records += repeats.seen(decision(f"{n}.facebook.com", now), "log", SEEN[n % 4], now)
            made += 2
    other = {"ip": "10.77.10.21", "mac": "3c:22:fb:00:00:21"}
    assert attempt(repeats, 1199, **other) == [(1, "facebook.com")]
    records += repeats.flush()
    assert sum(r.times for r in records) == made
    assert len(records) < MOST_IN_AN_HOUR + 200
    late = [r for r in records if r.decision.service is None]
    assert late
    assert {(r.seen, r.named) for r in late} == {("connection", False)}


def test_the_next_hour_begins_anew() -> None:
    repeats = Repeats()
    for n in range(MOST_IN_AN_HOUR + 10):
        attempt(repeats, n / 1000, f"{n}.example{n}.com")
    assert attempt(repeats, 3601, "facebook.com")[-1] == (1, "facebook.com")


SEEN: tuple[Seen, ...] = ("page", "embedded", "background", "connection")


def test_who_signs_in_within_the_minute_answers_for_no_attempt_before() -> None:
    repeats = Repeats()
    smith, jones = SignIn("stf-1", "a"), SignIn("stf-2", "b")
    attempt(repeats, 0, sign_in=smith)
    attempt(repeats, 1, sign_in=smith)
    attempt(repeats, 2, sign_in=jones)
    attempt(repeats, 3, sign_in=jones)
    attempt(repeats, 4)
    counts = repeats.due(QUARTER_PAST_TEN + 70 * SECOND)
    assert [(r.decision.who.person, r.times) for r in counts] == [("stf-1", 1), ("stf-2", 1)]

"""What is told of the gate's watch: the records that were lost in session time, and when."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bellgate.review.index import Index
from bellgate.running.folders import index_file
from bellgate.running.watched import Watch, watched_in
from tests.audit.world import LONDON, POLICY
from tests.review.afternoon import MIDNIGHT, Week, at

AFTER = MIDNIGHT + timedelta(days=7)
THROUGHOUT = (
    "From Monday 23 November 2026 to Sunday 29 November 2026, the gate was watching throughout "
    "session time (32 hours 30 minutes)."
)


@pytest.fixture
def week(tmp_path: Path) -> Week:
    return Week(tmp_path).watched()


def told(week: Week, until: datetime = AFTER, now: datetime = AFTER) -> Watch:
    week.close()
    state = week.log.parent
    index = Index.open(index_file(state), LONDON, lambda: AFTER)
    try:
        index.follow(week.paths)
        return watched_in(POLICY, week.paths, index, MIDNIGHT, until, now=now)
    finally:
        index.close()


def lost(week: Week, start: str, end: str, number: int, day: int = 0) -> Week:
    since, until = at(start, day), at(end, day)
    return week.gate(
        "records-lost", "The log could not be written", until, lost=number, delayed=2,
        **{"from": since.isoformat(), "to": until.isoformat()},
    )  # fmt: skip


def test_records_that_were_lost_in_session_are_told_with_their_number_and_time(week: Week) -> None:
    assert told(lost(week, "13:10", "13:18", 17, 3)).said == (
        f"{THROUGHOUT} 17 records made in session could not be kept: on Thursday 26 November 2026 "
        "from 13:10 to 13:18. The numbers for that time may be too low."
    )


def test_where_only_part_was_session_time_they_may_be_fewer(week: Week) -> None:
    assert (
        "Up to 5 records made in session could not be kept: on Monday 23 November 2026 from 12:00"
        in (told(lost(week, "12:00", "12:30", 5)).said)
    )


def test_what_was_lost_in_peoples_own_time_or_only_came_late_is_not_told(week: Week) -> None:
    lost(lost(week, "17:00", "17:30", 5), "9:00", "9:01", 0)
    assert told(week).said == THROUGHOUT


def test_a_loss_that_was_told_only_days_later_is_of_its_own_time(week: Week) -> None:
    week.gate(
        "records-lost", "The log could not be written", AFTER + timedelta(days=1), lost=9,
        **{"from": at("15:00", 4).isoformat(), "to": (AFTER + timedelta(days=1)).isoformat()},
    )  # fmt: skip
    assert (
        "Up to 9 records made in session could not be kept: on Friday 27 November 2026 from 15:00 "
        "to 00:00 on Tuesday 1 December 2026."
    ) in told(week).said


def test_the_sentry_does_not_say_since_when_so_the_day_is_told(week: Week) -> None:
    week.gate("records-lost", "The sentry had no room for 3 records", at("12:30", 1), lost=3)
    assert "Up to 3 records made in session could not be kept: on Tuesday 24 November 2026." in (
        told(week).said
    )


def test_of_many_losses_the_rest_is_counted(week: Week) -> None:
    for day in range(5):
        lost(week, "9:00", "9:10", 2, day)
    said = told(week).said
    assert "10 records made in session could not be kept: on Monday" in said
    assert "from 09:00 to 09:10 and 2 further times (see Health). The numbers" in said


def test_a_share_stands_with_its_time_and_with_what_it_is_a_share_of(tmp_path: Path) -> None:
    week = Week(tmp_path).watched(silent=(at("9:30"), at("10:30")))
    assert told(week).said == (
        "From Monday 23 November 2026 to Sunday 29 November 2026, the gate was watching for 96.9% "
        "of session time: 31 hours 30 minutes of 32 hours 30 minutes. What happened in the other "
        "1 hour may be missing from the record."
    )


def test_days_that_are_not_all_over_are_told_so_far(week: Week) -> None:
    assert told(week, now=at("12:00", 1)).said.startswith(
        "From Monday 23 November 2026 to Tuesday 24 November 2026, so far (up to 12:00), the gate "
        "was watching throughout session time ("
    )


def test_of_the_time_before_the_first_record_nothing_is_said_to_be_measured(week: Week) -> None:
    week.close()
    index = Index.open(index_file(week.log.parent), LONDON, lambda: AFTER)
    index.follow(week.paths)

    def said(first: int, last: int) -> str:
        since, until = (MIDNIGHT + timedelta(days=days) for days in (first, last))
        return watched_in(POLICY, week.paths, index, since, until, now=AFTER).said

    nothing = "Nothing was measured on these days: the record begins on Monday 23 November 2026."
    assert said(-14, -7) == said(-7, 0) == nothing
    assert said(-7, 7) == (
        f"{THROUGHOUT} The record begins on Monday 23 November 2026: nothing was measured before "
        "that."
    )
    assert said(8, 10) == "These days are still to come."
    index.close()


def test_where_the_gates_own_records_were_deleted_no_share_counts_those_days(week: Week) -> None:
    week.gate(
        "deleted", "…", at("3:00", 5), day="2026-11-23", why="gate: 7 days", first=0, last=9,
        count=10,
    )  # fmt: skip
    said = told(week).said
    assert "watching throughout session time (26 hours)." in said
    assert said.endswith(
        "It can no longer be said whether it was watching on 1 day, because its own records "
        "of that day were deleted when due."
    )

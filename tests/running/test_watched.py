"""What is told of the gate's watch: the records that were lost in session time, and when."""

from datetime import timedelta
from pathlib import Path

import pytest

from bellgate.review.index import Index
from bellgate.running.folders import index_file
from bellgate.running.watched import Watch, watched_in
from tests.audit.world import LONDON, POLICY
from tests.review.afternoon import MIDNIGHT, Week, at

AFTER = MIDNIGHT + timedelta(days=7)


@pytest.fixture
def week(tmp_path: Path) -> Week:
    return Week(tmp_path).watched()


def told(week: Week) -> Watch:
    week.close()
    state = week.log.parent
    index = Index.open(index_file(state), LONDON, lambda: AFTER)
    try:
        index.follow(week.paths)
        return watched_in(POLICY, week.paths, index, MIDNIGHT, AFTER)
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
        "The gate was watching throughout session time. 17 records of that time were lost: on "
        "Thursday 26 November 2026 from 13:10 to 13:18."
    )


def test_where_only_part_was_session_time_they_may_be_fewer(week: Week) -> None:
    assert "Up to 5 records of that time were lost: on Monday 23 November 2026 from 12:00" in (
        told(lost(week, "12:00", "12:30", 5)).said
    )


def test_what_was_lost_in_peoples_own_time_or_only_came_late_is_not_told(week: Week) -> None:
    lost(lost(week, "17:00", "17:30", 5), "9:00", "9:01", 0)
    assert told(week).said == "The gate was watching throughout session time."


def test_a_loss_that_was_told_only_days_later_is_of_its_own_time(week: Week) -> None:
    week.gate(
        "records-lost", "The log could not be written", AFTER + timedelta(days=1), lost=9,
        **{"from": at("15:00", 4).isoformat(), "to": (AFTER + timedelta(days=1)).isoformat()},
    )  # fmt: skip
    assert (
        "Up to 9 records of that time were lost: on Friday 27 November 2026 from 15:00 to 00:00 on "
        "Tuesday 1 December 2026."
    ) in told(week).said


def test_the_sentry_does_not_say_since_when_so_the_day_is_told(week: Week) -> None:
    week.gate("records-lost", "The sentry had no room for 3 records", at("12:30", 1), lost=3)
    assert "Up to 3 records of that time were lost: on Tuesday 24 November 2026." in (
        told(week).said
    )


def test_of_many_losses_the_rest_is_counted(week: Week) -> None:
    for day in range(5):
        lost(week, "9:00", "9:10", 2, day)
    said = told(week).said
    assert "10 records of that time were lost: on Monday" in said
    assert said.endswith("from 09:00 to 09:10 and 2 further times (see Health).")

"""Emptied lines are counted and named, and a `deleted` record is not believed before its time."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellgate.audit import LogPaths, event_record, expire, expired_line, hand_over
from bellgate.audit.log.day_files import leaf_of
from bellgate.audit.verify.emptied import Emptied, doubt_about
from bellgate.audit.verify.one_log import verify_log
from bellgate.running.nightly import limits_on
from bellgate.schedules.scalars import Duration
from bellgate.schedules.settings import RetentionSettings
from tests.audit.keeping import Fact, Holding, OpenLog, limits
from tests.audit.test_tampering import change
from tests.audit.world import EDITION, LONDON, QUARTER_PAST_TEN, Clock, fill

DAY = "2026-11-23"
WHY = "pupils: 30 days"


def a_deletion(at: datetime, day: str = DAY, why: Any = WHY, **facts: Any) -> dict[str, Any]:
    said = {"day": day, "why": why, "ranges": ["0"], **facts}
    record = event_record(
        "bellgate.gate", "deleted", "Emptied 1 record", edition=EDITION, at=at,
        clock="synchronised", facts=said,
    )  # fmt: skip
    return {**record, "event": {**record["event"], "sequence": 7}}


def empty(place: int) -> Callable[[list[bytes]], None]:
    def how(lines: list[bytes]) -> None:
        lines[place] = expired_line(leaf_of(lines[place][:-1])) + b"\n"

    return how


def test_emptied_lines_are_counted_by_reason_and_day(tmp_path: Path) -> None:
    log = OpenLog(tmp_path)
    first = datetime(2026, 10, 20, 9, tzinfo=UTC)
    kinds = ("year-5", "year-5", "heartbeat", "staff")
    log.write(Fact(kind, first + timedelta(days=n), f"n{n}") for n, kind in enumerate(kinds))
    log.write([Fact("heartbeat", first + timedelta(days=40), "now")])
    expire(log.paths, limits({"pupils": 20, "staff": 30, "gate": 90, "reviewers": 90},
                              date(2026, 11, 25)), Holding(), log.tell)  # fmt: skip
    log.close()
    result = verify_log(log.paths.log)
    assert result.ok
    assert result.emptied == (
        Emptied("pupils: 20 days", 2, "2026-10-20", "2026-10-21"),
        Emptied("staff: 30 days", 1, "2026-10-23", "2026-10-23"),
    )


def test_a_record_of_yesterday_emptied_in_the_name_of_a_month_is_found(tmp_path: Path) -> None:
    """By somebody with every right on the machine, and in the gate's own form."""
    log = fill(tmp_path, 3)
    tomorrow = QUARTER_PAST_TEN + timedelta(days=1)
    record = a_deletion(tomorrow)
    del record["event"]["sequence"]
    assert hand_over(LogPaths.of(tmp_path), record, EDITION, Clock(tomorrow)) == 3
    change(log / f"{DAY}.jsonl", empty(0))
    (problem,) = verify_log(log).problems
    assert str(problem) == (
        "2026-11-24.jsonl:1: it empties records from 2026-11-23 after 1 day, "
        "before they were due (pupils: 30 days)"
    )


def test_a_record_that_speaks_of_another_day_excuses_nothing(tmp_path: Path) -> None:
    log = fill(tmp_path, 3)
    tomorrow = QUARTER_PAST_TEN + timedelta(days=1)
    record = a_deletion(tomorrow, day="2020-01-01")
    del record["event"]["sequence"]
    hand_over(LogPaths.of(tmp_path), record, EDITION, Clock(tomorrow))
    change(log / f"{DAY}.jsonl", empty(0))
    (problem,) = verify_log(log).problems
    assert str(problem) == f"{DAY}.jsonl:1: the line was emptied, and no record says why"


LATER = datetime(2027, 12, 1, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("facts", "doubt"),
    [
        ({}, None),
        ({"why": "year-5: 2 weeks"}, None),
        ({"why": "a group of spaces: 1 year"}, None),
        ({"why": "unreadable: 1 year"}, None),
        ({"log": "log.1"}, None),
        ({"why": "reviewers: 9999 years"}, "before they were due"),
        ({"why": "it was in the way"}, "a reason that names no period"),
        ({"why": "pupils: 0 days"}, "a reason that names no period"),
        ({"why": "pupils: 5 minutes"}, "a reason that names no period"),
        ({"why": 7}, "does not say from which day or why"),
        ({"day": None}, "does not say from which day or why"),
        ({"day": "someday"}, "its times cannot be read"),
        ({"ranges": []}, None),
    ],
)
def test_what_is_believed_of_a_deletion(facts: dict[str, Any], doubt: str | None) -> None:
    said = doubt_about({**a_deletion(LATER), "bellgate": {
        "day": DAY, "why": WHY, "ranges": ["0"], **facts,
    }})  # fmt: skip
    assert (said is None) if doubt is None else (said is not None and doubt in said)


@pytest.mark.parametrize("zone", [None, 7, "Nowhere/Else", "Europe", "../x"])
def test_a_zone_that_is_none_is_doubted(zone: object) -> None:
    record = a_deletion(LATER)
    record["event"]["timezone"] = zone
    assert doubt_about(record) == "it empties lines, but its times cannot be read"


@given(
    length=st.builds(
        Duration, st.integers(1, 400), st.sampled_from(("day", "week", "month", "year"))
    ),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_what_the_nights_run_empties_is_believed_and_not_a_day_earlier(
    length: Duration, now: datetime
) -> None:
    settings = RetentionSettings({"pupils": length})
    limit = limits_on(settings, now.astimezone(LONDON).date(), LONDON).of["pupils"]
    first_kept = date.fromisoformat(limit.first_kept)
    why = f"pupils: {limit.said}"
    gone = (first_kept - timedelta(days=1)).isoformat()
    if first_kept > date(2000, 1, 1):
        assert doubt_about(a_deletion(now, gone, why)) is None
    assert doubt_about(a_deletion(now, limit.first_kept, why)) is not None


def test_deletions_say_the_period_of_what_could_not_be_read(tmp_path: Path) -> None:
    """Else anything could be emptied as unreadable, whenever somebody likes."""
    log = OpenLog(tmp_path)
    first = datetime(2026, 10, 20, 9, tzinfo=UTC)
    log.write([Fact("year-5", first, "a"), Fact("year-5", first + timedelta(days=50), "b")])
    log.close()
    change(tmp_path / "log" / "2026-10-20.jsonl", lambda lines: lines.insert(0, b"nonsense\n"))
    again = OpenLog(tmp_path)
    assert (tmp_path / "log.1").is_dir()
    again.write([Fact("heartbeat", first + timedelta(days=60), "now")])
    again.today = date(2026, 12, 1)
    expire(again.paths, limits({"pupils": 30, "gate": 40}, again.today), Holding(), again.tell)
    again.close()
    whys = {deletion.why for deletion in again.told}
    assert whys == {"unreadable: 40 days", WHY}
    assert verify_log(tmp_path / "log").ok

"""No record, and no failure that nobody thought of, stops the log for the others."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bellgate.audit import Journal, entries
from bellgate.audit.log.day_files import days_of
from bellgate.audit.log.line import line_of
from bellgate.audit.log.note import BadNote, read
from bellgate.audit.log.recovery import _resume
from bellgate.audit.log.store import Store
from bellgate.audit.record.record import Record, event_record
from bellgate.audit.verify.one_log import verify_log
from tests.audit.keeping import Fact, OpenLog
from tests.audit.test_full_disk import lost_records, wait_until
from tests.audit.world import EDITION, QUARTER_PAST_TEN, Clock, decision, journal

LAST = datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)


def heartbeat(at: datetime, **changes: Any) -> Record:
    record = event_record(
        "bellgate.gate", "heartbeat", "alive", edition=EDITION, at=at, clock="synchronised"
    )
    return {**record, **changes}


def block(log: Journal, count: int, told: list[int | None]) -> None:
    for n in range(count):
        at = QUARTER_PAST_TEN + timedelta(seconds=n)
        log.decision(decision(f"n{n}.facebook.com", at), "block", "page", acknowledge=told.append)


@pytest.mark.parametrize("zone", ["Europe/London", "Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize("at", [LAST, datetime(1, 1, 1, tzinfo=UTC)])
def test_the_first_and_the_last_moment_of_all_can_be_written(
    tmp_path: Path, zone: str, at: datetime
) -> None:
    log, told = journal(tmp_path), list[int | None]()
    log.edition = replace(EDITION, timezone=zone)
    log.submit(heartbeat(at))
    block(log, 2, told)
    assert log.flush()
    log.close()
    assert told == [1, 2]
    assert verify_log(tmp_path / "log").size == 3
    again = journal(tmp_path)
    assert again.healthy
    again.close()


def test_a_record_that_is_none_is_lost_alone_and_that_is_recorded(tmp_path: Path) -> None:
    """Between a thousand others, some of another day."""
    log, told, odd = journal(tmp_path), list[int | None](), list[int | None]()
    block(log, 500, told)
    for when in ("tomorrow", "zzz"):
        log.submit(heartbeat(QUARTER_PAST_TEN, **{"@timestamp": when}), odd.append)
    log.submit(heartbeat(QUARTER_PAST_TEN + timedelta(days=1)))
    block(log, 500, told)
    assert log.flush()
    assert (log.healthy, log.state.problem) == (True, None)
    log.close()
    assert odd == [None, None]
    assert None not in told and len(told) == 1000
    result = verify_log(tmp_path / "log")
    assert (result.ok, result.problems) == (True, ())
    lost = lost_records(tmp_path / "log")
    assert sum(int(str(each["lost"])) for each in lost) == 2
    said = [e.record["message"] for e in entries(tmp_path / "log") if e.record]
    assert any("a record was none: ValueError" in each for each in said)
    assert result.size == 1001 + len(lost)


def test_lines_that_could_not_be_made_ready_leave_no_trace(tmp_path: Path) -> None:
    log = OpenLog(tmp_path)
    log.write([Fact("heartbeat", QUARTER_PAST_TEN, "one")])
    later = QUARTER_PAST_TEN + timedelta(days=3)
    odd = line_of(heartbeat(later, **{"@timestamp": "zzz"}))
    with pytest.raises(ValueError, match="zzz"):
        log.store.prepare([line_of(heartbeat(later)), odd])
    log.write([Fact("heartbeat", QUARTER_PAST_TEN + timedelta(seconds=1), "two")])
    log.close()
    assert [files.day for files in days_of(tmp_path / "log")] == ["2026-11-23"]
    result = verify_log(tmp_path / "log")
    assert (result.ok, result.size) == (True, 2)


@pytest.mark.parametrize("step", ["prepare", "commit", "_write_leaves"])
def test_a_failure_that_nobody_thought_of_is_said_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    log, told, real = journal(tmp_path, Clock()), list[int | None](), getattr(Store, step)
    block(log, 1, told)
    assert log.flush()

    def failing(self: Store, *_: object) -> None:
        raise RuntimeError("nobody thought of that")

    monkeypatch.setattr(Store, step, failing)
    block(log, 3, told)
    assert not log.flush(0.3)
    assert (log.healthy, log.state.problem) == (False, "RuntimeError: nobody thought of that")
    assert verify_log(tmp_path / "log").ok
    monkeypatch.setattr(Store, step, real)
    wait_until(log, True)
    log.close()
    assert told == [0, 1, 2, 3]
    result = verify_log(tmp_path / "log")
    assert (result.ok, result.size) == (True, 5)
    assert [t["lost"] for t in lost_records(tmp_path / "log")] == [0]


def test_what_lies_beside_the_log_may_hold_any_number(tmp_path: Path) -> None:
    with pytest.raises(BadNote, match="not a number of records"):
        read(f"bellgate/gateway\n{'9' * 5000}\n{'A' * 43}=\n\n— x y\n")
    (tmp_path / "resume").write_text('["2026-11-23", Infinity, 1, 1, []]')
    assert _resume(tmp_path / "resume") is None

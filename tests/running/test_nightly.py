"""Retention beside a running gate: when it runs, by which limits, and what is said if it fails."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellgate.audit import GateSocket, Journal, LogPaths, entries
from bellgate.audit.verify.one_log import verify_log
from bellgate.gate.clock import SimulatedClock
from bellgate.review.cases import Case, CaseBook, Hold
from bellgate.running import deletion_run, editions
from bellgate.running.deletion_run import Asked, apart
from bellgate.running.jobs import ChildFailed
from bellgate.running.nightly import Retention, limits_on, night_of
from bellgate.schedules.load import load
from bellgate.schedules.scalars import Duration
from bellgate.schedules.settings import RetentionSettings
from tests.audit.keeping import Fact, OpenLog
from tests.audit.world import EDITION, LONDON, POLICY, Clock, journal
from tests.running.test_anchor import FakeClock, FakeGate
from tests.schedules.test_corpus import CORPUS, TODAY, small_catalogue

REVIEW = date(2027, 2, 20)
LONG_AGO = datetime(2026, 10, 1, 9, tzinfo=UTC)
NOW = datetime(2026, 12, 1, 3, 5, tzinfo=UTC)


@dataclass
class Runs:
    """In place of a run: what was asked, and how it ended."""

    asked: list[Asked]
    fails: str | None = None

    def __call__(self, asked: Asked, _: Callable[[], bool]) -> int:
        self.asked.append(asked)
        if self.fails:
            raise ChildFailed(self.fails)
        return 0


@pytest.fixture
def log(tmp_path: Path) -> Journal:
    return journal(tmp_path)


def retention_of(log: Journal, state: Path, clock: Any, run: Any = None) -> Retention:
    return Retention(
        state,
        gate=FakeGate(POLICY, clock),  # type: ignore[arg-type]
        journal=log,
        settings=RetentionSettings,
        run=run or Runs([]),
    )


def before(periods: dict[str, Duration], today: date) -> dict[str, str]:
    limits = limits_on(RetentionSettings(periods), today, LONDON)
    return {whose: limit.before for whose, limit in limits.of.items()}


def test_a_period_is_up_on_the_day_that_it_leads_to() -> None:
    said = {
        "pupils": Duration(30, "day"),
        "guests": Duration(2, "week"),
        "staff": Duration(1, "month"),
        "gate": Duration(1, "year"),
        "reviewers": Duration(9999, "year"),
    }
    assert before(said, date(2026, 12, 1)) == {
        "pupils": "2026-11-02T00:00:00.000000Z",
        "staff": "2026-11-02T00:00:00.000000Z",
        "gate": "2025-12-02T00:00:00.000000Z",
        "guests": "2026-11-18T00:00:00.000000Z",
        "reviewers": "2000-01-01T00:00:00.000000Z",
    }
    # In summer midnight comes an hour earlier to UTC.
    assert before({"pupils": Duration(1, "month")}, date(2026, 6, 30)) == {
        "pupils": "2026-05-31T23:00:00.000000Z"
    }


@given(
    length=st.builds(
        Duration, st.integers(1, 400), st.sampled_from(("day", "week", "month", "year"))
    ),
    today=st.dates(date(2020, 1, 1), date(2090, 1, 1)),
)
def test_the_first_day_that_is_kept_is_the_first_that_is_not_over(
    length: Duration, today: date
) -> None:
    limit = before({"pupils": length}, today)["pupils"]
    kept = datetime.fromisoformat(limit).astimezone(LONDON).date()
    assert kept == date(2000, 1, 1) or length.after(kept - timedelta(days=1)) <= today
    assert length.after(kept) > today


def test_a_night_ends_at_three_of_the_schools_own_clock() -> None:
    june = datetime(2026, 6, 10, 1, 59, tzinfo=UTC)
    assert night_of(june, LONDON) == date(2026, 6, 9)
    assert night_of(june + timedelta(minutes=1), LONDON) == date(2026, 6, 10)


def test_it_runs_once_a_night_and_after_a_start_that_missed_one(
    log: Journal, tmp_path: Path
) -> None:
    clock, runs = FakeClock(NOW), Runs([])
    retention = retention_of(log, tmp_path, clock, runs)
    for minutes in (0, 1, 60, 60 * 23, 60 * 24):
        clock.at = NOW + timedelta(minutes=minutes)
        retention.look()
    assert [asked.now for asked in runs.asked] == [NOW, NOW + timedelta(days=1)]
    # Another start on the same day: done already. On a later one: at once.
    clock.at = NOW + timedelta(days=1, hours=7)
    retention_of(log, tmp_path, clock, runs).look()
    assert len(runs.asked) == 2
    clock.at = NOW + timedelta(days=2, hours=7)
    retention_of(log, tmp_path, clock, runs).look()
    assert len(runs.asked) == 3
    # A mark that makes no sense is none.
    (tmp_path / "retention").write_text("what")
    retention_of(log, tmp_path, clock, runs).look()
    assert len(runs.asked) == 4
    log.close()


def errors(log: Journal) -> list[str]:
    assert log.flush()
    found = [e.record for e in entries(log.paths.log) if e.record]
    return [r["message"] for r in found if r["event"]["action"] == "error"]


def test_what_fails_is_recorded_and_tried_again_the_next_night(
    log: Journal, tmp_path: Path
) -> None:
    clock, runs = FakeClock(NOW), Runs([], fails="No space left on device")
    retention = retention_of(log, tmp_path, clock, runs)
    for hours in (0, 1, 24):
        clock.at = NOW + timedelta(hours=hours)
        retention.look()
    assert len(runs.asked) == 2
    assert (
        errors(log)
        == ["Records whose time is up are not all deleted yet: No space left on device"] * 2
    )
    assert not (tmp_path / "retention").exists()
    log.close()


def test_a_log_whose_newest_day_is_years_ahead_is_told_of_once_a_night(
    log: Journal, tmp_path: Path
) -> None:
    """One heartbeat of a clock that was ahead, and every record since lies in that day's file."""
    clock = FakeClock(NOW)
    retention = retention_of(log, tmp_path, clock)
    log.gate("heartbeat", "alive", at=NOW + timedelta(days=1))
    retention.look()
    assert errors(log) == []
    log.gate("heartbeat", "alive", at=datetime(2036, 1, 1, tzinfo=UTC))
    assert log.flush()
    for hours in (0, 1, 24, 25, 26):
        clock.at = NOW + timedelta(hours=hours)
        retention.look()
    [said] = errors(log)
    assert said.startswith("The log's newest file is 2036-01-01.jsonl, and today is 2026-12-02")
    assert f"Stop the gate, move {tmp_path}/log away and start the gate" in said
    log.close()

    # What it says to do helps.
    (tmp_path / "log").rename(tmp_path / "elsewhere")
    again = journal(tmp_path, Clock(clock.at))
    clock.at = NOW + timedelta(days=2)
    retention_of(again, tmp_path, clock).look()
    [first] = errors(again)
    assert first.startswith("A new log starts here")
    again.close()


def test_a_clock_that_is_not_synchronised_says_nothing_of_days_ahead(
    log: Journal, tmp_path: Path
) -> None:
    log.gate("heartbeat", "alive", at=datetime(2036, 1, 1, tzinfo=UTC))
    assert log.flush()
    retention_of(log, tmp_path, FakeClock(NOW, "unsynchronised")).look()
    assert errors(log) == []
    log.close()


def test_nothing_is_deleted_by_a_clock_that_may_be_wrong(log: Journal, tmp_path: Path) -> None:
    clock, runs = FakeClock(NOW, "unsynchronised"), Runs([])
    retention = retention_of(log, tmp_path, clock, runs)
    for _ in range(200):
        retention.look()
    assert runs.asked == []
    [said] = errors(log)
    assert said.endswith("the machine's clock is not synchronised")
    clock.state = "synchronised"
    retention.look()
    assert len(runs.asked) == 1
    log.close()


def test_changed_periods_come_into_force(log: Journal, tmp_path: Path) -> None:
    runs = Runs([])
    retention = retention_of(log, tmp_path, FakeClock(NOW), runs)
    files = CORPUS / "good" / "worth-a-look"
    changed = load(files, today=TODAY, catalogue=small_catalogue()).settings.retention
    retention._settings = lambda: changed
    retention.look()
    [asked] = runs.asked
    # What the file does not say is as it is everywhere.
    assert {w: limit.said for w, limit in asked.limits.of.items()} == {
        "pupils": "30 days", "staff": "90 days", "guests": "30 days", "reviewers": "1 year",
        "gate": "7 days",
    }  # fmt: skip
    assert Asked.of(asked.text()) == asked
    log.close()


def test_a_simulated_gate_deletes_nothing(log: Journal, tmp_path: Path) -> None:
    runs = Runs([])
    retention_of(log, tmp_path, SimulatedClock(NOW), runs).look()
    assert runs.asked == []
    retention_of(log, tmp_path, FakeClock(NOW), runs).look()
    assert len(runs.asked) == 1
    log.close()


def old_log(state: Path) -> LogPaths:
    log = OpenLog(state)
    facts = [
        Fact(kind, LONG_AGO + timedelta(hours=day * 24 + hour), f"d{day}h{hour}x")
        for day in range(3)
        for hour, kind in enumerate(("year-5", "staff", "heartbeat"))
    ]
    log.write(facts)
    log.close()
    return log.paths


def asked_of(state: Path) -> Asked:
    limits = limits_on(RetentionSettings(), NOW.date(), LONDON)
    return Asked(state, limits, EDITION, NOW)


def there(paths: LogPaths) -> str:
    return "".join(p.read_text() for p in sorted(paths.log.glob("*.jsonl")))


def test_a_process_of_its_own_does_it_and_the_gate_writes_the_records(tmp_path: Path) -> None:
    paths = old_log(tmp_path)
    book = CaseBook(tmp_path, LONDON)
    held = Hold(device="y5-laptop-03", last=date(2026, 10, 1))
    book.add(Case("abc123", LONG_AGO, "head", "a complaint", REVIEW, (held,)))
    gate = journal(tmp_path, Clock(NOW))
    listening = GateSocket(paths.socket, gate.promise, dict)
    gate.gate("heartbeat", "alive")
    assert gate.flush()
    assert apart(asked_of(tmp_path), lambda: False) == 2
    listening.close()
    gate.close()
    assert "d0h0x" in there(paths) and "d1h0x" not in there(paths)
    assert "d1h1x" in there(paths)
    assert verify_log(paths.log).ok
    assert paths.log.stat().st_mode


def test_editions_go_when_no_record_can_name_them(tmp_path: Path) -> None:
    """The longest period is a year: NOW is 1 December 2026."""
    old_log(tmp_path)
    book = CaseBook(tmp_path, LONDON)
    book.add(Case("abc123", LONG_AGO, "head", "a complaint", REVIEW, (Hold(person="stf-0042"),)))
    for name, last in {
        "sha256:old": datetime(2025, 11, 29, tzinfo=UTC),
        "sha256:year": datetime(2025, 12, 3, tzinfo=UTC),
        EDITION.hash: datetime(2025, 1, 1, tzinfo=UTC),  # in force since, and still
    }.items():
        editions.keep(tmp_path, name, {"school.yaml": b"school: x"})
        editions.seen(tmp_path, name, last)

    def are_there(*names: str) -> bool:
        there = {f"sha256:{path.name}" for path in (tmp_path / "editions").iterdir()}
        return there == set(names)

    deletion_run.run(asked_of(tmp_path))
    assert are_there("sha256:old", "sha256:year", EDITION.hash)
    book.close("abc123", datetime(2026, 3, 1, tzinfo=UTC))
    (tmp_path / "editions" / ".old-broken").mkdir()
    deletion_run.run(asked_of(tmp_path))
    assert are_there("sha256:year", EDITION.hash)
    # In force again, for an hour.
    editions.keep(tmp_path, "sha256:year", {"school.yaml": b"school: x"})
    deletion_run.run(replace(asked_of(tmp_path), now=NOW + timedelta(days=9)))
    assert are_there("sha256:year", EDITION.hash)


def test_a_damaged_file_of_cases_keeps_everything_and_is_named(
    log: Journal, tmp_path: Path
) -> None:
    log.close()
    paths = old_log(tmp_path / "school")
    (tmp_path / "school" / "cases").mkdir()
    (tmp_path / "school" / "cases" / "cases.json").write_text("[{")
    before = there(paths)
    gate = journal(tmp_path / "school", Clock(NOW))
    retention = retention_of(gate, tmp_path / "school", FakeClock(NOW), apart)
    retention.look()
    [said] = errors(gate)
    assert said.endswith(
        f"{tmp_path}/school/cases/cases.json is damaged: put the last good copy back"
    )
    gate.close()
    assert there(paths).startswith(before)


def test_a_run_that_is_given_up_ends_at_once(tmp_path: Path) -> None:
    old_log(tmp_path)
    began = time.monotonic()
    # The lock of the cases is held: the run waits.
    with CaseBook(tmp_path, LONDON).still(), pytest.raises(ChildFailed, match="given up"):
        apart(asked_of(tmp_path), lambda: time.monotonic() > began + 2)
    assert time.monotonic() < began + 10


def test_a_run_without_a_gate_writes_its_records_itself(tmp_path: Path) -> None:
    paths = old_log(tmp_path)
    assert deletion_run.run(asked_of(tmp_path)) == 2
    said = [json.loads(line) for line in there(paths).splitlines() if b"deleted" in line.encode()]
    assert [r["bellgate"]["ranges"] for r in said] == [["0"], ["3"]]
    assert verify_log(paths.log).ok

"""From a decision to a signed line: numbers, days, acknowledgement, one writer."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from bellgate.audit import Journal, LogInUse, LogPaths, empty_simulated, entries
from bellgate.audit.log.line import line_of
from bellgate.audit.log.note import read
from bellgate.audit.record.record import decision_record
from bellgate.audit.verify.one_log import verify_log
from tests.audit.world import EDITION, QUARTER_PAST_TEN, Clock, decision, fill, journal

BEFORE_MIDNIGHT = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)


def test_the_line_is_the_record_with_version_number_and_salt(tmp_path: Path) -> None:
    log = fill(tmp_path, 2)
    wanted = decision_record(
        decision("n1.facebook.com", QUARTER_PAST_TEN + timedelta(seconds=1)),
        "block",
        seen="page",
        clock="synchronised",
    )
    wanted["ecs"] = {"version": "9.3.0"}
    wanted["event"]["sequence"] = 1
    wanted["bellgate"]["nth"] = {"device": 2, "person": 2}

    lines = (log / "2026-11-23.jsonl").read_bytes().splitlines()
    found = json.loads(lines[1])

    assert len(bytes.fromhex(found["bellgate"].pop("salt"))) == 16
    assert found == wanted
    assert (log / "2026-11-23.leaves").read_bytes()[32:] == sha256(b"\0" + lines[1]).digest()


def test_no_two_lines_share_a_salt(tmp_path: Path) -> None:
    salts = [e.record["bellgate"]["salt"] for e in entries(fill(tmp_path, 50)) if e.record]
    assert len(set(salts)) == 50


def test_a_host_that_looks_like_a_number_to_be_filled_in_stays_as_it_is() -> None:
    record = decision_record(decision(), "block", seen="page", clock="synchronised")
    record["url"]["domain"] = '"sequence":0'
    text = line_of(record).text
    assert text.count(b'"sequence":0') == 1
    assert json.loads(text)["event"]["sequence"] == 0


def test_a_record_is_acknowledged_within_a_quarter_of_a_second_once_it_is_signed(
    tmp_path: Path,
) -> None:
    log, told, numbers, signed = journal(tmp_path), Event(), [], []
    took = []
    for _ in range(5):
        told.clear()

        def acknowledge(number: int | None) -> None:
            numbers.append(number)
            signed.append(read((tmp_path / "log" / "checkpoint").read_text()).size)
            told.set()

        began = monotonic()
        log.decision(decision(), "block", "page", acknowledge=acknowledge)
        assert told.wait(2)
        took.append(monotonic() - began)
    log.close()
    assert numbers == [0, 1, 2, 3, 4]
    assert signed == [1, 2, 3, 4, 5]
    assert sorted(took)[2] < 0.25


def test_handing_a_record_in_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    log = journal(tmp_path)
    decided = decision()
    began = monotonic()
    for _ in range(1000):
        log.decision(decided, "block", "page")
    assert monotonic() - began < 0.2
    assert log.state.behind > 0
    assert log.close() == 0
    assert verify_log(tmp_path / "log").size == 1000


def test_numbers_run_on_through_the_days_and_after_a_restart(tmp_path: Path) -> None:
    fill(tmp_path, 4, start=BEFORE_MIDNIGHT, each=0.5)
    log = fill(tmp_path, 2, start=BEFORE_MIDNIGHT + timedelta(days=3))
    found = [(e.file, e.record["event"]["sequence"]) for e in entries(log) if e.record]
    assert found == [
        ("2026-11-23.jsonl", 0),
        ("2026-11-23.jsonl", 1),
        ("2026-11-24.jsonl", 2),
        ("2026-11-24.jsonl", 3),
        ("2026-11-26.jsonl", 4),
        ("2026-11-27.jsonl", 5),
    ]
    assert verify_log(log).ok


def test_the_day_is_the_schools_own_in_summer_too(tmp_path: Path) -> None:
    log = fill(tmp_path, 2, start=datetime(2026, 6, 30, 22, 59, 59, tzinfo=UTC))
    assert [e.file for e in entries(log)] == ["2026-06-30.jsonl", "2026-07-01.jsonl"]


def test_the_day_never_goes_back_when_the_clock_does(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    log = fill(tmp_path, 1, start=QUARTER_PAST_TEN - timedelta(days=200))
    assert [e.file for e in entries(log)] == ["2026-11-23.jsonl"] * 2
    assert verify_log(log).ok


def test_the_day_never_goes_back_when_the_school_moves_to_another_zone(tmp_path: Path) -> None:
    noon = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    log = Journal(LogPaths.of(tmp_path), replace(EDITION, timezone="Pacific/Kiritimati"), Clock())
    log.decision(decision(at=noon - timedelta(minutes=1)), "block", "page")
    assert log.flush()
    log.edition = replace(EDITION, timezone="Etc/GMT+12")
    log.decision(decision(at=noon), "block", "page")
    log.close()
    assert [e.file for e in entries(tmp_path / "log")] == ["2026-11-23.jsonl"] * 2


def test_every_checkpoint_is_also_kept_outside_of_the_log(tmp_path: Path) -> None:
    log = fill(tmp_path, 3)
    assert (tmp_path / "last-checkpoint").read_text() == (log / "checkpoint").read_text()


def test_repeats_reach_the_log_as_counts_and_the_last_when_it_closes(tmp_path: Path) -> None:
    log = journal(tmp_path)
    for second in range(70):
        now = QUARTER_PAST_TEN + timedelta(seconds=second)
        log.attempt(decision(at=now), "block", "page", now)
        log.due(now)
    log.close()
    counts = [e.record["bellgate"]["repeat"] for e in entries(tmp_path / "log") if e.record]
    assert counts == [1, 59, 1, 9]


def test_gate_records_name_the_policy_in_force(tmp_path: Path) -> None:
    log = journal(tmp_path)
    log.gate("started", "The gate started", mode="transparent")
    log.review("viewed", "Records viewed", user="head")
    log.close()
    gate, review = (e.record for e in entries(tmp_path / "log"))
    assert gate is not None
    assert gate["event"]["dataset"] == "bellgate.gate"
    assert gate["bellgate"]["policy"] == EDITION.hash
    assert gate["bellgate"]["mode"] == "transparent"
    assert review is not None
    assert review["user"]["id"] == "head"


def test_a_second_writer_is_refused_even_from_another_process(tmp_path: Path) -> None:
    log = journal(tmp_path)
    with pytest.raises(LogInUse, match="another bellgate is writing the log"):
        journal(tmp_path)
    program = (
        "import sys; from pathlib import Path; from tests.audit.world import journal\n"
        "journal(Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": "addon:."},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "LogInUse: another bellgate is writing the log" in done.stderr
    log.close()
    journal(tmp_path).close()


def test_a_simulated_log_lies_apart_is_emptied_each_time_and_shares_only_the_key(
    tmp_path: Path,
) -> None:
    fill(tmp_path, 1)
    real = (tmp_path / "log" / "checkpoint").read_text()
    for _ in range(2):
        paths = empty_simulated(tmp_path)
        assert list(entries(paths.log)) == []
        log = journal(tmp_path, Clock())
        trial = Journal(paths, EDITION, Clock(), clock="simulated")
        trial.decision(decision(), "block", "page")
        trial.close()
        log.close()
        (entry,) = entries(paths.log)
        assert entry.record is not None
        assert entry.record["bellgate"]["clock"] == "simulated"
        assert entry.record["event"]["sequence"] == 0
        assert verify_log(paths.log).ok
    assert (tmp_path / "log" / "checkpoint").read_text() == real
    assert paths == LogPaths.of(tmp_path, simulated=True)

"""A run of retention broken off anywhere: the log verifies, and the next run finishes it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from bellgate.audit import Deletion, event_record, expire
from bellgate.audit.verify.one_log import verify_log
from tests.audit.keeping import (
    PERIODS,
    TODAY,
    Holding,
    OpenLog,
    every_other_day,
    limits,
    what_is_there,
)
from tests.audit.world import EDITION, Clock, decision, journal

ENVIRONMENT = {**os.environ, "PYTHONPATH": "addon:."}


@pytest.fixture
def log(tmp_path: Path) -> OpenLog:
    log = OpenLog(tmp_path / "state")
    log.write(every_other_day())
    return log


CRASHES = ("os.fsync", "pathlib.Path.replace", "bellgate.audit.delete.deletion.sync_folder")


@pytest.mark.parametrize("call", CRASHES)
@pytest.mark.parametrize("nth", [1, 2, 3, 9])
def test_after_a_run_that_failed_anywhere_the_log_verifies_and_the_next_finishes(
    log: OpenLog, call: str, nth: int
) -> None:
    real: Callable[..., Any] = eval(call, {"os": os, "pathlib": __import__("pathlib"),
                                           "bellgate": sys.modules["bellgate"]})  # fmt: skip
    calls = 0

    def fail(*arguments: Any) -> Any:
        nonlocal calls
        # The gate's own writes go on well; only the run's are counted.
        if sys._getframe(1).f_code.co_filename.endswith("deletion.py"):
            calls += 1
            if calls == nth:
                raise OSError(5, "Input/output error")
        return real(*arguments)

    with mock.patch(call, fail), pytest.raises(OSError, match="Input/output"):
        expire(log.paths, limits(PERIODS, TODAY), Holding(), log.tell)
    assert verify_log(log.paths.log).ok
    told = len(log.told)
    outcome = expire(log.paths, limits(PERIODS, TODAY), Holding(), log.tell)
    log.close()
    # What was recorded and not emptied is emptied without a further record.
    assert outcome.emptied >= 1
    days = {(d.day, d.why) for d in log.told}
    assert len(days) == len(log.told) > told
    assert verify_log(log.paths.log).ok
    assert gone_by_now(log.paths.log)


def gone_by_now(log: Path) -> bool:
    there = what_is_there(log)
    newest = max(log.glob("*.jsonl")).read_text()
    due = [f.host for f in every_other_day() if f.is_gone(PERIODS, TODAY)]
    return not any(f'"{h}' in there.replace(newest, "") for h in due)


@pytest.mark.parametrize("syscall", ["rename", "fsync", "write", "openat"])
@pytest.mark.parametrize("when", [2, 9])
def test_a_run_killed_at_any_call_is_finished_by_the_next(
    tmp_path: Path, syscall: str, when: int
) -> None:
    log = OpenLog(tmp_path)
    log.write(every_other_day())
    log.close()
    (tmp_path / "log" / "2026-11-02.jsonl.new").touch()
    # Counted from the first call that touches the log's own files.
    ran = subprocess.run(
        ["strace", "-f", "-o", "/dev/null", "-P", str(tmp_path / "log"), *paths_of(tmp_path),
         f"--inject={syscall}:signal=KILL:when={when}", "-e", f"trace={syscall}",
         sys.executable, "-m", "tests.audit.expirer", str(tmp_path)],
        env=ENVIRONMENT, check=False, capture_output=True,
    )  # fmt: skip
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    assert verify_log(tmp_path / "log").ok, verify_log(tmp_path / "log").problems
    again = OpenLog(tmp_path)
    expire(again.paths, limits(PERIODS, TODAY), Holding(), again.tell)
    again.close()
    assert verify_log(tmp_path / "log").ok
    assert gone_by_now(tmp_path / "log")
    assert not list((tmp_path / "log").glob("*.jsonl.new"))
    assert not (tmp_path / "log.1").exists()


def paths_of(state: Path) -> list[str]:
    days = sorted((state / "log").glob("*.jsonl"))
    return [word for day in days for word in ("-P", str(day), "-P", f"{day}.new")]


def test_the_gate_writes_and_a_stranger_verifies_while_a_run_is_at_work(log: OpenLog) -> None:
    log.close()
    now = datetime(2026, 12, 1, 3, 5, tzinfo=UTC)
    gate = journal(log.paths.log.parent, Clock(now))
    gate.gate("heartbeat", "alive")
    assert gate.flush()
    over = threading.Event()
    found: list[object] = []

    def write_and_verify() -> None:
        while not over.is_set():
            gate.decision(decision(at=now), "block", "page")
            found.extend(verify_log(log.paths.log).problems)

    def tell(deletion: Deletion) -> None:
        record = event_record(
            "bellgate.gate", "deleted", deletion.message, edition=EDITION, at=now,
            clock="synchronised", facts=deletion.facts,
        )  # fmt: skip
        assert gate.promise(record).result(5) is not None

    beside = threading.Thread(target=write_and_verify)
    beside.start()
    outcome = expire(log.paths, limits(PERIODS, TODAY), Holding(), tell)
    over.set()
    beside.join()
    assert gate.close() == 0
    assert outcome.emptied > 50
    assert found == []
    assert verify_log(log.paths.log).ok

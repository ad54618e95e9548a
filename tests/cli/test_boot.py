"""Until the machine's clock is synchronised after boot, time is not before the newest record's."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bellgate.audit import entries, expired_line
from bellgate.audit.log.day_files import leaf_of, lines_from_end
from bellgate.audit.log.entries import newest_time
from bellgate.gate.clock import MachineClock
from bellgate.running import assembly, choosing
from bellgate.schedules.load import load
from tests.audit.test_tampering import change, flip_in_line_5
from tests.audit.world import POLICY, fill
from tests.lab.school import SAMPLE

# Ahead of the machine that runs this, as the last record is of one whose battery is empty.
NEWEST = datetime(2094, 6, 1, 9, 0, tzinfo=UTC)


LOADED = load(SAMPLE)
CHOSEN = choosing.Chosen(
    policy=POLICY,
    leases=LOADED.leases,
    settings=LOADED.settings,
    gateway=None,
    loaded=LOADED,
    last_good=False,
)


class NotYet(MachineClock):
    state: Any = "unsynchronised"


class Synchronised(MachineClock):
    state: Any = "synchronised"


def begun(state: Path, clock: MachineClock) -> datetime:
    """The time of the first record that a gate writes when it starts."""
    log = assembly.open_journal(CHOSEN, state, clock)
    log.gate("started", "The gate started")
    assert log.close() == 0
    last = list(entries(state / "log"))[-1].record
    assert last is not None
    return datetime.fromisoformat(last["@timestamp"])


def test_time_goes_on_from_the_newest_record_until_the_clock_is_synchronised(
    tmp_path: Path,
) -> None:
    assert isinstance(assembly.clock_for(None), MachineClock)
    fill(tmp_path, 3, NEWEST - timedelta(seconds=2))
    clock = NotYet()
    assert NEWEST <= begun(tmp_path, clock) < NEWEST + timedelta(minutes=1)
    # It does not stand still: bells ring, and minutes end.
    assert clock.now() < clock.now()
    assert clock.now() > NEWEST


def test_a_clock_that_is_synchronised_is_believed(tmp_path: Path) -> None:
    fill(tmp_path, 3, NEWEST)
    assert begun(tmp_path, Synchronised()).year < 2094


def test_a_first_start_has_nothing_to_go_by(tmp_path: Path) -> None:
    assert begun(tmp_path, NotYet()).year < 2094


def test_the_record_of_a_break_is_not_before_those_of_the_log_that_broke(tmp_path: Path) -> None:
    log = fill(tmp_path, 8, NEWEST)
    change(log / "2094-06-01.jsonl", flip_in_line_5)
    begun(tmp_path, NotYet())
    assert (tmp_path / "log.1").is_dir()
    first = next(entries(log)).record
    assert first is not None
    assert datetime.fromisoformat(first["@timestamp"]) > NEWEST
    # A crash between the two leaves only the log that was set aside.
    shutil.rmtree(log)
    assert begun(tmp_path, NotYet()) > NEWEST


@pytest.mark.parametrize(
    "wrong",
    [
        b'{"@timest',
        b"\n\n",
        b"[]",
        b'{"@timestamp":7}',
        b'{"@timestamp":"2099-01-01T00:00:00"}',
        b'{"@timestamp":"9999-12-31T23:59:59.000000Z"}',
    ],
)
def test_what_cannot_be_read_is_passed_over(tmp_path: Path, wrong: bytes) -> None:
    log = fill(tmp_path, 3, NEWEST)
    file = log / "2094-06-01.jsonl"
    lines = file.read_bytes().splitlines()
    lines[-1] = expired_line(leaf_of(lines[-1]))
    file.write_bytes(b"\n".join([*lines, wrong]))
    (log / "2094-06-02.jsonl").write_bytes(b"")
    assert newest_time([log]) == NEWEST + timedelta(seconds=1)


def test_lines_are_read_from_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    for block in (1, 2, 7, 100):
        monkeypatch.setattr("bellgate.audit.log.day_files._BACKWARDS", block)
        file.write_bytes(b"one\ntwo\n\nthree\nfou")
        assert list(lines_from_end(file)) == [b"fou", b"three", b"two", b"one"]
    assert list(lines_from_end(tmp_path / "none")) == []

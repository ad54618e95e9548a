"""The log cannot be written: nothing raises, nothing half is left, and it is recorded later."""

import errno
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bellgate.audit import Journal, entries
from bellgate.audit.log.store import Part, Store
from bellgate.audit.verify.one_log import verify_log
from tests.audit.world import QUARTER_PAST_TEN, Clock, decision, journal


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system with room for 1 MiB. Needs root, and fails without."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def wait_until(log: Journal, healthy: bool) -> None:
    end = time.monotonic() + 5
    while log.healthy is not healthy:
        assert time.monotonic() < end, f"healthy is still {log.healthy}"
        time.sleep(0.01)


def lost_records(log: Path) -> list[dict[str, object]]:
    return [
        e.record["bellgate"]
        for e in entries(log)
        if e.record and e.record["event"]["action"] == "records-lost"
    ]


def test_a_full_disk_and_room_again(small_disk: Path) -> None:
    clock = Clock()
    log = journal(small_disk, clock, limit=200)
    acknowledged: list[int | None] = []
    filler = small_disk / "filler"
    log.decision(decision(), "block", "page", acknowledge=acknowledged.append)
    assert log.flush()
    with filler.open("wb") as file:
        try:
            while True:
                os.write(file.fileno(), b"x" * 512)
        except OSError as e:
            assert e.errno == errno.ENOSPC

    # More than a queue of 200 and a batch of as many, taken from it meanwhile, can hold.
    for n in range(500):
        at = QUARTER_PAST_TEN + timedelta(seconds=n)
        log.decision(decision(at=at), "block", "page", acknowledge=acknowledged.append)
    wait_until(log, False)
    assert log.state.problem is not None
    assert "No space left on device" in log.state.problem or "more records" in log.state.problem
    # One more try at once, and none in the half second after it.
    assert not log.flush(0.2)
    assert not log.healthy
    # What cannot be kept is told to be lost; nothing is acknowledged that is not written.
    assert {n for n in acknowledged if n is not None} == {0}
    assert verify_log(small_disk / "log").ok
    assert verify_log(small_disk / "log").size == 1
    # Lines may have found room although their checkpoint did not: whole, and not yet promised.
    *lines, after = (small_disk / "log" / "2026-11-23.jsonl").read_bytes().split(b"\n")
    assert [json.loads(line)["event"]["sequence"] for line in lines] == list(range(len(lines)))
    assert after == b""

    filler.unlink()
    clock.advance(timedelta(minutes=10))
    wait_until(log, True)
    assert log.flush()
    lost = acknowledged.count(None)
    assert lost >= 100
    (told,) = lost_records(small_disk / "log")
    assert (told["lost"], told["delayed"]) == (lost, 500 - lost)
    assert (told["from"], told["to"]) == ("2026-11-23T10:15:03Z", "2026-11-23T10:25:03Z")
    assert log.close() == 0
    result = verify_log(small_disk / "log")
    assert (result.ok, result.size, result.unsigned) == (True, 502 - lost, 0)


def test_a_state_folder_that_cannot_be_written_at_the_start(tmp_path: Path) -> None:
    blocked = tmp_path / "state"
    blocked.write_text("a file where the folder should be")
    log = journal(blocked)
    log.decision(decision(), "block", "page")
    assert not log.healthy
    assert not log.flush(0.2)

    blocked.unlink()
    wait_until(log, True)
    log.flush()
    log.close()

    (told,) = lost_records(blocked / "log")
    assert (told["lost"], told["delayed"]) == (0, 1)
    assert verify_log(blocked / "log").size == 2


def test_more_records_than_can_be_kept_are_counted_and_the_count_is_recorded(
    tmp_path: Path,
) -> None:
    log = journal(tmp_path, limit=100)
    decided = decision()
    for _ in range(1000):
        log.decision(decided, "block", "page")
    assert not log.healthy
    wait_until(log, True)
    log.close()
    told = lost_records(tmp_path / "log")
    written = verify_log(tmp_path / "log").size - len(told)
    assert sum(int(str(t["lost"])) for t in told) + written == 1000
    assert written >= 100


@pytest.mark.parametrize("step", ["_write_lines", "_write_leaves"])
@pytest.mark.parametrize("stored", [False, True])
def test_a_step_that_fails_is_done_again_whether_it_was_stored_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, stored: bool
) -> None:
    """Each kind of write broken twice: failed and not stored, failed yet stored."""
    real, failures = getattr(Store, step), [1, 1]

    def failing(self: Store, part: Part) -> None:
        if failures:
            failures.pop()
            if stored:
                real(self, part)
                # A sync that failed says nothing about the disk: the lines do not count as stored.
                part.durable = step != "_write_lines"
            raise OSError(errno.EIO, "Input/output error")
        real(self, part)

    log = journal(tmp_path)
    log.decision(decision(), "block", "page")
    assert log.flush()
    monkeypatch.setattr(Store, step, failing)
    numbers: list[int | None] = []
    for _ in range(3):
        log.decision(decision(), "block", "page", acknowledge=numbers.append)
    assert not log.flush(0.3)
    assert (log.healthy, numbers) == (False, [])
    assert verify_log(tmp_path / "log").ok
    wait_until(log, True)
    log.close()

    assert numbers == [1, 2, 3]
    result = verify_log(tmp_path / "log")
    assert (result.ok, result.size) == (True, 5)
    assert [t["delayed"] for t in lost_records(tmp_path / "log")] == [3]


@pytest.mark.parametrize("failing", ["checkpoint", "last_checkpoint"])
def test_a_checkpoint_that_cannot_be_replaced_is_signed_for_the_same_lines_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    log = journal(tmp_path)
    log.decision(decision(), "block", "page")
    assert log.flush()
    # A folder in the way of the draft: the real call fails, as it would on a failing disk.
    draft = {"checkpoint": tmp_path / "log", "last_checkpoint": tmp_path}[failing]
    draft /= {"checkpoint": "checkpoint.new", "last_checkpoint": "last-checkpoint.new"}[failing]
    draft.mkdir()
    numbers: list[int | None] = []
    log.decision(decision(), "block", "page", acknowledge=numbers.append)
    assert not log.flush(0.3)
    assert (log.healthy, numbers) == (False, [])
    signed = verify_log(tmp_path / "log")
    assert signed.ok

    draft.rmdir()
    wait_until(log, True)
    log.close()

    assert numbers == [1]
    assert (verify_log(tmp_path / "log").ok, verify_log(tmp_path / "log").size) == (True, 3)


def shrink(day: Path) -> None:
    with day.open("r+b") as file:
        file.truncate(100)


def remove(day: Path) -> None:
    day.unlink()


def move_away(day: Path) -> None:
    day.rename(day.with_suffix(".old"))


def put_a_copy_in_its_place(day: Path) -> None:
    copy = day.with_suffix(".copy")
    copy.write_bytes(day.read_bytes().replace(b"facebook.com", b"facebook.con"))
    copy.replace(day)


@pytest.mark.parametrize("how", [shrink, remove, move_away, put_a_copy_in_its_place])
def test_a_days_file_that_is_taken_away_while_open_is_kept_aside_and_nothing_goes_into_it(
    tmp_path: Path, how: Callable[[Path], None]
) -> None:
    log = journal(tmp_path)
    for _ in range(2):
        log.decision(decision(), "block", "page")
        assert log.flush()
    how(tmp_path / "log" / "2026-11-23.jsonl")
    numbers: list[int | None] = []
    log.decision(decision(), "block", "page", acknowledge=numbers.append)
    assert not log.flush(0.3)
    assert (log.healthy, numbers) == (False, [])
    wait_until(log, True)
    assert log.close() == 0

    first, second, *_ = [e.record for e in entries(tmp_path / "log") if e.record]
    assert first["message"].startswith("A new log starts here, the old one is kept in log.1: ")
    assert (second["event"]["action"], numbers) == ("block", [1])
    assert verify_log(tmp_path / "log").ok
    assert not verify_log(tmp_path / "log.1").ok

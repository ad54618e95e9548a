"""`kill -9` at any moment, and every other way in which a log may be left: what opening finds."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bellgate.audit import LogPaths, entries
from bellgate.audit.log.day_files import days_of
from bellgate.audit.log.note import read
from bellgate.audit.log.store import RESUME_EVERY
from bellgate.audit.verify.one_log import verify_log
from tests.audit.world import QUARTER_PAST_TEN, decision, fill, journal

ENVIRONMENT = {**os.environ, "PYTHONPATH": "addon:."}
DAY = "2026-11-23.jsonl"


def size_of(log: Path) -> int:
    return read((log / "checkpoint").read_text()).size


def messages(log: Path) -> list[str]:
    return [e.record["message"] for e in entries(log) if e.record]


def test_twenty_kills_under_load_lose_no_acknowledged_record(tmp_path: Path) -> None:
    moments = random.Random(20)
    acknowledged = -1
    for _ in range(20):
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.audit.worker", str(tmp_path), "load"],
            stdout=subprocess.PIPE,
            env=ENVIRONMENT,
        )
        assert worker.stdout is not None
        first = worker.stdout.readline()
        time.sleep(moments.uniform(0, 0.3))
        worker.send_signal(signal.SIGKILL)
        numbers = [int(n) for n in (first + worker.stdout.read()).split()]
        worker.wait()

        # In order and without a gap, and from where the last one could have stopped.
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        assert numbers[0] > acknowledged
        acknowledged = numbers[-1]
        result = verify_log(tmp_path / "log")
        assert result.ok
        assert result.size > acknowledged

    journal(tmp_path).close()
    result = verify_log(tmp_path / "log")
    found = [e.record["event"]["sequence"] for e in entries(tmp_path / "log") if e.record]
    assert (result.ok, result.unsigned) == (True, 0)
    assert found == list(range(len(found)))
    assert len(found) > acknowledged
    assert not (tmp_path / "log.1").exists()


def tear_an_unsigned_line(log: Path) -> None:
    with (log / DAY).open("ab") as file:
        file.write(b'{"@timestamp":"2026-11-23T10:15')


def leave_zeros_of_a_power_cut(log: Path) -> None:
    with (log / DAY).open("ab") as file:
        file.write(b"\0" * 4096 + b'\n{"event":{"sequence":6}}\n')


def lose_all_hashes(log: Path) -> None:
    (log / DAY).with_suffix(".leaves").unlink()


def cut_some_hashes(log: Path) -> None:
    leaves = (log / DAY).with_suffix(".leaves")
    leaves.write_bytes(leaves.read_bytes()[:70])


def garble_the_hashes(log: Path) -> None:
    leaves = (log / DAY).with_suffix(".leaves")
    leaves.write_bytes(b"\0" * (32 * 9))


def garble_the_resume_point(log: Path) -> None:
    (log / "resume").write_text('["2026-11-23",0,3,1,["00","00"]]')


def lose_the_verifier(log: Path) -> None:
    (log / "verifier.pub").unlink()


def begin_the_next_days_file(log: Path) -> None:
    (log / "2026-11-24.jsonl").touch()


def lose_the_newest_checkpoint(log: Path) -> None:
    (log / "checkpoint").unlink()


@pytest.mark.parametrize(
    "how",
    [
        tear_an_unsigned_line,
        leave_zeros_of_a_power_cut,
        lose_all_hashes,
        cut_some_hashes,
        garble_the_hashes,
        garble_the_resume_point,
        lose_the_verifier,
        begin_the_next_days_file,
        lose_the_newest_checkpoint,
    ],
)
def test_what_a_crash_leaves_is_mended_and_the_log_goes_on(
    tmp_path: Path, how: Callable[[Path], None]
) -> None:
    log = fill(tmp_path, 6)
    before = (log / DAY).read_bytes()
    how(log)
    fill(tmp_path, 1, start=QUARTER_PAST_TEN + timedelta(minutes=1))
    assert (verify_log(log).problems, verify_log(log).size) == ((), 7)
    assert b"".join(f.lines.read_bytes() for f in days_of(log)).startswith(before)
    assert not (tmp_path / "log.1").exists()


def test_whole_lines_after_the_checkpoint_are_kept_and_signed(tmp_path: Path) -> None:
    log = fill(tmp_path, 3)
    older = {p: p.read_bytes() for p in (log / "checkpoint", tmp_path / "last-checkpoint")}
    fill(tmp_path, 2)
    (log / DAY).with_suffix(".leaves").write_bytes(b"")
    for path, text in older.items():
        path.write_bytes(text)
    assert verify_log(log).unsigned == 2

    journal(tmp_path).close()

    assert (verify_log(log).size, verify_log(log).unsigned, verify_log(log).ok) == (5, 0, True)


def test_lines_before_the_very_first_checkpoint_are_kept(tmp_path: Path) -> None:
    log = fill(tmp_path, 3)
    for path in (log / "checkpoint", tmp_path / "last-checkpoint"):
        path.unlink()
    journal(tmp_path).close()
    assert (verify_log(log).size, verify_log(log).ok) == (3, True)
    assert not (tmp_path / "log.1").exists()


def test_a_long_log_is_opened_without_reading_it_all(tmp_path: Path) -> None:
    many = 3 * RESUME_EVERY
    log = journal(tmp_path, limit=2 * many)
    decided = decision()
    for _ in range(3):
        for _ in range(RESUME_EVERY):
            log.decision(decided, "block", "page")
        assert log.flush(30)
    log.close()
    # A change far back goes unseen at the start; the log stays committed to what was there.
    path = tmp_path / "log" / DAY
    data = bytearray(path.read_bytes())
    data[300] ^= 1
    path.write_bytes(data)
    fill(tmp_path, 1)
    assert not (tmp_path / "log.1").exists()
    first = verify_log(tmp_path / "log").problems[0]
    assert (first.file, first.line) == (DAY, 1)


def change_a_signed_line(state: Path) -> None:
    path = state / "log" / DAY
    path.write_bytes(path.read_bytes().replace(b"n3.facebook.com", b"n3.facebook.con", 1))


def cut_signed_lines(state: Path) -> None:
    path = state / "log" / DAY
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))


def tear_a_signed_line(state: Path) -> None:
    path = state / "log" / DAY
    path.write_bytes(path.read_bytes()[:-20])


def lose_the_folder(state: Path) -> None:
    shutil.rmtree(state / "log")


def lose_the_key(state: Path) -> None:
    (state / "secrets" / "log.key").unlink()


def forge_both_checkpoints(state: Path) -> None:
    for path in (state / "log" / "checkpoint", state / "last-checkpoint"):
        path.write_text(path.read_text().replace("\n6\n", "\n5\n"))


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (change_a_signed_line, "the first 6 records are not those that were signed"),
        (cut_signed_lines, "the log ends after 4 records, 6 were signed"),
        (tear_a_signed_line, f"{DAY} ends in the middle of record 5"),
        (lose_the_folder, "the log ends after 0 records, 6 were signed"),
        (lose_the_key, "no checkpoint of the log can be believed"),
        (forge_both_checkpoints, "no checkpoint of the log can be believed"),
    ],
)
def test_a_log_that_lost_or_changed_signed_records_is_kept_aside_and_never_signed_again(
    tmp_path: Path, how: Callable[[Path], None], why: str
) -> None:
    fill(tmp_path, 6)
    how(tmp_path)
    there = {p.name: p.read_bytes() for p in (tmp_path / "log").glob("*")}

    log = fill(tmp_path, 2)

    assert [messages(log)[0].partition(": ")[2], len(messages(log))] == [why, 3]
    assert messages(log)[0].startswith("A new log starts here")
    first = next(entries(log)).record
    assert first is not None
    assert (first["event"]["action"], first["event"]["sequence"]) == ("error", 0)
    assert (log / "checkpoint").read_text().splitlines()[:2] == ["bellgate/gateway/2", "3"]
    assert verify_log(log).ok
    assert {p.name: p.read_bytes() for p in (tmp_path / "log.1").glob("*")} == there
    fill(tmp_path, 1)
    assert (verify_log(log).size, verify_log(log).ok) == (4, True)


def test_a_log_rolled_back_with_its_machine_is_noticed_and_the_new_one_names_it(
    tmp_path: Path,
) -> None:
    fill(tmp_path, 3)
    shutil.copytree(tmp_path / "log", tmp_path / "backup")
    fill(tmp_path, 2)
    shutil.rmtree(tmp_path / "log")
    (tmp_path / "backup").rename(tmp_path / "log")

    log = fill(tmp_path, 1)

    assert "the old one is kept in log.1: the log ends after 3 records, 5 were" in messages(log)[0]
    assert verify_log(log).ok
    assert verify_log(tmp_path / "log.1").ok


def test_an_anchor_convicts_a_log_rolled_back_together_with_the_state(tmp_path: Path) -> None:
    state, anchor = tmp_path / "state", tmp_path / "anchor"
    fill(state, 3)
    shutil.copytree(state, tmp_path / "backup")
    shutil.copy(fill(state, 2) / "checkpoint", anchor)
    shutil.rmtree(state)
    (tmp_path / "backup").rename(state)

    log = journal(state, anchored=[anchor])
    log.close()

    assert "the log ends after 3 records, 5 were signed" in messages(state / "log")[0]
    assert (state / "log.1").is_dir()


def test_a_second_break_counts_on(tmp_path: Path) -> None:
    for _ in range(2):
        fill(tmp_path, 6)
        cut_signed_lines(tmp_path)
    log = fill(tmp_path, 1)
    assert (log / "checkpoint").read_text().startswith("bellgate/gateway/3\n")
    assert sorted(p.name for p in tmp_path.glob("log.[0-9]")) == ["log.1", "log.2"]


def test_a_crash_right_after_the_old_log_was_moved_comes_by_again(tmp_path: Path) -> None:
    fill(tmp_path, 6)
    (tmp_path / "log").rename(tmp_path / "log.1")
    log = fill(tmp_path, 1)
    assert messages(log)[0].startswith("A new log starts here: the log ends after 0 records")
    assert not (tmp_path / "log.2").exists()


def test_a_checkpoint_that_was_forged_alone_is_named_and_the_log_goes_on(tmp_path: Path) -> None:
    log = fill(tmp_path, 6)
    (log / "checkpoint").write_text("bellgate/gateway\n900\nx\n\n— nobody\n")
    fill(tmp_path, 1)
    assert "The checkpoint in checkpoint was not to be believed" in messages(log)[6]
    assert (verify_log(log).size, verify_log(log).ok) == (8, True)


def test_every_place_of_a_cut_line_recovers(tmp_path: Path) -> None:
    """A torn tail may end at any byte: of 3 lines, the third unsigned, cut everywhere."""
    log = fill(tmp_path, 2)
    note = (log / "checkpoint").read_bytes()
    fill(tmp_path, 1)
    whole = (log / DAY).read_bytes()
    signed = len(b"".join(whole.splitlines(keepends=True)[:2]))
    for length in range(signed, len(whole), 61):
        for path in (log / "checkpoint", LogPaths.of(tmp_path).last_checkpoint):
            path.write_bytes(note)
        (log / DAY).write_bytes(whole[:length])
        journal(tmp_path).close()
        assert (verify_log(log).size, verify_log(log).ok) == (2, True)
    assert json.loads((log / DAY).read_bytes().splitlines()[1])["event"]["sequence"] == 1

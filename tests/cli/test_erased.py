"""Lines that somebody erased: whatever `audit verify` refuses, no command hands out as sound.

A line that retention emptied is named by a record, and that is in order. Here somebody put the
leaves of some lines in their place, so that the hashes still fit, and no record says why.
"""

import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from bellgate.audit import expired_line
from bellgate.audit.log.tree import leaf_hash
from tests.audit.test_tampering import change
from tests.audit.world import Clock, journal
from tests.cli.test_commands import bellgate
from tests.cli.test_pack import MONDAY, WEEK, state, text_of

__all__ = ["state"]

DAY = "2026-11-23.jsonl"
PERSON = ("--person", "stf-0042")


@pytest.fixture
def erased(state: Path) -> Path:
    """The second attempt of three is gone, and its leaf is in its place."""

    def how(lines: list[bytes]) -> None:
        assert b"stf-0042" in lines[2]
        lines[2] = expired_line(leaf_hash(lines[2][:-1])) + b"\n"

    change(state / "log" / DAY, how)
    return state


def run(state: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return bellgate(*words, "--state", state, SUDO_USER="head")


def commands(tmp_path: Path) -> list[tuple[str | Path, ...]]:
    return [
        ("pack", *PERSON, *WEEK, "--output", tmp_path / "p.zip"),
        ("people", "export", "stf-0042", "--output", tmp_path / "e.zip"),
        ("audit", "export", "--format", "ecs", "--output", tmp_path / "ecs"),
        ("audit", "export", "--format", "ocsf", "--output", tmp_path / "ocsf"),
        ("audit", "export", "--format", "csv", "--output", tmp_path / "csv"),
        ("audit", "export", "--format", "ecs"),
    ]


SAID = f"log is not what was signed ({DAY}:3: the line was emptied, and no record says why)"


def test_nothing_is_handed_out_of_it(erased: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    assert run(erased, "audit", "verify").returncode == 1
    for words in commands(tmp_path):
        done = run(erased, *words)
        assert (done.returncode, done.stdout) == (1, ""), words
        assert SAID in done.stderr and "hint: `bellgate audit verify" in done.stderr, words
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_shown_of_it_is_said_to_be_damaged_first(erased: Path) -> None:
    for words in ((), ("--json",)):
        done = run(erased, "audit", "show", *words)
        assert done.returncode == 1
        assert done.stderr == f"DAMAGED: {SAID}\n"
        assert len(done.stdout.splitlines()) == 2


def test_asked_to_it_hands_out_what_is_left_and_says_so_first(erased: Path, tmp_path: Path) -> None:
    for words in commands(tmp_path):
        assert run(erased, *words, "--damaged").returncode == 0, words
    for name in ("ecs", "ocsf"):
        first, *records = (tmp_path / name).read_text().splitlines()
        assert json.loads(first) == {"message": f"DAMAGED: {SAID}"}
        assert len(records) == 2
    table = (tmp_path / "csv").read_text("utf-8-sig").splitlines()
    assert table[0] == f'"DAMAGED: {SAID}"' and table[1].startswith('"Record"')


@pytest.mark.parametrize("command", [0, 1])
def test_a_pack_of_it_says_so_on_its_first_page_and_to_a_stranger(
    erased: Path, tmp_path: Path, command: int
) -> None:
    words = commands(tmp_path)[command]
    done = run(erased, *words, "--damaged")
    assert f"DAMAGED: {SAID}" in done.stderr
    file = Path(words[-1])
    pack = zipfile.ZipFile(io.BytesIO(file.read_bytes()))
    report = " ".join(text_of(pack).split())
    assert report.index("The log is damaged") < report.index("In brief")
    assert "This pack holds only records that are still as they were signed." in report
    assert "2 attempts to reach Facebook" in report
    pack.extractall(tmp_path)
    folder = tmp_path / file.stem
    assert (folder / "README.txt").read_text().startswith(f"DAMAGED: {SAID}.\n")
    checked = subprocess.run(
        [sys.executable, "-I", folder / "verify.py"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 1
    assert f"DAMAGED: {SAID}" in checked.stdout


def test_records_that_were_altered_are_in_no_pack_of_a_damaged_log(
    state: Path, tmp_path: Path
) -> None:
    change(
        state / "log" / DAY,
        lambda lines: lines.__setitem__(1, lines[1].replace(b"www.facebook", b"www.fakebook")),
    )
    journal(state).close()  # a gate that starts sets the log aside
    done = run(state, *commands(tmp_path)[0], "--log", "log.1", "--damaged")
    assert done.returncode == 0, done.stderr
    pack = zipfile.ZipFile(tmp_path / "p.zip")
    assert b"fakebook" not in pack.read("p/records.jsonl") + pack.read("p/records.csv")
    assert "2 attempts to reach Facebook were recorded" in " ".join(text_of(pack).split())


def test_what_was_deleted_when_due_is_counted_on_the_first_page(
    state: Path, tmp_path: Path
) -> None:
    """Nothing is wrong with such a log, and a panel must know of it all the same."""
    gate = journal(state, Clock(MONDAY + timedelta(days=90)))
    gate.gate(
        "deleted", "Emptied 1 record", ranges=["2"], first=2, last=2, count=1,
        day="2026-11-23", why="staff: 90 days",
    )  # fmt: skip
    gate.close()
    change(
        state / "log" / DAY,
        lambda lines: lines.__setitem__(2, expired_line(leaf_hash(lines[2][:-1])) + b"\n"),
    )
    assert run(state, "audit", "verify").returncode == 0
    done = run(state, *commands(tmp_path)[0])
    assert done.returncode == 0, done.stderr
    report = " ".join(text_of(zipfile.ZipFile(tmp_path / "p.zip")).split())
    said = "1 record from this period has been deleted, because the school keeps records"
    assert said in report[: report.index("What the record does not show")]

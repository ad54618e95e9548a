"""A log that lost its end was set aside: which of its records are proven, and a pack of those. And
whether a pack that somebody shows is one that this gate handed out."""

import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from bellgate.audit import expired_line
from bellgate.audit.log.day_files import days_of
from bellgate.audit.log.note import Checkpoint, Signer, read
from bellgate.audit.log.tree import leaf_hash, root_of
from bellgate.audit.verify.proof import parts_of
from tests.audit.world import Clock, journal
from tests.cli.test_commands import bellgate
from tests.cli.test_pack import MONDAY, WEEK, made, state, text_of
from tests.cli.test_pack_logs import wrote

__all__ = ["state"]

PACK = ("pack", "--log", "log.1", "--person", "stf-0042", *WEEK, "--damaged")


def cut(state: Path, hashes: bool) -> None:
    """Three of Monday's four records are left, and a gate that starts sets the log aside."""
    [day] = days_of(state / "log")
    lines = day.lines.read_bytes().splitlines(keepends=True)
    day.lines.write_bytes(b"".join(lines[:3]))
    if hashes:
        day.leaves.write_bytes(day.leaves.read_bytes()[: 3 * 32])
    wrote(state, MONDAY + timedelta(days=1, hours=10))
    assert (state / "log.1").is_dir()


@pytest.fixture
def mailed(state: Path, tmp_path: Path) -> Path:
    """A checkpoint of two records that had left before the rest was written."""
    [day] = days_of(state / "log")
    own = read((state / "log" / "checkpoint").read_text())
    leaves = day.leaves.read_bytes()
    early = Checkpoint(own.origin, 2, root_of([leaves[:32], leaves[32:64]]))
    file = tmp_path / "mailed"
    file.write_text(Signer.at(state / "secrets" / "log.key").sign(early))
    return file


def test_verify_says_which_records_are_as_they_were_signed(state: Path) -> None:
    cut(state, hashes=False)
    done = bellgate("audit", "verify", "--state", state)
    assert done.returncode == 1
    assert "Still as they were signed: 3 records (0-2)." in done.stdout
    assert "`bellgate pack --log log.1 --damaged …` makes a pack of these" in done.stdout
    [aside] = json.loads(bellgate("audit", "verify", "--json", "--state", state).stdout)[
        "set_aside"
    ]
    assert aside["as_signed"] == ["0-2"]


def test_a_pack_of_those_is_made_and_verifies_but_for_its_damage(
    state: Path, tmp_path: Path
) -> None:
    cut(state, hashes=False)
    done = bellgate(*PACK, "--state", state, "--output", tmp_path / "p.zip")
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "p.zip") as pack:
        assert pack.read("p/records.jsonl").count(b"\n") == 3
        assert "The log is damaged" in text_of(pack)
        pack.extractall(tmp_path)
    words = [sys.executable, "-I", tmp_path / "p" / "verify.py"]
    checked = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "3 of the 4 records of the log" in checked.stdout
    assert checked.returncode == 1 and "DAMAGED: log.1 is not what was signed" in checked.stdout


def test_where_the_hashes_are_cut_too_an_older_checkpoint_speaks_for_the_beginning(
    state: Path, mailed: Path, tmp_path: Path
) -> None:
    cut(state, hashes=True)
    done = bellgate("audit", "verify", "--state", state)
    assert "Its own checkpoint proves none of its records" in done.stdout
    done = bellgate("audit", "verify", "--state", state, "--checkpoint", mailed)
    assert "Still as they were signed: 2 records (0-1)." in done.stdout
    done = bellgate(*PACK, "--state", state, "--output", tmp_path / "p.zip")
    assert done.returncode == 1 and "nothing in log.1 can be proven" in done.stderr
    done = bellgate(*PACK, "--state", state, "--output", tmp_path / "p.zip", "--checkpoint", mailed)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "p.zip") as pack:
        assert pack.read("p/records.jsonl").count(b"\n") == 2
        assert "1 attempt to reach Facebook was recorded" in " ".join(text_of(pack).split())


def check(state: Path, file: Path) -> subprocess.CompletedProcess[str]:
    return bellgate("pack", "--check", file, "--state", state)


def test_a_pack_and_its_report_are_known_again(state: Path, tmp_path: Path) -> None:
    pack = made(state, tmp_path / "evidence.zip")
    (tmp_path / "by mail.pdf").write_bytes(pack.read("evidence/report.pdf"))
    (tmp_path / "renamed.zip").write_bytes((tmp_path / "evidence.zip").read_bytes())
    for name in ("evidence.zip", "renamed.zip", "by mail.pdf"):
        done = check(state, tmp_path / name)
        assert done.returncode == 0, done.stderr
        assert "is as it was handed out at" in done.stdout and "(record 4 of log)" in done.stdout
        assert "head made the pack evidence.zip about stf-0042, 2026-11-23 to" in done.stdout
        assert "Why: A parent's complaint" in done.stdout


def test_what_was_changed_or_made_elsewhere_is_not(state: Path, tmp_path: Path) -> None:
    pack = made(state, tmp_path / "evidence.zip")
    report = pack.read("evidence/report.pdf")
    (tmp_path / "changed.pdf").write_bytes(report + b"\n")
    done = check(state, tmp_path / "changed.pdf")
    assert done.returncode == 1
    assert "this gate has no record that it handed out changed.pdf as it is" in done.stderr
    with zipfile.ZipFile(tmp_path / "anew.zip", "w") as anew:
        anew.writestr("evidence/report.pdf", report)
        anew.writestr("evidence/letter.txt", "something that was never in it")
    done = check(state, tmp_path / "anew.zip")
    assert "The report in it is as it was handed out" in done.stdout
    assert "The zip around it is not: it was packed anew" in done.stdout


def test_what_a_later_log_deleted_of_one_set_aside_is_no_gap(state: Path, tmp_path: Path) -> None:
    """The record of the deletion is in the later log, and the pack of the older one is sound."""
    cut(state, hashes=False)
    aside = state / "log.1" / "2026-11-23.jsonl"
    lines = aside.read_bytes().splitlines()
    gate = journal(state, Clock(MONDAY + timedelta(days=90)))
    gate.gate(
        "deleted", "Emptied 1 record", log="log.1", ranges=["2"], first=2, last=2, count=1,
        day="2026-11-23", why="staff: 90 days",
    )  # fmt: skip
    gate.close()
    kept = [lines[0], lines[1], expired_line(leaf_hash(lines[2]))]
    aside.write_bytes(b"".join(line + b"\n" for line in kept))
    parts, _ = parts_of(state / "log.1", [1], subject={"person": "stf-0042"})
    assert json.loads(parts["proof.json"])["deleted_elsewhere"] == ["2"]

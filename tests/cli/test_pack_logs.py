"""`bellgate pack` where the gateway has more logs than one, and when days are still to come."""

import io
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bellgate.audit import Journal, LogPaths
from bellgate.running import editions
from bellgate.schedules.load import load
from tests.cli.test_commands import bellgate
from tests.cli.test_pack import MONDAY, WEEK, text_of, tried
from tests.lab.school import SAMPLE

STF = ("--person", "stf-0042")
TUESDAY = MONDAY + timedelta(days=1)


def wrote(state: Path, *moments: datetime) -> None:
    """A gate's life, with an attempt at each of these moments."""
    loaded = load(SAMPLE)
    assert loaded.policy is not None
    editions.keep(state, loaded.policy.edition.hash, loaded.files)
    journal = Journal(LogPaths.of(state), loaded.policy.edition, lambda: moments[0])
    journal.gate("started", "The gate started", at=moments[0])
    for moment in moments:
        tried(loaded.policy, journal, moment)
    assert journal.close() == 0


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Monday's log came back from a backup of ten o'clock, and Tuesday began another."""
    state = tmp_path / "state"
    wrote(state, MONDAY + timedelta(hours=9), MONDAY + timedelta(hours=10))
    shutil.copytree(state / "log", tmp_path / "backup")
    wrote(state, MONDAY + timedelta(hours=11))
    shutil.rmtree(state / "log")
    shutil.copytree(tmp_path / "backup", state / "log")
    wrote(state, TUESDAY + timedelta(hours=9))
    assert (state / "log.1").is_dir()
    return state


def packed(state: Path, file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return bellgate("pack", "--state", state, *words, "--output", file, SUDO_USER="head")


def report_of(file: Path) -> str:
    return " ".join(text_of(zipfile.ZipFile(io.BytesIO(file.read_bytes()))).split())


MON = ("--from", "2026-11-23", "--to", "2026-11-23", "--reason", "A complaint")


def test_what_lies_in_a_log_set_aside_is_never_said_to_be_nothing(
    state: Path, tmp_path: Path
) -> None:
    done = packed(state, tmp_path / "p.zip", *STF, *MON)
    assert done.returncode == 0, done.stderr
    assert "p.zip: 0 records of stf-0042" in done.stdout
    assert (
        "NOT THE ONLY LOG: There is another log, log.1, which was set aside: the log ends after 3 "
        "records, 5 were signed. It holds 2 records of stf-0042 for this period."
    ) in done.stderr
    assert (
        "bellgate pack --log log.1 --person stf-0042 --from 2026-11-23 --to 2026-11-23 "
        '--reason "A complaint"'
    ) in done.stderr
    report = report_of(tmp_path / "p.zip")
    assert "Not the only log" in report and "2 records of stf-0042 for this period" in report
    assert "This log holds no record of stf-0042 in this period." in report
    assert "shows that the gate recorded nothing" not in report


def test_a_pack_of_the_log_that_was_set_aside_is_proven_by_its_own_checkpoint(
    state: Path, tmp_path: Path
) -> None:
    done = packed(state, tmp_path / "p.zip", *STF, *MON, "--log", "log.1")
    assert done.returncode == 0, done.stderr
    report = report_of(tmp_path / "p.zip")
    assert "2 attempts to reach Facebook were recorded" in report
    assert "This pack is made from log.1, a log that was set aside: the log ends after 3" in report
    assert "every record in the set bellgate.decision in the folder log.1" in report
    zipfile.ZipFile(tmp_path / "p.zip").extractall(tmp_path)
    mailed = state / "log.1" / "checkpoint"
    words = [sys.executable, "-I", tmp_path / "p" / "verify.py", "--checkpoint", mailed]
    checked = subprocess.run(words, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert "of the log bellgate/gateway-1." in checked.stdout


def test_the_week_of_the_break_says_from_each_log_that_there_is_the_other(
    state: Path, tmp_path: Path
) -> None:
    done = packed(state, tmp_path / "p.zip", *STF, *WEEK)
    assert "It holds 2 records of stf-0042 for this period" in done.stderr
    done = packed(state, tmp_path / "q.zip", *STF, *WEEK, "--log", "log.1")
    assert "another log, the one now being written. It holds 1 record of stf-0042" in done.stderr
    assert "bellgate pack --log log --person" in done.stderr


def test_an_only_log_is_not_said_to_have_company(state: Path, tmp_path: Path) -> None:
    shutil.rmtree(state / "log.1")
    done = packed(state, tmp_path / "p.zip", *STF, *WEEK)
    assert done.returncode == 0 and "NOT THE ONLY LOG" not in done.stderr
    assert "Not the only log" not in report_of(tmp_path / "p.zip")


def test_a_log_that_cannot_be_proven_is_said_too(state: Path, tmp_path: Path) -> None:
    lines = state / "log.1" / "2026-11-23.jsonl"
    lines.write_bytes(lines.read_bytes().replace(b"facebook", b"facebuuk", 1))
    done = packed(state, tmp_path / "p.zip", *STF, *MON)
    assert done.returncode == 0
    assert (
        "However, what it holds cannot be proven: 2026-11-23.jsonl:2: it was changed" in done.stderr
    )
    (state / "log.1" / "checkpoint").unlink()
    (state / "log.1" / "2026-11-23.jsonl").unlink()
    done = packed(state, tmp_path / "q.zip", *STF, *MON)
    assert (
        "What it held for this period is not known: what it holds cannot be proven" in done.stderr
    )
    assert "shows that the gate recorded nothing" not in report_of(tmp_path / "q.zip")


def test_a_log_that_cannot_be_read_is_said_too(state: Path, tmp_path: Path) -> None:
    lines = state / "log.1" / "2026-11-23.jsonl"
    lines.unlink()
    lines.mkdir()
    done = packed(state, tmp_path / "p.zip", *STF, *MON)
    assert done.returncode == 0, done.stderr
    assert "it cannot be read: Is a directory" in done.stderr


def test_a_log_that_is_not_there_is_answered_with_those_that_are(
    state: Path, tmp_path: Path
) -> None:
    done = packed(state, tmp_path / "p.zip", *STF, *MON, "--log", "log.7")
    assert done.returncode == 2 and '"log.7" is not one of log.1, log' in done.stderr


def test_somebody_known_to_the_old_log_alone_is_no_misspelt_name(
    state: Path, tmp_path: Path
) -> None:
    devices = SAMPLE / "devices.yaml"
    folder = tmp_path / "schedules"
    shutil.copytree(SAMPLE, folder)
    (folder / "devices.yaml").write_text(devices.read_text().replace("stf-0042", "stf-0077"))
    done = packed(state, tmp_path / "p.zip", *STF, *MON, "--schedules", str(folder))
    assert done.returncode == 0, done.stderr


FUTURE = ("--from", "2099-01-11", "--to", "2099-01-15", "--reason", "r")


def test_a_pack_about_the_future_is_refused_in_a_line(state: Path, tmp_path: Path) -> None:
    done = packed(state, tmp_path / "p.zip", *STF, *FUTURE)
    assert done.returncode == 2
    assert done.stderr.startswith(
        "error: Invalid value for --from: 2099-01-11 is still to come, so no log covers it\n"
    )
    assert not (tmp_path / "p.zip").exists()


def test_a_last_day_that_is_still_to_come_ends_when_it_was_asked(
    state: Path, tmp_path: Path
) -> None:
    words = ("--from", "2026-11-23", "--to", "2099-12-31", "--reason", "r")
    done = packed(state, tmp_path / "p.zip", *STF, *words)
    assert done.returncode == 0, done.stderr
    assert (
        "Thursday 31 December 2099 is still to come: the pack goes up to now, and says so.\n"
        in (done.stderr)
    )
    report = report_of(tmp_path / "p.zip")
    assert "31 December 2099, inclusive, but only up to" in report
    assert "when this was requested" in report
    assert "1 attempt to reach Facebook was recorded" in report
    query = report.partition("up to, not including, ")[2][:10]
    # The clock of whoever runs this may be behind the records.
    asked = max(datetime.now(UTC), datetime(2026, 11, 24, tzinfo=UTC))
    assert query < f"{asked + timedelta(days=9):%Y-%m-%d}"

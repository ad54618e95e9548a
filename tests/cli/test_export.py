"""`bellgate audit export`: recorded before it is handed out, whole or not at all, and small."""

import csv
import hashlib
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bellgate.audit import expired_line
from bellgate.audit.log.tree import leaf_hash
from bellgate.audit.record.spreadsheet import COLUMNS
from bellgate.audit.verify.one_log import verify_log
from tests.audit.test_tampering import change
from tests.audit.world import QUARTER_PAST_TEN, Clock, decision, fill, journal
from tests.cli.test_commands import bellgate, broken
from tests.cli.test_show import NO_RECORDS
from tests.lab.school import TOP

DAY = "2026-11-23.jsonl"
BY_ITSELF = (
    "The log agrees with its own checkpoint. "
    "`audit verify --checkpoint FILE` shows whether it agrees with one that left the machine.\n"
)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Three blocks, an answer that means harm, and a start of the gate."""
    fill(tmp_path / "state", 3)
    log = journal(tmp_path / "state")
    log.decision(decision(), "answered", "page", answer='=HYPERLINK("http://x.example")')
    log.gate("started", "The gate started")
    log.close()
    return tmp_path / "state"


def export(state: Path, *words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return bellgate("audit", "export", "--state", state, *words, **environment)


def log_lines(state: Path) -> list[str]:
    return [
        line for path in sorted((state / "log").glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]  # fmt: skip


def exports(state: Path) -> list[dict[str, Any]]:
    every = [json.loads(line) for line in log_lines(state)]
    return [record for record in every if record["event"]["action"] == "exported"]


def test_ecs_is_the_lines_of_the_log(state: Path) -> None:
    before = log_lines(state)
    done = export(state, "--format", "ecs", "--gate")
    assert (done.returncode, done.stderr) == (0, BY_ITSELF)
    # The record of the export came before the bytes; it is not among them.
    assert done.stdout.splitlines() == before
    assert verify_log(state / "log").ok


def test_emptied_lines_are_left_out(state: Path) -> None:
    gate = journal(state, Clock(QUARTER_PAST_TEN + timedelta(days=30)))
    gate.gate("deleted", "Emptied 1", ranges=["0"], day="2026-11-23", why="pupils: 30 days")
    gate.close()
    log = state / "log" / DAY
    gone, *kept = log.read_bytes().splitlines()
    log.write_bytes(b"\n".join([expired_line(leaf_hash(gone)), *kept]) + b"\n")
    done = export(state, "--format", "ecs", "--gate")
    assert done.stdout.splitlines()[:-1] == [line.decode() for line in kept]


def test_ocsf_is_one_event_a_record(state: Path) -> None:
    events = [json.loads(line) for line in export(state, "--format", "ocsf").stdout.splitlines()]
    assert [event["metadata"]["sequence"] for event in events] == [0, 1, 2, 3]
    assert {event["metadata"]["version"] for event in events} == {"1.8.0"}


def test_an_event_keeps_its_own_name_where_the_numbers_began_again(state: Path) -> None:
    change(state / "log" / DAY, lambda lines: lines.__setitem__(0, b"{}\n"))
    journal(state).close()
    fill(state, 3)
    done = export(state, "--format", "ocsf", "--damaged")
    events = [json.loads(line)["metadata"] for line in done.stdout.splitlines()[1:]]
    assert [event["sequence"] for event in events] == [1, 2, 3, 1, 2, 3]
    assert len({event["uid"] for event in events}) == 6


@pytest.mark.parametrize("words", [[], ["--output"]])
def test_what_was_recorded_before_a_break_is_handed_out_too(
    state: Path, tmp_path: Path, words: list[str]
) -> None:
    before = log_lines(state)[:4]
    change(state / "log" / DAY, lambda lines: lines.__delitem__(4))
    set_aside(state)
    where = [*words, str(tmp_path / "out")] if words else []
    done = export(state, "--format", "ecs", *where)
    assert done.returncode == 1
    assert "nothing is handed out: log.1 is not what was signed" in done.stderr
    assert done.stdout == "" and not (tmp_path / "out").exists()
    done = export(state, "--format", "ecs", "--damaged", *where)
    assert done.returncode == 0
    after = (tmp_path / "out").read_text() if words else done.stdout
    first, *rest = after.splitlines()
    assert json.loads(first)["message"].startswith("DAMAGED: log.1 is not what was signed")
    assert rest == before


def set_aside(state: Path) -> None:
    """What a gate does that starts on a broken log."""
    journal(state).close()
    assert (state / "log.1").is_dir()


@pytest.mark.parametrize("form", ["ocsf", "csv"])
@pytest.mark.parametrize("wrong", NO_RECORDS)
def test_a_line_that_was_tampered_with_is_left_out_and_named(
    state: Path, tmp_path: Path, form: str, wrong: bytes
) -> None:
    change(state / "log" / DAY, lambda lines: lines.insert(2, wrong + b"\n"))
    set_aside(state)
    file = tmp_path / "out"
    done = export(state, "--format", form, "--gate", "--damaged", "--output", file)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert f"log.1/{DAY}:3: left out: the gate does not write records like this" in done.stderr
    # What is wrong, the five that are sound, and the one that tells of the break.
    assert file.read_bytes().count(b"\n") == 1 + 6 + (form == "csv")
    [record] = exports(state)
    assert record["bellgate"]["records"] == 6


def test_csv_opens_in_a_spreadsheet_and_runs_nothing(state: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "records.csv"
    assert export(state, "--format", "csv", "--output", sheet).returncode == 0
    content = sheet.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") and content.count(b"\r\n") == 5
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert header == list(COLUMNS)
    assert rows[3][COLUMNS.index("Reason or answer")] == '\'=HYPERLINK("http://x.example")'


def test_an_export_is_recorded_with_who_what_and_the_hash_of_it(
    state: Path, tmp_path: Path
) -> None:
    file = tmp_path / "out.jsonl"
    done = export(
        state, "--format", "ecs", "--person", "stf-0042", "--site", "n1.facebook.com",
        "--output", file, "--reason", "the hearing of\n1 December", SUDO_USER="head",
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"1 record in {file}.\n{BY_ITSELF}"
    [record] = exports(state)
    assert record["event"]["dataset"] == "bellgate.review"
    assert record["event"]["reason"] == "the hearing of 1 December"
    assert record["user"] == {"id": "head", "target": {"id": "stf-0042"}}
    ours = record["bellgate"]
    assert (ours["format"], ours["records"], ours["file"]) == ("ecs", 1, "out.jsonl")
    assert ours["query"] == {"person": "stf-0042", "site": "n1.facebook.com"}
    assert ours["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("form", "lines"), [("ecs", 0), ("ocsf", 0), ("csv", 1)])
def test_where_nothing_matches_it_says_so(
    state: Path, tmp_path: Path, form: str, lines: int
) -> None:
    file = tmp_path / "out"
    done = export(state, "--format", form, "--device", "office-pc", "--output", file)
    assert (done.returncode, done.stderr) == (0, "No record matches.\n")
    assert file.read_bytes().count(b"\n") == lines


def test_a_file_is_only_replaced_by_force(state: Path, tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_text("mine")
    done = export(state, "--format", "ecs", "--output", file)
    assert done.returncode == 1
    assert "already exists" in done.stderr and "--force" in done.stderr
    assert (file.read_text(), exports(state)) == ("mine", [])
    assert export(state, "--format", "ecs", "--output", file, "--force").returncode == 0
    assert file.read_text().count("\n") == 4


def test_nothing_is_handed_out_that_cannot_be_recorded(state: Path, tmp_path: Path) -> None:
    # A log whose key is another's cannot be written on.
    (state / "secrets" / "log.key").write_text("not a key")
    for words in ((), ("--output", tmp_path / "out")):
        done = export(state, "--format", "ecs", *words)
        assert done.returncode == 1
        assert "error: nothing was handed out: it cannot be recorded" in done.stderr
        assert done.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state"]


def test_a_folder_that_is_not_there_is_said_in_one_line(state: Path, tmp_path: Path) -> None:
    done = export(state, "--format", "ecs", "--output", tmp_path / "none" / "out")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and "Traceback" not in done.stderr


def test_a_broken_policy_is_named(state: Path, tmp_path: Path) -> None:
    done = export(state, "--format", "ecs", "--schedules", broken(tmp_path))
    assert done.returncode == 1
    assert "school.yaml:" in done.stdout


def test_a_reader_that_has_seen_enough_ends_it_quietly(state: Path) -> None:
    fill(state, 3000, QUARTER_PAST_TEN + timedelta(hours=1), each=0.1)
    command = (
        f"{sys.executable} -m bellgate.cli.main audit export --format ecs --state {state} | head -1"
    )
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=TOP, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(TOP / "addon")}, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200,000 records: real lines over again, for how much there is, not what it says."""
    state = tmp_path_factory.mktemp("large")
    log = fill(state, 10)
    lines = (log / DAY).read_bytes()
    with (log / "2026-11-22.jsonl").open("wb") as file:
        for _ in range(20_000):
            file.write(lines)
    return state


PEAK = """
import sys, resource
from bellgate.audit import find, Query
from bellgate.audit.log.export_formats import FORMS
from pathlib import Path
from zoneinfo import ZoneInfo
if sys.argv[2] != "nothing":
    found = find(Path(sys.argv[1]), Query())
    for part in FORMS[sys.argv[2]](found, ZoneInfo("UTC"), print, ()): pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.parametrize("form", ["ecs", "ocsf", "csv"])
def test_a_long_log_is_not_held_in_memory(large: Path, form: str) -> None:
    def peak(form: str) -> int:
        words = [sys.executable, "-c", PEAK, str(large / "log"), form]
        environment = {**os.environ, "PYTHONPATH": str(TOP / "addon")}
        ran = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
        return int(ran.stdout)

    assert (large / "log" / "2026-11-22.jsonl").stat().st_size > 200_000_000
    assert peak(form) - peak("nothing") < 20


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_broken_off_it_leaves_no_half_file_and_a_terminal_sees_how_far_it_is(
    large: Path, tmp_path: Path, number: int
) -> None:
    here, there = pty.openpty()
    words = ["audit", "export", "--format", "ocsf", "--damaged", "--state", large]
    words += ["--output", tmp_path / "out"]
    # Where the tests run in a shell's background, Ctrl-C is ignored, and so by what they start.
    running = subprocess.Popen(
        ["env", "--default-signal=INT,HUP", sys.executable, "-m", "bellgate.cli.main",
         *map(str, words)], cwd=TOP, stderr=there,
        env={**os.environ, "PYTHONPATH": str(TOP / "addon"), "TERM": "xterm"},
    )  # fmt: skip
    os.close(there)
    shown, give_up = b"", time.monotonic() + 60
    while b"Exporting" not in shown and time.monotonic() < give_up:
        shown += os.read(here, 65536)
    assert list(tmp_path.glob(".out.*.part"))
    running.send_signal(number)
    # A terminal that nobody reads holds up who writes to it.
    with suppress(OSError):
        while os.read(here, 65536):
            pass
    assert running.wait(30) == 128 + number
    os.close(here)
    assert list(tmp_path.iterdir()) == []

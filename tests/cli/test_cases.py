"""`bellgate case` and `bellgate people`: what they say, what they record, and in which order."""

import hashlib
import json
import os
import pty
import subprocess
import sys
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bellgate.audit import LogPaths, entries
from bellgate.cli import recorded
from bellgate.cli.main import bellgate
from bellgate.review.cases import CaseBook
from tests.audit.world import LONDON, decision, journal

SAMPLE = Path(__file__).parents[2] / "schedules"


@pytest.fixture
def run(tmp_path: Path) -> Any:
    def ran(*words: str, **more: Any) -> Result:
        folders = ("--schedules", str(SAMPLE), "--state", str(tmp_path))
        return CliRunner().invoke(bellgate, [*folders, *words], **more)

    return ran


def cannot_be_written(state: Path) -> None:
    """A log that cannot be signed cannot be written."""
    key = state / "secrets" / "log.key"
    key.parent.mkdir(exist_ok=True)
    key.write_text("not a key")


def typed(state: Path, text: str, *words: str) -> int:
    """A command on a terminal of its own, and what somebody types there; returns how it ended."""
    terminal, theirs = pty.openpty()
    paths = ["--schedules", str(SAMPLE), "--state", str(state)]
    running = subprocess.Popen(
        [sys.executable, "-m", "bellgate.cli.main", *paths, *words],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(SAMPLE.parent / "addon")},
    )  # fmt: skip
    os.close(theirs)
    os.write(terminal, text.encode())
    with suppress(OSError):  # a terminal that nobody holds any more
        while os.read(terminal, 1024):
            pass
    os.close(terminal)
    return running.wait(30)


def records(state: Path) -> list[dict[str, Any]]:
    found = [e.record for e in entries(LogPaths.of(state).log) if e.record]
    return [r for r in found if r["event"]["dataset"] == "bellgate.review"]


def opened(run: Any, *words: str) -> str:
    done = run("case", "open", "--reason", "a  complaint", *words)
    assert done.exit_code == 0, done.output
    return str(done.output.split()[1])


def test_a_case_from_open_to_close(run: Any, tmp_path: Path) -> None:
    assert run("case", "list").output == "No case is open: every record is deleted when due.\n"
    id = opened(run, "--person", "stf-0042", "--from", "2026-11-01", "--to", "2026-11-20")
    done = run("case", "add", id, "--device", "y5-laptop-03")
    assert done.output == f"Case {id} now also holds y5-laptop-03, without end.\n"
    [listed] = json.loads(run("case", "list", "--json").output)
    assert listed["holds"] == [
        {
            "person": "stf-0042",
            "device": None,
            "from": "2026-11-01",
            "to": "2026-11-20",
            "devices": ["staff-laptop-07"],
        },
        {"person": None, "device": "y5-laptop-03", "from": None, "to": None, "devices": None},
    ]
    assert (listed["reason"], listed["closed"], listed["until"]) == ("a complaint", None, None)
    shown = run("case", "list", env={"COLUMNS": "200"}).output
    assert "stf-0042, 2026-11-01 to 2026-11-20" in shown and "until it is closed" in shown
    done = run("case", "close", id, "--reason", "settled")
    assert done.output.startswith(f"Case {id} is closed. What it holds is kept until 2")
    [listed] = json.loads(run("case", "list", "--json").output)
    assert listed["closed"] and listed["until"]

    held, more, released = records(tmp_path)
    assert [r["event"]["action"] for r in (held, more, released)] == ["held", "held", "released"]
    assert held["user"]["target"] == {"id": "stf-0042"}
    assert (held["bellgate"]["case"], held["bellgate"]["from"]) == (id, "2026-11-01")
    assert held["event"]["reason"] == "a complaint"
    assert (more["bellgate"]["device"], "target" in more["user"]) == ("y5-laptop-03", False)
    assert released["event"]["reason"] == "settled"


def test_a_slip_is_answered_with_the_nearest(run: Any) -> None:
    id = opened(run)
    wrong = id[:5] + ("0" if id[5] != "0" else "1")
    done = run("case", "add", wrong, "--device", "y5-laptop-03")
    assert done.exit_code == 1
    # One digit may be as good as another, so it is shown and not taken for what was meant.
    assert id in done.output.partition("hint: ")[2]
    assert "did you mean y5-laptop-03?" in run("case", "add", id, "--device", "y5-laptop-3").output
    assert run("case", "close", id).exit_code == 0
    done = run("case", "close", id)
    assert (done.exit_code, "`bellgate case open` opens one" in done.output) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        ("--from", "2026-11-01"),
        ("--person", "a", "--device", "b"),
        ("--person", "a", "--from", "2026-11-02", "--to", "2026-11-01"),
        ("--person", "a", "--from", "last spring"),
    ],
)
def test_what_makes_no_hold_is_wrong_usage(run: Any, tmp_path: Path, words: list[str]) -> None:
    assert run("case", "open", "--reason", "R", *words).exit_code == 2
    assert not (tmp_path / "cases" / "cases.json").exists()


def test_nothing_is_held_that_is_not_recorded(run: Any, tmp_path: Path) -> None:
    cannot_be_written(tmp_path)
    done = run("case", "open", "--reason", "R")
    assert done.exit_code == 1
    assert "nothing was changed: it cannot be recorded (" in done.output
    assert CaseBook(tmp_path, LONDON).read() == ()


@pytest.mark.parametrize("words", [("list",), ("open", "--reason", "R"), ("close", "x")])
def test_a_damaged_file_is_one_clear_line(run: Any, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "cases").mkdir(exist_ok=True)
    (tmp_path / "cases" / "cases.json").write_text("[")
    done = run("case", *words)
    assert done.exit_code == 1
    assert "cases.json is damaged" in done.output
    assert "hint: no record is deleted until it can be read" in done.output


def test_a_simulated_case_needs_a_simulated_gate(run: Any) -> None:
    done = run("case", "open", "--reason", "R", "--simulated")
    assert (done.exit_code, "no simulated gate is running" in done.output) == (1, True)


def test_a_name_is_kept_and_shown_once_it_is_recorded(run: Any, tmp_path: Path) -> None:
    done = run("people", "add", "stf-0042", "--name", "Zoë  Park")
    assert done.exit_code == 0 and "no device" not in done.output
    done = run("people", "reveal", "stf-0042", "--reason", "a complaint")
    assert done.output == "Zoë Park\n"
    [said] = records(tmp_path)
    assert said["event"]["action"] == "revealed"
    assert said["event"]["reason"] == "a complaint"
    assert said["user"]["target"] == {"id": "stf-0042"}
    assert "Zoë" not in json.dumps(said, ensure_ascii=False)
    cannot_be_written(tmp_path)
    done = run("people", "reveal", "stf-0042", "--reason", "again")
    assert done.exit_code == 1 and "Zoë" not in done.output


def test_a_name_is_not_replaced_by_accident(run: Any) -> None:
    assert "among its holders" in run("people", "add", "stf-9999", "--name", "Sam").output
    done = run("people", "add", "stf-9999", "--name", "Kim")
    assert (done.exit_code, "--replace" in done.output) == (1, True)
    assert run("people", "add", "stf-9999", "--name", "Kim", "--replace").exit_code == 0
    assert run("people", "reveal", "stf-9999", "--reason", "R").output == "Kim\n"


def test_what_people_forget(run: Any, tmp_path: Path) -> None:
    assert run("people", "add", "stf-0042").exit_code == 2
    assert run("people", "add", "stf-0042", "--name", " ").exit_code == 2
    assert run("people", "reveal", "stf-0042").exit_code == 2
    run("people", "add", "stf-0042", "--name", "Kim")
    assert run("people", "reveal", "stf-0042", "--reason", " ").exit_code == 2
    done = run("people", "reveal", "stf-0024", "--reason", "R")
    assert (done.exit_code, "did you mean stf-0042?" in done.output) == (1, True)
    assert records(tmp_path) == []
    (tmp_path / "keys" / "people.key").unlink()
    done = run("people", "reveal", "stf-0042", "--reason", "R")
    assert (done.exit_code, done.output.count("\n")) == (1, 1)


def test_the_name_is_asked_for_on_a_terminal(run: Any, tmp_path: Path) -> None:
    assert typed(tmp_path, "Kim\n", "people", "add", "stf-0042") == 0
    assert run("people", "reveal", "stf-0042", "--reason", "R").output == "Kim\n"
    assert typed(tmp_path, "n\n", "people", "add", "stf-0042") == 130
    assert typed(tmp_path, "y\nA. Khan\n", "people", "add", "stf-0042") == 0
    assert run("people", "reveal", "stf-0042", "--reason", "R").output == "A. Khan\n"


def test_a_persons_access_is_to_all_that_names_them(run: Any, tmp_path: Path) -> None:
    """Also who was shown the name, what was opened, and what a log holds that was set aside."""
    log = journal(tmp_path)
    log.decision(decision(at=datetime(2026, 11, 20, 10, 15, tzinfo=UTC)), "block", "page")
    log.close()
    (tmp_path / "log" / "2026-11-20.jsonl").rename(tmp_path / "taken away")
    log = journal(tmp_path)  # sets the broken log aside
    log.close()
    (tmp_path / "taken away").rename(tmp_path / "log.1" / "2026-11-20.jsonl")
    run("people", "add", "stf-0042", "--name", "A. Khan")
    run("people", "reveal", "stf-0042", "--reason", "a complaint")
    for whom in ("stf-0042", "everyone"):
        run("allow", whom, "youtube", "--until", "45 minutes", "--reason", "a film")
    to = tmp_path / "access.zip"
    done = run("people", "export", "stf-0042", "--output", str(to))
    assert "holds the 3 records of stf-0042" in done.output, done.output
    with zipfile.ZipFile(to) as pack:
        before, after = (
            [json.loads(line)["event"]["action"] for line in pack.read(name).splitlines()]
            for name in ("access/log.1/records.jsonl", "access/records.jsonl")
        )
    assert before == ["block"]
    # With what a panel must know beside them: the break of the log, and what was open for everyone.
    assert after == ["error", "revealed", "exempted", "exempted"]


def test_a_log_that_is_broken_is_not_set_aside_by_who_only_looks(run: Any, tmp_path: Path) -> None:
    log = journal(tmp_path)
    log.decision(decision(), "block", "page")
    log.close()
    [day] = (tmp_path / "log").glob("*.jsonl")
    day.write_bytes(day.read_bytes().replace(b"facebook.com", b"facebook.con"))
    run("people", "add", "stf-0042", "--name", "A. Khan")
    done = run("people", "reveal", "stf-0042", "--reason", "a complaint")
    assert done.exit_code == 1
    assert "a gate that starts keeps it aside" in done.output
    assert not (tmp_path / "log.1").exists()
    assert run("audit", "verify").exit_code == 1


@pytest.mark.parametrize(
    "words",
    [
        ("case", "open", "--reason", " "),
        ("people", "reveal", "stf-0042", "--reason", "\t"),
        ("allow", "staff", "youtube", "--until", "45 minutes", "--reason", ""),
    ],
)
def test_a_reason_says_something(run: Any, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert (done.exit_code, "the reason is empty" in done.output) == (2, True)
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize(
    ("environment", "effective", "name"),
    [
        ({"USER": "head", "LOGNAME": "head", "USERNAME": "head"}, 0, "root"),
        ({"USER": "root", "SUDO_USER": "head"}, 0, "head"),
        # Whoever is not root cannot have it from sudo.
        ({"SUDO_USER": "head"}, 65534, "root"),
    ],
)
def test_who_looked_is_not_taken_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], effective: int, name: str
) -> None:
    for key in ("USER", "LOGNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.delenv(key, raising=False)
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    os.seteuid(effective)
    try:
        assert recorded.user() == name
    finally:
        os.seteuid(0)


def test_a_person_gets_what_is_recorded_of_them_and_nothing_else(run: Any, tmp_path: Path) -> None:
    log = journal(tmp_path)
    at = datetime(2026, 11, 20, 10, 15, tzinfo=UTC)
    log.decision(decision(at=at), "block", "page")
    log.decision(
        decision("x.facebook.com", at, ip="10.77.10.21", mac="3c:22:fb:00:00:21"), "block", "page"
    )
    log.decision(decision("z.facebook.com", at), "block", "page")
    log.close()
    to = tmp_path / "access.zip"
    done = run("people", "export", "stf-0042", "--output", str(to))
    assert done.exit_code == 0, done.output
    assert f"{to} holds the 2 records of stf-0042" in done.output
    assert "shared devices" in done.output
    with zipfile.ZipFile(to) as pack:
        lines = pack.read("access/records.jsonl").splitlines()
        proof = json.loads(pack.read("access/proof.json"))
    assert [json.loads(line)["url"]["domain"] for line in lines] == [
        "www.facebook.com", "z.facebook.com",
    ]  # fmt: skip
    [said] = records(tmp_path)
    assert (said["event"]["action"], said["user"]["target"]) == ("exported", {"id": "stf-0042"})
    # The record names the very bytes, so it comes next after all that the pack is proven by.
    assert proof["size"] == said["event"]["sequence"]
    assert said["bellgate"]["sha256"] == hashlib.sha256(to.read_bytes()).hexdigest()

    assert run("people", "export", "stf-0042", "--output", str(to)).exit_code == 1
    assert run("people", "export", "stf-0042", "--output", "a.pdf").exit_code == 2
    assert run("people", "export", "nobody").exit_code == 1
    assert len(records(tmp_path)) == 1

"""`bellgate demo`: a folder that is whole or not there, sound, and says that it is made up."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from bellgate.running.demo import folder, story, term
from bellgate.schedules.load import load
from tests.cli.test_commands import bellgate

# What a record holds that says nothing of what happened.
BY_CHANCE = ("salt",)


def lines_of(state: Path) -> list[dict[str, object]]:
    found = []
    for path in sorted((state / "log").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            record = json.loads(line)
            if "leaf" in record:
                found.append({"emptied": True})
                continue
            for name in BY_CHANCE:
                record["bellgate"].pop(name, None)
            found.append(record)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("there") / "term"
    done = bellgate("demo", place)
    assert done.returncode == 0, done.stderr
    assert f"--state {place}" in done.stdout
    assert f"--schedules {place / 'schedules'}" in done.stdout
    return place


def test_its_log_verifies_and_its_files_are_good(made: Path) -> None:
    folders = ("--state", made, "--schedules", made / "schedules")
    done = bellgate("audit", "verify", *folders)
    assert done.returncode == 0, done.stdout
    assert "none was otherwise changed, left out or put in" in done.stdout
    assert load(made / "schedules").errors == ()
    assert bellgate("check", *folders).returncode == 0
    assert "made-up-case-1" in bellgate("case", "list", "--json", *folders).stdout
    assert "made-up-club" in bellgate("exemptions", "--json", *folders).stdout


def test_the_commands_answer_from_it(made: Path, tmp_path: Path) -> None:
    folders = ("--state", made, "--schedules", made / "schedules")
    done = bellgate(
        "pack", "--person", "stf-0103", "--from", "2026-10-05", "--to", "2026-10-16",
        "--reason", "Trying it", "--output", tmp_path / "p.zip", *folders,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    name = bellgate("people", "reveal", "stf-0103", "--reason", "Trying it", *folders)
    assert name.returncode == 0 and "(made up)" in name.stdout


def test_everything_in_it_says_that_it_is_made_up(made: Path) -> None:
    for record in lines_of(made):
        if "emptied" not in record:
            assert record["organization"] == {"name": "Hollybank Primary School (made up)"}
            assert record["observer"]["name"] == "made-up-gateway"  # type: ignore[index]
    for path in (made / "schedules").iterdir():
        assert "made" in path.read_text().partition("\n")[0] or "made-up" in path.read_text()


def test_the_same_seed_gives_the_same_term_and_another_another(tmp_path: Path) -> None:
    def term_of(name: str, seed: int) -> list[dict[str, object]]:
        folder.make(tmp_path / name, date(2026, 11, 28), seed, lambda _done, _all: None)
        return lines_of(tmp_path / name)

    first = term_of("one", 1)
    assert first == term_of("again", 1)
    assert first != term_of("two", 2)


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2026, 3, 1), date(2026, 11, 20)),
        (date(2026, 11, 28), date(2026, 11, 24)),
        (date(2026, 12, 2), date(2026, 11, 27)),
        (date(2027, 6, 1), date(2026, 12, 18)),
    ],
)
def test_it_ends_a_few_days_ago_and_within_the_term(today: date, last: date) -> None:
    assert term.last_day(today) == last
    assert max(story.ONCE) <= last


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("ten years")
    done = bellgate("demo", tmp_path / "mine")
    assert done.returncode == 1
    assert "not empty" in done.stderr and "hint:" in done.stderr
    assert [p.name for p in tmp_path.rglob("*")] == ["mine", "thesis.txt"]
    (tmp_path / "file").write_text("")
    assert bellgate("demo", tmp_path / "file").returncode == 1
    assert bellgate("demo").returncode == 2


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert bellgate("demo", tmp_path / "empty").returncode == 0
    assert (tmp_path / "empty" / "log" / "checkpoint").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["empty"]


def test_interrupted_it_leaves_nothing(tmp_path: Path) -> None:
    # As at a terminal, also where whoever runs the tests ignores Ctrl-C.
    at_a_terminal = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from bellgate.cli.main import main; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", at_a_terminal, "demo", str(tmp_path / "term")],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "addon")},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not any(tmp_path.glob(".term-*/log/*.jsonl")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.strip()) == (130, b"")
    assert list(tmp_path.iterdir()) == []


def test_where_it_cannot_be_written_nothing_is_left(tmp_path: Path) -> None:
    def full(_done: int, _all: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        folder.make(tmp_path / "term", date(2026, 11, 28), 1, full)
    assert list(tmp_path.iterdir()) == []

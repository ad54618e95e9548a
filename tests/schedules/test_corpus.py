"""Folders as technicians leave them, with the lines that `check` is to print for each."""

from datetime import date
from pathlib import Path

import pytest

from bellgate.schedules.load import load
from tests.schedules.small_catalogue import small_catalogue

CORPUS = Path(__file__).parent.parent / "corpus"
BROKEN = sorted((CORPUS / "broken").iterdir())
GOOD = sorted((CORPUS / "good").iterdir())
TODAY = date(2026, 11, 22)


def test_the_corpus_is_there() -> None:
    assert len(BROKEN) >= 25
    assert len(GOOD) >= 4


@pytest.mark.parametrize("folder", [*BROKEN, *GOOD], ids=lambda f: f"{f.parent.name}/{f.name}")
def test_every_problem_is_told_as_expected(folder: Path) -> None:
    loaded = load(folder, today=TODAY, catalogue=small_catalogue())
    told = "".join(f"{problem}\n" for problem in loaded.problems)
    assert told == (folder / "expected.txt").read_text("utf-8")


@pytest.mark.parametrize("folder", BROKEN, ids=lambda f: f.name)
def test_every_mistake_says_what_would_be_right(folder: Path) -> None:
    loaded = load(folder, today=TODAY, catalogue=small_catalogue())
    assert [str(problem) for problem in loaded.errors if not problem.hint] == []


@pytest.mark.parametrize("folder", BROKEN, ids=lambda f: f.name)
def test_a_broken_folder_gives_no_policy(folder: Path) -> None:
    loaded = load(folder, today=TODAY, catalogue=small_catalogue())
    assert loaded.policy is None
    assert loaded.errors


@pytest.mark.parametrize("folder", GOOD, ids=lambda f: f.name)
def test_a_good_folder_gives_a_policy(folder: Path) -> None:
    loaded = load(folder, today=TODAY, catalogue=small_catalogue())
    assert loaded.policy is not None
    assert not loaded.errors


def test_warnings_that_hang_on_today_need_to_be_told_the_day() -> None:
    loaded = load(CORPUS / "good" / "worth-a-look", catalogue=small_catalogue())
    assert not [p for p in loaded.problems if "review" in p.message or "last term" in p.message]


def test_what_editors_make_of_a_file_changes_nothing_but_its_hash() -> None:
    plain = load(CORPUS / "good" / "small", catalogue=small_catalogue()).policy
    windows = load(CORPUS / "good" / "windows-line-ends", catalogue=small_catalogue()).policy
    assert plain is not None and windows is not None
    assert (plain.year, plain.directory, plain.rules) == (
        windows.year,
        windows.directory,
        windows.rules,
    )
    assert plain.edition.hash != windows.edition.hash


@pytest.mark.parametrize(
    ("said", "line"), [("staff: 2 years", 4), ("staff: 1 year", None), ("gate: 3 months", None)]
)
def test_a_year_of_the_gates_records_is_enough_only_for_a_year(
    tmp_path: Path, said: str, line: int | None
) -> None:
    """Without its signs of life no pack could show whether it was watching."""
    for path in (CORPUS / "good" / "without-services").glob("*.yaml"):
        text = path.read_text()
        if path.name == "school.yaml":
            text = text.replace("contact:", f"retention:\n  {said}\ncontact:", 1)
        (tmp_path / path.name).write_text(text)
    warned = [
        p.line for p in load(tmp_path).problems if "whether the gate was watching" in p.message
    ]
    assert warned == ([] if line is None else [line])

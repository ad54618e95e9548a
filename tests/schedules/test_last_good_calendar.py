"""A calendar with an error is not taken in: its last good copy stays, and nothing else waits."""

from datetime import date
from pathlib import Path

import pytest

from bellgate.disk import write_folder
from bellgate.schedules.load import Loaded, load
from tests.schedules.small_catalogue import small_catalogue

CORPUS = Path(__file__).parent.parent / "corpus" / "good" / "calendar-only"
TODAY = date(2026, 7, 1)
HALF_TERM = date(2026, 10, 27)
BROKEN = b"BEGIN:VCALENDAR\nVERSION:2.0\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folder(tmp_path / "schedules", {p.name: p.read_bytes() for p in CORPUS.iterdir()})
    return tmp_path / "schedules"


def read(folder: Path) -> Loaded:
    """Read, and where it gives a policy, keep that as the gate does."""
    kept = folder.parent / "last-good"
    loaded = load(folder, today=TODAY, catalogue=small_catalogue(), last_good=kept)
    if loaded.policy is not None:
        write_folder(kept, loaded.files)
    return loaded


def in_school(loaded: Loaded, day: date) -> bool:
    assert loaded.policy is not None
    return bool(loaded.policy.year.day(("pupils",), day).sessions)


def replace(file: Path, old: bytes, new: bytes) -> None:
    assert old in file.read_bytes()
    file.write_bytes(file.read_bytes().replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            b"20261026\r\nDTEND;VALUE=DATE:20261031",
            b"20260826",
            "is before the first term begins (2026-09-02)",
        ),
        (b"20261031", b"20260131", "the event ends before it starts"),
        (b"BEGIN:VCALENDAR", b"<html>", "this is not a calendar"),
    ],
)
def test_the_last_good_copy_stays_in_force_and_says_so(
    folder: Path, old: bytes, new: bytes, says: str
) -> None:
    good = read(folder)
    replace(folder / "term-dates.ics", old, new)
    loaded = read(folder)
    assert loaded.policy is not None
    assert loaded.files == good.files
    assert not in_school(loaded, HALF_TERM)
    assert says in loaded.errors[0].message
    assert loaded.errors[0].file == "term-dates.ics"
    assert any(
        "the dates of its last good copy stay in force" in p.message for p in loaded.warnings
    )


def test_the_schools_own_edits_come_into_force_all_the_same(folder: Path) -> None:
    read(folder)
    (folder / "term-dates.ics").write_bytes(BROKEN)
    replace(folder / "school.yaml", b"afternoon: 13:00-15:15", b"afternoon: 13:00-14:00")
    loaded = read(folder)
    assert loaded.policy is not None
    assert loaded.policy.year.shape.sessions is not None
    assert f"{loaded.policy.year.shape.sessions[1].end:%H:%M}" == "14:00"
    assert not in_school(loaded, HALF_TERM)


def test_it_stays_the_last_good_copy_however_often_it_is_read(folder: Path) -> None:
    good = read(folder)
    (folder / "term-dates.ics").write_bytes(BROKEN)
    assert read(folder).policy == read(folder).policy
    assert read(folder).files == good.files


def test_a_calendar_that_is_gone_is_an_error_too(folder: Path) -> None:
    read(folder)
    (folder / "term-dates.ics").unlink()
    loaded = read(folder)
    assert loaded.policy is not None
    assert "is not in this folder" in loaded.errors[0].message


def test_an_error_in_another_file_still_keeps_everything_out(folder: Path) -> None:
    read(folder)
    (folder / "term-dates.ics").write_bytes(BROKEN)
    replace(folder / "school.yaml", b"afternoon: 13:00-15:15", b"afternoon: 13:00-25:15")
    assert read(folder).policy is None


def test_without_a_good_copy_there_is_no_policy(folder: Path) -> None:
    (folder / "term-dates.ics").write_bytes(BROKEN)
    assert read(folder).policy is None


def test_a_good_calendar_takes_over_again(folder: Path) -> None:
    good = (folder / "term-dates.ics").read_bytes()
    read(folder)
    (folder / "term-dates.ics").write_bytes(BROKEN)
    read(folder)
    (folder / "term-dates.ics").write_bytes(good.replace(b"20261026", b"20261028"))
    loaded = read(folder)
    assert not loaded.errors
    assert in_school(loaded, HALF_TERM)

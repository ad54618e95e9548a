"""Names behind pseudonyms: nothing of them can be read without the key."""

from pathlib import Path

import pytest

from bellgate.review.people import Called, People
from bellgate.review.sealed import Unreadable


@pytest.fixture
def people(tmp_path: Path) -> People:
    people = People(tmp_path)
    people.add("stf-0042", "Zoë Ó Brien")
    people.add("stf-0043", "Sam Fold")
    return people


def test_names_come_back(people: People, tmp_path: Path) -> None:
    assert People(tmp_path).names() == {"stf-0042": "Zoë Ó Brien", "stf-0043": "Sam Fold"}
    people.add("stf-0042", "Zoë Park")
    assert people.names()["stf-0042"] == "Zoë Park"


def test_a_copy_of_the_file_shows_nothing(people: People, tmp_path: Path) -> None:
    content = (tmp_path / "people/names").read_bytes()
    for word in (b"stf-", b"0042", "Zoë".encode(), b"Brien", b"Sam"):
        assert word not in content
    assert (tmp_path / "keys/people.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "people/names").stat().st_mode & 0o777 == 0o600


def test_no_name_is_kept_before_one_is_added(tmp_path: Path) -> None:
    assert People(tmp_path).names() == {}
    assert list(tmp_path.iterdir()) == []


def test_without_the_key_nothing_is_shown_and_none_is_made(people: People, tmp_path: Path) -> None:
    (tmp_path / "keys/people.key").unlink()
    for use in (people.names, lambda: people.add("stf-0044", "Kim")):
        with pytest.raises(Unreadable, match="key to the names is missing"):
            use()
    assert not (tmp_path / "keys/people.key").exists()


@pytest.mark.parametrize("file", ["people/names", "keys/people.key"])
@pytest.mark.parametrize("content", [b"", b"what", b"\xff\xfe", b"A" * 44])
def test_a_damaged_file_is_told_in_one_line(
    people: People, tmp_path: Path, file: str, content: bytes
) -> None:
    (tmp_path / file).write_bytes(content)
    with pytest.raises(Unreadable) as told:
        people.names()
    assert "\n" not in str(told.value)
    with pytest.raises(Unreadable):
        people.add("stf-0044", "Kim")
    assert (tmp_path / file).read_bytes() == content


def test_another_key_opens_nothing(people: People, tmp_path: Path) -> None:
    other = tmp_path / "other"
    People(other).add("x", "y")
    (tmp_path / "keys/people.key").write_bytes((other / "keys/people.key").read_bytes())
    with pytest.raises(Unreadable, match="is not its key"):
        people.names()


NAMES = {"pup-1": "Zoë O’Brien", "pup-2": "Sam Fold", "stf-1": "Sam Ash", "pup-3": "Ann Lee",
         "pup-4": "ann lee"}  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "ids"),
    [("Zoë O’Brien", ["pup-1"]), ("zoe  o'brien", ["pup-1"]), ("O'Brien", ["pup-1"]),
     ("Fold, Sam", ["pup-2"]), ("Ann Lee", ["pup-3", "pup-4"]), ("Zo", []), ("", []), ("…", []),
     ("Zoë Fold", [])],
)  # fmt: skip
def test_a_name_leads_to_whoever_has_it(typed: str, ids: list[str]) -> None:
    assert Called.among(NAMES, typed) == Called(tuple(ids))


def test_half_a_name_of_several_people_opens_no_list_of_them() -> None:
    assert Called.among(NAMES, "Sam") == Called((), 2)

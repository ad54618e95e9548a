"""What root writes for somebody else: it stays theirs to read."""

import os
from pathlib import Path

import pytest

from bellgate.disk import (
    locked,
    make_folder,
    open_or_make,
    private_folder,
    write_folder,
    write_whole,
)

GATE = 64_001
"""A user of no other use."""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    os.chown(folder, GATE, GATE)
    return folder


def test_what_root_makes_in_a_folder_of_the_gates_is_the_gates(state: Path) -> None:
    assert os.geteuid() == 0, "these tests are root's"
    write_whole(state / "exemptions.json", "[]", 0o600)
    make_folder(state / "cases" / "open")
    os.close(open_or_make(state / "write.lock"))
    private_folder(state / "people")
    write_folder(state / "editions" / "one", {"school.yaml": b"school: S\n"})
    with locked(state / "names.lock"):
        pass
    made = list(state.rglob("*"))
    assert len(made) == 9
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(GATE, GATE)}


def test_what_is_replaced_there_is_still_the_gates(state: Path) -> None:
    for text in ("one", "two"):
        write_whole(state / "exemptions.json", text, 0o600)
    found = (state / "exemptions.json").stat()
    assert (found.st_uid, found.st_mode & 0o777) == (GATE, 0o600)


def test_a_file_in_the_place_of_a_folder_is_said(state: Path) -> None:
    (state / "people").write_text("no folder")
    with pytest.raises(FileExistsError):
        make_folder(state / "people")
    with pytest.raises(NotADirectoryError):
        make_folder(state / "people" / "names")


PAGES = 64_002
"""A group of no other use."""


def test_what_is_private_in_a_shared_folder_is_its_groups_too(state: Path) -> None:
    shared = state / "people"
    make_folder(shared, 0o700)
    os.chown(shared, GATE, PAGES)
    shared.chmod(0o2770)
    write_whole(shared / "names", "secret", 0o600)
    with locked(shared / "names.lock"):
        pass
    write_folder(shared / "edition", {"school.yaml": b"school: S\n"})
    write_folder(shared / "edition", {"school.yaml": b"school: S\n"})
    private_folder(shared)
    for path in shared.rglob("*"):
        found = path.stat()
        assert found.st_gid == PAGES or path.parent != shared, path
        assert found.st_mode & 0o007 == 0, path
        assert found.st_mode >> 3 & 7 == found.st_mode >> 6 & 7, path
    assert shared.stat().st_mode & 0o7777 == 0o2770


def test_a_folder_that_is_replaced_stays_shared(state: Path) -> None:
    kept = state / "last-good"
    make_folder(kept)
    os.chown(kept, GATE, PAGES)
    kept.chmod(0o2750)
    write_folder(kept, {"school.yaml": b"school: S\n"})
    found = kept.stat()
    assert (found.st_uid, found.st_gid) == (GATE, PAGES)
    assert found.st_mode & 0o7777 == 0o2770
    assert (kept / "school.yaml").stat().st_gid == PAGES

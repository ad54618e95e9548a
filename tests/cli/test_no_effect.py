"""A command that fails after its record is there says so in a further record."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bellgate.audit import entries
from bellgate.cli.handed_out import aside
from tests.cli.test_commands import bellgate
from tests.cli.test_pack import state, text_of

__all__ = ["state"]

OPEN = ("allow", "everyone", "social-media", "--until", "45 minutes", "--reason", "A lesson")


def records(state: Path) -> list[dict[str, Any]]:
    return [e.record for e in entries(state / "log") if e.record]


def test_an_allow_whose_file_cannot_be_written(state: Path, tmp_path: Path) -> None:
    (state / "granted" / "exemptions.json").mkdir(parents=True)
    done = bellgate(*OPEN, "--state", state, SUDO_USER="head")
    assert done.returncode == 1 and done.stdout == ""
    granted, refused = records(state)[-2:]
    assert (granted["event"]["action"], refused["event"]["action"]) == ("exempted", "refused")
    assert refused["bellgate"]["record"] == granted["event"]["sequence"]
    assert refused["bellgate"]["exemption"] == granted["bellgate"]["exemption"]


def test_a_revoke_that_cannot_be_recorded_changes_nothing(state: Path) -> None:
    assert bellgate(*OPEN, "--state", state).returncode == 0
    [kept] = json.loads((state / "granted" / "exemptions.json").read_text())
    (state / "secrets" / "log.key").write_text("not a key")
    done = bellgate("revoke", kept["id"], "--state", state)
    assert done.returncode == 1
    assert "nothing was changed: it cannot be recorded" in done.stderr
    assert json.loads((state / "granted" / "exemptions.json").read_text()) == [kept]


def test_a_file_that_cannot_take_its_place_was_not_handed_out(tmp_path: Path) -> None:
    """Its record is there by then; so a further one must follow."""
    file, told = tmp_path / "out.zip", list[str]()
    with pytest.raises(SystemExit), aside(file, force=True) as draft:
        draft.undo = lambda: told.append("not done")
        file.mkdir()
    assert told == ["not done"]
    assert list(tmp_path.iterdir()) == [file]


def test_a_pack_shows_what_did_not_take_effect_for_what_it_is(state: Path, tmp_path: Path) -> None:
    (state / "granted" / "exemptions.json").mkdir(parents=True)
    bellgate(*OPEN, "--state", state, SUDO_USER="head")
    today = records(state)[-1]["@timestamp"][:10]
    days = ("--from", min("2026-11-23", today), "--to", max("2026-11-27", today), "--reason", "r")
    file = tmp_path / "p.zip"
    done = bellgate("pack", "--state", state, "--person", "stf-0042", *days, "--output", file)
    assert done.returncode == 0, done.stderr
    report = " ".join(text_of(zipfile.ZipFile(file)).split())
    assert (
        "did not take effect, for the command failed: social-media is open for everyone" in report
    )

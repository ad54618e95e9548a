"""What people have a right to: an objection that every later pack shows, a name that is forgotten,
cases that are looked at again, and folders that nobody else reads."""

import hashlib
import json
import stat
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bellgate.audit import entries
from bellgate.disk import private_folder
from bellgate.review.objections import Objection, Objections
from bellgate.review.sign_in_names import SignInNames
from bellgate.running.deletion_run import shut
from tests.cli.test_cases import run
from tests.cli.test_commands import bellgate
from tests.cli.test_pack import made, state, text_of

__all__ = ["run", "state"]

WORDS = "My laptop was with the technician all of Monday; é, “quoted”, 100 % true."


def report(state: Path, file: Path) -> str:
    return " ".join(text_of(made(state, file)).split())


def objected(state: Path) -> list[dict[str, Any]]:
    found = [e.record for e in entries(state / "log") if e.record]
    return [r for r in found if r["event"]["action"] == "objected"]


def test_an_objection_stands_in_every_later_pack_and_its_words_in_no_log(
    state: Path, tmp_path: Path
) -> None:
    assert "What the person says" not in report(state, tmp_path / "before.zip")
    done = bellgate("people", "object", "stf-0042", "--text", WORDS, "--state", state)
    assert done.returncode == 0, done.stderr
    [record] = objected(state)
    assert record["user"]["target"] == {"id": "stf-0042"}
    kept = Objections(state).of("stf-0042")
    assert kept is not None and kept.text == WORDS
    sha256 = hashlib.sha256(f"{kept.salt}\n{WORDS}".encode()).hexdigest()
    assert record["bellgate"]["text_sha256"] == sha256
    every_file = b"".join(p.read_bytes() for p in state.rglob("*") if p.is_file())
    assert b"technician" not in every_file

    said = report(state, tmp_path / "after.zip")
    assert f"What the person says {WORDS}" in said
    assert (
        "According to the log, these words were recorded at" in said
        and "and have not been changed since" in said
    )
    pack = zipfile.ZipFile(tmp_path / "after.zip")
    assert b'"objected"' in pack.read("after/records.jsonl")


def test_it_can_be_mended_and_erased(state: Path, tmp_path: Path) -> None:
    def object_(*words: str) -> None:
        done = bellgate("people", "object", "stf-0042", *words, "--state", state)
        assert done.returncode == 0, done.stderr

    object_("--text", "It was Mrs Patel")
    object_("--text", "It was somebody else")
    said = report(state, tmp_path / "mended.zip")
    assert "It was somebody else" in said and "Patel" not in said and "corrected since" in said
    object_("--erase")
    said = report(state, tmp_path / "erased.zip")
    assert "The person objected at" in said and "The words were erased at" in said
    assert "It was somebody" not in said
    assert Objections(state).of("stf-0042") is None
    assert [r["bellgate"].get("erased") for r in objected(state)] == [None, None, True]


def test_words_that_somebody_put_in_their_place_are_not_shown(state: Path, tmp_path: Path) -> None:

    assert (
        bellgate("people", "object", "stf-0042", "--text", "No", "--state", state).returncode == 0
    )
    forged = Objection.made("Yes, it was me", datetime(2026, 11, 28, tzinfo=UTC))
    Objections(state).put("stf-0042", forged)
    said = report(state, tmp_path / "p.zip")
    assert "are NOT the words that were recorded" in said and "it was me" not in said


@pytest.mark.parametrize(
    ("words", "status"),
    [((), 2), (("--text", "a", "--erase"), 2), (("--text", " "), 2), (("--erase",), 1)],
)
def test_what_is_no_objection_is_refused(state: Path, words: tuple[str, ...], status: int) -> None:
    done = bellgate("people", "object", "stf-0042", *words, "--state", state)
    assert (done.returncode, objected(state)) == (status, [])


def test_an_objection_of_a_misspelt_name_is_refused(state: Path) -> None:
    done = bellgate("people", "object", "stf-0024", "--text", "No", "--state", state)
    assert (done.returncode, "did you mean stf-0042?" in done.stderr) == (1, True)


def test_a_leavers_name_is_forgotten_and_that_is_recorded(run: Any, tmp_path: Path) -> None:
    run("people", "add", "stf-0042", "--name", "A. Khan")
    run("people", "add", "stf-0043", "--name", "B. Jones")
    done = run("people", "remove", "stf-0042")
    assert done.exit_code == 0, done.output
    assert "The name behind stf-0042 is gone." in done.output
    assert run("people", "reveal", "stf-0042", "--reason", "R").exit_code == 1
    assert run("people", "reveal", "stf-0043", "--reason", "R").output == "B. Jones\n"
    [record, *_] = [e.record for e in entries(tmp_path / "log") if e.record]
    assert (record["event"]["action"], record["event"]["reason"]) == ("edited", "the person left")
    assert record["user"]["target"] == {"id": "stf-0042"} and "Khan" not in str(record)
    assert run("people", "remove", "stf-0042").exit_code == 1


def test_the_names_that_somebody_signs_in_with_are_kept_and_stand_in_no_record(
    run: Any, tmp_path: Path
) -> None:
    assert run("people", "signs-in-as", "stf-0042", "akhan").exit_code == 1, "nobody is called so"
    run("people", "add", "stf-0042", "--name", "A. Khan")
    done = run("people", "signs-in-as", "stf-0042", "akhan", "a.khan@other.example")
    assert done.output == "stf-0042 now signs in as: akhan, a.khan@other.example.\n"
    assert run("people", "signs-in-as", "stf-0042", "anonymous").exit_code == 2
    assert run("people", "signs-in-as", "stf-0042", "jones", "--forget").exit_code == 1
    done = run("people", "signs-in-as", "stf-0042", "akhan", "--forget")
    assert done.output == "stf-0042 now signs in as: a.khan@other.example.\n"
    records = [e.record for e in entries(tmp_path / "log") if e.record]
    edited = [r for r in records if r["event"]["action"] == "edited"]
    assert len(edited) == 2 and "khan" not in str(edited)
    assert b"khan" not in (tmp_path / "people/sign-in-names").read_bytes()
    run("people", "remove", "stf-0042")
    assert SignInNames(tmp_path).names() == {}


def test_everybody_is_held_only_when_it_is_said(run: Any) -> None:
    days = ("--from", "2026-11-01", "--to", "2026-11-02")
    done = run("case", "open", "--reason", "R", *days)
    assert done.exit_code == 2 and "--everybody" in done.output
    done = run("case", "open", "--reason", "R", "--everybody", *days)
    assert done.exit_code == 0 and "It holds everybody, 2026-11-01 to 2026-11-02." in done.output
    assert run("case", "open", "--reason", "R", "--everybody").exit_code == 2
    assert run("case", "open", "--reason", "R", "--everybody", "--person", "a").exit_code == 2


def test_every_case_has_a_date_on_which_somebody_looks_again(run: Any) -> None:
    done = run("case", "open", "--reason", "R", "--person", "stf-0042")
    id = done.output.split()[1]
    [case] = json.loads(run("case", "list", "--json").output)
    assert date.today() + timedelta(days=80) < date.fromisoformat(case["review"])  # noqa: DTZ011
    today = datetime.now(UTC).date().isoformat()
    assert run("case", "add", id, "--review", today).exit_code == 0
    assert f"{today} (due)" in run("case", "list", env={"COLUMNS": "200"}).output
    assert run("case", "add", id, "--review", "2020-01-01").exit_code == 2


def modes(folder: Path) -> set[str]:
    return {oct(stat.S_IMODE(p.stat().st_mode)) for p in (folder, *folder.iterdir())}


def test_folders_that_were_there_before_are_shut(run: Any, tmp_path: Path) -> None:
    for name in ("people", "keys"):
        (tmp_path / name).mkdir(mode=0o755)
        (tmp_path / name).chmod(0o755)
        (tmp_path / name / "left over").write_text("A. Khan")
    run("people", "add", "stf-0042", "--name", "A. Khan")
    for name in ("people", "keys"):
        assert modes(tmp_path / name) == {"0o700", "0o600"}
    (tmp_path / "editions").mkdir(mode=0o755)
    (tmp_path / "people" / "names").chmod(0o644)
    shut(tmp_path)
    assert modes(tmp_path / "editions") == {"0o700"}
    assert modes(tmp_path / "people") == {"0o700", "0o600"}


def test_a_link_out_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("x")
    outside.chmod(0o644)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(outside)
    private_folder(tmp_path / "in")
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


def test_a_person_gets_a_report_and_a_table_beside_the_lines(state: Path, tmp_path: Path) -> None:
    bellgate("people", "add", "stf-0042", "--name", "A. Khan", "--state", state)
    bellgate("people", "reveal", "stf-0042", "--reason", "A complaint", "--state", state)
    file = tmp_path / "access.zip"
    done = bellgate("people", "export", "stf-0042", "--output", file, "--state", state)
    assert done.returncode == 0, done.stderr
    pack = zipfile.ZipFile(file)
    said = " ".join(text_of(pack).split())
    assert "3 attempts to reach Facebook were recorded" in said
    assert "What else was recorded about the person" in said
    assert "was shown the name behind stf-0042 (A complaint)" in said
    assert pack.read("access/records.csv").decode("utf-8-sig").count("Blocked Facebook") == 3
    assert "Khan" not in said

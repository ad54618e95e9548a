"""`bellgate pack`: from a week's log to what a hearing gets, and what a stranger makes of it."""

import csv
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest

from bellgate.audit import Journal, LogPaths, entries
from bellgate.audit.verify.one_log import verify_log
from bellgate.policy.decide import Policy, decide
from bellgate.policy.facts import Connection
from bellgate.running import editions
from bellgate.schedules.load import fingerprint, load, load_files
from tests.audit.world import EDITION
from tests.cli.test_commands import bellgate, broken
from tests.lab.school import SAMPLE

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
TEACHER = {"source_ip": "10.77.20.31", "mac": "3c:22:fb:00:00:31"}
WEEK = ("--from", "2026-11-23", "--to", "2026-11-27", "--reason", "A parent's complaint")


def tried(policy: Policy, journal: Journal, when: datetime, host: str = "www.facebook.com") -> None:
    shown = Connection(protocol="tls", names=(host,), server_name=host, **TEACHER)  # type: ignore[arg-type]
    journal.decision(decide(policy, shown, when), "block", "page", at=when)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A gate's week: the sample's policy in force from Monday at 8, three attempts on Monday."""
    state = tmp_path / "state"
    loaded = load(SAMPLE)
    assert loaded.policy is not None
    policy = loaded.policy
    editions.keep(state, policy.edition.hash, loaded.files)
    journal = Journal(LogPaths.of(state), policy.edition, lambda: MONDAY)
    journal.gate("started", "The gate started", at=MONDAY + timedelta(hours=8))
    for minute in (0, 1, 30):
        tried(policy, journal, MONDAY + timedelta(hours=10, minutes=minute))
    assert journal.close() == 0
    return state


def made(state: Path, file: Path, *more: str) -> zipfile.ZipFile:
    done = bellgate(
        "pack", "--state", state, "--person", "stf-0042", *WEEK, "--output", file, *more,
        SUDO_USER="head",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return zipfile.ZipFile(io.BytesIO(file.read_bytes()))


def text_of(pack: zipfile.ZipFile) -> str:
    [name] = [n for n in pack.namelist() if n.endswith("report.pdf")]
    pages = pypdfium2.PdfDocument(pack.read(name))
    return " ".join(page.get_textpage().get_text_range() for page in pages).replace("\r\n", " ")


def test_a_pack_holds_the_report_the_records_their_proof_and_the_verifier(
    state: Path, tmp_path: Path
) -> None:
    pack = made(state, tmp_path / "evidence.zip")
    names = {n.removeprefix("evidence/") for n in pack.namelist()}
    assert {"report.pdf", "records.jsonl", "proof.json", "leaves", "checkpoint", "verifier.pub",
            "verify.py", "README.txt", "records.csv"} < names  # fmt: skip
    report = text_of(pack)
    assert (
        "3 attempts to reach Facebook were recorded, in 2 visits on 1 day. All were during"
        in report
    )
    assert "A parent's complaint" in report and "head (account), at " in report
    told = pack.read("evidence/README.txt").decode()
    assert [n for n in names if n.partition("/")[0] not in told] == ["README.txt"]
    assert told.startswith("Begin with report.pdf")
    assert "No checkpoint of this log left the school's machine" in told, "the sample mails none"


def test_the_rules_in_force_are_in_it_but_not_other_peoples_devices(
    state: Path, tmp_path: Path
) -> None:
    pack = made(state, tmp_path / "evidence.zip")
    kept = {n.rpartition("/")[2]: n for n in pack.namelist() if "/editions/" in n}
    assert pack.read(kept["rules.yaml"]) == (SAMPLE / "rules.yaml").read_bytes()
    assert "devices.yaml" not in kept
    report = text_of(pack)
    assert "Staff should only access social media sites in their own time" in report
    assert hashlib.sha256((SAMPLE / "devices.yaml").read_bytes()).hexdigest() in report


def test_it_is_itself_a_record_with_its_hash(state: Path, tmp_path: Path) -> None:
    file = tmp_path / "evidence.zip"
    pack = made(state, file)
    *_, last = (e.record for e in entries(state / "log"))
    assert last is not None
    assert (last["event"]["dataset"], last["event"]["action"]) == ("bellgate.review", "exported")
    assert last["user"] == {"id": "head", "target": {"id": "stf-0042"}}
    assert last["event"]["reason"] == "A parent's complaint"
    assert last["bellgate"]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    report = pack.read("evidence/report.pdf")
    assert last["bellgate"]["report_sha256"] == hashlib.sha256(report).hexdigest()
    assert verify_log(state / "log").ok


def test_a_stranger_checks_it_against_a_checkpoint_that_was_kept(
    state: Path, tmp_path: Path
) -> None:
    mailed = tmp_path / "mailed"
    mailed.write_bytes((state / "log" / "checkpoint").read_bytes())
    made(state, tmp_path / "evidence.zip").extractall(tmp_path)
    folder = tmp_path / "evidence"

    def checked() -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-I", folder / "verify.py", "--checkpoint", mailed]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    assert checked().returncode == 0
    records = folder / "records.jsonl"
    records.write_bytes(records.read_bytes().replace(b"facebook", b"facebuuk", 1))
    assert checked().returncode == 1


def test_nothing_recorded_makes_a_pack_that_says_so(state: Path, tmp_path: Path) -> None:
    done = bellgate(
        "pack", "--state", state, "--device", "y5-laptop-03", *WEEK,
        "--output", tmp_path / "none.zip",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    pack = zipfile.ZipFile(tmp_path / "none.zip")
    assert "The log holds no record of y5-laptop-03 in this period." in text_of(pack)


def test_a_misspelt_name_makes_no_pack_that_would_clear_the_wrong_person(
    state: Path, tmp_path: Path
) -> None:
    done = bellgate(
        "pack", "--state", state, "--person", "stf-0024", *WEEK, "--schedules", SAMPLE, cwd=tmp_path
    )
    assert done.returncode == 1
    assert done.stderr.endswith(
        'error: there is no person "stf-0024" in the log of that time or in devices.yaml\n'
        "hint: did you mean stf-0042?\n"
    )
    assert not list(tmp_path.glob("*.zip"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2026-11-23", "--to", "2026-11-22", "--reason", "r", "--device", "d"),
         "2026-11-22 is before 2026-11-23"),
        ((*WEEK,), "either --person ID or --device D"),
        ((*WEEK, "--person", "p", "--device", "d"), "either --person ID or --device D"),
        (("--from", "2026-11-23", "--to", "2026-11-22", "--person", "p"), "--reason"),
        (("--from", "2026-11-23", "--to", "2026-11-23", "--person", "p", "--reason", " "),
         "the reason is empty"),
    ],
)  # fmt: skip
def test_wrong_words_are_answered_in_a_line(state: Path, words: tuple[str, ...], said: str) -> None:
    done = bellgate("pack", "--state", state, *words)
    assert done.returncode == 2
    assert said in done.stderr and "Traceback" not in done.stderr


def test_a_pack_is_not_written_over(state: Path, tmp_path: Path) -> None:
    file = tmp_path / "evidence.zip"
    file.write_text("mine")
    words = ("pack", "--state", state, "--person", "stf-0042", *WEEK, "--output", file)
    done = bellgate(*words)
    assert (done.returncode, file.read_text()) == (1, "mine")
    assert bellgate(*words, "--force").returncode == 0


def test_an_afternoon_in_october_is_told_by_the_clock_on_the_wall(tmp_path: Path) -> None:
    """Summer time: 13:20 UTC is twenty past two at school, and the day begins at 23:00 UTC."""
    state, policy = tmp_path / "state", load(SAMPLE).policy
    assert policy is not None
    journal = Journal(LogPaths.of(state), policy.edition, lambda: MONDAY)
    for when in ((14, 22, 30), (15, 13, 20), (15, 23, 30)):
        tried(policy, journal, datetime(2026, 10, *when, tzinfo=UTC))
    journal.close()
    day = ("--from", "2026-10-15", "--to", "2026-10-15", "--reason", "That afternoon")
    done = bellgate(
        "pack", "--state", state, "--person", "stf-0042", *day, "--output", tmp_path / "o.zip"
    )
    assert done.returncode == 0, done.stderr
    report = text_of(zipfile.ZipFile(tmp_path / "o.zip"))
    assert "1 attempt to reach Facebook was recorded, in 1 visit on 1 day. It was during" in report
    assert "14:20:00" in report and "13:20:00" not in report


def test_a_changed_log_makes_no_pack(state: Path, tmp_path: Path) -> None:
    day = state / "log" / "2026-11-23.jsonl"
    day.write_bytes(day.read_bytes().replace(b'"page"', b'"none"', 1))
    done = bellgate(
        "pack", "--state", state, "--person", "stf-0042", *WEEK, "--output", tmp_path / "x.zip"
    )
    assert done.returncode == 1
    assert (
        "no pack is made: log is not what was signed (2026-11-23.jsonl:2: it was changed"
        in done.stderr
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["state"]


def test_while_the_folder_has_problems_the_last_good_copy_serves(
    state: Path, tmp_path: Path
) -> None:
    folder = broken(tmp_path)
    assert bellgate(
        "pack", "--state", state, "--schedules", folder, "--person", "stf-0042", *WEEK
    ).returncode == 1  # fmt: skip
    (state / "last-good").mkdir()
    for name, content in load(SAMPLE).files.items():
        (state / "last-good" / name).write_bytes(content)
    made(state, tmp_path / "evidence.zip", "--schedules", str(folder))


def test_an_edition_whose_files_are_gone_is_named_by_its_hash(state: Path, tmp_path: Path) -> None:
    policy = load(SAMPLE).policy
    assert policy is not None
    [kept] = (state / "editions").iterdir()
    for file in kept.iterdir():
        file.unlink()
    kept.rmdir()
    report = text_of(made(state, tmp_path / "evidence.zip"))
    assert policy.edition.hash in report
    assert "The files of this edition have not been kept" in report


def test_an_edition_that_no_longer_loads_is_kept_all_the_same(state: Path, tmp_path: Path) -> None:
    """A service that its rules name has left the catalogue since."""
    files = dict(load(SAMPLE).files)
    files["rules.yaml"] = files["rules.yaml"].replace(b"facebook", b"friendbook")
    assert load_files(files).policy is None
    old = replace(EDITION, hash=fingerprint(files))
    editions.keep(state, old.hash, files)
    journal = Journal(LogPaths.of(state), old, lambda: MONDAY)
    journal.gate("heartbeat", "The gate is running", at=MONDAY + timedelta(hours=11))
    assert journal.close() == 0
    pack = made(state, tmp_path / "evidence.zip")
    report = text_of(pack)
    assert "The files of this edition have not been kept" not in report
    assert "The timetable could not be worked out from these files" in report
    assert "friendbook" in report and "School accounts (rules.yaml:" in report
    assert files["rules.yaml"] in [pack.read(n) for n in pack.namelist() if "rules.yaml" in n]


def test_the_records_come_as_a_table_too(state: Path, tmp_path: Path) -> None:
    pack = made(state, tmp_path / "evidence.zip")
    table = pack.read("evidence/records.csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    proof = json.loads(pack.read("evidence/proof.json"))
    numbers = [str(place["sequence"]) for place in proof["records"]]
    assert [row["Record"] for row in rows] == numbers and len(rows) > 3
    assert rows[1]["Time"] == "10:00:00" and rows[1]["Site"] == "www.facebook.com"
    told = pack.read("evidence/README.txt").decode()
    assert "verify.py checks records.jsonl alone" in told and "report_sha256" in told


def test_an_edition_that_was_changed_on_the_disk_is_not_taken_for_the_true_one(
    state: Path, tmp_path: Path
) -> None:
    [kept] = (state / "editions").iterdir()
    rules = kept / "rules.yaml"
    rules.write_text(rules.read_text().replace("do: block", "do: allow"))
    pack = made(state, tmp_path / "evidence.zip")
    assert "The files of this edition have not been kept" in text_of(pack)
    assert not [name for name in pack.namelist() if "/editions/" in name]
    assert json.loads(pack.read("evidence/proof.json"))["records"]

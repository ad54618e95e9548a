"""What goes wrong around the commands: no permission, a full disk, nobody to answer, a slip."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bellgate.audit import LogPaths
from bellgate.policy.exemptions import Exemption
from bellgate.running import choosing
from bellgate.schedules.granted import Granted
from tests.audit.world import decision, fill, journal
from tests.cli.test_commands import bellgate, broken
from tests.lab.school import SAMPLE, TOP

WITHOUT_ROOTS_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(TOP / "addon")}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    fill(tmp_path / "state", 3)
    return tmp_path / "state"


@pytest.mark.parametrize(
    "words",
    [
        ("audit", "verify"),
        ("audit", "show"),
        ("audit", "checkpoint"),
        ("audit", "export", "--format", "ecs"),
        ("pack", "--device", "d", "--from", "2026-11-23", "--to", "2026-11-23", "--reason", "x"),
        ("people", "export", "stf-0042"),
        ("case", "list"),
        ("exemptions",),
        ("allow", "staff", "youtube", "--until", "45 minutes"),
        ("run",),
    ],
)
def test_whoever_may_not_see_the_state_is_told_in_a_line(
    state: Path, words: tuple[str, ...]
) -> None:
    """As a user without the gate's rights: root's power over others' files is taken away."""
    state.chmod(0o000)
    os.chown(state, 65534, 65534)
    done = subprocess.run(
        [*WITHOUT_ROOTS_RIGHTS, sys.executable, "-m", "bellgate.cli.main", *words,
         "--state", state],
        cwd=TOP, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    state.chmod(0o700)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    [line] = [said for said in done.stderr.splitlines() if said.startswith("error: ")]
    assert str(state) in line and "Permission denied" in line


@pytest.mark.parametrize("words", ["check", "week", "calendar --json", "audit show"])
def test_an_answer_that_cannot_be_written_is_an_error_of_one_line(state: Path, words: str) -> None:
    command = [sys.executable, "-m", "bellgate.cli.main", *words.split(), "--state", state]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command, cwd=TOP, env=ENVIRONMENT, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    said = b"error: standard output cannot be written: No space left on device\n"
    assert done.stderr == said


@pytest.mark.parametrize("words", ["check", "week", "calendar", "calendar --json", "audit show"])
def test_a_reader_who_has_seen_enough_is_no_error(state: Path, words: str) -> None:
    command = [sys.executable, "-m", "bellgate.cli.main", *words.split(), "--state", state]
    running = subprocess.Popen(
        command, cwd=TOP, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdout is not None and running.stderr is not None
    running.stdout.close()
    complaint = running.stderr.read()
    assert (running.wait(30), complaint) == (0, b"")


@pytest.mark.parametrize("group", ["audit verify", "audit show", "case list", "people export x"])
def test_the_folders_may_stand_between_the_words_of_a_command(state: Path, group: str) -> None:
    first, second, *rest = group.split()
    between = bellgate(first, "--state", state, second, *rest)
    after = bellgate(first, second, *rest, "--state", state)
    assert between.returncode == after.returncode != 2
    assert between.stdout == after.stdout


@pytest.mark.parametrize("words", ["", "audit"])
def test_a_command_without_its_word_shows_what_there_is(words: str) -> None:
    done = bellgate(*words.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: bellgate") and "Commands:" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "--keep-root", "root.pem"), "must be typed at a terminal"),
        (("renew", "--root", __file__), "must be typed at a terminal"),
        (("renew", "--root", "/nowhere"), "/nowhere' does not exist"),
    ],
)
def test_a_passphrase_is_asked_of_a_person(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = bellgate("certificate", *words, "--state", tmp_path, cwd=TOP)
    assert done.returncode == 2
    assert said in done.stderr and "Warning" not in done.stderr


@pytest.mark.parametrize("site", ["", "not a host", "# facebook.com"])
def test_a_slip_is_no_site(site: str) -> None:
    done = bellgate("explain", "--device", "staff-laptop-07", "--site", site)
    assert done.returncode == 2
    assert "is not a host" in done.stderr


def test_bytes_that_are_no_text_are_a_site_that_nobody_knows() -> None:
    words = ("explain", "--device", "staff-laptop-07", "--site", "-", "--json")
    done = subprocess.run(
        [sys.executable, "-m", "bellgate.cli.main", *words],
        cwd=TOP, env=ENVIRONMENT, capture_output=True, input=b"bbc.co.uk\n\xff\xfe\n", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["site"] for line in done.stdout.splitlines()] == ["bbc.co.uk", "��"]


def test_a_slip_in_a_file_does_not_take_open_it_now_away(tmp_path: Path) -> None:
    """The gate keeps the last good copy in force, and that is what the head opens something in."""
    state = tmp_path / "state"
    choosing.choose_policy(SAMPLE, state)
    folders = ("--schedules", broken(tmp_path), "--state", state)
    done = bellgate("allow", "staff", "youtube", "--until", "45 minutes", *folders)
    assert done.returncode == 0, done.stderr
    opened = done.stdout.splitlines()
    assert opened[0].startswith("youtube is open for staff until ")
    # What it says can be typed as it stands.
    said = opened[-1].removeprefix("To take it back: bellgate ")
    shutil.rmtree(tmp_path / "schedules")
    assert bellgate(*said.split()).returncode == 0
    done = bellgate("exemptions", *folders)
    assert done.stdout == "There are no exemptions: the rules alone decide.\n"


def test_a_reason_that_nobody_gave_is_not_recorded(tmp_path: Path) -> None:
    bellgate("allow", "staff", "youtube", "--until", "45 minutes", "--state", tmp_path)
    [line] = bellgate("audit", "show", "--json", "--state", tmp_path).stdout.splitlines()
    record = json.loads(line)
    assert "reason" not in record["event"]
    assert record["message"].endswith(f"by {record['user']['id']}")


@pytest.mark.parametrize("who", ["10.77.20.55", "3c:22:fb:00:00:55"])
def test_who_names_a_device_by_its_address_is_told_where_it_goes(who: str) -> None:
    done = bellgate("allow", who, "youtube", "--until", "45 minutes")
    assert done.returncode == 2
    assert "add the device to devices.yaml first, or open it for its whole group" in done.stderr


def test_how_long_may_be_said_is_said() -> None:
    done = bellgate("allow", "staff", "youtube", "--until", "45 ages")
    assert done.returncode == 2
    assert '"1 hour", "session", "lesson"' in done.stderr


def test_a_case_holds_nothing_misspelt(state: Path) -> None:
    words = ("case", "open", "--reason", "a complaint", "--state", state, "--device")
    done = bellgate(*words, "this-machin")
    assert done.returncode == 1
    assert "did you mean this-machine?" in done.stderr
    assert bellgate(*words, "this-machine").returncode == 0
    # Gone from the files since, and still in the log.
    log = journal(state)
    elsewhere = {"ip": "10.77.10.21", "mac": "3c:22:fb:00:00:21"}
    log.decision(decision(**elsewhere), "block", "page")
    log.close()
    known = bellgate("audit", "show", "--json", "--state", state).stdout.splitlines()
    device = json.loads(known[-1])["device"]["id"]
    assert bellgate(*words, device).returncode == 0


@pytest.mark.parametrize(
    ("option", "word", "said"),
    [
        ("--device", "this-machin", 'no device "this-machin": did you mean this-machine?'),
        ("--service", "facbook", 'no service "facbook": did you mean facebook?'),
        ("--group", "staf", 'no group "staf": did you mean staff?'),
    ],
)
def test_an_empty_answer_to_a_slip_says_that_it_is_one(
    state: Path, option: str, word: str, said: str
) -> None:
    for command in ("show", "export --format ecs"):
        done = bellgate("audit", *command.split(), "--state", state, option, word)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr.startswith("No record matches.\n") and said in done.stderr


def test_an_action_that_there_is_not_is_wrong_usage(state: Path) -> None:
    done = bellgate("audit", "show", "--state", state, "--action", "blok")
    assert done.returncode == 2
    assert "'blok' is not one of 'block', 'ask', 'log'" in done.stderr


@pytest.mark.parametrize("content", [None, b"", b"milk", b"\xff\xfe\x00"])
def test_a_file_that_is_no_checkpoint_says_nothing_about_the_log(
    state: Path, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "shopping list"
    if content is not None:
        file.write_bytes(content)
    done = bellgate("audit", "verify", "--state", state, "--checkpoint", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert "shopping list" in done.stderr


def test_a_checkpoint_that_is_not_signed_by_the_log_may_be_the_one_that_is_wrong(
    state: Path, tmp_path: Path
) -> None:
    origin, _, *rest = (state / "log" / "checkpoint").read_text().split("\n")
    (tmp_path / "mailed").write_text("\n".join([origin, "2", *rest]))
    done = bellgate("audit", "verify", "--state", state, "--checkpoint", tmp_path / "mailed")
    assert done.returncode == 1
    assert "NOT what was signed" in done.stdout and "another copy of the e-mail" in done.stdout


def test_a_pack_of_a_tampered_log_is_refused_in_a_line(state: Path, tmp_path: Path) -> None:
    [day] = (state / "log").glob("*.jsonl")
    day.write_bytes(day.read_bytes().replace(b'"seen":"page"', b'"seen":7', 1))
    done = bellgate(
        "pack", "--device", "staff-laptop-07", "--from", "2026-11-23", "--to", "2026-11-23",
        "--reason", "x", "--state", state, "--output", tmp_path / "p.zip",
    )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "no pack is made: log is not what was signed" in done.stderr
    assert not (tmp_path / "p.zip").exists()


def test_why_it_was_granted_is_not_why_it_was_taken_back(tmp_path: Path) -> None:
    folder = ("--state", tmp_path)
    done = bellgate("allow", "staff", "youtube", "--until", "45 minutes", "--reason", "x", *folder)
    bellgate("revoke", done.stdout.split("revoke ")[1].split()[0], *folder)
    lines = bellgate("audit", "show", "--json", *folder).stdout.splitlines()
    granted, revoked = (json.loads(line)["event"] for line in lines)
    assert granted["reason"] == "x" and "reason" not in revoked


def test_who_takes_it_back_is_on_record_and_not_who_granted_it(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    until = now + timedelta(hours=1)
    granted = Exemption("a1", ("staff",), ("youtube",), now, until, "the head", "x")
    Granted(tmp_path).add(granted, now)
    bellgate("revoke", "a1", "--state", tmp_path)
    [line] = bellgate("audit", "show", "--json", "--state", tmp_path).stdout.splitlines()
    record = json.loads(line)
    assert record["user"]["id"] != "the head"
    assert record["message"].endswith(f"was taken back by {record['user']['id']}")


def test_a_trial_signs_nothing_with_the_real_logs_key(tmp_path: Path) -> None:
    """Else each trial would be another log of the same name that the school's own key signed."""
    assert LogPaths.of(tmp_path).key != LogPaths.of(tmp_path, simulated=True).key


@pytest.mark.parametrize("length", ["30m", "30 min", "1h", "2 hours", "45 minutes"])
def test_how_long_is_written_as_people_write_it(tmp_path: Path, length: str) -> None:
    words = ("--until", length, "--reason", "A lesson", "--schedules", SAMPLE)
    done = bellgate("allow", "staff", "youtube", *words, "--state", tmp_path)
    assert done.returncode == 0, done.stderr

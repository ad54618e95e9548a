"""The commands as people and programs use them: what they print, and how they end."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bellgate.running import choosing
from tests import forked
from tests.lab.school import SAMPLE, TOP

EXPLAIN = ("explain", "--device", "staff-laptop-07", "--at", "2026-11-23 10:15")
FIELDS = {
    "site", "action", "rule", "rule_source", "clause", "service", "category", "device", "group",
    "attribution", "session", "until", "reason",
}  # fmt: skip


def bellgate(
    *arguments: str | Path, standard_input: str = "", cwd: Path = TOP, **environment: str
) -> subprocess.CompletedProcess[str]:
    return forked.run(
        [*map(str, arguments)],
        cwd=cwd,
        environment={**os.environ, **forked.ITS_PATH, "COLUMNS": "100", **environment},
        standard_input=standard_input,
    )


def broken(folder: Path) -> Path:
    copy = folder / "schedules"
    shutil.copytree(SAMPLE, copy)
    text = (copy / "school.yaml").read_text()
    (copy / "school.yaml").write_text(text.replace("morning: 08:50-12:00", "morning: 12:00-08:50"))
    return copy


def test_check_says_what_is_in_force() -> None:
    done = bellgate("check")
    assert done.returncode == 0
    assert "Next bells:" in done.stdout
    assert done.stderr == ""


def test_check_says_that_no_gate_has_the_files_in_force(tmp_path: Path) -> None:
    folders = ("--state", tmp_path / "state")
    assert (
        "\nNo gate is running here: this is what would come into force.\nNow "
        in bellgate("check", *folders).stdout
    )
    wrong = ("--schedules", broken(tmp_path), *folders)
    assert bellgate("check", *wrong).stdout.endswith(
        "\nNo gate is running here: with these mistakes, none would start.\n"
    )
    choosing.choose_policy(SAMPLE, tmp_path / "state")
    assert bellgate("check", *wrong).stdout.endswith(
        "with these mistakes, one would start with the last policy that was right.\n"
    )


def test_of_a_new_list_that_cannot_be_read_check_and_explain_say_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "schedules"
    shutil.copytree(SAMPLE, folder)
    services = folder / "services.yaml"
    listed = "lists:\n  - {category: chat-room, from: ai-chat.txt, format: domains}\n"
    services.write_text(services.read_text() + listed)
    (folder / "ai-chat.txt").write_text("https://character.ai/\n")
    where = ("--schedules", folder, "--state", tmp_path / "state")
    aside = "ai-chat.txt is NOT in force, and has no earlier copy: none of it is closed"
    checked = bellgate("check", *where)
    assert checked.returncode == 1
    assert f"\n{aside}, until that is put right.\n" in checked.stdout
    assert "in a list: the rest of these files is right." in checked.stdout
    assert "these files do not come into force" not in checked.stdout
    explained = bellgate(*EXPLAIN, "--site", "character.ai", *where)
    assert explained.stderr == f"{aside}.\n"


def test_check_says_what_will_be_in_force_at_another_time() -> None:
    done = bellgate("check", "--at", "2026-11-24 10:15")
    assert "Now Tuesday 2026-11-24 10:15 at Bury C of E Primary School:" in done.stdout
    assert "  pupils, staff, guests: morning session" in done.stdout
    later = bellgate("check", "--at", "2027-09-01 10:15").stdout
    assert "the last term ended on 2027-07-21: no session is in force now" in later


def test_check_names_file_and_line_and_ends_with_1(tmp_path: Path) -> None:
    done = bellgate("check", "--schedules", broken(tmp_path))
    assert done.returncode == 1
    assert "school.yaml:" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    [first, *_] = [p for p in json.loads(bellgate("check", "--json", "--schedules",
                                                  tmp_path / "schedules").stdout)
                   if p["level"] == "error"]  # fmt: skip
    assert set(first) == {"file", "line", "level", "message", "hint"}
    assert first["file"] == "school.yaml"
    assert isinstance(first["line"], int)


@pytest.mark.parametrize(
    "command",
    [
        ("explain", "--from", "10.77.20.9", "--site", "www.facebook.com"),
        ("week",),
        ("calendar",),
        ("exemptions",),
        ("case", "list"),
    ],
)
def test_who_asks_in_json_is_answered_in_json_of_a_broken_folder_too(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    folder = broken(tmp_path)
    for schedules in (folder, tmp_path / "nowhere"):
        done = bellgate(*command, "--json", "--schedules", schedules, "--state", tmp_path / "state")
        assert done.returncode == 1, command
        levels = {problem["level"] for problem in json.loads(done.stdout)}
        assert "error" in levels, command


def test_folders_may_stand_before_or_after_the_command(tmp_path: Path) -> None:
    folder = broken(tmp_path)
    assert bellgate("--schedules", folder, "check").returncode == 1
    assert bellgate("check", "--schedules", folder).returncode == 1
    assert bellgate("--schedules", folder, "check", "--schedules", SAMPLE).returncode == 0


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = bellgate("check", "--schedules", tmp_path / "nowhere")
    assert done.returncode == 1
    assert f"there is no folder {tmp_path / 'nowhere'}" in done.stdout + done.stderr


def test_explain_walks_through_the_decision() -> None:
    done = bellgate(*EXPLAIN, "--site", "www.facebook.com")
    assert done.returncode == 0
    for word in (
        "Who:",
        "What:",
        "When:",
        "Rule Staff",
        "Answer:",
        "until Monday 2026-11-23 12:15",
    ):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("10:15", "morning session\n"),
        ("10:35", "playtime (part of the morning session)\n"),
        ("12:30", "lunch (no session)\n"),
        ("16:30", "no session\n"),
    ],
)
def test_explain_names_the_break_and_the_lunch(at: str, said: str) -> None:
    pupil = ("explain", "--device", "y5-laptop-03", "--site", "www.bbc.co.uk")
    shown = bellgate(*pupil, "--at", f"2026-11-23 {at}").stdout
    assert f"Monday 2026-11-23 {at}: Autumn 2026 (school.yaml:22), {said}" in shown


def explained(*arguments: str, standard_input: str = "") -> list[dict[str, Any]]:
    done = bellgate(*arguments, "--json", standard_input=standard_input)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_explain_json_has_every_field() -> None:
    facebook, bbc = explained(*EXPLAIN, "--site", "www.facebook.com", "--site", "www.bbc.co.uk")
    assert set(facebook) == set(bbc) == FIELDS
    assert facebook | {"rule_source": None} == {
        "site": "www.facebook.com",
        "action": "block",
        "rule": "Staff",
        "rule_source": None,
        "clause": "Staff should only access social media sites in their own time",
        "service": "facebook",
        "category": "social-network",
        "device": "staff-laptop-07",
        "group": "staff",
        "attribution": "held",
        "session": "morning",
        "until": "2026-11-23T12:15:00Z",
        "reason": "Blocked Facebook on staff-laptop-07 in Morning session (rule Staff)",
    }
    assert facebook["rule_source"].startswith("rules.yaml:")
    assert (bbc["action"], bbc["rule"], bbc["until"], bbc["service"]) == ("allow", None, None, None)


def test_explain_reads_sites_from_standard_input() -> None:
    found = explained(*EXPLAIN, "--site", "-", standard_input="m.facebook.com\n\n www.gov.uk \n")
    assert [f["site"] for f in found] == ["m.facebook.com", "www.gov.uk"]


def test_explain_knows_the_rules_words_for_what_shows_no_name() -> None:
    done = bellgate(*EXPLAIN, "--site", "no-name", "--site", "not-web")
    assert done.returncode == 0
    assert "Blocked a site that hides its name on staff-laptop-07" in done.stdout
    assert "Allowed a connection that is not a web page on staff-laptop-07" in done.stdout


def test_explain_takes_an_address_in_place_of_a_device() -> None:
    [pupil] = explained("explain", "--from", "10.77.10.9", "--site", "youtube.com",
                        "--at", "2026-11-23 12:30")  # fmt: skip
    assert (pupil["action"], pupil["group"], pupil["device"]) == ("block", "pupils", None)
    assert pupil["attribution"] == "unknown"
    assert pupil["session"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("explain", "--site", "x.com"), "either --device D or --from IP"),
        (("explain", "--device", "staff-laptop-7", "--site", "x.com"), "staff-laptop-07"),
        (("explain", "--from", "somewhere", "--site", "x.com"), "not an IP address"),
        ((*EXPLAIN[:3], "--at", "half past ten", "--site", "x.com"), "is not a moment"),
        (("week", "--for", "staf"), "did you mean staff?"),
        (("week", "--from", "soon"), "is not a date"),
        (("chek",), "did you mean check?"),
        (("run", "--mode", "opaque"), "the modes are regular and transparent"),
        (("run", "--listen", "8080"), "is not an ADDR:PORT"),
        (("check", "--jsn"), "--json"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_clear_line(arguments: tuple[str, ...], said: str) -> None:
    done = bellgate(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_week_is_the_timetable() -> None:
    days = json.loads(bellgate("week", "--for", "pupils", "--from", "2026-11-23", "--json").stdout)
    assert len(days) == 7
    monday, friday = days[0], days[4]
    assert monday["sessions"] == [
        {"name": "morning", "start": "08:50", "end": "12:00"},
        {"name": "afternoon", "start": "13:00", "end": "15:15"},
    ]
    assert (friday["in_school"], friday["why"]) == (False, "INSET day")
    shown = bellgate("week", "--from", "2026-11-23").stdout
    assert "INSET day (school.yaml:" in shown


def test_no_gate_is_said_and_ends_with_1(tmp_path: Path) -> None:
    done = bellgate("status", "--state", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "no gate is running" in done.stderr
    asked = bellgate("status", "--json", "--state", tmp_path)
    assert (asked.returncode, json.loads(asked.stdout)) == (1, {"ready": False})


def test_no_log_is_said(tmp_path: Path) -> None:
    for command in ("verify", "show"):
        done = bellgate("audit", command, "--state", tmp_path)
        assert done.returncode == 1
        assert "there is no log" in done.stderr


def test_a_certificate_is_made_once_shown_and_not_replaced_by_accident(tmp_path: Path) -> None:
    made = bellgate("certificate", "create", "--state", tmp_path)
    assert made.returncode == 0, made.stderr
    assert "destroyed" in made.stdout
    shown = json.loads(bellgate("certificate", "show", "--json", "--state", tmp_path).stdout)
    assert shown["file"] == str(tmp_path / "certificate" / "bellgate-ca.pem")
    assert "facebook.com" in shown["names"]
    assert shown["expires"] <= shown["root_expires"]
    said = bellgate("certificate", "show", "--state", tmp_path).stdout
    assert "bellgate-ca.pem, until " in said and "The gate's own part lasts until " in said
    again = bellgate("certificate", "create", "--state", tmp_path)
    assert again.returncode == 1
    assert "devices may trust it" in again.stderr


def test_a_roots_key_is_kept_and_used_again_by_a_passphrase_in_a_file(tmp_path: Path) -> None:
    words, root, state = tmp_path / "words", tmp_path / "root.pem", tmp_path / "state"
    words.write_text("too short\n")
    create = ("--state", state, "certificate", "create", "--keep-root", root)
    refused = bellgate(*create, "--passphrase-file", words)
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[0].endswith(
        "words: the passphrase is shorter than 12 characters"
    )
    assert not root.exists() and not state.exists()
    words.write_text("correct horse battery staple\r\n")
    assert bellgate(*create, "--passphrase-file", words).returncode == 0
    renew = ("--state", state, "certificate", "renew", "--root", root, "--passphrase-file", words)
    assert bellgate(*renew).returncode == 0
    words.write_text("another passphrase\n")
    wrong = bellgate(*renew)
    assert wrong.returncode == 1 and "the passphrase is wrong" in wrong.stderr
    alone = bellgate("--state", state, "certificate", "create", "--passphrase-file", words)
    assert alone.returncode == 2 and "--keep-root FILE" in alone.stderr


def test_a_certificate_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = bellgate("certificate", "show", "--state", tmp_path)
    assert done.returncode == 1
    assert "bellgate certificate create" in done.stderr


def test_a_reader_that_has_seen_enough_gets_no_complaint() -> None:
    done = subprocess.run(
        f"yes www.facebook.com | head -20000 | {sys.executable} -m bellgate.cli.main "
        "explain --device staff-laptop-07 --json --site - | head -1",
        shell=True, cwd=TOP, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(TOP / "addon")},
    )  # fmt: skip
    assert done.stderr == ""
    assert json.loads(done.stdout)["site"] == "www.facebook.com"


def test_explain_says_what_an_answer_does(tmp_path: Path) -> None:
    asked = ("explain", "--device", "staff-laptop-07", "--site", "www.youtube.com", "--at",
             "2026-11-24 10:15")  # fmt: skip
    said = bellgate(*asked).stdout
    assert "matches: ask, for 45 minutes after an answer" in said
    assert (
        " An answer on the page opens it for 45 minutes, or until the session ends if that is "
        "sooner. Clause: " in said
    )
    shutil.copytree(SAMPLE, tmp_path / "schedules")
    devices = tmp_path / "schedules" / "devices.yaml"
    devices.write_text(devices.read_text().replace("certificate: true", "certificate: false"))
    blind = bellgate(*asked, "--schedules", tmp_path / "schedules").stdout
    assert "does not trust the school's certificate, so it sees no page to answer on." in blind


def test_the_state_folder_is_found_as_the_manual_says(tmp_path: Path) -> None:
    done = bellgate("status", STATE_DIRECTORY=f"{tmp_path}/one:{tmp_path}/two")
    assert f"{tmp_path}/one" in done.stderr


def test_check_warns_where_no_checkpoint_leaves_the_machine(tmp_path: Path) -> None:
    said = "warning: no anchors: no checkpoint of the log leaves this machine"
    assert said in bellgate("check").stdout
    shutil.copytree(SAMPLE, tmp_path / "schedules")
    file = tmp_path / "schedules" / "school.yaml"
    file.write_text(file.read_text() + "\nanchors:\n  folder: /mnt/backup/bellgate\n")
    done = bellgate("check", "--schedules", tmp_path / "schedules")
    assert (done.returncode, said in done.stdout) == (0, False)
    [warned] = [
        p for p in json.loads(bellgate("check", "--json").stdout) if "no anchors" in p["message"]
    ]
    assert (warned["file"], warned["level"]) == ("school.yaml", "warning")


def test_no_slip_leads_to_an_option_that_overwrites_or_asks_nothing() -> None:
    done = bellgate("pack", "--file", "x.zip")
    assert done.returncode == 2 and "No such option" in done.stderr
    assert "--force" not in done.stderr
    assert "--person" in bellgate("pack", "--persn", "x").stderr


def test_no_line_of_a_commands_list_breaks_off() -> None:
    listed = bellgate("--help", COLUMNS="80").stdout.partition("Commands:\n")[2]
    for name in (line.split()[0] for line in listed.splitlines() if line[2:3].strip()):
        said = bellgate(name, "--help", COLUMNS="80").stdout
        assert not [line for line in said.splitlines()[1:] if line.endswith("...")], name

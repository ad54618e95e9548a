"""A technician edits the files of a running gate, in a hurry and in every way that editors have."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bellgate.running.folders import calendars_folder
from bellgate.schedules.changed_days import ChangedDay, ChangedDays
from bellgate.schedules.fetched_copies import Copy, keep
from tests.cli.test_commands import bellgate
from tests.lab.school import AT_LUNCH, BBC, FACEBOOK, IN_SESSION, Gate, School, wait_for


@pytest.fixture(autouse=True)
def stopped(school: School) -> Iterator[None]:
    yield
    school.stop_gates()


def is_open(school: School) -> bool:
    return school.curl(f"http://{FACEBOOK}/").status == 200


def told(gate: Gate, action: str) -> list[dict[str, Any]]:
    return [r for r in gate.records("bellgate.gate") if r["event"]["action"] == action]


def open_everything(folder: Path) -> str:
    """A rules.yaml that allows all."""
    return (
        "rules:\n  - name: All\n    who: everyone\n    what: social-media\n    when: always\n"
        "    do: allow\n    clause: School's own rule\n"
    )


def test_a_saved_file_is_in_force_within_two_seconds(school: School) -> None:
    gate = school.gate(IN_SESSION)
    rules = school.folder / "schedules" / "rules.yaml"
    assert not is_open(school)
    rules.write_text(open_everything(rules.parent))
    wait_for(lambda: is_open(school), "the new rules to be in force", 2)
    [changed] = told(gate, "policy-changed")
    assert "rule Staff is no longer there" in changed["message"]
    assert changed["bellgate"]["before"] != changed["bellgate"]["after"]
    # The console's question is answered by the new policy, too.
    assert changed["bellgate"]["after"] == changed["bellgate"]["policy"]


def test_what_is_years_ahead_follows_what_is_near(school: School) -> None:
    """The months around now are in force first; then the bells of all years are."""
    gate = school.gate("2027-08-02 10:15")
    rules = school.folder / "schedules" / "rules.yaml"
    far = "when: 2029-03-01 10:00-11:00\n    do: block"
    text = open_everything(rules.parent).replace("when: always\n    do: allow", far)
    rules.write_text(text)

    def next_bell() -> str | None:
        asked = bellgate("status", "--simulated", "--json", "--state", gate.state)
        found: str | None = json.loads(asked.stdout)["next_bell"]
        return found

    wait_for(lambda: next_bell() == "2029-03-01T10:00:00Z", "the bell that is years ahead")


def test_a_session_that_ends_earlier_is_said_in_words(school: School) -> None:
    gate = school.gate(IN_SESSION)
    path = school.folder / "schedules" / "school.yaml"
    path.write_text(path.read_text().replace("morning: 08:30-12:15", "morning: 08:30-12:00"))
    wait_for(lambda: bool(told(gate, "policy-changed")), "the record", 4)
    assert "staff morning now ends 12:00, was 12:15" in told(gate, "policy-changed")[0]["message"]


def test_a_day_closed_from_a_page_is_in_force_within_two_seconds(school: School) -> None:
    gate = school.gate(IN_SESSION)
    assert not is_open(school)
    days = ChangedDays(calendars_folder(gate.state))
    monday = datetime.fromisoformat(IN_SESSION).date()
    days.put(ChangedDay(monday, None, "the-head", "Snow"), monday)
    wait_for(lambda: is_open(school), "the closed day to be in force", 4)
    days.take_back(monday, monday)
    wait_for(lambda: not is_open(school), "the day to be as usual", 4)
    assert "Closed: Snow (the-head)" in told(gate, "policy-changed")[0]["message"]


@pytest.mark.parametrize(
    ("what", "damage"),
    [
        (
            "a slip",
            lambda rules: rules.write_text(rules.read_text().replace("do: block", "do: blok")),
        ),
        ("half a save", lambda rules: rules.write_text(rules.read_text()[:700])),
        # What is left are good rules, and none of them closes Facebook.
        (
            "half a save of good YAML",
            lambda rules: rules.write_text(rules.read_text().partition("to them all")[0]),
        ),
        ("a deleted file", lambda rules: rules.unlink()),
        ("a renamed file", lambda rules: rules.rename(rules.with_suffix(".bak"))),
        ("a deleted folder", lambda rules: shutil.rmtree(rules.parent)),
        ("bytes that are no text", lambda rules: rules.write_bytes(os.urandom(500))),
    ],
)
def test_the_last_good_policy_stays(school: School, what: str, damage: Any) -> None:
    gate = school.gate(IN_SESSION)
    rules = school.folder / "schedules" / "rules.yaml"
    good = rules.read_text()
    damage(rules)
    wait_for(lambda: bool(told(gate, "policy-rejected")), "the record of the problem", 4)
    assert not is_open(school)
    assert school.curl(f"http://{BBC}/").status == 200
    if what != "a deleted folder":
        rules.write_text(good)
        time.sleep(1.5)
        assert len(told(gate, "policy-rejected")) == 1
        assert told(gate, "policy-changed") == []


def test_status_says_what_would_be_right(school: School) -> None:
    gate = school.gate(IN_SESSION)
    rules = school.folder / "schedules" / "rules.yaml"
    rules.write_text(rules.read_text().replace("do: ask", "do: aks"))
    wait_for(lambda: status(gate)["files"] == "rejected", "the problem", 4)
    plain = bellgate("status", "--state", gate.state, "--simulated").stdout
    assert 'rules: do is "aks", which is not known\n    did you mean ask?\n' in plain


def test_whose_device_it_is_does_not_get_into_the_record_of_a_slip(school: School) -> None:
    """That record goes into packs about others; `status` shows the whole problem."""
    gate = school.gate(IN_SESSION)
    devices = school.folder / "schedules" / "devices.yaml"
    text = devices.read_text()
    assert "person: stf-0042\n        from: 2026-09-01" in text
    devices.write_text(
        text.replace("from: 2026-09-01", "from: 2026-09-01\n        to: 2026-01-01", 1)
    )
    wait_for(lambda: bool(told(gate, "policy-rejected")), "the record of the problem", 4)
    [rejected] = told(gate, "policy-rejected")
    [problem] = rejected["bellgate"]["problems"]
    assert problem.startswith("devices.yaml:") and problem.endswith(": a problem")
    assert rejected["message"].endswith(f"the last good policy stays: {problem}")
    assert "stf-0042" not in json.dumps(rejected)
    status = bellgate("status", "--state", gate.state, "--simulated", "--json")
    assert any("stf-0042" in p["message"] for p in json.loads(status.stdout)["problems"])


def test_what_a_reload_forbids_is_cut_and_what_it_allows_lives_on(school: School) -> None:
    gate = school.gate(AT_LUNCH)
    rules = school.folder / "schedules" / "rules.yaml"

    def download(host: str) -> subprocess.Popen[bytes]:
        return school.namespace.start(
            "curl", "--silent", "--proxy", "http://127.0.0.1:8080", "--cacert", school.authority,
            "--output", school.folder / f"from-{host}", f"https://{host}/slow/1000",
        )  # fmt: skip

    facebook, bbc = download(FACEBOOK), download(BBC)
    wait_for((school.folder / f"from-{FACEBOOK}").exists, "the download to begin")
    rules.write_text(rules.read_text().replace("when: sessions", "when: always"))
    wait_for(lambda: facebook.poll() is not None, "the cut", 4)
    assert bbc.poll() is None
    [cut] = [r for r in gate.records() if r["event"]["action"] == "cut"]
    assert "carried_over" not in cut["bellgate"], "no bell rang"


def test_a_folder_swapped_by_symlink_is_taken_whole(school: School) -> None:
    folder = school.schedules()
    other = school.folder / "other-schedules"
    shutil.rmtree(other, ignore_errors=True)
    shutil.copytree(folder, other)
    (other / "rules.yaml").write_text(open_everything(other))
    first = school.folder / "first-schedules"
    shutil.rmtree(first, ignore_errors=True)
    folder.rename(first)
    folder.symlink_to(first)
    try:
        gate = school.gate(IN_SESSION, folder=folder)
        assert not is_open(school)
        link = school.folder / "new-link"
        link.symlink_to(other)
        link.rename(folder)
        wait_for(lambda: is_open(school), "the other folder to be in force", 3)
        assert len(told(gate, "policy-changed")) == 1
    finally:
        folder.unlink()


def test_a_thousand_saves_in_a_row_end_in_the_last_one(school: School) -> None:
    gate = school.gate(IN_SESSION)
    rules = school.folder / "schedules" / "rules.yaml"
    good = rules.read_text()
    for number in range(1000):
        rules.write_text(good[: 200 + number] if number % 2 else good + f"# {number}\n")
        if number % 100 == 0:
            assert not is_open(school)
    rules.write_text(open_everything(rules.parent))
    wait_for(lambda: is_open(school), "the last save to be in force", 3)
    hashes = [json.dumps(r["bellgate"]["after"]) for r in told(gate, "policy-changed")]
    assert len(set(hashes)) == len(hashes)


def test_an_editors_own_files_are_nobodys_business(school: School) -> None:
    gate = school.gate(IN_SESSION)
    folder = school.folder / "schedules"
    for name in (".rules.yaml.swp", "rules.yaml~", "#rules.yaml#", "4913"):
        (folder / name).write_text("half a")
    time.sleep(1.5)
    assert told(gate, "policy-rejected") == told(gate, "policy-changed") == []
    # As vim saves: the new file under another name, then renamed over the old one.
    new = folder / "rules.yaml.new"
    new.write_text(open_everything(folder))
    new.rename(folder / "rules.yaml")
    wait_for(lambda: is_open(school), "the renamed file to be in force", 3)


def calendar(last: str) -> str:
    return (
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Council//EN\nBEGIN:VEVENT\nUID:1\n"
        f"DTSTART;VALUE=DATE:20270907\nDTEND;VALUE=DATE:{last}\nSUMMARY:Autumn term\n"
        "END:VEVENT\nEND:VCALENDAR\n"
    )


def test_a_calendar_comes_into_force_as_any_file_does(school: School) -> None:
    gate = school.gate(IN_SESSION)
    path = school.folder / "schedules" / "school.yaml"
    (path.parent / "term-dates.ics").write_text(calendar("20271218"))
    path.write_text(path.read_text() + "term_dates: term-dates.ics\n")
    wait_for(lambda: len(told(gate, "policy-changed")) == 1, "the calendar to be read", 4)
    said = told(gate, "policy-changed")[0]["message"]
    assert "Autumn term is new, 7 September 2027 to 17 December 2027" in said
    (path.parent / "term-dates.ics").write_text(calendar("20271217"))
    wait_for(lambda: len(told(gate, "policy-changed")) == 2, "its change", 4)
    assert "Autumn term now ends 16 December 2027" in told(gate, "policy-changed")[1]["message"]


def test_a_calendar_fetched_anew_comes_into_force(school: School) -> None:
    gate = school.gate(IN_SESSION)
    path = school.folder / "schedules" / "school.yaml"
    address, now = "https://council.example/terms.ics", datetime.now(UTC)
    cache = calendars_folder(gate.state)
    keep(cache, Copy(address, calendar("20271218").encode(), now, now))
    path.write_text(path.read_text() + f"term_dates: {address}\n")
    wait_for(lambda: len(told(gate, "policy-changed")) == 1, "the calendar to be read", 4)
    keep(cache, Copy(address, calendar("20271217").encode(), now, now))
    wait_for(lambda: len(told(gate, "policy-changed")) == 2, "its change", 4)
    assert "Autumn term now ends 16 December 2027" in told(gate, "policy-changed")[1]["message"]


def check(school: School, folder: Path | None = None) -> str:
    folders = (
        "--schedules",
        folder or school.folder / "schedules",
        "--state",
        school.folder / "state",
    )
    return bellgate("check", *folders).stdout


def test_what_could_not_be_taken_up_is_tried_again_until_it_is(school: School) -> None:
    """The state's disk fails at that moment; nothing is saved a second time."""
    gate = school.gate(IN_SESSION)
    kept = gate.state / "editions"
    kept.rename(kept.with_name("aside"))
    kept.write_text("in the way")
    rules = school.folder / "schedules" / "rules.yaml"
    rules.write_text(open_everything(rules.parent))
    wait_for(lambda: "not in force yet" in status(gate)["files"], "status to say so", 4)
    assert not is_open(school)
    told_of = [r["message"] for r in told(gate, "error")]
    assert any("A saved change is not in force yet, and is tried again" in m for m in told_of)
    assert "NOT in force yet" in check(school)
    # The gate tries again each second, and makes the folder that it needs.
    kept.unlink()
    wait_for(lambda: is_open(school), "the change to be in force", 4)
    assert status(gate)["not_taken_up"] is None


def status(gate: Any) -> dict[str, Any]:
    answer = bellgate("status", "--state", gate.state, "--simulated", "--json")
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_check_beside_the_gate_says_what_saving_changed_or_would_change(
    school: School, tmp_path: Path
) -> None:
    gate = school.gate(IN_SESSION)
    assert "The running gate has these files in force." in check(school)
    other = tmp_path / "schedules"
    shutil.copytree(school.folder / "schedules", other)
    path = other / "school.yaml"
    friday = "weekdays:\n  - day: Friday\n    for: pupils\n    ends: 13:00\n"
    snow = "\ndates:\n  - date: 2020-01-20\n    name: Old snow\n    closed_to: everyone"
    path.write_text(path.read_text().replace("\ndates:", f"\n{friday}{snow[1:]}"))
    over = ": Old snow is new, but 20 January 2020 is over"
    said = "pupils Friday afternoon is no longer there"
    assert "This folder would change:" in check(school, other)
    assert said in check(school, other) and over in check(school, other)
    shutil.copy(path, school.folder / "schedules")
    wait_for(lambda: bool(told(gate, "policy-changed")), "the record", 4)
    assert "in force since Monday 2026-11-23 10:15. What changed:" in check(school)
    assert said in check(school) and over in check(school)


def test_of_many_warnings_check_says_which_the_last_save_brought(school: School) -> None:
    gate = school.gate(IN_SESSION)
    rules = school.folder / "schedules" / "rules.yaml"
    evening = (
        "rules:\n  - name: Film night\n    who: everyone\n    what: [facebook]\n"
        "    when: any day 18:00-20:00\n    do: block\n    clause: Ours\n"
    )
    rules.write_text(rules.read_text().replace("rules:\n", evening, 1))
    wait_for(lambda: bool(told(gate, "policy-changed")), "the record", 4)
    wait_for(lambda: "  new: rules.yaml:" in check(school), "the warning", 8)
    said = check(school)
    of_the_save = said[said.index("What changed:") :].splitlines()
    assert "warning: rules: Film night can be got round" in of_the_save[1]
    assert [line for line in of_the_save if line.startswith("  new: ")] == of_the_save[1:2]
    assert any("rule Film night is new" in line for line in of_the_save)


def test_a_list_that_cannot_be_fetched_keeps_nothing_out_of_force(school: School) -> None:
    gate = school.gate(IN_SESSION)
    services = school.folder / "schedules" / "services.yaml"
    line = services.read_text().count("\n") + 2
    services.write_text(
        services.read_text()
        + "lists:\n  - category: circumvention\n    from: https://127.0.0.1:9/list.txt\n"
        + "    format: domains\n"
    )
    wait_for(
        lambda: any("was not fetched" in p["message"] for p in status(gate)["problems"]),
        "the failure to be told",
        8,
    )
    assert status(gate)["files"] == "in force"
    [problem] = [p for p in status(gate)["problems"] if "was not fetched" in p["message"]]
    assert (problem["file"], problem["line"]) == ("services.yaml", line)
    plain = bellgate("status", "--state", gate.state, "--simulated").stdout
    assert "the last good policy stays" not in plain


def test_of_a_new_list_that_cannot_be_read_everybody_says_the_same(school: School) -> None:
    gate = school.gate(IN_SESSION)
    folder = school.folder / "schedules"
    services = folder / "services.yaml"
    listed = "lists:\n  - {category: chat-room, from: ai-chat.txt, format: domains}\n"
    (folder / "ai-chat.txt").write_text("https://character.ai/\n")
    services.write_text(services.read_text() + listed)
    wait_for(lambda: bool(told(gate, "policy-rejected")), "the record of the list", 4)
    aside = "ai-chat.txt is NOT in force, and has no earlier copy: none of it is closed"
    wait_for(lambda: status(gate)["lists_aside"] == [aside], "the gate to know", 4)
    [rejected] = told(gate, "policy-rejected")
    assert rejected["message"].startswith(
        "ai-chat.txt was refused, and has no earlier copy: none of it is closed: ai-chat.txt:1: "
    )
    plain = bellgate("status", "--state", gate.state, "--simulated").stdout
    assert f"The files are in force, but not every list:\n{aside}\n" in plain
    assert "last good copy" not in plain


def test_a_broken_calendar_is_set_aside_and_the_schools_own_edits_come_into_force(
    school: School,
) -> None:
    gate = school.gate(IN_SESSION)
    folder = school.folder / "schedules"
    calendar, path = folder / "term-dates.ics", folder / "school.yaml"
    calendar.write_text(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\nBEGIN:VEVENT\n"
        "DTSTART;VALUE=DATE:20261130\nSUMMARY:INSET day\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    text = path.read_text()
    path.write_text(text.replace("\nopen_days", "\nterm_dates: term-dates.ics\nopen_days"))
    wait_for(lambda: bool(told(gate, "policy-changed")), "the calendar to be in force", 4)
    assert status(gate)["files"] == "in force"
    calendar.write_text("<html>Sign in</html>")
    wait_for(lambda: bool(told(gate, "policy-rejected")), "the record of the calendar", 4)
    [rejected] = told(gate, "policy-rejected")
    assert rejected["message"].startswith(
        "The calendar has errors; the dates of its last good copy stay: term-dates.ics:1: "
    )
    assert status(gate)["files"] == "without the calendar"
    rules = folder / "rules.yaml"
    rules.write_text(open_everything(rules.parent))
    wait_for(lambda: is_open(school), "the school's own edit to be in force", 4)
    plain = bellgate("status", "--state", gate.state, "--simulated").stdout
    assert "The calendar has errors; its last good copy stays in force:" in plain
    checked = bellgate("check", "--schedules", folder, "--state", gate.state)
    assert checked.returncode == 1
    assert "INSET day: closed to pupils (INSET day, line 6)" in checked.stdout

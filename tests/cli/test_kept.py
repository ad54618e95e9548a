"""While the files have a mistake, the answers are those of the copy that the gate keeps."""

import json
import os
import shutil
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bellgate.running import choosing
from bellgate.running.folders import last_good_folder
from tests.cli.test_commands import bellgate
from tests.lab.school import SAMPLE

EXPLAIN = ("explain", "--device", "staff-laptop-07", "--site", "www.facebook.com",
           "--at", "2026-11-23 10:15")  # fmt: skip


@pytest.fixture
def folders(tmp_path: Path) -> tuple[str | Path, ...]:
    """A folder that was in force, and then a hand slipped."""
    schedules, state = tmp_path / "schedules", tmp_path / "state"
    shutil.copytree(SAMPLE, schedules)
    choosing.choose_policy(schedules, state)
    rules = schedules / "rules.yaml"
    rules.write_text(rules.read_text().replace("who: office-pc", "who: year-9"))
    return ("--schedules", schedules, "--state", state)


def test_explain_goes_by_what_is_kept_and_says_so_first(folders: tuple[str | Path, ...]) -> None:
    state = Path(folders[-1])
    taken_up = datetime.fromtimestamp(
        last_good_folder(state).stat().st_mtime, ZoneInfo("Europe/London")
    )
    done = bellgate(*EXPLAIN, *folders)
    first, _, last = done.stderr.strip().splitlines()
    assert first.startswith('rules.yaml:20: rules: who has "year-9"')
    assert last == (
        f"These files have a mistake, so the gate is still using those from "
        f"{taken_up:%H:%M}, and so is this answer."
    )
    assert "Answer: Blocked Facebook on staff-laptop-07" in done.stdout
    assert done.returncode == 1


def test_of_another_day_it_says_the_day(folders: tuple[str | Path, ...]) -> None:
    state = Path(folders[-1])
    earlier = datetime(2026, 11, 3, 14, 20, tzinfo=ZoneInfo("Europe/London")).timestamp()
    os.utime(last_good_folder(state), (earlier, earlier))
    assert time.time() != earlier
    said = bellgate("week", "--from", "2026-11-23", *folders)
    assert (
        "is still using those from 14:20 on 3 November 2026, and so is this answer." in said.stderr
    )
    assert "Mon 23 Nov" in said.stdout
    assert said.returncode == 1


def test_what_a_program_reads_stays_whole(folders: tuple[str | Path, ...]) -> None:
    done = bellgate(*EXPLAIN, "--json", *folders)
    assert json.loads(done.stdout)["rule"] == "Staff"
    assert done.returncode == 1
    year = bellgate("calendar", "--year", "2026-27", "--json", *folders)
    assert json.loads(year.stdout)["year"] == "2026-27"
    assert year.returncode == 1


def test_with_nothing_kept_the_mistakes_are_the_whole_answer(
    folders: tuple[str | Path, ...],
) -> None:
    shutil.rmtree(last_good_folder(Path(folders[-1])))
    done = bellgate(*EXPLAIN, *folders)
    assert done.stdout.startswith("rules.yaml:20: ")
    assert "Answer" not in done.stdout
    assert done.returncode == 1


def test_check_shows_the_mistake_first_and_counts(folders: tuple[str | Path, ...]) -> None:
    school = Path(folders[1]) / "school.yaml"
    school.write_text(school.read_text().replace("timezone: Europe/London", "timezone: GMT"))
    first, *lines = bellgate("check", *folders).stdout.splitlines()
    assert first.startswith("rules.yaml:20: ")
    assert any(": warning: timezone is GMT" in line for line in lines)
    assert any(
        line.startswith("1 mistake, shown first, and ") and "until that is put right" in line
        for line in lines
    ), lines


def test_check_of_files_that_are_right_counts_nothing(tmp_path: Path) -> None:
    assert "mistake" not in bellgate("check", "--state", tmp_path).stdout


def test_a_subscribed_list_goes_on_closing_what_it_closed(tmp_path: Path) -> None:
    schedules, state = tmp_path / "schedules", tmp_path / "state"
    shutil.copytree(SAMPLE, schedules)
    (schedules / "vpn.txt").write_text("tunnel.example.net\n")
    with (schedules / "services.yaml").open("a") as services:
        services.write("lists:\n  - {category: circumvention, from: vpn.txt, format: domains}\n")
    choosing.choose_policy(schedules, state)
    (schedules / "rules.yaml").write_text("rules: []\nrule: []\n")
    asked = ("explain", "--device", "staff-laptop-07", "--site", "tunnel.example.net")
    done = bellgate(*asked, "--schedules", schedules, "--state", state)
    assert "Answer: Blocked" in done.stdout, done.stdout + done.stderr


CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:council
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20270628
SUMMARY:INSET day
END:VEVENT
END:VCALENDAR
"""


def test_a_mistake_in_the_calendar_alone_keeps_only_the_calendar_out(tmp_path: Path) -> None:
    schedules, state = tmp_path / "schedules", tmp_path / "state"
    shutil.copytree(SAMPLE, schedules)
    (schedules / "term-dates.ics").write_text(CALENDAR)
    school = schedules / "school.yaml"
    school.write_text(f"{school.read_text()}term_dates: term-dates.ics\n")
    choosing.choose_policy(schedules, state)
    (schedules / "term-dates.ics").write_text("no calendar at all")
    told = bellgate("check", "--schedules", schedules, "--state", state).stdout
    assert ": the calendar does not come into force until that is put right." in told

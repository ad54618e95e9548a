"""A rule or a date for a group that nobody is in changes nothing: `check` says so."""

from datetime import date
from pathlib import Path

import pytest

from bellgate.schedules.load import load_files
from bellgate.schedules.problem import Problem
from tests.schedules.small_catalogue import small_catalogue

SMALL = Path(__file__).parent.parent / "corpus" / "good" / "small"
FILES = {p.name: p.read_text() for p in SMALL.glob("*.yaml")}
TODAY = date(2026, 11, 23)
GROUPS = """\
groups:
  pupils: {}
  key-stage-2: {part_of: pupils}
  year-5: {part_of: key-stage-2}
  year-6: {part_of: key-stage-2}
  robotics: {part_of: pupils}
  staff: {}
  guests: {}
networks:
  10.77.10.0/24: pupils
  10.77.20.0/24: staff
unknown_devices: guests
devices:
  - {name: y5-laptop, group: [year-5, robotics], mac: 3c:22:fb:00:00:21}
"""
SAID = "has no device and no network: this changes nothing for it until devices.yaml gives it one"


def told(
    *, who: str = "pupils", day: str = "", devices: str = GROUPS, more: str = ""
) -> list[Problem]:
    """What is said of groups that nobody is in."""
    rules = (
        f"rules:\n  - {{name: R, who: {who}, what: youtube, when: always, do: block, clause: x}}\n"
    )
    files = {
        **FILES,
        "school.yaml": FILES["school.yaml"] + day + more,
        "rules.yaml": rules,
        "devices.yaml": devices,
    }
    found = load_files(
        {name: text.encode() for name, text in files.items()},
        today=TODAY,
        catalogue=small_catalogue(),
    )
    return [p for p in found.problems if "this changes nothing" in p.message]


def test_a_rule_for_a_group_that_nobody_is_in_is_told_with_its_line() -> None:
    (only,) = told(who="[year-5, year-6]")
    assert (only.file, only.line, only.level) == ("rules.yaml", 2, "warning")
    assert only.message == f"rules: year-6 {SAID}"
    assert only.hint == (
        "write group: year-6 at its devices, or [their group, year-6] where they are in one"
    )


@pytest.mark.parametrize("key", ["closed_to", "open_to"])
def test_so_is_a_date(key: str) -> None:
    (only,) = told(day=f"  - {{date: 2026-12-01, name: Trip, {key}: year-6}}\n")
    assert (only.file, only.message) == ("school.yaml", f"dates: year-6 {SAID}")


def test_so_is_a_day_of_the_week_and_a_day_of_its_own() -> None:
    more = "weekdays:\n  - {day: Friday, for: year-6, ends: 13:00}\n"
    (only,) = told(more=more + "days_for:\n  year-6: {sessions: {morning: 09:00-12:00}}\n")
    assert only.message.startswith(f"days_for: year-6 {SAID} (as on line ")


def test_several_lines_about_one_group_are_one_warning() -> None:
    days = "".join(f"  - {{date: 2026-12-0{n}, closed_to: year-6}}\n" for n in (1, 2, 3))
    (only,) = told(day=days)
    line = only.line
    assert only.message.endswith(f"gives it one (as on line {line + 1}, {line + 2})")


@pytest.mark.parametrize("who", ["pupils", "key-stage-2", "year-5", "robotics", "staff", "guests"])
def test_a_group_is_reached_by_a_network_a_device_a_group_within_or_as_the_unknown(
    who: str,
) -> None:
    assert told(who=who) == []


def test_days_are_those_of_a_devices_first_group() -> None:
    """robotics is a further group of the laptop of Year 5: a rule reaches it, a day does not."""
    (only,) = told(day="  - {date: 2026-12-01, name: Contest, closed_to: robotics}\n")
    assert only.message == (
        "dates: robotics is not the first group of any device, and a device has the days of its "
        "first: "
        "this changes nothing"
    )
    assert only.hint is not None and "comes first: [robotics, their other group]" in only.hint


def test_a_group_that_is_kept_for_later_is_no_matter() -> None:
    """Nobody speaks of it, or a day that is over does."""
    assert told() == []
    assert told(day="  - {date: 2026-11-20, closed_to: year-6}\n") == []


def test_where_a_device_has_a_mistake_nobody_knows_whose_it_is() -> None:
    for wrong in (
        "  - {name: x, group: yaer-6, ip: 10.0.0.1}",
        "  - {name: x, grup: year-6, ip: 10.0.0.1}",
    ):
        assert told(who="year-6", devices=f"{GROUPS}{wrong}\n") == []


def test_a_school_that_has_written_down_no_device_yet_is_not_told_of_each_group() -> None:
    devices = "groups:\n  pupils: {}\n  guests: {}\nunknown_devices: guests\n"
    assert told(devices=devices) == []


def test_a_class_set_whose_machines_made_their_macs_up_is_one_warning() -> None:
    macs = ", ".join(f"3a:22:fb:00:00:{n:02x}" for n in range(12))
    tablets = f"  - {{name: tablets, group: year-5, mac: [{macs}], shared: true}}\n"
    files = {**FILES, "devices.yaml": GROUPS + tablets}
    found = load_files({n: t.encode() for n, t in files.items()}, catalogue=small_catalogue())
    (only,) = [p for p in found.problems if "made up" in p.message]
    assert only.message == (
        "devices: 12 MACs of tablets were made up by its machines, and may change"
    )

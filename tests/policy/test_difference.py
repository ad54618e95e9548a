"""What a change of the files is called in the record."""

import shutil
from pathlib import Path

import pytest

from bellgate.policy.decide import Policy
from bellgate.policy.difference import MOST, differences
from bellgate.schedules.load import load
from tests.lab.school import SAMPLE


def policy(folder: Path) -> Policy:
    loaded = load(folder)
    assert loaded.policy is not None, loaded.problems
    return loaded.policy


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("school.yaml", "morning: 08:30-12:15", "morning: 08:30-12:00",
         "staff morning now ends 12:00, was 12:15"),
        ("school.yaml", "morning: 08:50-12:00", "morning: 09:00-12:00",
         "morning now starts 09:00, was 08:50"),
        ("school.yaml", "last_day: 2027-07-21", "last_day: 2027-07-23",
         "Summer 2027 now ends 23 July 2027, was 21 July 2027"),
        ("school.yaml", "days_for:\n",
         "days_for:\n  year-5:\n    from: 2027-01-05\n    sessions:\n"
         "      morning: 08:50-12:30\n      afternoon: 13:30-15:15\n",
         "year-5 now has its own morning, 08:50 to 12:30 from 5 January 2027"),
        ("school.yaml", "  staff:\n    sessions:\n", 
         "  staff:\n    until: 2027-03-24\n    sessions:\n",
         "the hours of staff now apply until 24 March 2027, before always"),
        ("school.yaml", "dates:\n",
         "weekdays:\n  - {day: Friday, name: Early closing, from: 2027-01-08, ends: 14:00}\n"
         "dates:\n",
         "Early closing each Friday from 8 January 2027 is new"),
        ("school.yaml", "dates:\n",
         "weekdays:\n  - {day: Friday, name: Early closing, closed_to: staff}\ndates:\n",
         "Early closing each Friday is new"),
        ("school.yaml", "bank_holidays: England", "bank_holidays: Scotland",
         "Easter Monday on 29 March 2027 is no longer there"),
        ("rules.yaml", "name: Staff\n", "name: Teachers\n", "rule Staff is now called Teachers"),
        ("rules.yaml", "name: Staff\n    who: staff", "name: Teachers\n    who: guests",
         "rule Staff is no longer there"),
        ("school.yaml", "date: 2026-11-27\n", "date: 2026-12-04\n",
         "INSET day was moved to 4 December 2026, from 27 November 2026"),
        ("school.yaml", "name: Early finish\n    ends: 14:00",
         "name: Early finish\n    ends: 13:30\n    for: pupils",
         "Early finish on 18 December 2026 was corrected: "
         "now for pupils only, was for everyone; ends is now 13:30, was 14:00"),
        ("school.yaml", "name: Snow\n", "name: Boiler\n",
         "Boiler from 2 February 2027 to 3 February 2027 was corrected: "
         "name is now “Boiler”, was “Snow”"),
        ("school.yaml", "name: Early finish\n    ends: 14:00",
         "name: Early finish\n    closed_to: everyone",
         "Early finish on 18 December 2026 was corrected: "
         "closed_to is now everyone; ends is taken out, was 14:00"),
        ("devices.yaml", "10.77.10.0/24: pupils", "10.77.11.0/24: pupils",
         "network 10.77.10.0/24 is no longer there: it was for pupils"),
        ("services.yaml", "id: village-forum", "id: the-village",
         "service village-forum is now called the-village in the rules"),
        ("school.yaml", "name: Summer 2027", "name: Summer",
         "Summer 2027 is now called Summer"),
        ("school.yaml", "  afternoon: 13:00-15:15", "  pm: 13:00-15:15",
         "afternoon is now called pm"),
        ("devices.yaml", "name: this-machine\n", "name: trial-machine\n",
         "device this-machine is now called trial-machine"),
        ("services.yaml", "- ttrockstars.com", "- mathsframe.co.uk",
         "mathsframe.co.uk is now needed: no list and no shipped service closes it"),
        ("devices.yaml", "  staff:\n    trusts", "  staff:\n    days_a_year: 190\n    trusts",
         "group staff: days_a_year is now 190, was 195"),
        ("rules.yaml", "for: 45 minutes", "for: 1 hour",
         "rule Video for teaching: an answer now opens it for 1 hour, before for 45 minutes"),
        ("school.yaml", "contact: the school office", "contact: Room 3",
         "the contact is now “Room 3”, was “the school office”"),
        ("rules.yaml", "do: ask\n    for: 45 minutes", "do: block",
         "rule Video for teaching now blocks"),
        ("devices.yaml", "unknown_devices: guests", "unknown_devices: pupils",
         "unknown devices are now pupils"),
        ("devices.yaml", "ip: 10.77.20.5", "ip: 10.77.20.6",
         "the IP address of device office-pc is now 10.77.20.6, was 10.77.20.5"),
        ("devices.yaml", "from: 2026-09-01",
         "from: 2026-09-01\n        to: 2026-12-04\n      - person: stf-0043\n"
         "        from: 2026-12-07",
         "device staff-laptop-07 is now issued to stf-0042 from 1 September 2026 to 4 December "
         "2026, stf-0043 from 7 December 2026, was to stf-0042 from 1 September 2026"),
    ],
)  # fmt: skip
def test_each_change_is_said_in_words(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    copy = tmp_path / "schedules"
    shutil.copytree(SAMPLE, copy)
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1))
    assert any(each.startswith(said) for each in differences(policy(SAMPLE), policy(copy)))


def test_another_time_zone_gives_no_device_other_holders(tmp_path: Path) -> None:
    copy = tmp_path / "schedules"
    shutil.copytree(SAMPLE, copy)
    school = copy / "school.yaml"
    school.write_text(school.read_text().replace("Europe/London", "Asia/Dubai"))
    assert differences(policy(SAMPLE), policy(copy)) == (
        "the time zone is now Asia/Dubai, was Europe/London",
    )


def test_a_group_with_another_name_is_said_to_be_renamed(tmp_path: Path) -> None:
    copy = tmp_path / "schedules"
    shutil.copytree(SAMPLE, copy)
    for file in copy.glob("*.yaml"):
        file.write_text(file.read_text().replace("year-5", "class-5a"))
    found = differences(policy(SAMPLE), policy(copy))
    assert "group year-5 is now called class-5a" in found
    assert not any("no longer" in said or "is new" in said for said in found)


def test_a_list_that_starts_afresh_is_the_same_list(tmp_path: Path) -> None:
    copy = tmp_path / "schedules"
    shutil.copytree(SAMPLE, copy)
    services = copy / "services.yaml"
    listed = "lists:\n  - category: circumvention\n    from: vpn.txt\n    format: domains\n"
    (copy / "vpn.txt").write_text("one.example.net\n")
    services.write_text(services.read_text() + listed)
    before = policy(copy)
    services.write_text(services.read_text().replace("vpn.txt", "vpn.txt#1"))
    assert differences(before, policy(copy)) == ("list vpn.txt#1 starts afresh with 1 name, had 1",)


def test_a_comment_is_no_difference(tmp_path: Path) -> None:
    copy = tmp_path / "schedules"
    shutil.copytree(SAMPLE, copy)
    for file in copy.glob("*.yaml"):
        file.write_text("# a comment more\n" + file.read_text())
    assert differences(policy(SAMPLE), policy(copy)) == ()


def test_a_policy_that_is_all_new_is_not_told_line_by_line(tmp_path: Path) -> None:
    copy = tmp_path / "schedules"
    shutil.copytree(SAMPLE, copy)
    more = "".join(
        f"  - date: 2027-06-{n % 30 + 1:02}\n    name: Day {n}\n    ends: 14:00\n"
        for n in range(100)
    )
    (copy / "school.yaml").write_text(
        (copy / "school.yaml").read_text().replace("\ndates:\n", f"\ndates:\n{more}")
    )
    found = differences(policy(SAMPLE), policy(copy))
    assert len(found) == MOST + 1
    assert found[-1].endswith("more differences")


def test_of_a_hundred_new_laptops_ten_are_named(tmp_path: Path) -> None:
    copy = tmp_path / "schedules"
    shutil.copytree(SAMPLE, copy)
    more = "".join(
        f"  - name: laptop-{n}\n    group: staff\n    ip: 10.77.20.{n}\n" for n in range(100, 200)
    )
    devices = copy / "devices.yaml"
    devices.write_text(devices.read_text().replace("\ndevices:\n", f"\ndevices:\n{more}"))
    (said,) = differences(policy(SAMPLE), policy(copy))
    assert said.startswith("devices laptop-100, ") and ", laptop-109 and 90 more are new" in said

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
        ("school.yaml", "dates:\n",
         "weekdays:\n  - {day: Friday, name: Early closing, closed_to: staff}\ndates:\n",
         "Early closing each Friday is new"),
        ("school.yaml", "bank_holidays: England", "bank_holidays: Scotland",
         "Easter Monday on 29 March 2027 is no longer there"),
        ("rules.yaml", "name: Staff\n", "name: Teachers\n", "rule Staff is no longer there"),
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
        f"  - name: laptop-{n}\n    group: staff\n    ip: 10.77.20.{n}\n" for n in range(100, 200)
    )
    (copy / "devices.yaml").write_text(
        (copy / "devices.yaml").read_text().replace("\ndevices:\n", f"\ndevices:\n{more}")
    )
    found = differences(policy(SAMPLE), policy(copy))
    assert len(found) == MOST + 1
    assert found[-1].endswith("more differences")

"""A group that is made in the same save as its day: the report tells its hours all the same."""

from datetime import date

import pytest

from tests.schedules.edited import FILES, below, changes, policy, told

GROUP = below("devices.yaml", "  year-5:\n    part_of: pupils", "  year-6:\n    part_of: pupils")
DEVICE = below(
    "devices.yaml",
    "devices:",
    "  - {name: y6-laptop-01, group: year-6, mac: 3c:22:fb:00:00:61, shared: true}",
)
SATS = below(
    "school.yaml",
    "dates:",
    """\
  - date: 2027-05-10 to 2027-05-13
    name: SATs week
    for: year-6
    extra:
      breakfast: 08:15-08:50
    breaks:
      playtime: 11:00-11:15""",
)
HOURS = (
    "year-6 from Mon 10 May 2027 to Thu 13 May 2027: breakfast is new, 08:15 to 08:50; "
    "playtime now starts 11:00, was 10:30; playtime now ends 11:15, was 10:45"
)


def test_the_hours_of_a_new_group_are_told_against_those_of_the_group_around_it() -> None:
    assert changes((), (GROUP, DEVICE, SATS))[0] == HOURS


def test_they_are_the_same_where_the_group_is_there_already() -> None:
    assert changes((GROUP, DEVICE), (GROUP, DEVICE, SATS))[0] == HOURS


def test_a_new_group_with_the_day_of_the_others_changes_no_hours() -> None:
    assert changes((), (GROUP, DEVICE)) == [
        "group year-6 is new",
        "device y6-laptop-01 is new, in year-6, trusting the school's certificate",
    ]


@pytest.mark.parametrize("own", ["", "\n    trusts_certificate: no"])
def test_somebodys_own_laptop_in_a_group_that_trusts_the_certificate_is_told(own: str) -> None:
    doyle = f"  - name: supply-laptop\n    group: staff\n    mac: da:a1:19:4c:02:7e{own}"
    said = told(below("devices.yaml", "devices:", doyle))
    assert any("supply-laptop was made up by the device itself" in each for each in said)
    trusted = [each for each in said if "is taken to trust" in each]
    assert trusted == (
        []
        if own
        else [
            "devices.yaml: devices: supply-laptop is taken to trust the school's certificate, as "
            "staff does / if it is somebody's own, without the certificate, write "
            "trusts_certificate: no; otherwise it gets an error instead of the page"
        ]
    )
    assert changes((), (below("devices.yaml", "devices:", doyle),)) == [
        f"device supply-laptop is new, in staff, {'not ' if own else ''}trusting the school's "
        "certificate"
    ]


def test_a_trolley_of_tablets_is_one_line() -> None:
    tablets = "\n".join(
        f"  - name: tablet-{n}\n    group: year-5\n    mac: 3c:22:fb:00:02:0{n}\n    shared: true"
        for n in (1, 2, 3)
    )
    assert changes((), (below("devices.yaml", "devices:", tablets),)) == [
        "devices tablet-1, tablet-2, tablet-3 are new, in year-5, trusting the school's certificate"
    ]


def test_hours_of_a_group_for_a_time_are_why_a_day_is_so_with_their_line() -> None:
    more = """\
  year-5:
    from: 2027-01-05
    until: 2027-03-24
    sessions:
      morning: 08:50-11:45
      afternoon: 12:45-15:15"""
    there = policy(below("school.yaml", "days_for:", more))
    day = there.year.day(("year-5", "pupils"), date(2027, 1, 12))
    line = FILES["school.yaml"].splitlines().index("days_for:") + 2
    assert day.why.endswith(", hours of year-5")
    assert str(day.source) == f"school.yaml:{line}"
    assert "hours of" not in there.year.day(("pupils",), date(2027, 1, 12)).why
    assert "hours of" not in there.year.day(("year-5", "pupils"), date(2026, 12, 1)).why

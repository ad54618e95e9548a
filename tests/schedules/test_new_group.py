"""A group that is made in the same save as its day: the report tells its hours all the same."""

from tests.schedules.edited import below, changes

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
    assert changes((), (GROUP, DEVICE)) == ["group year-6 is new", "device y6-laptop-01 is new"]

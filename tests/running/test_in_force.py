"""What `check`, `run` and `status` say of now and of the next bells: who is where, what rings."""

from datetime import UTC, datetime
from pathlib import Path

from bellgate.policy.decide import Policy
from bellgate.running.in_force import in_force, rings
from bellgate.schedules.load import load_files
from tests.schedules.edited import below
from tests.schedules.edited import policy as sample
from tests.schedules.small_catalogue import small_catalogue

SMALL = Path(__file__).parent.parent / "corpus" / "good" / "small"
SCHOOL = b"""\
school: Small School
terms:
  - name: Autumn 2026
    first_day: 2026-09-02
    last_day: 2026-12-18
sessions:
  morning: 08:50-12:00
  afternoon: 13:00-15:15
breaks:
  playtime: 10:30-10:45
days_for:
  ks1:
    breaks:
      KS1 playtime: 10:15-10:30
"""
DEVICES = b"""\
groups:
  pupils: {}
  ks1: {part_of: pupils}
  staff: {}
unknown_devices: pupils
"""
RULES = b"""\
rules:
  - name: Lessons
    who: [pupils, staff]
    what: social-media
    when: lessons
    do: block
    clause: Ours
  - name: Quiet hour
    who: pupils
    what: youtube
    when: Monday 11:00-11:30
    do: block
    clause: Ours
"""


def policy() -> Policy:
    files = {p.name: p.read_bytes() for p in SMALL.glob("*.yaml")}
    files |= {"school.yaml": SCHOOL, "devices.yaml": DEVICES, "rules.yaml": RULES}
    found = load_files(files, catalogue=small_catalogue())
    assert found.policy is not None, found.problems
    return found.policy


def at(hour: int, minute: int) -> datetime:
    return datetime(2026, 11, 23, hour, minute, tzinfo=UTC)


def test_a_bell_says_what_rings_for_whichever_group() -> None:
    school = policy()
    assert rings(school, at(10, 15)) == "ks1: KS1 playtime"
    assert rings(school, at(10, 30)) == "pupils, staff: playtime; ks1: morning session"
    assert rings(school, at(8, 50)) == "pupils, staff: morning session"
    assert rings(school, at(11, 0)) == "rule Quiet hour begins for pupils"
    assert rings(school, at(11, 30)) == "rule Quiet hour ends for pupils"
    assert rings(school, at(15, 15)) == "pupils, staff: out of school"


def test_groups_that_do_the_same_are_named_together_and_those_inside_them_not_again() -> None:
    lines = list(in_force(policy(), at(10, 20)))
    assert lines[:3] == [
        "Now Monday 2026-11-23 10:20 at Small School:",
        "  pupils, staff: morning session",
        "  ks1: KS1 playtime",
    ]
    assert lines[4] == "  Monday 2026-11-23 10:30  pupils, staff: playtime; ks1: morning session"


def test_the_last_bell_of_all() -> None:
    end = datetime(2026, 12, 18, 16, tzinfo=UTC)
    assert list(in_force(policy(), end))[-1] == "No more bells: the timetable ends here."


def test_a_rule_of_one_laptop_that_begins_on_a_sunday_night_is_what_rings() -> None:
    rule = below(
        "rules.yaml",
        "rules:",
        "  - name: No Scratch\n    who: y5-laptop-03\n    what: scratch.mit.edu\n"
        "    when: 2026-11-30 to 2026-12-13\n    do: block\n    clause: Ours",
    )
    midnight = datetime(2026, 11, 30, tzinfo=UTC)
    assert rings(sample(rule), midnight) == "rule No Scratch begins for y5-laptop-03"


def test_a_rule_with_hours_of_its_own_is_told_beside_the_session_that_begins_with_it() -> None:
    rule = below(
        "rules.yaml",
        "rules:",
        "  - name: Quiz\n    who: year-5\n    what: youtube\n    when: 2026-11-30 13:00-14:00\n"
        "    do: allow\n    clause: Ours",
    )
    lunch_is_over = datetime(2026, 11, 30, 13, tzinfo=UTC)
    assert rings(sample(rule), lunch_is_over) == (
        "pupils, staff, guests: afternoon session; rule Quiz begins for year-5"
    )


def test_a_rule_of_one_device_goes_by_the_days_of_its_own_group() -> None:
    rule = below(
        "rules.yaml",
        "rules:",
        "  - name: Coach company\n    who: office-pc\n    what: whatsapp\n"
        "    when: school day from 2026-12-01 until 2026-12-18\n    do: log\n    clause: Ours",
    )
    pupils_go, staff_go = (datetime(2026, 12, 8, 15, m, tzinfo=UTC) for m in (15, 45))
    assert rings(sample(rule), pupils_go) == "pupils, guests: out of school"
    assert rings(sample(rule), staff_go) == (
        "staff: out of school; rule Coach company ends for office-pc"
    )


def test_whose_rule_it_is_is_said_by_the_groups_for_which_it_begins() -> None:
    rule = below(
        "rules.yaml",
        "rules:",
        "  - name: Quiz\n    who: [pupils, staff]\n    what: youtube\n"
        "    when: school day from 2026-11-30 until 2026-12-04\n    do: allow\n    clause: Ours",
    )
    staff_come = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)
    assert rings(sample(rule), staff_come) == "staff: morning session; rule Quiz begins for staff"

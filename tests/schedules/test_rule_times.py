# ruff: noqa: E501  one case a line
"""What a rule's `when` may say, and the moments at which it then holds: a timetable and a rule."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellgate.policy.decide import Policy, decide
from bellgate.policy.difference import differences
from bellgate.policy.facts import Connection
from bellgate.policy.plain_words import rule_in_words
from bellgate.policy.walk import walk
from bellgate.policy.when import Named, intervals_of
from bellgate.schedules.load import Loaded, load_files
from bellgate.schedules.problem import Unclear
from bellgate.schedules.rule_times import when_of, when_problem
from bellgate.schedules.rule_words import Vocabulary, what_problem
from tests.schedules.small_catalogue import small_catalogue

SMALL = Path(__file__).parent.parent / "corpus" / "good" / "small"
LONDON = ZoneInfo("Europe/London")
SCHOOL = b"""\
school: Small School
terms:
  - name: Autumn 2026
    first_day: 2026-09-02
    last_day: 2026-12-18
    half_term: 2026-10-26 to 2026-10-30
sessions:
  morning: 08:50-12:00
  afternoon: 13:00-15:15
"""
DEVICES = """\
groups:
  pupils: {}
  class-5a: {part_of: pupils}
  e-sports: {part_of: pupils}
  staff: {}
  guests: {}
networks:
  10.77.10.0/24: pupils
unknown_devices: guests
devices:
  - name: laptop
    group: GROUP
    mac: 3c:22:fb:00:00:21
"""


AT_NIGHT = """\
  - name: Nights
    who: everyone
    what: social-media
    when: any day 20:00-06:00
    do: block
    clause: Ours
"""


def school(when: str, who: str = "pupils", group: str = "class-5a", more: str = "") -> Loaded:
    rules = (
        f"rules:\n  - name: Rule\n    who: {who}\n    what: social-media\n    when: {when}\n"
        f"    do: block\n    clause: Ours\n{more}"
    )
    files = {p.name: p.read_bytes() for p in SMALL.glob("*.yaml")}
    devices = DEVICES.replace("GROUP", group).encode()
    files |= {"school.yaml": SCHOOL, "rules.yaml": rules.encode(), "devices.yaml": devices}
    return load_files(files, catalogue=small_catalogue())


def policy(when: str, who: str = "pupils", group: str = "class-5a", more: str = "") -> Policy:
    loaded = school(when, who, group, more)
    assert loaded.policy is not None, loaded.errors
    return loaded.policy


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def holds(when: str, at: str) -> bool:
    found = policy(when)
    times = intervals_of(found.rules[0].when, found.timetable(found.groups["pupils"]))
    return moment(at) in times


# 2026-11-25 is a Wednesday in term; 2026-10-28 is in half-term; 2026-11-28 is a Saturday.
@pytest.mark.parametrize(
    ("when", "inside", "outside"),
    [
        ("lunch", ["2026-11-25 12:00", "2026-11-25 12:59"], ["2026-11-25 11:59", "2026-11-25 13:00"]),
        ("lunch", [], ["2026-10-28 12:30", "2026-11-25 16:00"]),
        ("2026-11-25", ["2026-11-25 00:00", "2026-11-25 23:59"], ["2026-11-26 00:00"]),
        ("2026-10-28", ["2026-10-28 10:00"], ["2026-10-27 23:59"]),
        ("2026-11-25 10:00-11:00", ["2026-11-25 10:00"], ["2026-11-25 11:00", "2026-11-26 10:00"]),
        ("2026-11-25 to 2026-11-27", ["2026-11-25 00:00", "2026-11-27 23:59"], ["2026-11-28 00:00"]),
        ("2026-11-25 to 2026-11-26 10:00-11:00", ["2026-11-26 10:30"], ["2026-11-26 09:00"]),
        ("Mon-Fri 09:00-15:00", ["2026-11-25 09:00"], ["2026-10-28 09:00", "2026-11-28 09:00"]),
        ("any day 16:00-18:00", ["2026-11-25 16:00", "2026-11-28 17:59", "2026-10-28 16:00"], ["2026-11-25 18:00"]),
        ("any day 16:00-18:00", ["2027-08-11 17:00"], ["2027-08-11 15:59"]),  # after the last term
        ("any Mon-Fri 07:45-17:30", ["2026-10-28 08:00"], ["2026-11-28 08:00"]),
        ("20:00-06:00", ["2026-11-25 20:00", "2026-11-26 05:59"], ["2026-11-26 06:00", "2026-11-25 19:59"]),
        ("20:00-06:00", ["2026-11-28 05:00"], ["2026-11-28 21:00"]),  # Friday's night, no Saturday
        ("any day 20:00-06:00", ["2026-11-28 21:00", "2026-11-29 05:59"], ["2026-11-29 06:00"]),
        ("Fri 22:00-24:00", ["2026-11-27 23:59"], ["2026-11-28 00:00"]),
        ("any day 00:00-24:00", ["2026-11-28 00:00", "2026-11-28 23:59"], []),
        ("Monday 15:45-16:45 from 2026-11-30", ["2026-11-30 15:45", "2026-12-14 16:00"], ["2026-11-23 16:00", "2026-12-01 16:00"]),
        ("Wed 10:00-11:00 until 2026-11-25", ["2026-11-25 10:00"], ["2026-12-02 10:00"]),
        ("lunch from 2026-11-25 until 2026-11-26", ["2026-11-25 12:30", "2026-11-26 12:30"], ["2026-11-24 12:30", "2026-11-27 12:30"]),
        ("lunch from 2026-11-25 to 2026-11-26", ["2026-11-26 12:30"], ["2026-11-27 12:30"]),
        ("morning from 2026-11-25", ["2026-11-25 09:00"], ["2026-11-24 09:00", "2026-11-25 13:30"]),
        ("always until 2026-11-25", ["2020-01-01 00:00", "2026-11-25 23:59"], ["2026-11-26 00:00"]),
        ("any day 20:00-06:00 until 2026-11-28", ["2026-11-29 05:59"], ["2026-11-29 20:00"]),
        ("any day 20:00-06:00 from 2026-11-28", ["2026-11-28 20:00"], ["2026-11-28 05:00"]),
        ("[lunch, 2026-11-28]", ["2026-11-25 12:30", "2026-11-28 12:30"], ["2026-11-25 10:00"]),
    ],
)  # fmt: skip
def test_when_it_holds(when: str, inside: list[str], outside: list[str]) -> None:
    assert [at for at in inside if not holds(when, at)] == []
    assert [at for at in outside if holds(when, at)] == []


def test_a_night_of_the_clock_change_has_its_own_length() -> None:
    """From 20:00 on the evening before to 06:00: eleven hours in October, nine in March."""
    found = policy("any day 20:00-06:00")
    bounds = intervals_of(found.rules[0].when, found.timetable(found.groups["pupils"])).bounds
    lengths = dict(zip(bounds[::2], bounds[1::2], strict=True))
    assert (lengths[moment("2026-10-24 20:00")] - moment("2026-10-24 20:00")).seconds == 11 * 3600


@pytest.mark.parametrize(
    ("when", "says", "hint"),
    [
        ("any day", 'has "any day" without hours', "write it as any day 09:00-15:00"),
        ("Monday", 'has "Monday" without hours', "write it as Monday 09:00-15:00"),
        ("any Mon-Fri", "without hours", "write it as any Mon-Fri 09:00-15:00"),
        ("10:00-10:00", "ends when it starts (10:00)", "the whole day is 00:00-24:00"),
        ("Mon-Fri 9-15", "not a time of day", None),
        ("Mon-Fri 24:00-06:00", "not a time of day", None),
        ("Freitag 10:00-11:00", "not a day of the week", "did you mean Friday?"),
        ("2026-11-31", "there is no such day", None),
        ("2026-11-27 to 2026-11-25", "ends before it starts", None),
        (
            "25/11/2026",
            "which is not a date",
            "with the day first, 25/11/2026 is written 2026-11-25",
        ),
        ("lunchtime", "not a session or break", "did you mean lunch?"),
        ("Thursday 15:15-16:15 in term", "not a time of day", "write it as Thursday 15:15-16:15"),
        (
            "Thursday 2027-01-07 15:15-16:15",
            "a time and dates in one",
            "write it as 2027-01-07 15:15-16:15",
        ),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(
    when: str, says: str, hint: str | None
) -> None:
    known = Vocabulary(frozenset(), frozenset(), frozenset(), frozenset({"morning"}))
    wrong = when_problem(when, known)
    assert wrong is not None
    assert says in wrong.message
    if hint is not None:
        assert wrong.hint == hint
    if wrong.hint and wrong.hint.startswith("write it as "):
        example = wrong.hint.removeprefix("write it as ")
        assert not isinstance(when_of(example.split(" (")[0]), Unclear), (
            "a hint must be right itself"
        )


HOURS = st.times().map(lambda t: f"{t:%H:%M}")


@given(HOURS, HOURS, st.sampled_from(["", "Mon-Fri ", "any day ", "any Saturday ", "2026-11-25 "]))
def test_no_hours_hold_longer_than_a_day_at_a_time(start: str, end: str, days: str) -> None:
    when = when_of(f"{days}{start}-{end}")
    assert isinstance(when, Unclear) == (start == end)


def test_a_device_in_several_groups_has_the_rules_of_each_and_the_timetable_of_the_first() -> None:
    when = "Mon-Fri 09:00-15:00"
    assert about_the_laptop(policy(when, who="e-sports", group="[class-5a, e-sports]"))
    assert about_the_laptop(policy(when, who="class-5a", group="[class-5a, e-sports]"))
    assert not about_the_laptop(policy(when, who="e-sports", group="class-5a"))
    both = policy(when, who="staff", group="[class-5a, staff]")
    assert about_the_laptop(both)
    who = both.directory.identify("10.77.10.9", "3c:22:fb:00:00:21", moment("2026-11-25 10:00"))
    assert who.group.name == "class-5a"
    # Away from its home's network nothing acts for it, by no group of its own.
    away = both.directory.identify("10.99.0.9", "3c:22:fb:00:00:21", moment("2026-11-25 10:00"))
    assert not both.rules[0].about_whom(away)


def about_the_laptop(found: Policy) -> bool:
    who = found.directory.identify("10.77.10.9", "3c:22:fb:00:00:21", moment("2026-11-25 10:00"))
    return found.rules[0].about_whom(who)


@pytest.mark.parametrize("group", ["[class-5a, nobody]", "nobody", "[]"])
def test_a_group_that_is_none_is_named(group: str) -> None:
    assert [p.line for p in school("always", group=group).errors] == [12]


def test_a_rule_for_a_further_group_is_not_said_to_match_nobody() -> None:
    loaded = school("Mon-Fri 09:00-15:00", who="e-sports", group="[class-5a, e-sports]")
    assert not [p for p in loaded.problems if "never match" in p.message]


def test_a_break_may_be_called_lunch() -> None:
    text = SCHOOL.replace(b"08:50-12:00", b"08:50-12:30") + b"breaks:\n  lunch: 12:10-12:20\n"
    files = {p.name: p.read_bytes() for p in SMALL.glob("*.yaml")}
    found = load_files({**files, "school.yaml": text}, catalogue=small_catalogue())
    assert found.policy is not None, found.errors
    lunch = found.policy.timetable(found.policy.groups["pupils"]).lunch
    held = [f"{b.astimezone(LONDON):%H:%M}" for b in lunch.bounds if b.date() == date(2026, 11, 25)]
    assert held == ["12:10", "12:20", "12:30", "13:00"]


@pytest.mark.parametrize(
    ("at", "says"),
    [
        (
            "2026-10-28 10:00",
            "holds at other times (Mon-Fri 09:00-15:00): there is no school on this day",
        ),
        ("2026-11-25 16:00", "holds at other times (Mon-Fri 09:00-15:00)"),
    ],
)
def test_the_explanation_says_where_there_is_no_school(at: str, says: str) -> None:
    found = policy("Mon-Fri 09:00-15:00")
    asked = Connection("10.77.10.9", "tls", ("www.facebook.com",), destination_port=443)
    steps = walk(found, decide(found, asked, moment(at)))
    assert [step.text for step in steps if step.title.startswith("Rule")] == [says]


@pytest.mark.parametrize(
    ("when", "at", "says"),
    [
        ("always", "2026-11-25 21:00", "and it stays closed."),
        ("15:00-22:00", "2026-11-25 21:00", "until Thursday 2026-11-26 06:00 "
         "(from Wednesday 2026-11-25 22:00 by the rule Nights)."),
        ("15:00-16:00", "2026-11-25 15:30", "until Wednesday 2026-11-25 16:00."),
    ],
)  # fmt: skip
def test_what_stays_closed_by_another_rule_does_not_read_as_if_it_opened(
    when: str, at: str, says: str
) -> None:
    found = policy(when, more=AT_NIGHT)
    asked = Connection("10.77.10.9", "tls", ("www.facebook.com",), destination_port=443)
    *_, answer = walk(found, decide(found, asked, moment(at)))
    assert says in answer.text


def test_hints_name_the_dash_and_keep_the_day() -> None:
    known = Vocabulary(frozenset(), frozenset(), frozenset(), frozenset())
    wrong = when_problem("Mon-Fri 09:00—15:00", known)
    assert wrong is not None
    assert wrong.hint == "— is an em dash: write a plain hyphen, Mon-Fri 09:00-15:00"


def test_an_unknown_service_is_not_answered_with_all_that_are_known() -> None:
    services = frozenset(f"service-{n}" for n in range(300))
    known = Vocabulary(frozenset(), frozenset(), services, frozenset())
    wrong = what_problem("zzzzzz", known)
    assert wrong is not None
    assert wrong.hint == (
        'bellgate services "zzzzzz" searches them; or write the site\'s domain, such as '
        "example.org. What no rule closes is open without a rule"
    )


def test_two_devices_of_one_class_are_told_apart_by_their_further_groups() -> None:
    found = policy("Mon-Fri 09:00-15:00", who="e-sports", group="[class-5a, e-sports]")
    (laptop,) = found.directory.devices
    other = replace(laptop, name="other", macs=("3c:22:fb:00:00:22",), others=frozenset())
    both = replace(found, directory=replace(found.directory, devices=(laptop, other)))

    def action(mac: str) -> str:
        asked = Connection("10.77.10.9", "tls", ("www.facebook.com",), mac, destination_port=443)
        return decide(both, asked, moment("2026-11-25 10:00")).action

    assert [action(d.macs[0]) for d in (laptop, other, laptop)] == ["block", "allow", "block"]


@pytest.mark.parametrize(
    ("when", "right"),
    [
        ("from 8 January 2027 Thursdays 15:15-16:15", "Thursdays 15:15-16:15 from 2027-01-08"),
        ("Thursday 15:15-16:15 after 2027-01-07", "Thursday 15:15-16:15 from 2027-01-08"),
        ("Thursday 15:15-16:15 before 2027-03-25", "Thursday 15:15-16:15 until 2027-03-24"),
        ("Thursday 15:15-16:15 from 11/01/2027", "Thursday 15:15-16:15 from 2027-01-11"),
        ("Thursday 15:15-16:15 until 24 March 2027", "Thursday 15:15-16:15 until 2027-03-24"),
        ("Thursday 15:15-16:15, 2027-01-07 to 2027-01-21",
         "Thursday 15:15-16:15 from 2027-01-07 until 2027-01-21"),
        ("2027-01-07 to 2027-12-21 Thursday 15:15-16:15",
         "Thursday 15:15-16:15 from 2027-01-07 until 2027-12-21"),
        ("every Thursday 15:15-16:15 from 2027-01-07", "Thursday 15:15-16:15 from 2027-01-07"),
        ("lunch from 5 January 2027 until 24 March 2027",
         "lunch from 2027-01-05 until 2027-03-24"),
        ("until 2027-03-24", "always until 2027-03-24"),
        ("Thursday 9-10 until 2027-03-24", "Thursday 09:00-10:00 until 2027-03-24"),
        ("Monday from 2027-01-11", "Monday 09:00-15:00 from 2027-01-11"),
        ("10.12.2026 10-11", "2026-12-10 10:00-11:00"),
        ("10/12/2026 10am-11am", "2026-12-10 10:00-11:00"),
        ("10.12.2026 2.30-4", "2026-12-10 14:30-16:00"),
        ("10 December 2026, 10-11", "2026-12-10 10:00-11:00"),
        ("2026-12-10 10-11", "2026-12-10 10:00-11:00"),
    ],
)  # fmt: skip
def test_what_people_write_of_times_and_dates_is_told_in_the_words_of_the_files(
    when: str, right: str
) -> None:
    """With the person's own hours: another's would be copied into the rule."""
    wrong = when_problem(when, Vocabulary(frozenset(), frozenset(), frozenset(), frozenset()))
    assert wrong is not None
    assert wrong.hint == f"write it as {right}"
    assert not isinstance(when_of(right), Unclear | Named)


@pytest.mark.parametrize(
    ("when", "says", "hint"),
    [
        ("Monday 15:45-16:45 from January", "a time and dates in one",
         "write January as a date: Monday 15:45-16:45 from 2027-01-11"),
        ("lunch until Easter", "a time and dates in one",
         "write Easter as a date: lunch until 2027-03-24"),
        ("lnch until 2027-03-24", 'has "lnch"', "did you mean lunch?"),
        ("lunch until 2027-03-32", "there is no such day", "March 2027 has 31 days"),
        ("lunch from 2027-03-24 until 2027-01-05", "ends before it starts",
         "did you mean from 2027-01-05 until 2027-03-24?"),
        ("2027-01-05 until 2027-02-01", "with dates twice",
         "write one range: 2027-01-05 to 2027-02-01"),
        ("every day 16:00-18:00", "not a day of the week",
         "write 16:00-18:00 for each day of school, or any day 16:00-18:00 for the holidays too"),
        ("Tue 15 Dec 10:00-11:00", "not a date",
         "write the year too, such as 2026-12-15 10:00-11:00"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_first_or_a_last_day(when: str, says: str, hint: str) -> None:
    known = Vocabulary(frozenset(), frozenset(), frozenset(), frozenset({"morning"}))
    wrong = when_problem(when, known)
    assert wrong is not None
    assert (says in wrong.message, wrong.hint) == (True, hint)


def test_a_first_and_a_last_day_are_told_by_everything_that_tells_of_a_rule() -> None:
    when = "Wednesday 09:00-15:00 from 2026-11-25 until 2026-12-02"
    found = policy(when)
    (rule,) = found.rules
    asked = Connection("10.77.10.9", "tls", ("www.facebook.com",), destination_port=443)
    steps = walk(found, decide(found, asked, moment("2026-11-18 10:00")))
    assert [s.text for s in steps if s.title.startswith("Rule")] == [
        f"holds at other times ({when})"
    ]
    said = rule_in_words(rule, found.index.services).when
    assert said == "Wednesday 09:00-15:00 from 25 November 2026 until 2 December 2026"
    (change, *_) = differences(policy("Wednesday 09:00-15:00"), found)
    assert f"now blocks social-media for pupils ({when})" in change


def test_a_rule_whose_last_day_is_over_is_told() -> None:
    for when, today in (
        ("lunch until 2026-12-02", date(2026, 12, 3)),
        ("20:00-06:00 until 2026-12-01", date(2026, 12, 3)),
        ("[2026-11-25, lessons from 2026-09-07 until 2026-12-02]", date(2026, 12, 3)),
    ):
        told = [
            p.message for p in school(when).problems_on(today) if "never holds again" in p.message
        ]
        before = school(when).problems_on(date(2026, 12, 2))
        assert len(told) == 1, when
        assert not [p for p in before if "never holds again" in p.message], when
    assert not [
        p
        for p in school("lunch from 2026-09-07").problems_on(date(2027, 9, 1))
        if "never holds again" in p.message
    ]


def test_short_hours_of_the_afternoon_are_told_beside_dates_too() -> None:
    (only,) = [
        p for p in school("Monday 3:45-4:45 from 2026-11-30").problems if "night" in p.message
    ]
    assert "for the afternoon write 15:45-16:45" in (only.hint or "")

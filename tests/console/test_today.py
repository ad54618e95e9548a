"""A snow day and an early finish from a page: shown before, on record, never backwards in time."""

from datetime import UTC, date, datetime, time

import pytest

from bellgate.running.folders import calendars_folder
from bellgate.schedules.changed_days import ChangedDay, ChangedDays
from bellgate.schedules.load import load
from tests.cli.test_commands import bellgate
from tests.console.desk import Desk, text_of

MORNING = datetime(2026, 11, 30, 10, 15, tzinfo=UTC)
CLOSED = {"day": "", "what": "closed", "ends": "", "reason": "The boiler is broken"}
EARLY = {"day": "Friday", "what": "ends", "ends": "14:00", "reason": "Snow is coming"}


@pytest.fixture
def monday(desk: Desk) -> Desk:
    desk.clock.at = MORNING
    return desk


def sessions(desk: Desk, day: date, group: str = "pupils") -> list[tuple[str, time, time]]:
    """What a day holds, by the files and what was changed."""
    state = desk.school.state
    policy = load(desk.school.schedules, cache=calendars_folder(state)).policy
    assert policy is not None
    found = policy.year.day(policy.groups[group].chain, day)
    return [(w.name, w.start, w.end) for w in found.sessions]


def test_what_will_hold_is_shown_before_anything_does(monday: Desk) -> None:
    said = text_of(monday.browser(role="head").send("/today", CLOSED).text)
    assert "Is this right? Monday 30 November 2026" in said
    assert "At present pupils, guests: morning 08:50 to 12:00, afternoon 13:00 to 15:15" in said
    after = "pupils, staff, guests: no school: The boiler is broken (the-head)"
    assert f"After this change {after}" in said
    assert "social media will be open for pupils, staff, guests, including anybody" in said
    assert len(sessions(monday, date(2026, 11, 30))) == 2
    assert monday.records("day-changed") == []


def test_a_closed_day_is_in_force_and_on_record(monday: Desk) -> None:
    head = monday.browser(role="head")
    assert head.send("/today", CLOSED | {"sure": "yes"}).status_code == 303
    assert sessions(monday, date(2026, 11, 30)) == []
    [record] = monday.records("day-changed")
    assert record["message"] == "the-head closed Monday 30 November 2026"
    assert record["event"]["reason"] == "The boiler is broken"
    assert "Closed: The boiler is broken (the-head)" in text_of(head.get("/today").text)


def test_an_early_finish_cuts_each_groups_own_day(monday: Desk) -> None:
    monday.browser(role="head").send("/today", EARLY | {"sure": "yes"})
    friday = date(2026, 12, 4)
    assert sessions(monday, friday)[-1] == ("afternoon", time(13), time(14))
    assert sessions(monday, friday, "staff")[-1] == ("afternoon", time(13), time(14))
    assert sessions(monday, date(2026, 12, 3))[-1] == ("afternoon", time(13), time(15, 15))


def test_the_commands_show_it_with_who_and_why(monday: Desk) -> None:
    monday.browser(role="head").send("/today", EARLY | {"sure": "yes"})
    school = monday.school
    done = bellgate(
        "week", "--from", "2026-12-04", "--state", school.state, "--schedules", school.schedules
    )
    assert "Early finish: Snow is coming (the-head) (days.yaml:3)" in done.stdout


def test_it_can_be_taken_back(monday: Desk) -> None:
    head = monday.browser(role="head")
    head.send("/today", EARLY | {"sure": "yes"})
    back = {"day": "Friday", "what": "usual", "reason": "No snow after all", "sure": "yes"}
    assert head.send("/today", back).status_code == 303
    assert sessions(monday, date(2026, 12, 4))[-1] == ("afternoon", time(13), time(15, 15))
    assert "Nothing has been changed on that day" in text_of(head.send("/today", back).text)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"what": ""}, "Choose what should happen that day"),
        ({"reason": ""}, "Say why: it is recorded"),
        ({"day": "27 Nov 2026"}, "Choose today or a day in the next four weeks"),
        ({"day": "1 March 2027"}, "Choose today or a day in the next four weeks"),
        ({"day": "someday"}, "“someday” is not a day"),
        ({"what": "ends", "ends": "early"}, "Say when school ends, for example 14:00"),
        (
            {"what": "ends", "ends": "09:30"},
            "It is 10:15: that time has passed already and cannot be changed",
        ),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(
    monday: Desk, wrong: dict[str, str], said: str
) -> None:
    answer = monday.browser(role="head").send("/today", CLOSED | {"sure": "yes"} | wrong)
    assert (answer.status_code, said in text_of(answer.text)) == (400, True)
    assert not ChangedDays(calendars_folder(monday.school.state)).read()


def test_what_somebody_writes_cannot_break_the_file(monday: Desk) -> None:
    nasty = "\"'; closed_to: nobody\n  - date: 2026-12-01 # {}[]\\ é"
    days = ChangedDays(calendars_folder(monday.school.state))
    written = ChangedDay(date(2026, 12, 1), None, "the-head", " ".join(nasty.split()))
    days.put(written, date(2026, 11, 30))
    assert days.read() == (written,)


def test_days_long_past_leave_the_file(monday: Desk) -> None:
    days = ChangedDays(calendars_folder(monday.school.state))
    days.put(ChangedDay(date(2025, 9, 1), None, "the-head", "Snow"), date(2025, 9, 1))
    days.put(ChangedDay(date(2026, 12, 1), None, "the-head", "Snow"), date(2026, 11, 30))
    assert [d.day for d in days.read()] == [date(2026, 12, 1)]


def test_nothing_is_said_to_be_in_force_while_no_gate_runs(monday: Desk) -> None:
    head = monday.browser(role="head")
    answer = head.send("/today", EARLY | {"sure": "yes"})
    said = text_of(head.get(answer.headers["Location"]).text)
    assert "Saved. It comes into force once the gate is running" in said


@pytest.mark.parametrize("at", ["noon", "midday", "12 noon"])
def test_noon_is_twelve(monday: Desk, at: str) -> None:
    monday.browser(role="head").send("/today", EARLY | {"ends": at, "sure": "yes"})
    assert sessions(monday, date(2026, 12, 4))[-1][2] == time(12)


def test_what_opens_is_said_of_the_groups_for_whom_the_rules_open_it(monday: Desk) -> None:
    """Guests' rule holds at all times here; pupils' and the staff's ends with the school day."""
    file = monday.school.schedules / "rules.yaml"
    always = (
        "rules:\n  - name: Guests\n    who: guests\n    what: social-media\n    when: always\n"
        "    do: block\n    clause: '9'\n"
    )
    file.write_text(file.read_text().replace("rules:\n", always, 1))
    monday.school.look_again()
    said = text_of(monday.browser(role="head").send("/today", EARLY).text)
    assert "Outside sessions social media are open" not in said
    opened, _, closed = said.partition("During those hours the rules will still close or record")
    assert "social media will be open for pupils, staff," in opened
    assert "for guests." in closed

"""Opening something now: the head's page and a teacher's; shown before, and recorded first."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cli import weeks
from tests.console.desk import Desk, text_of

MORNING = datetime(2026, 11, 30, 10, 15, tzinfo=UTC)
ASKED = {"who": "year-5", "what": "youtube", "until": "11:30", "reason": "Volcanoes"}


@pytest.fixture
def monday(desk: Desk) -> Desk:
    """The Monday after, a quarter past ten."""
    desk.clock.at = MORNING
    return desk


def exempted(desk: Desk) -> list[dict[str, Any]]:
    return [r for r in weeks.lines_of(desk.school.state) if r["event"]["action"] == "exempted"]


def test_what_will_happen_is_shown_before_anything_does(monday: Desk) -> None:
    said = text_of(monday.browser(role="head").send("/exemptions", ASKED).text)
    assert "Is this right?" in said
    assert (
        "YouTube will be open for year-5 from 10:15 until 11:30 on Monday 30 November 2026. Why: "
        "Volcanoes" in said
    )
    assert monday.school.granted.read() == () and exempted(monday) == []


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/people/stf-0042", "who"),
        ("/devices/staff-laptop-07", "who"),
        ("/services/facebook", "what"),
    ],
)
def test_from_a_person_a_device_or_a_service_one_comes_with_the_choice_made(
    monday: Desk, path: str, key: str
) -> None:
    head = monday.browser(role="head")
    chosen = path.rpartition("/")[2]
    assert f'href="/exemptions?{key}={chosen}"' in head.get(path).text
    assert f'<option value="{chosen}" selected>' in head.get(f"/exemptions?{key}={chosen}").text


def test_then_it_is_open_and_on_record(monday: Desk) -> None:
    head = monday.browser(role="head")
    assert head.send("/exemptions", ASKED | {"sure": "yes"}).status_code == 303
    [granted] = monday.school.granted.read()
    assert (granted.who, granted.what, granted.by) == (("year-5",), ("youtube",), "the-head")
    assert granted.until == MORNING + timedelta(minutes=75)
    [record] = exempted(monday)
    assert record["event"]["reason"] == "Volcanoes" and record["user"]["id"] == "the-head"
    said = text_of(head.get("/exemptions").text)
    assert "the-head: Volcanoes" in said and "Close now: YouTube for year-5" in said


def test_it_can_be_closed_again(monday: Desk) -> None:
    head = monday.browser(role="head")
    head.send("/exemptions", ASKED | {"sure": "yes"})
    [granted] = monday.school.granted.read()
    assert head.send(f"/exemptions/{granted.id}/revoke", page="/exemptions").status_code == 303
    assert monday.school.granted.read() == ()
    assert exempted(monday)[-1]["bellgate"]["revoked"] is True
    said = text_of(head.get("/exemptions?taken=x").text)
    assert "once the gate is running" in said and "It is closed again" not in said
    again = head.send(f"/exemptions/{granted.id}/revoke", page="/exemptions")
    assert again.status_code == 404


def test_what_is_to_come_is_logged_as_what_it_is(monday: Desk) -> None:
    head = monday.browser(role="head")
    head.send("/exemptions", ASKED | {"sure": "yes", "from": "11:00"})
    [granted] = monday.school.granted.read()
    [record] = exempted(monday)
    assert record["message"] == (
        "YouTube will be open for year-5 from 11:00 until 11:30 on Monday 30 November 2026, by "
        "the-head: Volcanoes"
    )
    assert record["bellgate"]["from"] == "2026-11-30T11:00:00Z"
    cancelled = head.send(f"/exemptions/{granted.id}/revoke", page="/exemptions").location
    assert exempted(monday)[-1]["message"] == (
        "YouTube for year-5 was cancelled by the-head before it opened"
    )
    assert "It is cancelled. It had not opened yet." in text_of(head.get(cancelled).text)


@pytest.mark.parametrize("what", ["tor", "circumvention"])
def test_what_overrides_a_rule_that_always_holds_says_so_as_the_command_does(
    monday: Desk, what: str
) -> None:
    said = text_of(monday.browser(role="head").send("/exemptions", ASKED | {"what": what}).text)
    assert "This overrides the rule Ways round (rules.yaml:" in said
    assert "), which always applies." in said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"who": "year-99"}, "Choose whom it is for"),
        ({"what": "no-such-service"}, "Choose what is to be opened"),
        ({"until": ""}, "Say until when: for example 11:30, 30 minutes or session"),
        ({"until": "elevenish"}, "“elevenish” is not a time: write 11:30, Friday 15:00"),
        ({"until": "09:00"}, "That is not after the start, 10:15 on Monday 30 November 2026"),
        (
            {"from": "09:00"},
            "It is 10:15 on Monday 30 November 2026: that time has passed already and cannot be "
            "changed",
        ),
        ({"until": "9 weeks"}, "Nothing is opened here for more than a month"),
        ({"until": "25:00"}, "“25:00” is not a time"),
        ({"reason": "  "}, "Say why: it is recorded, and others can read it"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(monday: Desk, wrong: dict[str, str], said: str) -> None:
    form = ASKED | {"sure": "yes"} | wrong
    answer = monday.browser(role="head").send("/exemptions", form)
    assert answer.status_code == 400
    assert said in text_of(answer.text)
    assert f'href="#{next(iter(wrong))}"' in answer.text
    assert monday.school.granted.read() == ()


@pytest.mark.parametrize(
    ("until", "minutes"),
    [("30 minutes", 30), ("1 hour", 60), ("30m", 30), ("2h", 120), ("session", 105), ("11.30", 75),
     ("2.30pm", 255), ("noon", 105), ("midday", 105), ("12 noon", 105),
     ("Tuesday noon", 24 * 60 + 105), ("tomorrow 12 noon", 24 * 60 + 105), ("Monday 10:30", 15),
     ("tomorrow 9am", 24 * 60 - 75), ("1 Dec 10:15", 24 * 60)],
)  # fmt: skip
def test_times_are_understood_as_people_write_them(monday: Desk, until: str, minutes: int) -> None:
    monday.browser(role="head").send("/exemptions", ASKED | {"sure": "yes", "until": until})
    [granted] = monday.school.granted.read()
    assert granted.until - MORNING == timedelta(minutes=minutes)


LENT = """\
lessons:
  - teachers: [mrs-green]
    groups: [year-5]
    services: [youtube]
"""
CLASS = {"group": "year-5", "service": "youtube", "reason": "Volcanoes"}


def test_a_teacher_opens_what_is_lent_to_them_until_the_session_ends(monday: Desk) -> None:
    (monday.school.state / "console.yaml").write_text(LENT)
    teacher = monday.browser("mrs-green", "teacher")
    assert teacher.send("/lesson", CLASS).status_code == 303
    [granted] = monday.school.granted.read()
    assert (granted.by, granted.until) == ("mrs-green", MORNING.replace(hour=12, minute=0))
    assert "mrs-green: Volcanoes" in text_of(monday.browser(role="head").get("/exemptions").text)


def test_a_teacher_closes_again_what_they_opened_and_nothing_else(monday: Desk) -> None:
    (monday.school.state / "console.yaml").write_text(LENT)
    teacher = monday.browser("mrs-green", "teacher")
    teacher.send("/lesson", CLASS)
    monday.browser(role="head").send("/exemptions", ASKED | {"sure": "yes"})
    mine, other = sorted(monday.school.granted.read(), key=lambda e: e.by == "the-head")
    assert f"/lesson/{mine.id}/close" in teacher.get("/lesson").text
    assert teacher.send(f"/lesson/{other.id}/close", page="/lesson").status_code == 404
    assert teacher.send(f"/lesson/{mine.id}/close", page="/lesson").status_code == 303
    assert monday.school.granted.read() == (other,)
    assert exempted(monday)[-1]["bellgate"]["revoked"] is True


def test_nothing_is_chosen_for_a_teacher_beforehand(monday: Desk) -> None:
    (monday.school.state / "console.yaml").write_text(LENT)
    page = monday.browser("mrs-green", "teacher").get("/lesson").text
    assert page.count('<option value="">choose</option>') == 2


@pytest.mark.parametrize(
    "other", [{"group": "staff"}, {"service": "facebook"}, {"group": ""}, {"reason": ""}]
)
def test_and_nothing_else(monday: Desk, other: dict[str, str]) -> None:
    (monday.school.state / "console.yaml").write_text(LENT)
    answer = monday.browser("mrs-green", "teacher").send("/lesson", CLASS | other)
    assert answer.status_code == 400
    assert monday.browser("mr-brown", "teacher").send("/lesson", CLASS).status_code == 400
    assert monday.school.granted.read() == ()


def test_out_of_session_a_lesson_has_no_end(desk: Desk) -> None:
    (desk.school.state / "console.yaml").write_text(LENT)
    answer = desk.browser("mrs-green", "teacher").send("/lesson", CLASS)
    assert "No session is on for this group at the moment" in text_of(answer.text)


def test_settings_that_make_no_sense_lend_nothing_and_say_why(monday: Desk) -> None:
    (monday.school.state / "console.yaml").write_text(LENT.replace("groups", "grups"))
    said = text_of(monday.browser("mrs-green", "teacher").get("/lesson").text)
    assert "The settings cannot be read" in said and "lessons.0" in said
    assert monday.browser("mrs-green", "teacher").send("/lesson", CLASS).status_code == 400

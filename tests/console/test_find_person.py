"""From a name to what is held on that person: after a reason, with a record before the answer."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from werkzeug.test import TestResponse

from bellgate.audit import GateSocket, Journal
from bellgate.review.objections import Objection
from bellgate.review.people import People
from bellgate.running import confided
from tests.cli.weeks import lines_of
from tests.console.desk import Browser, Desk, text_of

ASKED = {"name": "Mary Hart", "reason": "Her mother asks what is held"}
SEARCHED = "the-head looked for the person behind a name"


@pytest.fixture
def head(desk: Desk) -> Browser:
    people = People(desk.school.state)
    for id, name in (("stf-0042", "Mary Hart"), ("stf-0099", "John Hart"), ("pup-1", "Ann Lee"),
                     ("pup-2", "Ann Lee")):  # fmt: skip
        people.add(id, name)
    return desk.browser(role="head")


def chosen(head: Browser, id: str) -> TestResponse:
    """The button beside one of those who were found."""
    return head.send(f"/people/{id}/name", {"reason": ASKED["reason"]}, "/people")


@pytest.fixture
def gate(desk: Desk) -> Iterator[None]:
    """A gate that keeps the names, where the pages' user cannot read them."""
    paths = desk.school.paths
    journal = Journal(paths, desk.school.policy.edition, desk.clock)
    socket = GateSocket(paths.socket, journal.promise, dict, confided.answers(desk.school.state))
    yield
    socket.close()
    journal.close()


def test_a_name_leads_to_the_person_and_each_step_is_on_record_first(
    desk: Desk, head: Browser
) -> None:
    found = head.send("/people", ASKED).text
    assert "One person has that name: 1 in staff. No name has been shown yet." in text_of(found)
    assert desk.records("revealed") == []
    answer = chosen(head, "stf-0042")
    assert (answer.status_code, answer.location) == (303, "/people/stf-0042")
    page = text_of(head.get("/people/stf-0042").text)
    assert "stf-0042: Mary Hart" in page
    steps = [(r["event"]["action"], r["message"]) for r in desk.records()][-3:]
    assert steps == [
        ("searched", SEARCHED),
        ("revealed", "the-head was shown the name behind stf-0042"),
        ("viewed", "the-head looked at stf-0042"),
    ]
    searched, revealed, _ = desk.records()[-3:]
    assert searched["event"]["reason"] == revealed["event"]["reason"] == ASKED["reason"]
    assert "target" not in searched["user"]
    assert not any("Hart" in str(line) for line in lines_of(desk.school.state))


@pytest.mark.usefixtures("gate")
def test_the_gate_answers_where_the_pages_cannot_read_the_names(desk: Desk, head: Browser) -> None:
    said = text_of(head.send("/people", ASKED).text)
    assert "One person has that name: 1 in staff." in said and "stf-0042, staff" in said
    hart = text_of(head.send("/people", ASKED | {"name": "hart", "group": "office"}).text)
    assert "No name like “hart” is kept here for anybody in office." in hart
    assert chosen(head, "stf-0042").location == "/people/stf-0042"
    assert [r["event"]["action"] for r in desk.records()][-3:] == [
        "searched", "searched", "revealed",
    ]  # fmt: skip


def test_a_name_that_nobody_has_is_said_plainly_and_is_on_record(desk: Desk, head: Browser) -> None:
    answer = head.send("/people", ASKED | {"name": "Mary Heart"})
    said = text_of(answer.text)
    assert answer.status_code == 200 and "No name like “Mary Heart” is kept here." in said
    assert "Devices that pupils share are attributed to nobody" in said
    assert [r["message"] for r in desk.records()][-1] == SEARCHED


def test_part_of_a_name_that_several_have_names_none_of_them(desk: Desk, head: Browser) -> None:
    People(desk.school.state).add("pup-3", "Tom Hart")
    said = text_of(head.send("/people", ASKED | {"name": "hart"}).text)
    assert (
        "3 people have that in their names: 2 in staff and 1 who holds no device. Give the first "
        "name and surname, or choose the group that you mean." in said
    )
    assert "stf-0042" not in said.replace("such as stf-0042", "") and "Mary" not in said
    assert desk.records("revealed") == []


def test_a_surname_of_one_in_the_group_leads_to_them_and_opens_no_name(
    desk: Desk, head: Browser
) -> None:
    file = desk.school.schedules / "devices.yaml"
    file.write_text(file.read_text().replace("person: stf-0099", "person: stf-0077"))
    desk.school.look_again()
    page = head.send("/people", ASKED | {"name": "hart", "group": "staff"}).text
    assert "One person has that name: 1 in staff. No name has been shown yet." in text_of(page)
    assert "stf-0042" in page and "stf-0099" not in page and desk.records("revealed") == []
    assert "First name and surname, as in the register." in text_of(page)


def test_two_people_of_the_same_name_are_both_found(desk: Desk, head: Browser) -> None:
    page = head.send("/people", ASKED | {"name": "Ann Lee"}).text
    assert "2 people have that name: 2 who hold no device. No name has been shown" in text_of(page)
    assert 'action="/people/pup-1/name"' in page and 'action="/people/pup-2/name"' in page
    assert desk.records("revealed") == []


@pytest.mark.parametrize("left_out", ["name", "reason"])
def test_without_a_name_or_a_reason_nothing_is_looked_up(
    desk: Desk, head: Browser, left_out: str
) -> None:
    assert head.send("/people", ASKED | {left_out: " "}).status_code == 400
    assert desk.records("searched") == []


def test_where_no_record_can_be_left_no_name_is_looked_up(desk: Desk, head: Browser) -> None:
    log = desk.school.paths.log
    moved = log.with_name("log-moved")
    log.rename(moved)
    log.write_text("a file where the log's folder should be")
    answer = head.send("/people", ASKED)
    assert answer.status_code == 503 and "stf-0042" not in answer.text
    log.unlink()
    moved.rename(log)


def test_the_chair_reads_that_it_was_looked_up_and_why_and_not_whom(
    desk: Desk, head: Browser
) -> None:
    head.send("/people", ASKED)
    chosen(head, "stf-0042")
    desk.index.follow(desk.school.paths)
    said = text_of(desk.browser(role="chair").get("/looked").text)
    assert SEARCHED in said and ASKED["reason"] in said
    assert "was shown the name behind person 1" in said and "Hart" not in said


def test_what_is_held_on_a_person_is_on_one_page_to_print(desk: Desk, head: Browser) -> None:
    for _ in range(53):
        head.get("/people/stf-0042")
    desk.index.follow(desk.school.paths)
    page = head.get("/people/stf-0042?first=23 Nov&all=yes").text
    said = text_of(page)
    assert "The visits listed here fell under these rules: Staff. Who: staff." in said
    assert "Clause: “Staff should only access social media sites in their own time”." in said
    assert said.endswith(
        "Made at 09:00 on Saturday 28 November 2026 by the-head. Bellgate records who looks at "
        "people’s records."
    )
    assert "Each record is deleted after 90 days (the period for staff)." in said
    assert said.count("the-head looked at stf-0042") == 53
    assert said.count("staff-laptop-07 stf-0042") == 9, "each visit"
    assert "To print this page or save it as a PDF, use your browser’s menu" in said
    assert '<script src="/static/print.js"></script>' in page


def test_an_objection_is_shown_with_its_date(desk: Desk, head: Browser) -> None:
    words = Objection.made("I was in the hall.", datetime(2026, 11, 25, 15, 55, tzinfo=UTC))
    confided.Objections(desk.school.state).put("stf-0042", words)
    said = text_of(head.get("/people/stf-0042").text)
    assert "I was in the hall. Written down at 15:55 on Wednesday 25 November 2026" in said


def test_what_somebody_says_is_kept_with_the_day_it_came_and_stands_in_their_case(
    desk: Desk, head: Browser
) -> None:
    form = {"text": "I was in the hall.", "received": "last Tuesday"}
    saved = head.send("/people/stf-0042/objection", form, page="/people/stf-0042").location
    dated = "Received on Tuesday 24 November 2026. Written down at 09:00 on Saturday"
    assert dated in (said := text_of(head.get(saved).text)) and "It is saved." in said
    case = {"reason": "To see", "person": "stf-0042", "first": "23 Nov", "last": "24 Nov"}
    said = text_of(head.get(head.send("/cases", case).location).text)
    assert f"What stf-0042 says I was in the hall. {dated}" in said
    wrong = head.send(
        "/people/stf-0042/objection", form | {"received": "soon"}, page="/people/stf-0042"
    )
    assert wrong.status_code == 400 and "“soon” is not a day" in text_of(wrong.text)


def test_of_somebody_who_left_it_is_said_until_when_they_held_a_device(
    desk: Desk, head: Browser
) -> None:
    said = text_of(head.get("/people/stf-0042").text)
    assert "this person last held a device on Tuesday 24 November 2026. They may have left." in said
    assert "They may have left" not in text_of(head.get("/people/stf-0099").text)


def test_of_somebody_whom_no_file_names_any_more_the_record_is_shown_all_the_same(
    desk: Desk, head: Browser
) -> None:
    file = desk.school.schedules / "devices.yaml"
    file.write_text(file.read_text().replace("person: stf-0042", "person: stf-0077"))
    desk.school.look_again()
    People(desk.school.state).remove("stf-0042")
    desk.school.acting("the-head").leave(
        "edited", "office removed the name behind stf-0042", target="stf-0042", reason="She left"
    )
    desk.index.follow(desk.school.paths)
    said = text_of(head.get("/people/stf-0042").text)
    assert "The school’s files do not name this person: they hold no device there." in said
    assert "9 visits." in said
    assert "No name is kept for stf-0042. It was removed at 09:00 on Saturday 28 November" in said
    assert ": She left." in said


def test_of_somebody_of_whom_only_the_name_is_kept_the_page_says_that_nothing_is_held(
    desk: Desk, head: Browser
) -> None:
    People(desk.school.state).add("pup-3", "Tom Gray")
    head.send("/people", ASKED | {"name": "Tom Gray"})
    said = text_of(head.get(str(chosen(head, "pup-3").location)).text)
    assert "Nothing is attributed to pup-3 for these days." in said


def test_a_copy_that_leaves_something_out_says_so_before_it_is_handed_out(
    desk: Desk, head: Browser
) -> None:
    some = text_of(head.get("/people/stf-0042?first=24 Nov&all=yes").text)
    assert "It leaves out what is on record from before Tuesday 24 November 2026" in some
    page = head.get("/people/stf-0042").text
    [whole] = re.findall(r'href="(/people/stf-0042[^"]*all=yes[^"]*)"', html.unescape(page))
    assert "It leaves out" not in text_of(head.get(whole).text)

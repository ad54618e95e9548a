"""Who looked: every look is a record before the page is sent, and where none can be left nothing is
shown."""

import re
from datetime import timedelta

import pytest

from bellgate.console.pages.looked import Masks, line_of
from bellgate.review.index import Looked
from bellgate.review.people import People
from tests.console.desk import Browser, Desk, text_of

LOOKS = [
    (
        "/visits?who=stf-0042&first=23 Nov",
        "searched",
        "the-head searched for visits: by stf-0042, 23 November 2026 to 28 November 2026",
    ),
    ("/visits.csv?first=23 Nov", "exported", "the-head exported visits as a table"),
    ("/services/facebook", "viewed", "the-head looked at Facebook"),
    ("/devices/staff-laptop-07", "viewed", "the-head looked at the device staff-laptop-07"),
    ("/people/stf-0042", "viewed", "the-head looked at stf-0042"),
    ("/now", "viewed", "the-head looked at what is being recorded"),
]


@pytest.mark.parametrize(("path", "action", "said"), LOOKS)
def test_every_look_is_a_record(desk: Desk, path: str, action: str, said: str) -> None:
    assert desk.browser(role="head").get(path).status_code == 200
    [record] = desk.records(action)
    assert record["message"].startswith(said)
    assert record["user"]["id"] == "the-head"
    if "stf-0042" in path:
        assert record["user"]["target"]["id"] == "stf-0042"


def test_looking_at_one_visit_says_which(desk: Desk) -> None:
    head = desk.browser(role="head")
    page = head.get("/visits?first=24/11/2026&last=24/11/2026").text
    number = int(page.split("/visits/2026-11-24/")[1].split('"')[0])
    head.get(f"/visits/2026-11-24/{number}")
    [record] = desk.records("viewed")
    assert (record["bellgate"]["visit"], record["bellgate"]["day"]) == (number, "2026-11-24")


@pytest.mark.parametrize("path", [path for path, _, _ in LOOKS])
def test_where_no_record_can_be_left_nothing_is_shown(desk: Desk, path: str) -> None:
    head = desk.browser(role="head")
    log = desk.school.paths.log
    moved = log.with_name("log-moved")
    log.rename(moved)
    log.write_text("a file where the log's folder should be")
    answer = head.get(path)
    said = text_of(answer.text)
    assert answer.status_code == 503
    assert (
        "Anybody who looks at records is recorded first, and that is not possible just now" in said
    )
    assert "stf-0042" not in said and "Facebook" not in said
    log.unlink()
    moved.rename(log)
    assert head.get(path).status_code == 200


def test_signing_in_waits_for_the_log_and_health_says_so(desk: Desk) -> None:
    desk.known("head", "head")
    log = desk.school.paths.log
    moved = log.with_name("log-moved")
    log.rename(moved)
    log.write_text("a file where the log's folder should be")
    browser = desk.browser()
    assert browser.sign_in("head").status_code == 303
    assert "1 record of who signed in waits for the log" in text_of(browser.get("/health").text)
    log.unlink()
    moved.rename(log)
    browser.get("/health")
    assert [r["message"] for r in desk.records()] == ["head signed in"]


def test_the_chair_reads_who_looked_and_not_at_whom(desk: Desk) -> None:
    head: Browser = desk.browser(role="head")
    head.get("/people/stf-0042")
    head.get("/devices/staff-laptop-07")
    head.get("/visits?who=stf-0042")
    desk.index.follow(desk.school.paths)
    said = text_of(desk.browser(role="chair").get("/looked").text)
    assert "the-head looked at person 1" in said and "the-head looked at device 1" in said
    assert "the-head searched for visits" in said
    assert "stf-0042" not in said and "staff-laptop-07" not in said


def test_a_name_is_shown_after_a_reason_for_an_hour_and_in_that_session_alone(desk: Desk) -> None:
    People(desk.school.state).add("stf-0042", "Mary Hart")
    head = desk.browser(role="head")
    assert "Mary Hart" not in head.get("/people/stf-0042").text
    assert (
        head.send("/people/stf-0042/name", {"reason": " "}, page="/people/stf-0042").status_code
        == 400
    )
    assert desk.records("revealed") == []
    head.send("/people/stf-0042/name", {"reason": "To speak to her"}, page="/people/stf-0042")
    [record] = desk.records("revealed")
    assert record["event"]["reason"] == "To speak to her"
    assert "Mary Hart" in head.get("/people/stf-0042").text
    assert "Mary Hart" not in desk.browser(role="head").get("/people/stf-0042").text
    for _ in range(5):
        desk.clock.at += timedelta(minutes=15)
        last = head.get("/people/stf-0042").text
    assert "Mary Hart" not in last


def test_who_looked_is_found_by_who_and_at_whom(desk: Desk) -> None:
    head = desk.browser(role="head")
    head.get("/people/stf-0042")
    head.get("/devices/staff-laptop-07")
    desk.index.follow(desk.school.paths)
    found = text_of(head.get("/looked?about=stf-0042").text)
    assert "looked at stf-0042" in found and "looked at the device" not in found
    desk.known("somebody", "technician")
    assert "Nothing like that was looked at" in text_of(head.get("/looked?who=somebody").text)
    assert "Nobody signs in as “sombody”." in text_of(head.get("/looked?who=sombody").text)
    assert "looked at the device" in text_of(head.get("/looked?who=the-head").text)


def test_the_chair_cannot_ask_after_a_person(desk: Desk) -> None:
    desk.browser(role="head").get("/people/stf-0042")
    desk.index.follow(desk.school.paths)
    chair = desk.browser(role="chair")
    assert text_of(chair.get("/looked?about=stf-0042").text) == text_of(chair.get("/looked").text)


def test_a_page_that_looks_again_by_itself_leaves_one_record_for_ten_minutes(desk: Desk) -> None:
    head = desk.browser(role="head")
    for _ in range(4):
        head.get("/now?live=yes")
    said = "the-head watched for up to ten minutes what is being recorded"
    assert [r["message"] for r in desk.records("viewed")] == [said]
    desk.clock.at += timedelta(minutes=10)
    head.get("/now?live=yes")
    assert len(desk.records("viewed")) == 2


def test_searches_for_somebody_and_looks_at_a_device_are_among_whose_records(desk: Desk) -> None:
    head = desk.browser(role="head")
    head.get("/visits?who=stf-0042&first=23 Nov")
    head.get("/visits")
    head.get("/devices/staff-laptop-07")
    desk.index.follow(desk.school.paths)
    found = text_of(head.get("/looked?about=stf-0042").text)
    assert "the-head searched for visits: by stf-0042, 23 November" in found
    assert "searched for visits: by everybody" not in found
    assert "searches that show everybody are not counted as looking at one person" in found
    assert "looked at the device" in text_of(head.get("/looked?about=staff-laptop-07").text)


def test_a_search_for_an_address_is_among_whose_records_too(desk: Desk) -> None:
    head = desk.browser(role="head")
    for path in ("/visits?who=10.77.20.31&first=23 Nov", "/visits?who=10.77.20.3"):
        head.get(path)
    desk.index.follow(desk.school.paths)
    found = text_of(head.get("/looked?about=10.77.20.31").text)
    assert found.count("the-head searched for visits: by 10.77.20.31,") == 1
    assert "of 10.77.20.3," not in found


@pytest.mark.parametrize("typed", ["stf-9999", "Mary Hart", "Tuesday morning", "stf-004"])
@pytest.mark.parametrize("field", ["/visits?who=", "/visits.csv?who=", "/looked?about="])
def test_whom_nobody_knows_is_a_problem_and_never_nothing_found(
    shared: Desk, field: str, typed: str
) -> None:
    answer = shared.browser(role="head").get(f"{field}{typed}")
    said = text_of(answer.text)
    assert answer.status_code == 400 and f"No person or device is called “{typed}”." in said
    assert "To start from a person’s name, use the page “People”." in said
    assert "0 visits" not in said


@pytest.mark.parametrize("typed", ["stf-0042", "staff-laptop-07", "10.99.99.99", "fe80::1"])
def test_whom_the_record_or_the_files_know_is_searched_for(shared: Desk, typed: str) -> None:
    assert shared.browser(role="head").get(f"/visits?who={typed}&first=1 Sep").status_code == 200


def test_the_chair_reads_no_pseudonym_in_a_files_name(desk: Desk) -> None:
    name = "Jones"
    look = Looked(
        1, "log", desk.clock(), "the-head", "exported", "stf-0042", f"Of stf-0042 for {name}",
        "the-head made hearing-pack-stf-0042-2026.zip of stf-0042 on staff-laptop-07",
        {"device": "staff-laptop-07"}, sound=True,
    )  # fmt: skip
    line = line_of(look, Masks())
    assert line.did == "the-head made a file of person 1 on device 1"
    assert line.why == f"Of person 1 for {name}" and line.about == "person 1"


def test_the_chair_can_tell_whether_two_lines_are_about_the_same_person(desk: Desk) -> None:
    head = desk.browser(role="head")
    for path in ("/people/stf-0042", "/people/stf-0099", "/people/stf-0042"):
        head.get(path)
    desk.index.follow(desk.school.paths)
    page = text_of(desk.browser(role="chair").get("/looked").text)
    looks = re.findall(r"the-head looked at (person \d)", page)
    assert looks == ["person 1", "person 2", "person 1"]
    assert "the same number means the same person" in page


def test_a_search_is_recorded_in_words_and_without_dates_of_a_file(desk: Desk) -> None:
    head = desk.browser(role="head")
    head.get("/visits?group=staff&service=facebook&session=morning&action=block&first=23 Nov")
    [record] = desk.records("searched")
    assert record["message"] == (
        "the-head searched for visits: by the group staff to Facebook, in the morning session, "
        "refused, 23 November 2026 to 28 November 2026"
    )


def test_a_copy_names_every_look_at_a_person_whichever_days_it_is_of(desk: Desk) -> None:
    """It is handed out: that nobody looked would be untrue of who looks at other days today."""
    head = desk.browser(role="head")
    days = "first=24/11/2026&last=24/11/2026"
    head.get(f"/people/stf-0042?{days}")
    desk.index.follow(desk.school.paths)
    copy = text_of(head.get(f"/people/stf-0042?{days}&all=yes").text)
    assert "the-head looked at stf-0042" in copy.partition("Who looked at")[2]
    assert "A look stays on record for 1 year." in copy
    other = text_of(head.get("/people/stf-0099").text)
    assert "There is no record of anybody looking at this person’s records before." in other

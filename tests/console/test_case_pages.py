"""Cases: opened with a reason, handed to somebody who then sees that one alone, and closed."""

import pytest

from tests.console.desk import Browser, Desk, text_of

ASKED = {
    "reason": "A parent's complaint",
    "person": "stf-0042",
    "first": "23 Nov",
    "last": "24 Nov",
}


@pytest.fixture
def head(desk: Desk) -> Browser:
    return desk.browser(role="head")


def opened(desk: Desk, head: Browser, **more: str) -> str:
    answer = head.send("/cases", ASKED | more)
    assert answer.status_code == 303, text_of(answer.text)
    return str(answer.location)


def test_a_case_keeps_its_records_and_is_one_itself(desk: Desk, head: Browser) -> None:
    said = text_of(head.get(opened(desk, head)).text)
    assert "stf-0042, 2026-11-23 to 2026-11-24" in said and "A parent's complaint" in said.replace(
        "&#39;", "'"
    )
    [record] = desk.records("held")
    assert record["user"]["target"]["id"] == "stf-0042"
    assert "bellgate pack --person stf-0042 --from 2026-11-23 --to 2026-11-24" in said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"reason": ""}, "Say why: it is recorded"),
        ({"person": ""}, "Name a person or a device, or give both days"),
        ({"person": "stf-9999"}, "Neither the record nor the files know stf-9999"),
        ({"first": "27 Nov"}, "The first day is after the last"),
        ({"first": "Blursday"}, "“Blursday” is not a day"),
        ({"device": "staff-laptop-07"}, "Name a person or a device, not both"),
    ],
)
def test_what_is_wrong_is_said(desk: Desk, head: Browser, wrong: dict[str, str], said: str) -> None:
    form = ASKED | wrong
    if wrong.get("person") == "":
        form |= {"first": "", "last": ""}
    answer = head.send("/cases", form)
    assert (answer.status_code, said in text_of(answer.text)) == (400, True)
    assert desk.records("held") == []


def test_an_investigator_sees_the_case_that_is_theirs_and_its_visits_alone(
    desk: Desk, head: Browser
) -> None:
    case = opened(desk, head)
    investigator = desk.browser("ms-gray", "investigator")
    assert investigator.get(case).status_code == 404
    assert "There is no case in your hands." in text_of(investigator.get("/cases").text)
    assert head.send(case, {"to": "ms-gray"}).status_code == 303
    page = investigator.get(case)
    assert page.status_code == 200
    visits = {x.split('"')[0] for x in page.text.split('href="/visits/')[1:]}
    assert len(visits) == 9
    for visit in visits:
        assert investigator.get(f"/visits/{visit}").status_code == 200
    others = head.get("/visits?who=stf-0099&first=23 Nov").text.split('href="/visits/')[1:]
    for other in others:
        assert investigator.get(f"/visits/{other.split(chr(34))[0]}").status_code == 404


def test_the_chair_sees_a_case_about_the_head_and_no_other(desk: Desk, head: Browser) -> None:
    chair = desk.browser(role="chair")
    usual, about_head = opened(desk, head), opened(desk, head, about_head="yes")
    assert (chair.get(usual).status_code, chair.get(about_head).status_code) == (404, 200)


def test_notes_and_the_end(desk: Desk, head: Browser) -> None:
    case = opened(desk, head)
    head.send(case, {"note": "Spoke to her on Thursday <b>"})
    assert "Spoke to her on Thursday &lt;b&gt;" in head.get(case).text
    assert head.send(f"{case}/close", {"reason": ""}, page=case).status_code == 400
    assert head.send(f"{case}/close", {"reason": "No case to answer"}, page=case).status_code == 303
    [record] = desk.records("released")
    assert record["event"]["reason"] == "No case to answer"
    assert "its records are kept until Friday 28 May 2027" in text_of(head.get(case).text)

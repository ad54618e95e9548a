"""Cases: opened with a reason, handed to somebody who then sees that one alone, and closed."""

import hashlib
import io
import zipfile

import pytest
from werkzeug.test import TestResponse

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
    assert (
        "stf-0042, 23 November 2026 to 24 November 2026" in said
        and "A parent's complaint" in said.replace("&#39;", "'")
    )
    [record] = desk.records("held")
    assert record["user"]["target"]["id"] == "stf-0042"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"reason": ""}, "Say why: it is recorded"),
        ({"person": ""}, "Name a person or a device, or both dates"),
        ({"person": "stf-9999"}, "There is nobody called “stf-9999” in the record or in the files"),
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
    assert "No case has been handed to you." in text_of(investigator.get("/cases").text)
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


def test_the_pack_of_a_case_is_what_the_command_makes_and_can_be_checked_here(
    desk: Desk, head: Browser
) -> None:
    case = opened(desk, head)
    answer = head.send(f"{case}/pack", page=case)
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as pack:
        names = {n.partition("/")[2] for n in pack.namelist()}
        assert {"report.pdf", "records.jsonl", "proof.json", "verify.py"} < names
    [record] = desk.records("exported")
    assert record["bellgate"]["sha256"] == hashlib.sha256(answer.data).hexdigest()
    assert record["user"]["target"]["id"] == "stf-0042"
    said = text_of(given(head, answer.data).text)
    assert "Yes This file is, byte for byte, as it was handed out." in said
    with zipfile.ZipFile(io.BytesIO(answer.data)) as pack:
        parts = {n.partition("/")[2]: pack.read(n) for n in pack.namelist()}
    assert "Yes" in text_of(given(head, parts["report.pdf"]).text)
    forged = parts["report.pdf"].replace(b"stf-0042", b"stf-0099", 1)
    assert "No The gate has no record of issuing this file as it is." in text_of(
        given(head, forged).text
    )
    for alone in (parts["records.csv"], parts["records.jsonl"]):
        said = text_of(given(head, alone).text)
        assert "This file cannot be judged here The gate recognises a pack by the whole zip" in said


def test_a_page_that_a_browser_saved_is_not_called_forged(head: Browser) -> None:
    for paper in (b"%PDF-1.4\n/Producer (Skia/PDF m150)", head.get("/reports/week").data):
        said = text_of(given(head, paper).text)
        assert "This file cannot be judged here" in said and "a different one each time" in said
        assert "The gate has no record" not in said


def test_every_pack_about_the_person_is_listed_wherever_it_was_made(
    desk: Desk, head: Browser
) -> None:
    """A panel asks how many there are."""
    first, second = opened(desk, head), opened(desk, head)
    head.send(f"{first}/pack", page=first)
    desk.index.follow(desk.school.paths)
    here, there = text_of(head.get(first).text), text_of(head.get(second).text)
    assert "by the-head, not from this case" in there and "not from this case" not in here


def test_no_proof_is_promised_that_the_pack_cannot_give(desk: Desk, head: Browser) -> None:
    case = opened(desk, head)
    said = text_of(head.get(case).text)
    assert "An outsider cannot check that the records were not changed" in said
    assert "an outsider can check" not in said
    school = desk.school.schedules / "school.yaml"
    school.write_text(f"{school.read_text()}\nanchors:\n  folder: /mnt/backup/bellgate\n")
    desk.school.look_again()
    said = text_of(head.get(case).text)
    assert "With a checkpoint that has left the school, an outsider can check" in said


def given(browser: Browser, content: bytes) -> TestResponse:
    """The answer of the page that checks papers."""
    return browser.send("/check", {"file": (io.BytesIO(content), "paper")})


def change_a_record(desk: Desk) -> None:
    """Somebody changes one letter of the log."""
    files = sorted(desk.school.paths.log.glob("*.jsonl"))
    day = next(f for f in files if b"Facebook" in f.read_bytes())
    day.write_bytes(day.read_bytes().replace(b"Facebook", b"Fakebook", 1))


def test_a_mailed_checkpoint_is_judged(desk: Desk, head: Browser) -> None:
    paths = desk.school.paths
    checkpoint = paths.checkpoint.read_bytes()
    said = text_of(given(head, b"Subject: Checkpoint\n\n" + checkpoint).text)
    assert "The log is still what it was when this checkpoint was made" in said
    change_a_record(desk)
    assert "The log is not what this checkpoint says." in text_of(given(head, checkpoint).text)


def test_no_pack_of_a_log_that_does_not_verify(desk: Desk, head: Browser) -> None:
    case = opened(desk, head)
    change_a_record(desk)
    answer = head.send(f"{case}/pack", page=case)
    assert answer.status_code == 409
    assert "No pack has been made: the log is not what was signed" in text_of(answer.text)
    assert desk.records("exported") == []


def test_what_a_case_keeps_may_be_still_to_come(desk: Desk) -> None:
    head = desk.browser(role="head")
    form = {"reason": "to see", "person": "stf-0042", "first": "1 Dec", "last": "5 Jan"}
    page = head.get(head.send("/cases", form).location)
    assert "stf-0042, 1 December 2026 to 5 January 2027" in text_of(page.text)
    case = head.send("/cases", form | {"last": ""}).location
    said = text_of(head.get(case).text)
    assert "stf-0042, from 1 December 2026 on" in said
    none = head.send(f"{case}/pack", page=case)
    assert none.status_code == 409 and "are still to come" in text_of(none.text)

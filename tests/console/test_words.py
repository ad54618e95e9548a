"""The words of every page for whoever reads it: no dates of a file, no words of the technician's
for the head and the chair, and what went wrong in words that say what it means."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest

from bellgate.console.incidents import said as said_of
from bellgate.console.roles import PAGES, Role
from bellgate.review.index import GateEvent
from tests.audit.world import LONDON
from tests.console.desk import Browser, Desk, text_of

TERM = "first=2026-09-02&last=2026-11-28"
MORE = [
    "/?week=2026-10-05", "/?week=2026-11-16", f"/visits?{TERM}", f"/visits?{TERM}&group=staff",
    "/services/youtube", "/services/youtube?day=2026-11-17", f"/devices/staff-laptop-03?{TERM}",
    "/people/stf-0103", f"/people/stf-0107?{TERM}&all=yes", "/cases/made-up-case-1",
    f"/looked?{TERM}", f"/health?{TERM}", "/exemptions",
]  # fmt: skip
ISO = re.compile(r"\b\d{4}-\d\d-\d\d\b")
TECHNICAL = re.compile(r"\b\w+\.yaml\b|\bbellgate [a-z]+|`|\bMAC\b|\bUTC\b|\bSTATE\b")


def pages(browser: Browser, role: Role) -> dict[str, str]:
    """Every page that a role may read, without what the address itself says."""
    own = [p for p, page in PAGES.items() if page.may(role, "GET") and "<" not in p]
    found = {}
    for path in [*own, *MORE]:
        answer = browser.get(path)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            found[path] = html.unescape(text_of(answer.text))
    assert len(found) > 8
    return found


@pytest.mark.parametrize("role", ["head", "chair"])
def test_no_page_for_the_head_or_the_chair_has_a_date_of_a_file_or_the_technicians_words(
    demonstration: Desk, role: Role
) -> None:
    browser = demonstration.browser(role=role)
    browser.get(f"/visits?{TERM}&who=stf-0103&service=facebook")
    demonstration.index.follow(demonstration.school.paths)
    wrong = {
        path: found
        for path, said in pages(browser, role).items()
        if (found := [*ISO.findall(said), *TECHNICAL.findall(said)])
    }
    assert wrong == {}


def test_the_technician_reads_the_keys_and_is_not_sent_to_the_technician(
    demonstration: Desk,
) -> None:
    said = html.unescape(text_of(demonstration.browser(role="technician").get("/health").text))
    assert "“anchors” in school.yaml says to whom" in said
    assert "write the new date under “agreed” in school.yaml" in said
    assert "sk your IT technician" not in said
    assert "Notes on the school’s files" in said


def test_the_policys_review_is_said_with_its_dates(demonstration: Desk) -> None:
    for path in ("/", "/health", "/reports/term"):
        said = html.unescape(text_of(demonstration.browser(role="head").get(path).text))
        assert (
            "The Social Media Policy (made up) was due for review on Tuesday 1 September 2026. It "
            "was agreed on Monday 1 September 2025, to be reviewed every year." in said
        ), path


AT = datetime(2026, 9, 24, 12, 18, tzinfo=UTC)
LOST = {"lost": 17, "from": "2026-09-24T12:10:00Z", "to": "2026-09-24T12:18:00Z"}


@pytest.mark.parametrize(
    ("action", "facts", "said"),
    [
        ("records-lost", LOST, "17 records could not be kept, from 13:10 to 13:18 on Thursday 24 "
         "September 2026. The numbers for that time may be too low."),
        ("records-lost", {"lost": 3}, "3 records from Thursday 24 September 2026 could not be "
         "kept. The numbers for that day may be too low."),
        ("records-lost", {"lost": 0}, "Some records could not be kept until later. None was lost."),
        ("policy-rejected", {}, "What was in force before stayed in force."),
        ("error", {}, "What was tried on that connection may not be on record."),
    ],
)  # fmt: skip
def test_what_went_wrong_is_said_with_what_it_means(
    action: str, facts: dict[str, object], said: str
) -> None:
    event = GateEvent(7, "log", AT, action, "rules.yaml:44: ?", True, facts, sound=True)
    assert said in said_of(event, [], LONDON) and "yaml" not in said_of(event, [], LONDON)


def test_what_was_opened_has_the_name_that_people_use(demonstration: Desk) -> None:
    said = text_of(demonstration.browser(role="head").get("/exemptions").text)
    assert "YouTube is open for y6-tablet-08 until" in said
    assert "youtube is open" not in said and "exemption of youtube" not in said


def test_the_term_before_is_one_link_away(desk: Desk) -> None:
    desk.clock.at = datetime(2027, 1, 20, 9, tzinfo=UTC)
    head = desk.browser(role="head")
    page = head.get("/reports/term").text
    link = re.search(r'href="([^"]+)">Last term \(Autumn 2026\)', page)
    assert link and "This term</a>" in page
    before = head.get(html.unescape(link[1])).text
    assert "(Autumn 2026)." in text_of(before) and "17 visits" in text_of(before)
    assert re.search(r'href="/reports/term">This term</a></nav>', before)
    assert "Last term" not in before


def test_what_a_role_was_refused_is_named_on_the_front_page_of_head_and_chair(desk: Desk) -> None:
    desk.browser(role="technician").get("/people/stf-0042")
    desk.clock.at += timedelta(minutes=1)
    desk.index.follow(desk.school.paths)
    for role in ("head", "chair"):
        said = text_of(desk.browser(role=role).get("/").text)
        assert "the-technician (IT technician) tried to open a person’s page at 09:00 on" in said
        assert "stf-0042" not in said

"""Time that nobody watched does not read as innocence: every page that shows visits says which of
its days were not watched, and that an empty result says nothing of them."""

import html
from pathlib import Path

import pytest

from tests.cli import weeks
from tests.console.desk import Browser, Desk, made, text_of

GAP = "17 November 2026: from 10:04 to 10:52 the gate may not have been watching."
LOST = "17 records could not be kept on Thursday 24 September 2026 from 13:10 to 13:18."
EMPTY = (
    "This does not show that nothing happened: for some of the time the gate may not have been "
    "watching, or could not keep what it saw. Nothing can be said about that time."
)
TUESDAY = "first=2026-11-17&last=2026-11-17"
TERM = "first=2026-09-02&last=2026-11-20"


@pytest.fixture(scope="module")
def head(demonstration: Desk) -> Browser:
    return demonstration.browser(role="head")


def said(head: Browser, path: str) -> str:
    return html.unescape(text_of(head.get(path).text))


@pytest.mark.parametrize(
    "path",
    [f"/visits?{TUESDAY}", f"/people/stf-0107?{TUESDAY}", f"/devices/staff-laptop-06?{TUESDAY}",
     f"/services/youtube?{TUESDAY}", "/services/youtube?day=2026-11-17",
     f"/people/stf-0107?{TERM}"],
)  # fmt: skip
def test_a_page_of_visits_says_when_nobody_was_watching(head: Browser, path: str) -> None:
    assert GAP in said(head, path)
    assert (LOST in said(head, path)) is (TERM in path)


def test_a_day_that_was_watched_throughout_says_nothing_of_it(head: Browser) -> None:
    wednesday = said(head, "/visits?first=2026-11-18&last=2026-11-18")
    assert "Not all of this time was watched" not in wednesday
    nobody = said(head, "/visits?first=2026-11-18&last=2026-11-18&service=youtube&who=stf-0110")
    assert "Nothing like that is on record." in nobody and "does not show" not in nobody


@pytest.mark.parametrize(
    "path",
    [f"/visits?{TUESDAY}&who=stf-0103", f"/people/stf-0103?{TUESDAY}",
     f"/devices/staff-laptop-01?{TUESDAY}", f"/services/tumblr?{TUESDAY}",
     "/services/tumblr?day=2026-11-17"],
)  # fmt: skip
def test_nothing_on_record_of_time_that_nobody_watched_is_no_answer(
    head: Browser, path: str
) -> None:
    assert EMPTY in said(head, path) and GAP in said(head, path)


def test_nothing_can_be_said_of_days_on_which_the_gate_was_down(head: Browser) -> None:
    friday = said(head, "/visits?first=2026-11-27&last=2026-11-27")
    assert (
        "This does not show that nothing happened: in session time the gate was not watching at "
        "all. Nothing can be said about that time." in friday
    )
    assert "27 November 2026: from 08:30 to 15:45 the gate was not watching: it had been" in friday
    longer = said(head, "/visits?first=2026-11-25&last=2026-11-28")
    assert (
        "From 08:30 on 25 November 2026 to 15:45 on 27 November 2026 the gate was not watching: it "
        "had been shut down." in longer
    )


def test_a_visit_says_it_too(head: Browser) -> None:
    page = head.get(f"/visits?{TUESDAY}").text
    visit = html.unescape(page.partition('href="/visits/2026-11-17')[2].partition('"')[0])
    assert f"{GAP} What happened then may not be on record." in said(
        head, f"/visits/2026-11-17{visit}"
    )


def test_a_case_says_it_too(tmp_path: Path) -> None:
    weeks.outage(tmp_path / "week")
    desk = made(tmp_path / "week", weeks.holders(tmp_path / "files"), tmp_path / "desk")
    head = desk.browser(role="head")
    asked = {"reason": "A question", "person": "stf-0099", "first": "24 Nov", "last": "24 Nov"}
    case = said(head, str(head.send("/cases", asked).location))
    desk.index.close()
    assert f"There are no records for these days. {EMPTY}" in case
    assert "24 November 2026: from 09:59 to 10:46 the gate may not have been watching." in case
    assert "17 records could not be kept on Tuesday 24 November 2026 from 09:40 to 09:55." in case

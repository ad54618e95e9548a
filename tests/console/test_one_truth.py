"""One truth on every page: what is said of a gate that is down, of the record, of session time, of
what needs to be known and of which days."""

import html
import re
from datetime import UTC, datetime

import pytest

from bellgate.policy.wall_clock import WEEKDAYS
from tests.console.desk import Browser, Desk, text_of

TERM = "first=2026-09-02&last=2026-11-28"


@pytest.fixture(scope="module")
def head(demonstration: Desk) -> Browser:
    return demonstration.browser(role="head")


def said(head: Browser, path: str) -> str:
    return html.unescape(text_of(head.get(path).text))


def number(head: Browser, path: str) -> int:
    found = re.search(r"([\d,]+) visits?\b", said(head, path).partition("Search")[2])
    assert found, path
    return int(found[1].replace(",", ""))


def test_staff_in_session_time_is_one_search_and_a_column_of_the_terms_report(
    head: Browser,
) -> None:
    path = f"/visits?{TERM}&group=staff"
    whole, inside, outside = (
        number(head, f"{path}{more}") for more in ("", "&session=any-session", "&session=own-time")
    )
    assert whole == inside + outside and 0 < outside < inside
    assert "in session time (any session)" in said(head, path)
    report = head.get(f"/reports/term?{TERM}").text.partition("By group</caption>")[2]
    assert "of which in own time" in report.partition("</thead>")[0]
    rows = [text_of(f"<tr {row}") for row in report.partition("</table>")[0].split("<tr ")[2:]]
    staff = next(row for row in rows if row.startswith("staff "))
    assert re.findall(r"[\d,]+", staff)[0] == f"{whole:,}" and staff.endswith(f" {outside}")
    whole_own = number(head, f"/visits?{TERM}&session=own-time")
    assert sum(int(row.split()[-1].replace("–", "0")) for row in rows) == whole_own


def test_the_days_of_the_week_are_one_search_each_and_together_all(head: Browser) -> None:
    path = f"/visits?{TERM}&group=staff"
    by_day = [number(head, f"{path}&weekday={day}") for day in WEEKDAYS]
    assert sum(by_day) == number(head, path) and by_day[1] > 0 and by_day[6] == 0
    tuesdays = said(head, f"{path}&weekday=Tuesday")
    assert set(re.findall(r"(Mon|Tues|Wednes|Thurs|Fri)day \d+ \w+ 2026, ", tuesdays)) <= {"Tues"}


def test_the_search_and_health_are_about_the_term_unless_asked_otherwise(head: Browser) -> None:
    assert "visits from Wednesday 2 September 2026 to Saturday 28 November 2026" in said(
        head, "/visits"
    )
    assert "Wednesday 2 September 2026 to Friday 18 December 2026 (Autumn 2026)" in said(
        head, "/health"
    )


def test_a_gate_that_was_shut_down_has_not_probably_stopped(head: Browser) -> None:
    for path in ("/", "/health"):
        page = said(head, path)
        assert "it was shut down at 18:00 on Tuesday 24 November 2026" in page, path
        assert "probably" not in page and re.search(
            r"Once the gate is running again, \d+ things? will be temporarily open, (the last )?"
            "until",
            page,
        )
    assert "Open once the gate is running" in said(head, "/exemptions")
    assert "so it opens nothing at the moment" in said(head, "/exemptions")
    assert "and so opens and closes nothing." in said(head, "/reports/year")


def test_what_the_signatures_prove_is_said_beside_what_they_do_not(head: Browser) -> None:
    health = said(head, "/health")
    assert (
        "none changed since they were signed. Whoever controls the gateway could have signed "
        "others in their place, as long as no checkpoint leaves the school" in health
    )
    assert "No record was changed after it was signed, as far as this gateway can tell; but no" in (
        health
    )


def test_the_front_page_tells_of_refusals_and_objections_of_last_week_too(
    demonstration: Desk, head: Browser
) -> None:
    refused = "tried to open a person’s page at 17:20 on Thursday 19 November 2026."
    objects = (
        "At 15:55 on Wednesday 18 November 2026, somebody’s comments on their own record were "
        "written down."
    )
    for path in ("/", "/?week=2026-11-16", "/reports/week"):
        assert refused in said(head, path) and objects in said(head, path), path
    assert refused not in said(head, "/?week=2026-11-09")
    for path in ("/reports/term", "/reports/year"):
        governors = said(head, path)
        assert re.search(
            r"(Once|Twice|On \d+ occasions), somebody was refused a page that is not for their "
            "role",
            governors,
        )
        once = "Once, somebody’s comments on their own record were written down."
        assert once in governors, path
        assert "technician" not in governors.partition("In brief")[2], "nobody is named"
    quiet = said(head, "/reports/week?week=10 Nov")
    assert "Nobody was refused a page that is not for their role." in quiet
    assert "stf-0107" not in said(demonstration.browser(role="chair"), "/")


def test_the_week_to_print_can_be_chosen(head: Browser) -> None:
    page = said(head, "/reports/week?week=8 Oct")
    assert "Monday 5 October 2026 to Sunday 11 October 2026." in page
    assert "The week after" in page and "The week before" in page
    assert "There is a problem" in said(head, "/reports/week?week=soon")
    assert "to Sunday 22 November 2026 (last week)" in said(head, "/reports/week")


def test_no_visits_to_what_was_open_says_that_they_are_not_recorded(head: Browser) -> None:
    is_open = "What people do with something while it is temporarily open is not recorded"
    for path in ("/exemptions", f"/visits?{TERM}&action=exempted"):
        assert is_open in said(head, path)
    assert is_open not in said(head, f"/visits?{TERM}")


def test_a_case_shows_the_packs_that_were_made_from_it(desk: Desk) -> None:
    head = desk.browser(role="head")
    asked = {"reason": "A question", "person": "stf-0042", "first": "23 Nov", "last": "24 Nov"}
    case = str(head.send("/cases", asked).location)
    assert "Packs that were made" not in said(head, case)
    assert head.send(f"{case}/pack", page=case).status_code == 200
    desk.index.follow(desk.school.paths)
    assert "Packs that were made At 09:00 on Saturday 28 November 2026 by the-head" in said(
        head, case
    )


def test_a_case_can_show_one_service_alone_and_says_that_it_keeps_the_others(head: Browser) -> None:
    case = "/cases/made-up-case-1"
    whole, only = said(head, case), said(head, f"{case}?service=whatsapp")
    assert "Visits Show only one service" in whole and "Only visits to" not in whole
    assert "Only visits to WhatsApp are shown here. The case keeps the others, too" in only
    visits = re.compile(r"(\d+) visits\. A visit is")
    assert int(visits.findall(only)[0]) == only.count(" WhatsApp staff-laptop-03") == 3
    assert int(visits.findall(whole)[0]) > 3 and "Instagram staff-laptop-03" not in only


def test_now_is_in_order_of_time(head: Browser) -> None:
    shown = re.findall(r"(\d\d:\d\d:\d\d) on Tue 24 Nov", said(head, "/now"))
    assert len(shown) > 20 and shown == sorted(shown, reverse=True)


def test_a_copy_to_hand_out_has_rights_and_not_the_reasons_of_others(desk: Desk) -> None:
    head = desk.browser(role="head")
    head.send("/cases", {"reason": "Mrs Ash rang", "person": "stf-0042"})
    desk.index.follow(desk.school.paths)
    own = "/people/stf-0042?first=23 Nov"
    assert "Mrs Ash rang" in said(head, own) and "You may object" not in said(head, own)
    copy = said(head, f"{own}&all=yes")
    assert "Mrs Ash" not in copy and "was opened by the-head" in copy
    contact = desk.school.policy.edition.contact
    assert f"Questions, and requests for what is held, go to {contact}." in copy
    assert "You may object to what is on record" in copy
    assert "You may complain to the school, and to the Information Commissioner’s Office" in copy
    assert "Each record is deleted after 90 days" in copy


def test_a_closed_day_has_one_word_for_it(desk: Desk) -> None:
    desk.clock.at = datetime(2026, 11, 27, 7, tzinfo=UTC)
    head = desk.browser(role="head")
    asked = {"what": "closed", "reason": "Snow", "day": ""}
    page = html.unescape(text_of(head.send("/today", asked).text))
    assert "no school: Snow (the-head)" in page and "no school: Closed" not in page

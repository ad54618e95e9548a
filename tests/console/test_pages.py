"""What the head reads: the week, a search, one visit in words, a service, a device, a person."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bellgate import machine_time
from bellgate.audit import GateSocket, Journal
from bellgate.console.roles import Role
from bellgate.running import passing
from tests.console.desk import Browser, Desk, text_of

TUESDAY = "2026-11-24"


@pytest.fixture
def head(shared: Desk) -> Browser:
    return shared.browser(role="head")


def links(page: str, to: str) -> list[str]:
    return re.findall(rf'href="({to}[^"]*)"', page.replace("&amp;", "&"))


def test_the_week_says_how_much_and_how_far_it_can_be_relied_on(head: Browser) -> None:
    said = text_of(head.get("/?week=2026-11-23").text)
    assert "This week, so far: 23 to 29 November 2026" in said
    assert "17 visits to sites that the rules cover." in said
    assert "is recorded only where a rule covers that time, too" in said
    assert (
        "From Monday 23 November 2026 to Saturday 28 November 2026, so far (up to 09:00), the gate "
        "was watching throughout session time (32 hours 30 minutes)." in said
    )
    assert "The gate is not answering" in said, "what needs somebody stands first"
    assert said.index("The gate is not answering") < said.index("17 visits")


def test_a_week_without_anything_says_what_will_stand_there(desk: Desk) -> None:
    desk.clock.at += timedelta(days=7)
    said = text_of(desk.browser(role="head").get("/").text)
    assert "Nothing is on record for this week." in said
    assert "this page shows it here" in said
    assert "Mon 30 Nov" not in said, "nothing stands for what was not measured"


@pytest.mark.parametrize("path", ["/?week=Blursday", "/reports/week?week=32 October"])
def test_a_week_that_means_nothing_is_told_and_no_other_is_shown(head: Browser, path: str) -> None:
    answer = head.get(path)
    typed = path.partition("=")[2]
    said = text_of(answer.text)
    assert answer.status_code == 400
    assert f"“{typed}” is not a day: write 23/11/2026, 23 Nov, Monday or last Tuesday" in said
    assert f'value="{typed}"' in answer.text and "17 visits" not in said


DAYS_ASKED = ["/health", "/looked", "/reports/term", "/people/stf-0042", "/services/facebook"]


@pytest.mark.parametrize("path", [*DAYS_ASKED, "/devices/staff-laptop-07"])
def test_days_with_a_mistake_show_nothing_of_others(desk: Desk, path: str) -> None:
    """The figures of a term under what was asked of a month are taken for the month's."""
    head = desk.browser(role="head")
    before = desk.records("viewed")
    answer = head.get(f"{path}?first=27 Nov&last=23 Nov")
    said = text_of(answer.text)
    assert answer.status_code == 400 and "The first day is after the last" in said
    assert "2 September 2026" not in said and "18 December 2026" not in said
    assert desk.records("viewed") == before


@pytest.mark.parametrize("path", [*DAYS_ASKED, "/devices/staff-laptop-07", "/visits"])
def test_a_month_is_shown_before_it_is_over(head: Browser, path: str) -> None:
    answer = head.get(f"{path}?first=1 Nov&last=30 Nov")
    assert answer.status_code == 200
    assert "Sunday 1 November 2026 to Monday 30 November 2026, so far" in text_of(answer.text)


def test_who_it_was_in_three_clicks(head: Browser) -> None:
    """Who was it with Facebook on Tuesday morning: the week, the service, the day, the visit."""
    week = head.get("/?week=2026-11-23").text
    service = head.get(links(week, "/services/facebook")[0]).text
    day = head.get(
        next(x for x in links(service, "/services/facebook") if "day=2026-11-24" in x)
    ).text
    said = text_of(day)
    assert "3 visits, in order of time." in said and "stf-0042" in said
    visit = text_of(head.get(links(day, "/visits/")[0]).text)
    assert "in the morning session" in visit
    assert "16 × page asked for" in visit and "7 × part of another page" in visit


def test_a_visit_in_words(head: Browser) -> None:
    page = head.get(f"/visits?first={TUESDAY}&last={TUESDAY}").text
    oldest = links(page, f"/visits/{TUESDAY}")[-1]
    said = text_of(head.get(oldest).text)
    for sentence in (
        "staff-laptop-07 made 23 attempts to reach Facebook. All were refused.",
        "First at 09:05:00, last at 09:07:00, in the morning session.",
        "The device was on the network where the school expects it, with its own network address",
        "“Staff should only access social media sites in their own time”",
        "The browser asked for a page on the site itself.",
        "7 of the 23 attempts came from something contained in another page, or from a browser or",
        "Nothing from this service was shown, because every attempt was refused.",
        "A device is not a person. No record shows who was using it.",
    ):
        assert sentence in said, sentence


def test_the_search_is_in_the_address_and_its_table_can_be_taken_along(head: Browser) -> None:
    found = text_of(head.get("/visits?who=stf-0042&first=23/11/2026&seen=page").text)
    assert "3 visits from Monday 23 November 2026 to Saturday 28 November 2026" in found
    table = head.get("/visits.csv?who=stf-0042&first=23/11/2026").get_data()
    lines = table.decode("utf-8-sig").split("\r\n")
    assert lines[0].startswith('"Day","First","Last","Service","Device","Person"')
    assert len(lines) == 1 + 9 + 1 and all('"stf-0042"' in line for line in lines[1:-1])


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("first=23/11/2026&last=23 Nov", 6), ("first=last Tuesday&last=last tuesday", 3),
        ("first=2026-11-25&last=Wednesday", 5), ("first=23 November&last=yesterday", 17),
        ("first=23/11/26", 17), ("session=morning&first=23 Nov", 17), ("session=afternoon", 0),
        ("group=staff&first=23 Nov", 17), ("group=pupils", 0), ("who=10.77.20.31", 0),
        ("action=block&first=23 Nov", 17), ("action=log", 0),
    ],
)  # fmt: skip
def test_days_are_understood_as_people_write_them(head: Browser, typed: str, found: int) -> None:
    said = text_of(head.get(f"/visits?{typed}").text)
    assert re.search(rf"\b{found} visits? (from|on) ", said), said[:400]


@pytest.mark.parametrize(
    "typed", ["first=Blursday", "first=32/11/2026", "first=32 October", "first=27 Nov&last=23 Nov"]
)
def test_what_is_not_understood_is_told_and_nothing_is_searched(desk: Desk, typed: str) -> None:
    answer = desk.browser(role="head").get(f"/visits?{typed}")
    assert (answer.status_code, "There is a problem" in answer.text) == (400, True)
    assert desk.records("searched") == []


def test_a_device_shows_its_handover_and_who_had_it_before_is_another_holder(head: Browser) -> None:
    said = text_of(head.get("/devices/staff-laptop-07?first=23 Nov").text)
    assert "another holder from Tuesday 1 September 2026 to Tuesday 24 November 2026" in said
    assert "stf-0099 from Wednesday 25 November 2026" in said
    assert "23 Nov to 24 Nov: another holder 9" in said and "25 Nov: stf-0099 5" in said
    assert "26 Nov: attributed to nobody 3" in said
    assert "stf-0042" not in said


def test_a_device_that_nobody_knows_is_not_there(head: Browser) -> None:
    assert head.get("/devices/no-such-laptop").status_code == 404
    assert head.get("/people/stf-9999").status_code == 404
    assert head.get("/services/no-such-service").status_code == 404
    assert head.get("/services/instagram").status_code == 200, "in the catalogue"
    assert head.get("/services/instagram?day=someday").status_code == 404
    misspelt = head.get("/visits?service=fasebook")
    assert misspelt.status_code == 400 and "No service is called “fasebook”" in misspelt.text
    assert head.get("/visits/2026-11-24/1").status_code == 404
    assert head.get("/visits/a-day/1").status_code == 404


def test_a_person_at_a_glance(head: Browser) -> None:
    said = text_of(head.get("/people/stf-0042").text)
    assert "9 visits." in said
    assert "No name is kept for stf-0042." in said
    assert "staff-laptop-07, from Tuesday 1 September 2026 to Tuesday 24 November 2026" in said


def test_the_sites_answer_is_explains(head: Browser) -> None:
    said = text_of(
        head.get("/timetable/try?who=staff-laptop-07&site=www.facebook.com&at=Tuesday 10:15").text
    )
    assert "Blocked Facebook on staff-laptop-07 in Morning session (rule Staff)" in said
    assert "until Tuesday 1 December 2026 12:15" in said


def test_nobody_is_ranked_and_no_minutes_are_counted(head: Browser) -> None:
    for path in (
        "/?week=2026-11-23",
        "/visits?first=23 Nov",
        "/services/facebook",
        "/people/stf-0042",
    ):
        said = text_of(head.get(path).text).lower()
        assert not re.search(r"\b(worst|top \d|score|rank(ed|ing)?|minutes? of use)\b", said), path


def test_own_time_is_found_where_there_is_any(shared: Desk) -> None:
    assert " 0 visits from" in text_of(
        shared.browser(role="head").get("/visits?session=own-time&first=23 Nov").text
    )


@pytest.fixture
def gate(desk: Desk) -> Iterator[None]:
    """A gate's side of the log: it runs, and takes what is handed over."""
    paths = desk.school.paths
    journal = Journal(paths, desk.school.policy.edition, desk.clock)
    ends = (desk.clock() + timedelta(days=300)).isoformat()
    status = {
        "log": {"problem": None}, "clock": "synchronised", "connections": 3,
        "certificate_ends": ends, "now": desk.clock().isoformat(),
    }  # fmt: skip
    looked_at = passing.Passing(machine_time.elapsed)
    questions = passing.answers(looked_at)
    listening = GateSocket(paths.socket, journal.promise, lambda: status, questions)
    yield
    listening.close()
    journal.close()


@pytest.mark.usefixtures("gate")
def test_what_is_not_what_was_signed_is_shown_as_such(desk: Desk) -> None:
    """Somebody changes a record: its visit is still there, and says that it proves nothing."""
    head = desk.browser(role="head")
    files = desk.school.paths.log.glob("*.jsonl")
    day = next(f for f in files if b"Blocked Facebook" in f.read_bytes())
    day.write_bytes(day.read_bytes().replace(b"Blocked Facebook", b"Blocked Fakebook", 1))
    desk.index.follow(desk.school.paths)
    page = head.get("/visits?first=23 Nov").text
    assert "Not what was signed" in page
    visit = head.get(next(x for x in links(page, "/visits/") if "/-" in x)).text
    assert "These records are not what was signed." in text_of(visit)
    assert "not what was signed" in text_of(head.get("/?week=23 Nov").text)


@pytest.mark.usefixtures("gate")
@pytest.mark.parametrize("role", ["head", "technician"])
def test_what_passes_from_one_device_is_shown_after_a_reason(desk: Desk, role: Role) -> None:
    browser = desk.browser(role=role)
    wrong = browser.send("/now", {"device": "nobodys-laptop", "reason": " "})
    assert wrong.status_code == 400
    assert "Write the name of a device as it is written in the files" in wrong.text
    assert "Say why you are looking: it is recorded" in wrong.text
    asked = {"device": "staff-laptop-07", "reason": "A lesson’s site does not work"}
    assert browser.send("/now", asked).status_code == 303
    [record] = [r for r in desk.records("viewed") if "device" in r["bellgate"]]
    assert record["bellgate"]["device"] == "staff-laptop-07"
    page = text_of(browser.get("/now").text)
    assert "for another 10 minutes" in page and "Nothing has passed since you began" in page
    assert "What passes from" not in browser_of_another(desk).get("/now").text
    desk.clock.at += timedelta(minutes=10)
    assert "What passes from" not in browser.get("/now").text


def browser_of_another(desk: Desk) -> Browser:
    desk.known("deputy", "head")
    other = desk.browser()
    other.sign_in("deputy")
    return other


@pytest.mark.parametrize("role", ["head", "chair"])
def test_the_front_page_and_health_know_the_same_of_what_needs_attention(
    desk: Desk, role: Role
) -> None:
    browser = desk.browser(role=role)
    front, health = browser.get("/").text, browser.get("/health").text
    listed = re.findall(r"<li>(?:<a[^>]*>)?([^<]+)", front.partition("Needs attention")[2])
    red = health.count("Needs attention</strong>")
    needed = [html.unescape(said) for said in listed[:red]]
    assert red > 1 and all(said in html.unescape(health) for said in needed)
    assert f"{red} things need attention" in text_of(health)
    assert front.partition("Needs attention")[2].partition("</ul>")[0].count("<li>") == red


def test_what_cannot_be_looked_at_is_not_said_to_be_for_want_of_a_record(desk: Desk) -> None:
    """Everything else is recorded with no gate running: that cannot be the reason."""
    head = desk.browser(role="head")
    form = {"device": "staff-laptop-07", "reason": "A form does not load"}
    answer = head.send("/now", form)
    said = text_of(answer.text)
    assert answer.status_code == 503
    assert "The gate is not running, so nothing passes it and there is nothing to look at." in said
    assert "recorded first, and that is not possible" not in said

"""Who may open which page: the table of roles, held against the app's own map of addresses."""

import html
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from bellgate.console.roles import FIRST, OPEN, PAGES, ROLES, Role, navigation
from tests.console.desk import HERE, Desk, text_of

NAMED = {"day": "2026-11-24", "number": 1, "id": "stf-0042", "name": "staff-laptop-07"}
# Each address, and the letters of those who may read it.
MAY = {
    "/visits": "H", "/visits/<day>/<int(signed=True):number>": "HI", "/services/<id>": "H",
    "/devices/<name>": "H", "/people": "H",
    "/people/<id>": "H", "/cases": "HCI", "/cases/<id>": "HCI", "/exemptions": "H", "/lesson": "LH",
    "/timetable": "HT", "/timetable/try": "HT", "/timetable/files": "T", "/now": "TH",
    "/health": "HCT", "/looked": "HC", "/check": "HC", "/reports/week": "HC", "/reports/term": "HC",
    "/reports/year": "HC", "/account": "HCTLI",
}  # fmt: skip
LETTERS: dict[str, Role] = {
    "H": "head", "C": "chair", "T": "technician", "L": "teacher", "I": "investigator",
}  # fmt: skip


def rules(desk: Desk) -> list[Any]:
    return [r for r in desk.app.url_map.iter_rules() if r.endpoint != "static"]


def test_every_address_of_the_app_is_in_the_table_and_no_other(desk: Desk) -> None:
    known = {rule.rule for rule in rules(desk)}
    assert known - PAGES.keys() - OPEN == set()
    assert PAGES.keys() - known == set()


def test_what_is_in_no_table_is_open_to_nobody(desk: Desk) -> None:
    desk.app.add_url_rule("/forgotten", "forgotten", lambda: "a secret")
    for role in ROLES:
        assert desk.browser(role=role).get("/forgotten").status_code == 404


@pytest.mark.parametrize("path", MAY)
def test_the_table_is_the_designs(path: str) -> None:
    assert PAGES[path].reads == {LETTERS[letter] for letter in MAY[path]}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_what_it_may_and_nothing_else(desk: Desk, role: Role) -> None:
    browser = desk.browser(role=role)
    endpoints = {rule.rule: rule.endpoint for rule in rules(desk)}
    served: dict[str, set[str]] = {}
    for rule in rules(desk):
        served.setdefault(rule.rule, set()).update(rule.methods or ())
    for rule, endpoint in endpoints.items():
        if rule in OPEN or rule == "/sign-out":
            continue
        for method in ("GET", "POST", "PUT", "DELETE"):
            path = address(desk, endpoint)
            if method == "GET":
                status = browser.get(path).status_code
            elif method == "POST":
                status = browser.send(path, page="/account").status_code
            else:
                status = browser.client.open(path, method=method, base_url=HERE).status_code
            may = PAGES[rule].may(role, method) and method in served[rule]
            allowed = {200, 303, 400, 404} if may else {400, 403, 404, 405}
            assert status in allowed, (role, method, path, status)


def address(desk: Desk, endpoint: str) -> str:
    rule = next(r for r in rules(desk) if r.endpoint == endpoint)
    known = {name: NAMED[name] for name in rule.arguments}
    return desk.app.url_map.bind("localhost").build(endpoint, known)


def test_whoever_has_not_signed_in_is_asked_to(desk: Desk) -> None:
    browser = desk.browser()
    for rule in rules(desk):
        if rule.rule in OPEN or "GET" not in (rule.methods or ()):
            continue
        path = address(desk, rule.endpoint)
        answer = browser.get(path)
        assert (answer.status_code, answer.location.split("?")[0]) == (303, "/sign-in"), path


@pytest.mark.parametrize("role", ROLES)
def test_everybody_comes_to_a_page_of_theirs_first(desk: Desk, role: Role) -> None:
    answer = desk.browser(role=role).get("/", follow_redirects=True)
    assert answer.status_code == 200
    assert answer.request.path == FIRST[role]


@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_leads_nowhere_that_a_role_may_not_go(desk: Desk, role: Role) -> None:
    browser = desk.browser(role=role)
    for path, _ in navigation(role):
        assert browser.get(path).status_code == 200, path


def test_what_a_role_may_not_see_is_not_in_the_page_either(desk: Desk) -> None:
    """The chair's pages and the technician's name neither a person nor, for the chair, a device."""
    chair, technician = desk.browser(role="chair"), desk.browser(role="technician")
    desk.browser(role="head").get("/people/stf-0042")
    desk.index.follow(desk.school.paths)
    for path in (
        "/?week=2026-11-23",
        "/cases",
        "/health",
        "/looked",
        "/reports/term",
        "/reports/year",
    ):
        page = chair.get(path).text
        assert "stf-0042" not in page and "staff-laptop-07" not in page, path
    for path in ("/timetable", "/now", "/health"):
        assert "stf-00" not in technician.get(path).text, path
    assert "looked at person 1" in text_of(chair.get("/looked").text)


def test_being_refused_is_a_record(desk: Desk) -> None:
    desk.browser(role="technician").get("/people/stf-0042")
    [refused] = desk.records("refused")
    assert refused["user"]["id"] == "the-technician"
    assert refused["message"] == (
        "the-technician was refused a person’s page, which is not for their role"
    )


HREF = re.compile(r'href="(/[^"#]*)')


@pytest.mark.parametrize("role", ROLES)
def test_no_link_of_any_page_leads_where_its_reader_may_not_go(desk: Desk, role: Role) -> None:
    """Every page that the role may read, while something is open, something was looked at and the
    dates are about to run out: everything that asks for attention is there."""
    desk.clock.at = datetime(2027, 7, 19, 9, tzinfo=UTC)
    head = desk.browser("another-head", "head")
    head.get("/people/stf-0042")
    opened = {"who": "staff", "what": "youtube", "until": "1 hour", "reason": "A talk"}
    assert head.send("/exemptions", opened | {"sure": "yes"}).status_code == 303
    desk.index.follow(desk.school.paths)
    browser, seen = desk.browser(role=role), set()
    pages = [p for p, rule in PAGES.items() if rule.may(role, "GET") and "<" not in p]
    more = [
        "/?week=2026-11-23", "/visits?first=23/11/2026", "/people/stf-0042?first=1/9/2026",
        "/devices/staff-laptop-07?first=1/9/2026", "/services/facebook?first=1/9/2026",
    ]  # fmt: skip
    for path in [*pages, *more]:
        page = browser.get(path)
        if page.status_code == 200 and page.mimetype == "text/html":
            seen |= {html.unescape(link) for link in HREF.findall(page.text)}
    assert len(seen) > 3
    if role in ("head", "chair"):
        assert "temporarily open" in text_of(browser.get("/").text)
    for link in sorted(seen):
        assert browser.get(link).status_code not in (403, 404, 405), link

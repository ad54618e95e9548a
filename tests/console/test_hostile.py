"""What somebody may try on the pages: HTML and formulas in what devices say, odd addresses, and a
crawler that follows every link and sends every form with nonsense."""

import random
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from bellgate.audit import Journal, LogPaths
from bellgate.audit.record.record import decision_record
from bellgate.policy.decide import decide
from bellgate.policy.facts import Connection
from tests.cli.weeks import MONDAY
from tests.console.desk import HERE, Browser, Desk, token_of

NASTY = "<script>alert(1)</script>"
FORMULA = "=HYPERLINK(1)"
OURS = re.compile(r'<script src="/static/(now|print)\.js"></script>')


@pytest.fixture
def nasty(desk: Desk) -> Desk:
    """A log in which a device answered with HTML, and asked for a host that is a formula."""
    policy = desk.school.policy
    journal = Journal(LogPaths.of(desk.school.state), policy.edition, desk.clock)
    shown = Connection(
        protocol="tls", names=("www.facebook.com",), server_name="www.facebook.com",
        source_ip="10.77.20.31", mac="3c:22:fb:00:00:31",
    )  # fmt: skip
    when = MONDAY + timedelta(days=4, hours=10)
    for number, answer in enumerate((NASTY, FORMULA, "'; DROP TABLE visits; --", "\u202e\x00")):
        record = decision_record(
            decide(policy, shown, when), "answered", seen="page", clock="synchronised",
            at=when + timedelta(seconds=number), repeat=1, reason=answer,
        )  # fmt: skip
        record["device"]["id"] = f"laptop-{number}{NASTY if number == 1 else ''}"
        record["url"] = {"domain": f"{FORMULA}.example"}
        record["user"] |= {"id": f"{NASTY}-{number}"}
        journal.submit(record)
    journal.close()
    desk.index.follow(desk.school.paths)
    return desk


def test_what_a_device_says_is_text_and_nothing_else(nasty: Desk) -> None:
    head = nasty.browser(role="head")
    seen = ""
    for path in pages_of(head, "/visits?first=27 Nov&last=27 Nov", many=40):
        answer = head.get(path)
        page = answer.text if answer.mimetype == "text/html" else ""
        seen += page
        assert "<script" not in OURS.sub("", page), path
    assert "&lt;script&gt;" in seen


def test_a_table_for_a_spreadsheet_holds_no_formula(nasty: Desk) -> None:
    table = (
        nasty.browser(role="head").get("/visits.csv?first=23 Nov").get_data().decode("utf-8-sig")
    )
    for line in table.splitlines():
        for cell in re.findall(r'"((?:[^"]|"")*)"', line):
            assert not re.match(r"\s*[=+\-@]", cell), cell


def pages_of(browser: Browser, start: str, many: int) -> list[str]:
    """The addresses that can be reached by links from a page, at most so many."""
    found, waiting = [start], [start]
    while waiting and len(found) < many:
        for link in re.findall(r'href="(/[^"#]*)"', browser.get(waiting.pop(0)).text):
            path = unescape(link)
            if not path.startswith("/static") and path not in found:
                found.append(path)
                waiting.append(path)
    return found


ODD: list[Any] = [
    "", " ", "0", "-1", "9" * 30, "2026-13-45", "0001-01-01", "9999-12-31", NASTY, FORMULA, "%00",
    "\x00", "\u202e", "' OR 1=1 --", "../../etc/passwd", "a" * 5_000, "null", "[]", "{}", "é" * 50,
    "last last tuesday", "31 Feb", "24:00", "1e9", "none", "page", "head",
]  # fmt: skip


@pytest.mark.parametrize("role", ["head", "technician", "chair", "teacher", "investigator"])
def test_no_page_fails_whatever_is_asked_of_it(nasty: Desk, role: Any) -> None:
    """Every link within reach, then each with nonsense in every field, then every form."""
    browser, chance = nasty.browser(role=role), random.Random(7)
    failed = []

    def ask(path: str, **more: Any) -> str:
        answer = browser.client.open(path, base_url=HERE, **more)
        if answer.status_code >= 500:
            failed.append((path, more, answer.status_code))
        return answer.text if answer.mimetype == "text/html" else ""

    for path in pages_of(browser, "/account", many=60):
        page = ask(path)
        base = path.split("?")[0]
        fields = re.findall(r'name="([\w-]+)"', page)
        for _ in range(3):
            query = {name: chance.choice(ODD) for name in fields if name != "csrf_token"}
            ask(base, query_string=query)
        for action in set(re.findall(r'<form method="post"(?: action="([^"]+)")?', page)):
            to = unescape(action) or base
            if to == "/sign-out":
                continue
            data = {name: chance.choice(ODD) for name in fields} | {"csrf_token": token_of(page)}
            ask(to, method="POST", data=data, headers={"Referer": HERE + base})
    assert failed == []


@pytest.mark.parametrize(
    "path",
    ["/static/../accounts.json", "/static/%2e%2e/templates/base.html", "//evil.example/visits",
     "/visits/../../etc/passwd", "/people/%2e%2e%2fsecrets", "/devices/%00",
     "/services/" + "a" * 9000,
     "/visits/2026-11-24/99999999999999999999999", "/reports/week/../../health"],
)  # fmt: skip
def test_odd_addresses_lead_nowhere(desk: Desk, path: str) -> None:
    answer = desk.browser(role="head").get(path)
    assert answer.status_code in (200, 308, 400, 404)
    assert "root:" not in answer.text and "$argon2id$" not in answer.text


def test_a_form_that_is_too_large_changes_nothing(desk: Desk) -> None:
    head = desk.browser(role="head")
    answer = head.send("/cases", {"reason": "a" * 3_000_000})
    assert answer.status_code in (400, 413)
    assert desk.records("held") == []


@pytest.mark.parametrize("path", ["/sign-in", "/visits", "/static/console.css", "/no-such-page"])
def test_every_answer_says_what_a_browser_may_do_with_it(desk: Desk, path: str) -> None:
    headers = desk.browser(role="head").get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert "script-src 'self';" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    if not path.startswith("/static"):
        assert headers["Cache-Control"] == "no-store"

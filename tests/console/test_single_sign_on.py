"""Signing in with the school's own accounts: a real OpenID Connect server, and Chromium."""

from collections.abc import Iterator

import pytest
from oidc_provider_mock import run_server_in_thread
from playwright.sync_api import Browser, Page, sync_playwright

from tests.cli.weeks import lines_of
from tests.console.served import CHROMIUM, Served, run, served

pytestmark = pytest.mark.timeout(300)

SETTINGS = """\
sso:
  issuer: {issuer}
  client_id: bellgate
  people:
    - subject: subject-of-mrs-green
      name: mrs-green
      role: teacher
    - subject: subject-of-a-namesake
      name: the-head
      role: head
"""


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, issuer: str) -> Iterator[Served]:
    state = tmp_path_factory.mktemp("sso") / "term"
    run(state, "demo", str(state))
    (state / "console.yaml").write_text(SETTINGS.format(issuer=issuer))
    run(state, "console", "add-user", "the-head", "--role", "head", "--sso", "subject-of-the-head")
    with served(state) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def come_back_as(console: Served, browser: Browser, subject: str) -> Page:
    """From our page to the school's accounts, and back as somebody."""
    page = browser.new_context().new_page()
    page.goto(f"{console.at}/sign-in")
    page.click("text=Sign in with your school account")
    page.fill("input[name=sub]", subject)
    page.press("input[name=sub]", "Enter")
    page.wait_for_url(f"{console.at}/**")
    page.wait_for_load_state("networkidle")
    return page


def test_whoever_has_an_account_comes_in(console: Served, chromium: Browser) -> None:
    page = come_back_as(console, chromium, "subject-of-the-head")
    assert "This week" in page.inner_text("h1"), page.inner_text("body")
    assert "the-head" in page.inner_text("header")
    signed = [r for r in lines_of(console.state) if r.get("event", {}).get("action") == "signed-in"]
    assert signed[-1]["bellgate"]["way"] == "sso"
    page.context.close()


def test_whom_the_settings_name_gets_an_account_when_they_first_come(
    console: Served, chromium: Browser
) -> None:
    page = come_back_as(console, chromium, "subject-of-mrs-green")
    assert page.url == f"{console.at}/lesson"
    assert "mrs-green" in run(console.state, "console", "users")
    page.context.close()


def test_anybody_else_is_told_what_to_give_the_technician(
    console: Served, chromium: Browser
) -> None:
    page = come_back_as(console, chromium, "subject-of-a-stranger")
    assert "You do not have an account here" in page.inner_text("main")
    assert "subject-of-a-stranger" in page.inner_text("main")
    page.goto(f"{console.at}/visits")
    assert "/sign-in" in page.url
    page.context.close()


def test_a_name_that_somebody_has_lets_nobody_else_in(console: Served, chromium: Browser) -> None:
    page = come_back_as(console, chromium, "subject-of-a-namesake")
    assert "You do not have an account here" in page.inner_text("main")
    page.context.close()


def test_an_answer_that_nobody_asked_for_signs_nobody_in(
    console: Served, chromium: Browser
) -> None:
    page = chromium.new_context().new_page()
    page.goto(f"{console.at}/sign-in/back?code=stolen&state=made-up")
    page.wait_for_url("**again=1")
    assert "That did not work" in page.inner_text("main")
    page.context.close()

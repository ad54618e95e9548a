"""Real Chromium: by keyboard alone, without scripts, on a phone, in the dark; axe finds nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from bellgate.console.accounts import Accounts
from bellgate.console.roles import ROLES
from tests.console.desk import QUICK
from tests.console.served import CHROMIUM, PASSWORD, Served, run, served

pytestmark = pytest.mark.timeout(300)

TERM = "first=2026-09-02&last=2026-11-24"
PAGES = {
    "head": [
        "/", "/?week=2026-11-16", "/?week=2026-08-03", f"/visits?{TERM}", "/visits?first=Blursday",
        f"/visits?who=nobody&{TERM}", f"/services/youtube?{TERM}",
        "/services/youtube?day=2026-11-17",
        f"/devices/staff-laptop-03?{TERM}", f"/people/stf-0103?{TERM}",
        f"/people/stf-0103?{TERM}&all=yes", "/people", "/cases", "/exemptions",
        "/lesson", "/timetable", "/timetable/try?who=staff-laptop-03&site=www.facebook.com", "/now",
        "/health", f"/looked?{TERM}", "/check", "/reports/week", "/reports/term", "/reports/year",
        "/account", "/account/second-factor", "/no-such-page",
    ],
    "technician": ["/timetable/files", "/timetable/files?file=school.yaml", "/health", "/visits"],
    "chair": ["/", "/cases", f"/looked?{TERM}"],
    "teacher": ["/lesson"],
    "investigator": ["/cases"],
}  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    state = tmp_path_factory.mktemp("demo") / "term"
    run(state, "demo", str(state))
    with served(state) as found:
        yield found


@pytest.fixture(scope="module")
def accounts(console: Served) -> None:
    """Somebody of each role, who has chosen a password."""
    known, now = Accounts(console.state, QUICK), datetime.now(UTC)
    for role in ROLES:
        known.add(f"a-{role}", role, now)
        known.set_password(f"a-{role}", PASSWORD, now)


def signed_in(console: Served, browser: Browser, role: str, **look: object) -> Page:
    page = browser.new_context(**look).new_page()  # type: ignore[arg-type]
    console.sign_in(page, f"a-{role}", PASSWORD)
    return page


def findings(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found]


@pytest.mark.parametrize(
    ("role", "scheme"), [*((role, "light") for role in PAGES), ("head", "dark")]
)
@pytest.mark.usefixtures("accounts")
def test_axe_finds_nothing(console: Served, chromium: Browser, role: str, scheme: str) -> None:
    page = signed_in(console, chromium, role, color_scheme=scheme)
    found = {}
    for path in PAGES[role]:
        page.goto(console.at + path)
        if problems := findings(page):
            found[path] = problems
    page.context.close()
    assert found == {}


@pytest.mark.parametrize("role", PAGES)
@pytest.mark.usefixtures("accounts")
def test_nothing_scrolls_sideways_on_a_phone(console: Served, chromium: Browser, role: str) -> None:
    page = signed_in(console, chromium, role, viewport={"width": 320, "height": 640})
    too_wide = []
    for path in PAGES[role]:
        page.goto(console.at + path)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            too_wide.append((path, width))
    page.context.close()
    assert too_wide == []


@pytest.mark.usefixtures("accounts")
def test_text_of_twice_the_size_fits(console: Served, chromium: Browser) -> None:
    page = signed_in(console, chromium, "head", viewport={"width": 640, "height": 800})
    for path in PAGES["head"]:
        page.goto(console.at + path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, path
    page.context.close()


@pytest.mark.usefixtures("accounts")
def test_the_heads_three_questions_without_scripts(console: Served, chromium: Browser) -> None:
    """Was there anything; who was it with YouTube on that Tuesday; what speaks for them."""
    page = signed_in(console, chromium, "head", java_script_enabled=False)
    page.goto(console.at + "/?week=2026-11-16")
    assert "visits to sites that the rules cover" in page.inner_text("main")
    page.click("role=link[name='YouTube – videos']")
    page.click("role=link[name='Tue 17 Nov']")
    page.click("main td a >> nth=0")
    said = page.inner_text("main")
    assert "What could be seen, and what that means" in said
    assert "In the person’s favour" in said or "Reasons not to blame" in said
    assert "A device is not a person. No record shows who was using it." in said
    page.context.close()


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize("path", ["/", "/reports/term", "/people/stf-0103"])
def test_a_page_to_print_has_a_button_and_without_scripts_a_sentence(
    console: Served, chromium: Browser, path: str
) -> None:
    for scripts in (True, False):
        page = signed_in(console, chromium, "head", java_script_enabled=scripts)
        page.goto(console.at + path)
        button = page.locator("text=Print or save this page")
        assert button.is_visible() is scripts
        assert page.locator("text=use your browser’s menu").is_visible() is not scripts
        if scripts:
            page.evaluate("window.print = () => { document.title = 'printed' }")
            button.click()
            assert page.title() == "printed"
        page.emulate_media(media="print")
        assert not button.is_visible() and not page.locator("nav").first.is_visible()
        page.context.close()


@pytest.mark.usefixtures("accounts")
def test_signing_in_and_searching_by_keyboard_alone(console: Served, chromium: Browser) -> None:
    page = chromium.new_context().new_page()
    page.goto(console.at + "/")
    for key in ("Tab", "Tab"):  # past the skip link, to the name
        page.keyboard.press(key)
    page.keyboard.type("a-head")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(console.at + "/")
    page.goto(console.at + "/visits")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to the content
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    page.keyboard.type("stf-0103")
    page.keyboard.press("Tab")
    page.keyboard.type("2 September")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert "visits from Wednesday 2 September 2026" in page.inner_text("main")
    page.context.close()


@pytest.mark.usefixtures("accounts")
def test_the_browser_loads_nothing_from_elsewhere_and_runs_only_scripts_of_ours(
    console: Served, chromium: Browser
) -> None:
    page = signed_in(console, chromium, "head")
    asked, said = set(), []
    page.on("request", lambda request: asked.add(request.url.split("/")[2]))
    page.on("console", lambda message: said.append(message.text))
    for path in PAGES["head"]:
        page.goto(console.at + path)
        scripts = page.locator("script")
        printed = path == "/" or path.startswith(("/?", "/reports/", "/people/"))
        assert [s.get_attribute("src") for s in scripts.all()] == (
            ["/static/now.js"] if path == "/now" else ["/static/print.js"] if printed else []
        )
    assert asked == {console.at.split("/")[2]}
    assert [s for s in said if "404" not in s and "400" not in s] == []
    page.context.close()


@pytest.mark.usefixtures("accounts")
def test_the_page_of_now_looks_again_by_itself_once_asked_to(
    console: Served, chromium: Browser
) -> None:
    page = signed_in(console, chromium, "head")
    page.goto(f"{console.at}/now")
    button = page.get_by_role("button", name="Keep looking for ten minutes")
    page.evaluate("document.getElementById('recorded').dataset.before = 'yes'")
    button.focus()
    page.keyboard.press("Enter")
    page.locator("#recorded:not([data-before])").wait_for()
    stop = page.get_by_role("button", name="Stop looking")
    assert stop.get_attribute("aria-pressed") == "true" and findings(page) == []
    stop.click()
    assert button.get_attribute("aria-pressed") == "false"
    page.context.close()


@pytest.mark.usefixtures("accounts")
def test_with_scripts_off_the_page_of_now_has_a_link_instead(
    console: Served, chromium: Browser
) -> None:
    page = signed_in(console, chromium, "head", java_script_enabled=False)
    page.goto(f"{console.at}/now")
    assert not page.locator("#keep-looking").is_visible()
    page.get_by_role("link", name="Look again").click()
    assert page.inner_text("h1") == "What is being recorded now"
    page.context.close()


def test_the_demonstration_says_that_it_is_made_up(console: Served, chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto(console.at + "/sign-in")
    assert "(made up)" in page.inner_text("header")
    page.close()

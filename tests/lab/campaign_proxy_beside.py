"""A browser that found the gate by itself, at lunch and after the bell.

It waits for the bell, so it is started by `./tests/run machine`.
"""

from datetime import datetime
from pathlib import Path

from tests.lab.network import Lab
from tests.lab.school import wait_for
from tests.lab.test_proxy_beside import (  # noqa: F401 - two of them are its fixtures
    FACEBOOK,
    named,
    status,
    stopped,
    with_a_browser,
)


def test_what_is_open_at_lunch_comes_by_the_gate_and_is_closed_after_the_bell(
    lab: Lab, tmp_path: Path
) -> None:
    gate, browser = with_a_browser(lab, tmp_path, "2026-11-23 12:59:45")
    page = browser.show(f"https://{FACEBOOK}/", "--proxy-auto-detect")
    assert f"origin of {FACEBOOK}" in page.html
    assert status(gate)["passed"], "it came to the gate"
    bell = datetime.fromisoformat("2026-11-23T13:00:00+00:00")
    wait_for(lambda: datetime.fromisoformat(str(status(gate)["now"])) >= bell, "the bell", 20)
    page = browser.show(f"https://{FACEBOOK}/", "--proxy-auto-detect")
    assert "Facebook is closed" in page.html

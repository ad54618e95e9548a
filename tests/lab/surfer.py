"""A person at Chromium on one device of the lab: what they type and click, as real input.

Speaks WebDriver (W3C) to a chromedriver inside the device's namespace. Scripts run, tabs open and
the profile is kept over a restart, as on anybody's laptop.
"""

import http.client
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.lab.namespace import Namespace
from tests.lab.school import wait_for

_PORT = 9515
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key that the standard gives to elements
_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
    "--disable-component-update", "--disable-dev-shm-usage", "--no-default-browser-check",
)  # fmt: skip


class Surfer:
    """One browser of one device, with a profile that is kept when it is closed."""

    def __init__(self, namespace: Namespace, home: Path) -> None:
        self._namespace = namespace
        self._home = home
        self._environment = {**os.environ, "HOME": str(home)}
        home.mkdir()
        namespace.start(
            "chromedriver", f"--port={_PORT}",
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self._environment,
        )  # fmt: skip
        self._at = ""
        wait_for(self._driver_is_ready, "chromedriver", 20)

    def _driver_is_ready(self) -> bool:
        try:
            return bool(self._call("GET", "/status")["ready"])
        except OSError:
            return False

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        asked = http.client.HTTPConnection("127.0.0.1", _PORT)
        asked.sock = self._namespace.connect("127.0.0.1", _PORT, timeout=60)
        text = None if body is None else json.dumps(body)
        asked.request(method, path, text, {"Content-Type": "application/json"})
        answer = asked.getresponse()
        value = json.loads(answer.read())["value"]
        asked.close()
        assert answer.status == 200, f"{method} {path}: {value}"
        return value

    def profile(self, name: str) -> Path:
        return self._home / name

    def start(self, profile: str = "profile") -> None:
        options = {
            "args": [*_FLAGS, f"--user-data-dir={self.profile(profile)}"],
            # The driver would have the browser fetch nothing ahead, as no person's does.
            "excludeSwitches": ["disable-background-networking"],
            "prefs": {"profile.default_content_setting_values.popups": 1},
        }
        wanted = {"goog:chromeOptions": options, "pageLoadStrategy": "none"}
        made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._at = f"/session/{made['sessionId']}"

    def close(self) -> None:
        self._call("DELETE", self._at)

    def start_by_itself(self, profile: str, *arguments: str) -> None:
        """Without a driver: as at the start of the day, or for a link in a mail program."""
        self._namespace.start(
            "chromium", *_FLAGS, f"--user-data-dir={self.profile(profile)}", *arguments,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self._environment,
        )  # fmt: skip

    def new_tab(self) -> None:
        """A tab for what comes next; the others go on with what they do."""
        made = self._call("POST", f"{self._at}/window/new", {"type": "tab"})
        self._call("POST", f"{self._at}/window", {"handle": made["handle"]})

    def type_address(self, url: str) -> None:
        """As the address bar does: a navigation that no page has asked for."""
        self._call("POST", f"{self._at}/url", {"url": url})

    def press(self, button: str) -> None:
        """A button of the browser's own: `back` or `refresh`."""
        self._call("POST", f"{self._at}/{button}", {})

    def says(self, expression: str) -> Any:
        """What a page's script finds. Not by WebDriver, which would count it as a click."""
        found = self._call(
            "POST",
            f"{self._at}/goog/cdp/execute",
            {"cmd": "Runtime.evaluate",
             "params": {"expression": expression, "returnByValue": True}},
        )  # fmt: skip
        return found["result"].get("value")

    def until(self, expression: str, seconds: float = 10) -> None:
        wait_for(lambda: bool(self.says(expression)), f"{expression} in the browser", seconds)

    def click(self, what: str, *, button: int = 0, times: int = 1) -> None:
        """Press a mouse button in the middle of what a script finds; 1 is the wheel."""
        self.until(f"{what} != null")
        x, y = self.says(
            f"(r => [r.x + Math.min(r.width, 80) / 2, r.y + r.height / 2])"
            f"({what}.getBoundingClientRect())"
        )
        there = {"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y)}
        click = [{"type": kind, "button": button} for kind in ("pointerDown", "pointerUp")]
        mouse = {"type": "pointer", "id": "mouse", "actions": [there, *(click * times)]}
        self._call("POST", f"{self._at}/actions", {"actions": [mouse]})

"""A person at a browser, with scripts off: asks for a closed service on its page.

    python -m tests.lab.driver HOME PROXY URL REASON

Opens URL, writes REASON into the page's form, presses its button, and prints as JSON what was shown
before and after. Speaks WebDriver (W3C) to chromedriver, which it starts and ends.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from typing import Any

_PORT = 9515
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key that the standard gives to elements
_NO_PAGE = "<html><head></head><body></body></html>"


def call(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{_PORT}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["value"]


def ready() -> None:
    for _ in range(100):
        try:
            if call("GET", "/status")["ready"]:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("chromedriver did not start")


def session(home: str, proxy: str) -> str:
    options = {
        "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", f"--user-data-dir={home}/driven",
            f"--proxy-server=http://{proxy}",
        ],
        "prefs": {"profile.managed_default_content_settings.javascript": 2},
    }  # fmt: skip
    wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
    made: str = call("POST", "/session", wanted)["sessionId"]
    return f"/session/{made}"


def element(at: str, css: str) -> str:
    found: str = call("POST", f"{at}/element", {"using": "css selector", "value": css})[_ELEMENT]
    return f"{at}/element/{found}"


def arrived(source: str) -> bool:
    """Whether the browser shows the next page.

    A busy one says that it clicked before it has gone anywhere. Between two pages it shows none.
    """
    return 'id="reason"' not in source and source not in ("", _NO_PAGE)


def main(home: str, proxy: str, url: str, reason: str) -> None:
    driver = subprocess.Popen(
        ["chromedriver", f"--port={_PORT}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": home},
    )
    try:
        ready()
        at = session(home, proxy)
        call("POST", f"{at}/url", {"url": url})
        # Between two pages it shows none: once the form is there, so is its page.
        form = element(at, "#reason")
        before = call("GET", f"{at}/source")
        call("POST", f"{form}/value", {"text": reason})
        pressed = time.monotonic()
        call("POST", f"{element(at, 'button')}/click", {})
        while not arrived(after := call("GET", f"{at}/source")):
            if time.monotonic() - pressed > 20:
                break
            time.sleep(0.02)
        print(
            json.dumps(
                {
                    "before": before,
                    "after": after,
                    "url": call("GET", f"{at}/url"),
                    "seconds": time.monotonic() - pressed,
                }
            )
        )
        call("DELETE", at)
    finally:
        driver.terminate()
        driver.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])

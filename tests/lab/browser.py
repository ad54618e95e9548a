"""Chromium, headless, as a device's browser: what it trusts is in a profile of its own."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.lab.namespace import Namespace

# Chromium would otherwise look for updates and hosts of its maker, which no lab has.
_QUIET = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-dev-shm-usage", "--no-default-browser-check",
    "--hide-scrollbars",
)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """What the browser shows: its document's HTML and a picture, or the error it met instead."""

    html: str
    picture: Path
    error: str | None


class Browser:
    """One profile. `trusts` are roots in PEM files; nothing else of the lab is believed."""

    def __init__(self, namespace: Namespace, folder: Path, *trusts: Path) -> None:
        self._namespace = namespace
        self.home = folder / "browser"
        database = self.home / ".pki" / "nssdb"
        database.mkdir(parents=True, exist_ok=True)
        _certutil("-N", "-d", f"sql:{database}", "--empty-password")
        for number, root in enumerate(trusts):
            _certutil(
                "-A", "-d", f"sql:{database}", "-t", "C,,", "-n", f"root {number}", "-i", str(root)
            )

    def show(self, url: str, *flags: str, width: int = 900, height: int = 1000) -> Page:
        """Open a URL until it is loaded; the picture is what a person would see."""
        picture = self.home / "page.png"
        picture.unlink(missing_ok=True)
        environment = {**os.environ, "HOME": str(self.home)}
        shown = subprocess.run(
            self._namespace.argv(
                ["chromium", *_QUIET, f"--user-data-dir={self.home / 'profile'}",
                 f"--window-size={width},{height}", f"--screenshot={picture}", "--dump-dom",
                 "--timeout=8000", *flags, url]
            ),
            capture_output=True, text=True, timeout=60, env=environment, check=False,
            stdin=subprocess.DEVNULL, errors="replace",
        )  # fmt: skip
        # Newer ones say it and show nothing, older ones show their own page.
        met = re.search(r"Page load failed: net::(\w+)", shown.stderr) or re.search(
            r'"errorCode":"(?:net::)?(ERR_\w+)"', shown.stdout
        )
        assert picture.exists() or met, f"Chromium showed nothing:\n{shown.stderr}"
        return Page(shown.stdout, picture, met.group(1) if met else None)


def _certutil(*arguments: str) -> None:
    subprocess.run(["certutil", *arguments], check=True, capture_output=True)

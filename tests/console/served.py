"""The pages as they are served: `bellgate console` in a process of its own, over the demonstration,
and a real browser. No test lives here."""

import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from playwright.sync_api import Page

TOP = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
PASSWORD = "four words that do not belong"


def command(state: Path, *words: str) -> list[str]:
    return [
        sys.executable, "-m", "bellgate.cli.main", "--state", str(state),
        "--schedules", str(state / "schedules"), *words,
    ]  # fmt: skip


def run(state: Path, *words: str) -> str:
    done = subprocess.run(
        command(state, *words), capture_output=True, text=True, check=False, env=environment()
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(TOP / "addon")}


@dataclass
class Served:
    """A console that listens."""

    at: str
    state: Path

    def sign_in(self, page: Page, name: str, password: str) -> None:
        """Sign in by keyboard."""
        page.goto(f"{self.at}/sign-in")
        page.fill("#name", name)
        page.fill("#password", password)
        page.press("#password", "Enter")
        page.wait_for_load_state()


@contextmanager
def served(state: Path, *more: str) -> Iterator[Served]:
    """`bellgate console` from its "Ready" to a normal end."""
    console = subprocess.Popen(
        command(state, "console", "--listen", "127.0.0.1:0", *more),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    try:
        yield Served(_ready(console), state)
    finally:
        console.terminate()
        assert console.wait(20) == 0


def _ready(console: subprocess.Popen[str]) -> str:
    assert console.stdout is not None
    end = monotonic() + 60
    while monotonic() < end:
        if select.select([console.stdout], [], [], 1)[0]:
            line = console.stdout.readline()
            if found := re.fullmatch(r"Ready on (\S+)/\n", line):
                return found[1]
            assert console.poll() is None, console.stderr and console.stderr.read()
    raise AssertionError("the console does not get ready")

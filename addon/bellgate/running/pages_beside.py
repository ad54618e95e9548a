"""The pages in a process of their own beside the gate: started when it is ready, ended with it, and
never in the way of the traffic."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parents[2]
_PATIENCE: Final = 5.0
"""Seconds that the pages may take to end."""


@contextmanager
def pages_beside(arguments: Sequence[str], say: Callable[[str], None]) -> Iterator[None]:
    """`bellgate console` with these arguments, from entry to exit. What it says of going wrong is
    passed on; the gate goes on without it."""
    child = subprocess.Popen(
        [sys.executable, "-m", "bellgate.cli.main", *arguments],
        env={**os.environ, "PYTHONPATH": f"{_PACKAGE}:{os.environ.get('PYTHONPATH', '')}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # A Ctrl-C at the terminal is for the gate, which then ends the pages.
        start_new_session=True,
    )
    ending = False

    def pass_on() -> None:
        assert child.stderr
        for line in child.stderr:
            if not ending:
                say(f"The pages: {line.rstrip()}")
        if not ending:
            say("The pages have stopped; the gate goes on.")

    Thread(target=pass_on, name="bellgate-pages", daemon=True).start()
    try:
        yield
    finally:
        ending = True
        child.terminate()
        try:
            child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

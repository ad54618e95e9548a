"""The first start asks what becomes of the root's key, or says what it did where nobody answers."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.lab.school import SAMPLE, TOP

PASSPHRASE = "a long way round the playing field"


class Terminal:
    """A command at a real terminal: what it says, and what somebody types."""

    def __init__(self, *arguments: str | Path) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bellgate.cli.main", *map(str, arguments)],
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(TOP / "addon")},
        )  # fmt: skip
        os.close(theirs)
        self.said = ""
        self._read = 0

    def until(self, words: str) -> str:
        """What it said up to these words, since the last time."""
        end = time.monotonic() + 60
        while words not in self.said[self._read :]:
            assert time.monotonic() < end, f"never said {words!r}:\n{self.said}"
            if select.select([self._ours], [], [], 0.1)[0]:
                self.said += os.read(self._ours, 65536).decode().replace("\r\n", "\n")
        place = self.said.index(words, self._read) + len(words)
        found, self._read = self.said[self._read : place], place
        return found

    def types(self, text: str) -> None:
        os.write(self._ours, f"{text}\n".encode())

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._ours)


def first_start(state: Path) -> tuple[str | Path, ...]:
    return ("run", "--schedules", SAMPLE, "--state", state, "--listen", "127.0.0.1:18098",
            "--at", "2026-11-23 10:15")  # fmt: skip


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(*first_start(tmp_path / "state"))
    yield terminal
    terminal.close()


def test_the_key_goes_to_a_file_that_is_taken_away(terminal: Terminal, tmp_path: Path) -> None:
    said = terminal.until('File to keep it in, or "destroy" [destroy]: ')
    assert "Kept: it goes, encrypted, to a file that you take away" in said
    assert "Destroyed: nothing to keep safe and nothing to renew for ten years" in said
    # Each slip is said, and asked again.
    for wrong, why in (
        (tmp_path / "nowhere" / "root.pem", "there is no folder"),
        (tmp_path / "state" / "root.pem", "that is inside the gate's own folder"),
        (SAMPLE / "school.yaml", "it is there already, and nothing is written over"),
    ):
        terminal.types(str(wrong))
        assert why in terminal.until("[destroy]: ")
    stick = tmp_path / "stick"
    stick.mkdir()
    terminal.types(str(stick / "root.pem"))
    terminal.until("Passphrase for it (12 characters or more): ")
    terminal.types("short")
    terminal.until("Repeat for confirmation: ")
    terminal.types("short")
    assert "That has 5 characters" in terminal.until("Passphrase for it (12 characters or more): ")
    terminal.types(PASSPHRASE)
    terminal.until("Repeat for confirmation: ")
    terminal.types(PASSPHRASE)
    said = terminal.until("Ready on 127.0.0.1:18098")
    assert f"The root's key: {stick}/root.pem (encrypted). Take it away" in said
    pem = (stick / "root.pem").read_bytes()
    assert load_pem_private_key(pem, PASSPHRASE.encode())
    assert PASSPHRASE not in terminal.said


def test_return_destroys_it_and_says_so(terminal: Terminal, tmp_path: Path) -> None:
    terminal.until("[destroy]: ")
    terminal.types("")
    said = terminal.until("Ready on 127.0.0.1:18098")
    assert "Its root's key has been destroyed" in said


def test_without_a_terminal_it_says_what_it_did_and_how_to_do_the_other(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bellgate.cli.main", *map(str, first_start(tmp_path / "state"))],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(TOP / "addon")}, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Ready on"):
            break
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=20)[1]
    assert "Nobody sat at a terminal to be asked, so its root's key has been destroyed" in said
    assert "bellgate certificate create --force --keep-root FILE --schedules" in said

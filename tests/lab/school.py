"""The sample school on one machine: a gate, an origin that holds the real names, and clients.

Everything runs in one namespace: the gate on 127.0.0.1:8080, the internet on 127.0.0.50, a member
of staff at 127.0.0.1 (this-machine) and a pupil at 127.0.0.2 (this-machine-as-pupil).
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.authority import make_authority
from tests.lab.namespace import Namespace, Process

TOP = Path(__file__).parents[2]
SAMPLE = TOP / "schedules"
INTERNET = "127.0.0.50"
PROXY = "127.0.0.1:8080"

FACEBOOK, YOUTUBE, BLOGGER = "www.facebook.com", "www.youtube.com", "www.blogger.com"
BBC, BANK = "www.bbc.co.uk", "bank.example"
NAMES = (FACEBOOK, YOUTUBE, BBC, BANK, BLOGGER, "m.facebook.com", "www.reddit.com", "www.gov.uk")

IN_SESSION = "2026-11-23 10:15"
AT_LUNCH = "2026-11-23 12:30"
ON_SATURDAY = "2026-11-21 10:15"

STAFF, PUPIL, GUEST = "127.0.0.1", "127.0.0.2", "127.0.0.9"


BELLGATE = ("-m", "bellgate.cli.main")
"""What of Python's arguments makes it Bellgate."""


@dataclass(frozen=True)
class Reply:
    """What curl made of one request."""

    status: int
    body: str
    error: str
    exit_code: int

    @property
    def refused(self) -> bool:
        return self.exit_code != 0


class Gate:
    """A running `bellgate run`, and its log."""

    def __init__(self, process: Process, state: Path, greeting: str) -> None:
        self.process = process
        self.state = state
        self.greeting = greeting

    @classmethod
    def when_ready(cls, process: Process, state: Path) -> "Gate":
        """Wait for the line that says it listens; fail with what it said instead."""
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.decode())
            if line.startswith(b"Ready on "):
                return cls(process, state, "".join(lines))
        _, said = process.communicate()
        raise AssertionError(f"the gate did not start:\n{''.join(lines)}{said.decode()}")

    @property
    def authority(self) -> Path:
        return self.state / "certificate" / "bellgate-ca.pem"

    @property
    def log(self) -> Path:
        return self.state / "simulated" / "log"

    def stop(self, how: signal.Signals = signal.SIGINT) -> str:
        """Stop, as Ctrl-C does if nothing else is said; what it said to standard error."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
        _, said = self.process.communicate(timeout=20)
        return said.decode()

    def records(self, dataset: str = "bellgate.decision", after: int = 0) -> list[dict[str, Any]]:
        """The records so far, in order; waits for those that are on their way."""
        time.sleep(0.4)
        found = []
        for day in sorted(self.log.glob("*.jsonl")):
            for line in day.read_bytes().splitlines():
                record = json.loads(line)
                if record["event"]["dataset"] == dataset:
                    found.append(record)
        return found[after:]


class School:
    """A namespace with an internet in it. `gate` starts the gate; clients are real programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = make_authority(folder)
        self.namespace = Namespace("school", {INTERNET: NAMES})
        self._gates: list[Gate] = []
        origin = self.start_python(
            "-m", "tests.lab.origin", folder, INTERNET, *NAMES, stdout=subprocess.PIPE
        )
        assert origin.stdout is not None
        assert origin.stdout.readline() == b"listening\n", "the lab's origin did not start"

    def start_python(self, *arguments: str | Path, **options: Any) -> Process:
        environment = {**os.environ, "PYTHONPATH": f"{TOP / 'addon'}:{TOP}"}
        if arguments[:2] == BELLGATE:
            return self.namespace.start_bellgate(
                *arguments[2:], cwd=TOP, env=environment, **options
            )
        return self.namespace.start(sys.executable, *arguments, cwd=TOP, env=environment, **options)

    def schedules(self, *edits: tuple[str, str, str]) -> Path:
        """A copy of the sample that may reach the lab's internet; edits are file, old, new."""
        copy = self.folder / "schedules"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(SAMPLE, copy)
        with (copy / "school.yaml").open("a") as file:
            file.write("\ngate:\n  reachable: [127.0.0.0/8]\n")
        for name, old, new in edits:
            text = (copy / name).read_text()
            assert old in text, f"{name} does not hold {old!r}"
            (copy / name).write_text(text.replace(old, new))
        return copy

    def gate(
        self,
        at: str,
        *edits: tuple[str, str, str],
        program: Sequence[str | Path] = BELLGATE,
        arguments: Sequence[str] = (),
        folder: Path | None = None,
    ) -> Gate:
        """Start the gate at a moment; returns when it listens. `folder` stands for the sample."""
        state = self.folder / "state"
        process = self.start_python(
            *program,
            "run",
            "--schedules",
            folder or self.schedules(*edits),
            "--state",
            state,
            "--at",
            at,
            *arguments,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        gate = Gate.when_ready(process, state)
        self._gates.append(gate)
        return gate

    def curl(
        self, url: str, *more: str | Path, who: str = STAFF, trust: Path | None = None
    ) -> Reply:
        """Ask for a URL through the gate, as a member of staff or a pupil."""
        body = self.folder / "body"
        body.unlink(missing_ok=True)
        result = self.namespace.run(
            "curl", "--silent", "--show-error", "--max-time", "15",
            "--proxy", f"http://{PROXY}", "--interface", who, "--cacert", trust or self.authority,
            "--output", body, "--write-out", "%{http_code}", *more, url,
        )  # fmt: skip
        text = body.read_text(errors="replace") if body.exists() else ""
        status = int(result.stdout or 0)
        return Reply(status, text, result.stderr.strip(), result.returncode)

    def contacts(self) -> list[str]:
        """Who asked the origin for what, in order."""
        path = self.folder / "contacts"
        return path.read_text().splitlines() if path.exists() else []

    def forget_contacts(self) -> None:
        (self.folder / "contacts").write_text("")

    def stop_gates(self) -> None:
        for gate in self._gates:
            gate.stop()
        self._gates.clear()

    def close(self) -> None:
        self.stop_gates()
        self.namespace.remove()


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 10) -> None:
    """Wait until something is so; fail in words where it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.02)


def open_school(folder: Path) -> Iterator[School]:
    """For fixtures: a school that is gone afterwards, whatever happened."""
    school = School(folder)
    try:
        yield school
    finally:
        school.close()

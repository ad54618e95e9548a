"""A file that is saved beside a running gate of a big school: how long until it is in force, and
how long anybody else waits meanwhile."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from tests.bench import big_school
from tests.bench.table import Row
from tests.lab.school import BBC, FACEBOOK, IN_SESSION, STAFF, TOP, School

TIMES = 5


def measure(*, quick: bool = False) -> list[Row]:
    with TemporaryDirectory(prefix="bellgate-bench-") as folder:
        school = School(Path(folder))
        try:
            small, _ = _saved(school, school.schedules(), 1 if quick else 3)
            school.stop_gates()
            big = big_school.write(Path(folder) / "big")
            took, waits = _saved(school, big, 1 if quick else TIMES)
            began = time.monotonic()
            command = (sys.executable, "-m", "bellgate.cli.main", "check", "--schedules", big)
            subprocess.run(
                [*command, "--state", school.folder / "state"], cwd=TOP, check=False,
                capture_output=True, env={**os.environ, "PYTHONPATH": str(TOP / "addon")},
            )  # fmt: skip
            check = time.monotonic() - began
        finally:
            school.close()
    what = (
        f"a saved file of {big_school.DEVICES} devices, {big_school.GROUPS} groups and "
        f"{big_school.YEARS} years in force after"
    )
    beside = f"the sample school {max(small):.2f} s; `check` of the big one {check:.2f} s"
    quiet, busy = waits
    return [
        Row(what, max(took), "s", at_most=2, compared=beside),
        Row(
            "the longest that somebody else's connection waits meanwhile",
            busy * 1000,
            "ms",
            compared=f"without a save {quiet * 1000:.0f} ms",
        ),
    ]


def _saved(school: School, folder: Path, times: int) -> tuple[list[float], tuple[float, float]]:
    """How long each save took to be in force; and the longest wait of somebody else, without one
    and with them."""
    gate = school.gate(IN_SESSION, folder=folder)
    rules = folder / "rules.yaml"
    before = rules.read_text()
    after = before.replace("rules:", f"rules:{_OPEN}", 1)
    someone = Someone(school)
    someone.start()
    time.sleep(2)
    quiet = someone.longest
    someone.longest = 0.0
    took = []
    for text in (after, before) * times:
        rules.write_text(text)
        began = time.monotonic()
        wanted = 200 if text is after else 403
        while _status_of(school) != wanted:
            assert time.monotonic() - began < 60, "the saved file is not in force"
            time.sleep(0.02)
        took.append(time.monotonic() - began)
    someone.stop()
    changed = [r for r in gate.records("bellgate.gate") if r["event"]["action"] == "policy-changed"]
    assert len(changed) == 2 * times, json.dumps(changed)
    return took, (quiet, someone.longest)


_OPEN = (
    "\n  - name: Saved\n    who: everyone\n    what: social-media\n    when: always\n"
    "    do: allow\n    clause: School's own rule\n"
)


def _status_of(school: School) -> int:
    """By a socket of our own: programs that are started again and again would take the gate's
    time."""
    return int(_asked(school, FACEBOOK)[9:12])


def _asked(school: School, host: str) -> bytes:
    request = f"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    answer = b""
    with school.namespace.connect("127.0.0.1", 8080, STAFF, 30) as client:
        client.sendall(request.encode())
        while received := client.recv(65536):
            answer += received
    return answer


class Someone(Thread):
    """Opens an ordinary page again and again, and knows the longest wait."""

    def __init__(self, school: School) -> None:
        super().__init__(daemon=True)
        self._school, self._end, self.longest = school, Event(), 0.0

    def run(self) -> None:
        while not self._end.is_set():
            began = time.monotonic()
            _asked(self._school, BBC)
            self.longest = max(self.longest, time.monotonic() - began)
            time.sleep(0.05)

    def stop(self) -> None:
        self._end.set()
        self.join()

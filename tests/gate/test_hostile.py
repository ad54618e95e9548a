"""Promise: one pupil cannot slow it for the others."""

import os
import signal
import statistics
import subprocess
import sys
import time

import pytest

from tests.lab.hostile import KINDS
from tests.lab.school import BBC, IN_SESSION, TOP, Gate, School


@pytest.fixture(scope="module")
def gate(school: School) -> Gate:
    return school.gate(IN_SESSION)


def median_fetch(school: School, times: int = 60) -> float:
    result = subprocess.run(
        school.namespace.argv([sys.executable, "-m", "tests.lab.patient", str(times), BBC]),
        capture_output=True, text=True, timeout=60, cwd=TOP, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return statistics.median(map(float, result.stdout.split()))


@pytest.mark.parametrize("kind", KINDS)
def test_others_are_served_meanwhile(school: School, gate: Gate, kind: str) -> None:
    quiet = median_fetch(school)
    attacker = school.start_python("-m", "tests.lab.hostile", kind, "8080", stdout=subprocess.PIPE)
    assert attacker.stdout is not None
    assert attacker.stdout.readline() == b"attacking\n"
    time.sleep(1.5)  # by now it has spent its burst of new connections
    meanwhile = median_fetch(school)
    os.killpg(attacker.pid, signal.SIGKILL)
    attacker.wait()
    quiet_again = median_fetch(school)
    # The slower of the two quiet figures: the machine itself has its moods.
    assert meanwhile <= 2 * max(quiet, quiet_again), (quiet, meanwhile, quiet_again)


def test_a_hello_that_is_never_finished_is_given_up_in_time(school: School, gate: Gate) -> None:
    program = (
        "import socket,time\n"
        "s=socket.create_connection(('127.0.0.1',8080),5)\n"
        f"s.sendall(b'CONNECT {BBC}:443 HTTP/1.1\\r\\nHost: {BBC}\\r\\n\\r\\n')\n"
        "s.recv(1000); s.sendall(b'\\x16\\x03\\x01'); t=time.monotonic(); s.settimeout(20)\n"
        "try: s.recv(1000)\n"
        "except ConnectionError: pass\n"
        "print(time.monotonic()-t)\n"
    )
    waited = float(school.namespace.run(sys.executable, "-c", program).stdout)
    assert 9 <= waited <= 13

"""Bodies that never end, of refused requests: the answer is given, the rest thrown away."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.street import resident
from tests.gate.test_bell_rings import NETWORK, status
from tests.lab.school import FACEBOOK, IN_SESSION, Gate, School, wait_for

DEVICES, EACH = 8, 300
WHILE_THEY_LAST_MB = 60.0
A_MINUTE = 60


def descriptors(gate: Gate) -> int:
    return len(list(Path(f"/proc/{gate.process.pid}/fd").iterdir()))


@dataclass(frozen=True)
class Burst:
    """What came of 2,400 bodies that were begun at once."""

    answered: int
    seconds: float
    most: float
    """Megabytes that the gate held at most meanwhile."""


def burst(school: School, gate: Gate) -> Burst:
    most = 0.0
    clients = school.start_python(
        "-m", "tests.lab.unfinished", FACEBOOK, "127.7.0.1", str(DEVICES), str(EACH),
        stdout=subprocess.PIPE,
    )  # fmt: skip
    while clients.poll() is None:
        most = max(most, resident(gate.process))
        time.sleep(0.02)
    assert clients.stdout is not None
    answered, seconds = clients.stdout.read().split()
    return Burst(int(answered), float(seconds), most)


def test_2400_of_them_cost_little_and_nothing_of_them_is_held(school: School) -> None:
    school.stop_gates()
    gate = school.gate(IN_SESSION, NETWORK)
    assert school.curl(f"http://{FACEBOOK}/").status == 403
    rest, opened = resident(gate.process), descriptors(gate)
    first = burst(school, gate)
    assert first.answered > DEVICES * EACH / 2, "most of them saw why"
    assert first.seconds < 12, "they are not closed in time"
    assert first.most - rest < WHILE_THEY_LAST_MB
    wait_for(lambda: status(gate)["connections"] == 0, "all of them being let go", A_MINUTE)
    wait_for(lambda: descriptors(gate) <= opened + 2, "their sockets being closed", A_MINUTE)
    held = resident(gate.process)
    wait_for(lambda: resident(gate.process) < held - 5, "memory being given back", A_MINUTE)
    # Of what the first left, nothing is in use: there is room in it for as many again.
    assert burst(school, gate).most < first.most + 6

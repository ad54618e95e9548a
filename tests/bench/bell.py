"""The bell over two thousand open connections, half of them in mid-download, as clients see it."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.table import Row
from tests.gate.test_bell_rings import BELL, NETWORK, Clients, seconds_of
from tests.lab.school import FACEBOOK, School

CONNECTIONS = 2000


def measure(*, quick: bool = False) -> list[Row]:
    half = (40 if quick else CONNECTIONS) // 2
    with TemporaryDirectory(prefix="bellgate-bench-") as folder:
        school = School(Path(folder))
        try:
            gate = school.gate(f"2026-11-23 12:59:{52 if quick else 20}", NETWORK)
            bell = seconds_of(BELL, gate)
            outcome = Clients(
                school, 60, f"download:{FACEBOOK}:127.7.0.1:{half}",
                f"idle:{FACEBOOK}:127.7.2.1:{half}",
            ).outcome()  # fmt: skip
        finally:
            school.close()
    after = [client["closed"] - bell for client in outcome if client["closed"] is not None]
    assert len(after) == 2 * half, f"{2 * half - len(after)} connections were not cut"
    return [
        Row(
            f"the bell over {2 * half:,} connections, the last client closed after",
            max(after),
            "s",
            at_most=1,
            compared=f"the first after {min(after):.2f} s",
        )
    ]

"""What the gate holds at rest with the whole catalogue, and after two hundred thousand connections.

Half pass, half are refused and recorded, and each comes and goes.
"""

import time

from tests.bench.street import ALLOWED, GATE_PORT, LISTED, resident, street
from tests.bench.table import Row

CONNECTIONS, STEPS = 200_000, 10
BUDGET = 110.0
# Two thousand connections' worth: what the heap is coarse by, told apart from growth.
FLAT = 10.0


def measure(*, quick: bool = False) -> list[Row]:
    each = (200 if quick else CONNECTIONS) // STEPS
    with street() as here:
        gate = here.gate()
        here.divert(GATE_PORT)
        time.sleep(1)
        rest = resident(gate)
        held = []
        while len(held) < STEPS:
            for name in (ALLOWED, LISTED):
                here.dial(600, name=name, most=each // 2)
            time.sleep(1)
            held.append(resident(gate))
    half = len(held) // 2
    grown = sum(held[half:]) / half - sum(held[:half]) / half
    return [
        Row("memory at rest, the whole catalogue", rest, "MB", at_most=BUDGET),
        Row(
            f"  grown in the second half of {each * STEPS:,} connections",
            grown,
            "MB",
            at_most=FLAT,
            compared="step by step: " + " ".join(f"{m:.0f}" for m in held),
        ),
    ]

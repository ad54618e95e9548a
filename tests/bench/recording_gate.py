"""A gate that records a thousand decisions a second, for the benchmark of the readers.

`python -m tests.bench.recording_gate SCHEDULES STATE RATE`: the product's own gate, put together as
`bellgate run` does it, and beside its connections a task of its loop that records decisions. Real
connections in that number would take the whole machine. Prints "recording"; SIGTERM ends it.
"""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from bellgate.audit import Journal
from bellgate.gate.clock import MachineClock
from bellgate.gate.hooks import Hooks
from bellgate.gate.serve import Address, Listening
from bellgate.gate.serve import run as run_gate
from bellgate.gateway import certificate as certificates
from bellgate.gateway.addresses import AddressTable
from bellgate.running import assembly, choosing
from bellgate.running.beside import beside
from tests.audit.world import decision

TICK = 0.01


def main(schedules: Path, state: Path, rate: float) -> None:
    chosen, clock = choosing.choose_policy(schedules, state), MachineClock()
    names, folder = assembly.names_of(chosen.policy), state / "certificate"
    certificate = certificates.create(
        folder, "Bench", names, datetime.now(UTC), left_open=assembly.open_names_of(chosen.policy)
    )
    journal, addresses = assembly.open_journal(chosen, state, clock), AddressTable(chosen.leases)
    granted = assembly.granted_in(state, clock)
    gate = assembly.make_gate(
        chosen, clock=clock, journal=journal, certificate=certificate, granted=granted,
        surroundings=addresses,
    )  # fmt: skip
    tasks: list[asyncio.Task[None]] = []

    def ready(listening: Sequence[Address]) -> None:
        tasks.append(asyncio.get_running_loop().create_task(_record(journal, rate)))
        print(f"recording {listening[0][1]}", flush=True)

    def say(_: str) -> None:
        pass

    with beside(
        schedules, state, chosen=chosen, gate=gate, journal=journal, granted=granted,
        addresses=addresses, say=say,
    ):  # fmt: skip
        run_gate(Hooks(gate), Listening(["regular@127.0.0.1:18080"], folder), ready)
    journal.close()


async def _record(journal: Journal, rate: float) -> None:
    """As many as are due, every hundredth of a second: none of them a repeat of another."""
    began, made = monotonic(), 0
    while True:
        due = int((monotonic() - began) * rate)
        for n in range(made, due):
            now = datetime.now(UTC)
            made_up = decision(f"www{n % 1000}.facebook.com", now)
            journal.decision(made_up, "block", seen="page", at=now)
        made = max(made, due)
        await asyncio.sleep(TICK)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))

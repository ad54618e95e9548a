"""What runs beside the gate and never holds the traffic up, each in a thread of its own.

The standing jobs, and the socket where commands hand over records and ask how the gate is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bellgate.audit import GateSocket, Journal
from bellgate.audit.log.peers import roles_here
from bellgate.gate.gate import Gate
from bellgate.gateway.addresses import AddressTable
from bellgate.running import address_question
from bellgate.running.anchor import Anchors
from bellgate.running.choosing import Chosen
from bellgate.running.folders import log_base
from bellgate.running.machine_time import machine_now
from bellgate.running.nightly import Retention
from bellgate.running.presence import Presence
from bellgate.running.refresh import Refresher
from bellgate.running.reload import Reloader
from bellgate.running.state import status_of
from bellgate.schedules.granted import Granted


@contextmanager
def beside(
    schedules: Path,
    state: Path,
    *,
    chosen: Chosen,
    gate: Gate,
    journal: Journal,
    granted: Granted,
    addresses: AddressTable,
    say: Callable[[str], None],
) -> Iterator[None]:
    """All standing jobs, and the socket, from entry to exit. `say` tells whoever watches."""
    reloader = Reloader(
        schedules,
        state,
        gate=gate,
        journal=journal,
        loaded=chosen.loaded,
        granted=granted,
        today=lambda: machine_now().date(),
        say=say,
        read_leases_from=addresses.read_leases_from,
    )
    listening = GateSocket(
        journal.paths.socket,
        journal.promise,
        lambda: status_of(gate, journal, reloader, listening.sentry),
        lambda ip: address_question.answer(addresses, ip),
        roles=roles_here(),
        followed=gate.recording.retries.followed,
    )
    refresher = Refresher(schedules, state, journal=journal)
    anchors = Anchors(
        state,
        gate=gate,
        journal=journal,
        settings=chosen.anchors,
        loaded=lambda: reloader.loaded,
    )
    retention = Retention(
        state,
        gate=gate,
        journal=journal,
        settings=chosen.retention,
        loaded=lambda: reloader.loaded,
    )
    presence = Presence(
        log_base(state, simulated=gate.clock.state == "simulated"),
        addresses.present,
        now=machine_now,
        failed=lambda error: journal.gate(
            "error", f"Who is on the networks could not be kept: {error}", reason=str(error)
        ),
    )
    try:
        with reloader, refresher, anchors, retention, presence:
            yield
    finally:
        listening.close()

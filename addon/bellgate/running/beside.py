"""What runs beside the gate and never holds the traffic up, each in a thread of its own.

The standing jobs, and the socket where commands hand over records and ask how the gate is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bellgate.audit import GateSocket, Journal
from bellgate.audit.log.peers import roles_here
from bellgate.gate.clock import MachineClock
from bellgate.gate.gate import Gate
from bellgate.gateway.addresses import AddressTable
from bellgate.machine_time import elapsed, machine_now
from bellgate.running import address_question, confided, metrics, passing
from bellgate.running.alerts import trial
from bellgate.running.alerts.looking import Looking
from bellgate.running.alerts.ping import Ping
from bellgate.running.alerts.standing import Alerts
from bellgate.running.anchor import Anchors
from bellgate.running.choosing import Chosen
from bellgate.running.folders import log_base
from bellgate.running.nightly import Retention
from bellgate.running.presence import Presence
from bellgate.running.refresh import Refresher
from bellgate.running.reload import Reloader
from bellgate.running.sign_ins import QUESTION as SIGNED_IN
from bellgate.running.sign_ins import SignIns
from bellgate.running.state import status_of
from bellgate.running.weekly import Weekly
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
        chosen=chosen,
        granted=granted,
        today=lambda: machine_now().date(),
        say=say,
        read_leases_from=addresses.read_leases_from,
    )
    looked_at = passing.Passing(elapsed)
    gate.accounts.noticed = looked_at.note
    refresher = Refresher(schedules, state, journal=journal)
    anchors = Anchors(
        state,
        gate=gate,
        journal=journal,
        settings=lambda: reloader.settings,
    )
    retention = Retention(
        state,
        gate=gate,
        journal=journal,
        settings=lambda: reloader.settings.retention,
    )
    presence = Presence(
        log_base(state, simulated=gate.clock.state == "simulated"),
        addresses.present,
        now=machine_now,
        failed=lambda error: journal.gate(
            "error", f"Who is on the networks could not be kept: {error}", reason=str(error)
        ),
    )
    sign_ins = SignIns(
        state,
        log_base(state, simulated=gate.clock.state == "simulated"),
        addresses,
        settings=lambda: reloader.gateway.radius if reloader.gateway else None,
        failed=lambda error: journal.gate(
            "error", f"Who is signed in is not known: {error}", reason=str(error)
        ),
    )
    alerts = Alerts(
        state,
        gate=gate,
        journal=journal,
        settings=lambda: reloader.settings,
        signs=Looking(state, gate, journal, reloader, refresher, anchors),
        last_sign=gate.clock.newest_record if isinstance(gate.clock, MachineClock) else None,
    )
    ping = Ping(state, gate=gate, journal=journal, settings=lambda: reloader.settings)
    weekly = Weekly(
        schedules, state, gate=gate, journal=journal, settings=lambda: reloader.settings
    )

    def status() -> dict[str, Any]:
        return status_of(
            gate,
            journal,
            reloader,
            alerts.wrong,
            sentry=listening.sentry,
            sign_ins=sign_ins.status(),
        )

    listening = GateSocket(
        journal.paths.socket,
        journal.promise,
        status,
        {
            "address": lambda asked: address_question.answer(addresses, str(asked["ip"])),
            SIGNED_IN: sign_ins.answer,
            trial.QUESTION: lambda _: alerts.tried(),
            **confided.answers(state),
            **passing.answers(looked_at),
        },
        roles=roles_here(),
        followed=gate.recording.retries.followed,
    )
    gateway = chosen.gateway
    watched = metrics.served(
        gateway.metrics if gateway else None,
        status,
        lambda error: say(
            f"The numbers cannot be served at {gateway and gateway.metrics}: {error}"
        ),
    )
    try:
        with (
            reloader,
            refresher,
            anchors,
            retention,
            presence,
            sign_ins,
            alerts,
            ping,
            weekly,
            watched,
        ):
            yield
    finally:
        listening.close()

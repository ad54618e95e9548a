"""What runs beside the gate and never holds the traffic up, each in a thread of its own.

The standing jobs, and the socket where commands hand over records and ask how the gate is.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
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
from bellgate.schedules.settings import Settings


@dataclass(frozen=True, slots=True)
class _Jobs:
    """The standing jobs: those that are asked something, and the others."""

    reloader: Reloader
    sign_ins: SignIns
    alerts: Alerts
    anchors: Anchors
    others: tuple[AbstractContextManager[object], ...]

    def __iter__(self) -> Iterator[AbstractContextManager[object]]:
        yield self.reloader
        yield self.sign_ins
        yield self.alerts
        yield self.anchors
        yield from self.others


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
    jobs = _jobs(schedules, state, gate, journal, reloader, addresses)
    looked_at = passing.Passing(elapsed)
    gate.accounts.noticed = looked_at.note

    def status() -> dict[str, Any]:
        return status_of(
            gate,
            journal,
            reloader,
            jobs.alerts.wrong,
            stuck=dict(jobs.anchors.stuck),
            sentry=listening.sentry,
            sign_ins=jobs.sign_ins.status(),
        )

    listening = GateSocket(
        journal.paths.socket,
        journal.promise,
        status,
        {
            "address": lambda asked: address_question.answer(addresses, str(asked["ip"])),
            SIGNED_IN: jobs.sign_ins.answer,
            trial.QUESTION: lambda _: jobs.alerts.tried(),
            **confided.answers(state),
            **passing.answers(looked_at),
        },
        roles=roles_here(),
        followed=gate.recording.retries.followed,
    )
    try:
        with ExitStack() as stack:
            for job in jobs:
                stack.enter_context(job)
            stack.enter_context(_numbers(chosen, status, say))
            yield
    finally:
        listening.close()


def _jobs(  # noqa: PLR0917 - what each of them looks at
    schedules: Path,
    state: Path,
    gate: Gate,
    journal: Journal,
    reloader: Reloader,
    addresses: AddressTable,
) -> _Jobs:
    def failed(what: str) -> Callable[[Exception], None]:
        return lambda error: journal.gate("error", f"{what}: {error}", reason=str(error))

    def settings() -> Settings:
        return reloader.settings

    base = log_base(state, simulated=gate.clock.state == "simulated")
    refresher = Refresher(schedules, state, journal=journal)
    anchors = Anchors(state, gate=gate, journal=journal, settings=settings)
    return _Jobs(
        reloader,
        SignIns(
            state,
            base,
            addresses,
            settings=lambda: reloader.gateway.radius if reloader.gateway else None,
            failed=failed("Who is signed in is not known"),
        ),
        Alerts(
            state,
            gate=gate,
            journal=journal,
            settings=settings,
            signs=Looking(state, gate, journal, reloader, refresher, anchors),
            last_sign=gate.clock.newest_record if isinstance(gate.clock, MachineClock) else None,
        ),
        anchors,
        (
            refresher,
            Retention(state, gate=gate, journal=journal, settings=lambda: settings().retention),
            Presence(
                base,
                addresses.present,
                now=machine_now,
                failed=failed("Who is on the networks could not be kept"),
            ),
            Ping(state, gate=gate, journal=journal, settings=settings),
            Weekly(schedules, state, gate=gate, journal=journal, settings=settings),
        ),
    )


def _numbers(
    chosen: Chosen, status: Callable[[], dict[str, Any]], say: Callable[[str], None]
) -> AbstractContextManager[object]:
    """For whoever watches the machine, where gateway.yaml says so."""
    where = chosen.gateway.metrics if chosen.gateway else None
    return metrics.served(
        where, status, lambda error: say(f"The numbers cannot be served at {where}: {error}")
    )

"""`bellgate run` with a fault planted in it: `python -m tests.gate.faulty FAULT run …`.

Each fault is a real part of the gate that raises: a hook, the decision, the journal's road, the
certificate, the index.
"""

import sys
from datetime import UTC, datetime
from typing import Any

from bellgate.cli import run
from bellgate.cli.main import main
from bellgate.gate.gate import Gate
from bellgate.gate.hooks import Hooks, guarded
from bellgate.gate.layer_choice import LayerChoice
from bellgate.policy.decide import Decision, Policy
from bellgate.policy.facts import Connection
from bellgate.policy.probe import CLOSED
from bellgate.running import assembly


class Planted(Exception):
    """The fault."""


def broken_decide(
    policy: Policy, connection: Connection, instant: datetime, exemptions: object
) -> Decision:
    raise Planted("decide")


def broken_choice(*_: object) -> None:
    raise Planted("choose")


class BrokenCertificate:
    expires = datetime.max.replace(tzinfo=UTC)

    def permits(self, host: str) -> bool:
        if host == CLOSED:
            return False  # the gate asks of it at its start, before anybody is there
        raise Planted("permits")


def hooks_failing_in(name: str) -> type[Hooks]:
    @guarded
    def fail(self: Hooks, data: Any) -> None:
        raise Planted(name)

    fail.__name__ = name
    return type("Failing", (Hooks,), {name: fail})


class BrokenRecording:
    """In place of the gate's recording: every record of a decision raises."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def decided(self, *_: object) -> None:
        raise Planted("decided")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def plant(fault: str) -> None:
    """Hand the command a faulty part where it puts the gate together."""
    make = assembly.make_gate

    def make_faulty(*arguments: Any, **named: Any) -> Gate:
        gate = make(*arguments, **named)
        if fault == "decide":
            gate.judge._decide = broken_decide
        elif fault == "choose":
            LayerChoice._by_fate = broken_choice  # type: ignore[assignment]
        elif fault == "certificate":
            gate.closed_sites.certificate = BrokenCertificate()
        elif fault == "recording":
            broken: Any = BrokenRecording(gate.recording)
            gate.recording = gate.accounts.recording = gate.failures.recording = broken
        return gate

    assembly.make_gate = make_faulty
    if hasattr(Hooks, fault):
        run.Hooks = hooks_failing_in(fault)  # type: ignore[misc]


if __name__ == "__main__":
    plant(sys.argv.pop(1))
    main()

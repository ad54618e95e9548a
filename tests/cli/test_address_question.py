"""`explain --from` asks the running gate over its socket, and says why where it cannot."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bellgate.audit import LogPaths
from bellgate.audit.log.gate_socket import GateSocket
from bellgate.gateway.addresses import AddressTable
from bellgate.policy.facts import Sighting
from bellgate.running.address_question import GateSilent, answer, ask_gate

LAPTOP = "3c:22:fb:00:00:31"


class Table(AddressTable):
    """A table that knows one address."""

    def sighting(self, source: str) -> Sighting:
        return Sighting(LAPTOP, ("10.77.20.1",), "shared-mac") if source == "10.77.20.31" else (
            Sighting(None, ("10.77.20.1",), "duid", LAPTOP)
        )  # fmt: skip

    @property
    def connected(self) -> tuple[str, ...]:
        return ("10.77.20.0/24", "2001:db8:20::/64")


def counter(state: Path, at_address: Callable[[str], dict[str, Any]] | None) -> GateSocket:
    def no_record(_: Any) -> Any:
        raise AssertionError("nobody hands over a record here")

    questions = {"address": lambda asked: at_address(asked["ip"])} if at_address else {}
    return GateSocket(LogPaths.of(state).socket, no_record, dict, questions)


def test_what_the_gate_knows_arrives_as_it_knows_it(tmp_path: Path) -> None:
    gate = counter(tmp_path, lambda ip: answer(Table(), ip))
    try:
        known = ask_gate(tmp_path, "10.77.20.31")
        assert known.sighting == Sighting(LAPTOP, ("10.77.20.1",), "shared-mac")
        assert known.is_connected("2001:db8:20::9") and not known.is_connected("2001:db8:21::9")
        assert ask_gate(tmp_path, "10.77.20.9").sighting.duid_mac == LAPTOP
    finally:
        gate.close()


def test_without_a_gate_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(GateSilent, match="no gate is running with the state in"):
        ask_gate(tmp_path, "10.77.20.31")


def test_a_gate_that_does_not_know_the_question_is_told_apart_from_none(tmp_path: Path) -> None:
    gate = counter(tmp_path, None)
    try:
        with pytest.raises(GateSilent, match="the gate does not answer"):
            ask_gate(tmp_path, "10.77.20.31")
    finally:
        gate.close()

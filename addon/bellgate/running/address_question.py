"""What a running gate knows of an address, asked by another command over the gate's socket.

The question: {"kind":"address","ip":"10.77.20.31"}. The answer's `address`: `mac`, `doubt` and
`duid_mac` (null where there is none), `interface` (the gateway's own addresses there), `sign_in`
(`person`, `session`, `doubt`; null where nobody is said to be signed in), and `connected`, the
prefixes attached to the gateway on the school's side. Both sides stand here.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bellgate.audit.log.gate_socket import Refused, ask
from bellgate.audit.log.paths import LogPaths
from bellgate.gateway.addresses import AddressTable
from bellgate.policy.facts import NOT_SEEN, Sighting, SignIn, address


class GateSilent(Exception):
    """No running gate could be asked; the text says why."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a gate said of an address, or what is taken for it where none could be asked."""

    sighting: Sighting = NOT_SEEN
    connected: tuple[str, ...] = ()
    sign_in: SignIn | None = None

    def is_connected(self, ip: str) -> bool:
        """Whether an address is attached to the gateway on the school's side."""
        parsed = ipaddress.ip_address(ip)
        networks = map(ipaddress.ip_network, self.connected)
        return any(parsed in n for n in networks if n.version == parsed.version)


def answer(table: AddressTable, ip: str) -> dict[str, Any]:
    """The gate's side. Asking is no sign that anybody sends from there."""
    sighting = table.sighting(ip)
    sign_in = table.signed_in(address(ip) or ip, sighting)
    return {
        "mac": sighting.mac,
        "doubt": sighting.doubt,
        "duid_mac": sighting.duid_mac,
        "interface": list(sighting.interface),
        "sign_in": asdict(sign_in) if sign_in is not None else None,
        "connected": list(table.connected),
    }


def ask_gate(state: Path, ip: str) -> Known:
    """The command's side: the gate of this state folder, else one that was started with --at.

    Raises GateSilent.
    """
    for simulated in (False, True):
        try:
            said = ask(LogPaths.of(state, simulated=simulated), {"kind": "address", "ip": ip})
        except (Refused, OSError) as error:
            raise GateSilent(f"the gate does not answer ({error})") from error
        if said is None:
            continue
        if not said.get("ok"):
            raise GateSilent(f"the gate does not answer ({said.get('error')})")
        return _known(said["address"])
    raise GateSilent(f"no gate is running with the state in {state}")


def _known(said: Mapping[str, Any]) -> Known:
    sighting = Sighting(said["mac"], tuple(said["interface"]), said["doubt"], said["duid_mac"])
    sign_in = SignIn(**said["sign_in"]) if said["sign_in"] is not None else None
    return Known(sighting, tuple(said["connected"]), sign_in)

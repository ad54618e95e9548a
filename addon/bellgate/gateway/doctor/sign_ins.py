"""Whether access points are heard that say who is signed in, and whether that names anybody."""

from collections.abc import Mapping
from typing import Any

from bellgate.gateway.doctor.finding import Finding


def heard(said: Mapping[str, Any]) -> Finding:
    """`said`: `sign_ins` of the gate's status."""
    packets, ignored = said["packets"], said["ignored"]
    if said["problem"]:
        return Finding(
            "Sign-ins", False, f"No access point can be heard: {said['problem']}.",
            "the secret is a file radius-secret in /etc/credstore, or STATE/secrets/radius-secret",
        )  # fmt: skip
    if packets.get("not believed", 0) > packets.get("taken", 0):
        return Finding(
            "Sign-ins", False,
            f"{packets['not believed']} packets were not believed: wrong secret, or broken.",
            "give the access points the same secret as this machine; `journalctl -u bellgate-gate` "
            "names them",
        )  # fmt: skip
    if ignored.get("old", 0) > packets.get("taken", 0) / 2:
        return Finding(
            "Sign-ins", False,
            f"According to their own clocks, {ignored['old']} reports were minutes old.",
            "set the access points' clocks by a time server",
        )  # fmt: skip
    if not packets.get("taken"):
        return Finding(
            "Sign-ins", False, "No access point has sent anything since the gate started.",
            f"do they send accounting to {said['listen']}?",
        )  # fmt: skip
    on, named = said["sessions"], said["named"]
    return Finding(
        "Sign-ins", True, f"{on} sessions are open; {named} of them belong to people who are known."
    )

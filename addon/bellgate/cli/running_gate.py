"""The gate that runs on a command's state folder, for commands that compare something with it."""

from typing import Any

from bellgate.audit import LogPaths
from bellgate.audit.log.gate_socket import Refused, ask
from bellgate.cli.options import Folders


def status_of(folders: Folders) -> dict[str, Any] | str:
    """What the gate that runs on this state folder says of itself, the real one or a simulated;
    else why there is none to compare with."""
    found = "No gate is running here"
    for simulated in (False, True):
        try:
            answer = ask(LogPaths.of(folders.state, simulated=simulated), {"kind": "status"})
        except (Refused, OSError) as error:
            found = f"The gate here does not answer ({getattr(error, 'strerror', None) or error})"
            continue
        if answer is not None and answer.get("ok"):
            status: dict[str, Any] = answer["status"]
            return status
    return found

"""The gate that runs on a command's state folder, for commands that compare something with it."""

from time import monotonic, sleep
from typing import Any

from bellgate.audit import LogPaths
from bellgate.audit.log.gate_socket import Refused, ask
from bellgate.cli.options import Folders

_TAKES_UP = 4.0
"""Seconds in which a gate takes up a saved file and knows what is to be said of it, and as much
again."""
_LOOK = 0.2
"""Seconds between two questions."""


def settled(folders: Folders, status: dict[str, Any], edition: str) -> dict[str, Any]:
    """The status of a gate that goes by this very folder, once it has taken up what was saved."""
    end = monotonic() + _TAKES_UP
    own = str(folders.schedules.resolve()) == status["schedules"]
    while own and not _has(status, edition) and monotonic() < end:
        sleep(_LOOK)
        asked = status_of(folders)
        if isinstance(asked, str):
            break
        status = asked
    return status


def _has(status: dict[str, Any], edition: str) -> bool:
    """Whether it has an edition in force and knows all about it, or says why it cannot."""
    return bool(status["not_taken_up"] or (status["policy"] == edition and status["judged"]))


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

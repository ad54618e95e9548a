"""Whether the lease files that devices.yaml names can be used on this machine.

The folder itself may be right all the same: so these are warnings, told by `check` alone.
"""

from collections.abc import Iterator
from pathlib import Path

from bellgate.gateway.leases import problem_with
from bellgate.schedules.load import Loaded
from bellgate.schedules.problem import Problem, quoted

_HINT = "without it, a device behind another router is known only by its IP address"


def lease_problems(loaded: Loaded) -> Iterator[Problem]:
    """One warning for each file that is missing, empty, unreadable or of another kind."""
    devices = loaded.readable.devices
    if devices is None:
        return
    for number, name in enumerate(devices.form.leases):
        wrong = problem_with(Path(name))
        if wrong is not None:
            line = devices.document.line(("leases", number))
            # Whole, where it can be printed: the end of a path is what tells it from others.
            message = f"leases: {name if name.isprintable() else quoted(name)} {wrong}"
            yield Problem(devices.document.file, line, "warning", message, _HINT)

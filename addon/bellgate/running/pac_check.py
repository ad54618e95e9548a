"""Whether the PAC file has room for all that the folder closes.

The folder is right all the same, and where the gate is no proxy nobody asks for the file: so these
are warnings, told by `check` alone.
"""

from collections.abc import Iterator

from bellgate.gate.pac import Carried, pac_file
from bellgate.schedules.load import Loaded
from bellgate.schedules.problem import Problem

_HINT = (
    "browsers go straight out to these; where such devices are on a network of the gateway, it "
    "closes them all the same. A shorter list is carried whole"
)


def pac_problems(loaded: Loaded) -> Iterator[Problem]:
    """One warning for each list of which names are left out."""
    policy, gateway = loaded.policy, loaded.gateway
    if policy is None or (gateway is not None and not gateway.proxy):
        return
    if not policy.index.lists:
        return
    for one in pac_file(policy).cut_short:
        source = one.listed.service.source
        if source is not None:
            yield Problem(source.file, source.line, "warning", left_out(one), _HINT)


def left_out(one: Carried) -> str:
    """What the file has no room for, of one list."""
    missing = f"{one.names - one.carried:,} of the {one.names:,} names"
    return f"the PAC file has no room for {missing} of {one.listed.origin}"

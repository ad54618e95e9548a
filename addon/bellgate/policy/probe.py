"""Two names that Bellgate tries itself with: one is always closed, one always open, to everybody.

No file of the school says so, and no hour of the day changes it. Nothing of it is a record. The
names end in `internal`, which leads nowhere on the internet (ICANN, 2024); the addresses are those
for trials of equipment (RFC 2544) and of our own (RFC 4193).
"""

from datetime import datetime
from typing import Final

from bellgate.policy.decide import Decision, Policy, Rule, Verdict
from bellgate.policy.facts import Connection
from bellgate.policy.source import Source
from bellgate.policy.what import NOTHING, Service, What
from bellgate.policy.who import EVERYONE, Group, Who

DOMAIN: Final = "probe.bellgate.internal"
CLOSED: Final = f"closed.{DOMAIN}"
OPEN: Final = f"open.{DOMAIN}"

GATEWAY4: Final = "198.18.255.1"
"""The gateway's end of the wire that it tries itself by; a /30."""
SERVER4: Final = "198.18.255.2"
"""The far end: the device that tries, and the server that it tries to reach."""
GATEWAY6: Final = "fd42:6265:6c6c::1"
SERVER6: Final = "fd42:6265:6c6c::2"
SERVERS: Final = (SERVER4, SERVER6)
ELSEWHERE4: Final = "198.18.254.2"
"""What the device dials: an address behind the gateway, at which nobody is."""
ELSEWHERE6: Final = "fd42:6265:6c6d::2"

_SERVICE = Service("bellgate-probe", "Bellgate's own test", "probe", hosts=(CLOSED,))
_RULE = Rule(
    "Bellgate's own test",
    (EVERYONE,),
    (_SERVICE.id,),
    (),
    "block",
    "Bellgate tries itself",
    Source("bellgate", 0),
)
_DEVICE = Who(Group("probe", ("probe",), trusts_certificate=True), None, "unknown")


def probed(policy: Policy, connection: Connection, instant: datetime) -> Decision | None:
    """The answer for a connection that shows one of the two names; None for every other."""
    if CLOSED in connection.names:
        what, verdict = What(_SERVICE), Verdict("block", _RULE, None, None)
    elif connection.names == (OPEN,):
        what, verdict = NOTHING, Verdict("allow", None, None, None)
    else:
        return None
    host = connection.names[0]
    return Decision(connection, instant, _DEVICE, what, verdict, policy.edition, host)


def is_probe(decision: Decision) -> bool:
    """Whether a decision is about one of the two names, so that nothing of it is a record."""
    return decision.who is _DEVICE

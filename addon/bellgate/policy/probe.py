"""What Bellgate tries itself with: a device that is nobody's, and two names, one always closed and
one always open, to everybody.

No file of the school says so, and no hour of the day changes it. Nothing of it is a record. The
names end in `internal`, which leads nowhere on the internet (ICANN, 2024); the addresses are those
for trials of equipment (RFC 2544, RFC 5180) and of our own (RFC 4193).
"""

from datetime import datetime
from typing import Final

from bellgate.policy.decide import Decision, Policy, Rule, Verdict
from bellgate.policy.facts import Connection
from bellgate.policy.source import Source
from bellgate.policy.what import CIRCUMVENTION, HIDDEN, NOTHING, OTHER, Service, What
from bellgate.policy.who import EVERYONE, Group, Who

DOMAIN: Final = "probe.bellgate.internal"
CLOSED: Final = f"closed.{DOMAIN}"
OPEN: Final = f"open.{DOMAIN}"
_HERE = "bellgate-probe"

GATEWAY4: Final = "198.18.255.1"
"""The gateway's end of the wire that it tries itself by; a /30."""
DEVICE4: Final = "198.18.255.2"
"""The far end: the device that tries. A device of the school that takes this address gets no
answer: the way back leads to this wire, or out of the school."""
GATEWAY6: Final = "fd42:6265:6c6c::1"
DEVICE6: Final = "fd42:6265:6c6c::2"
DEVICES: Final = frozenset((DEVICE4, DEVICE6))

OUTSIDE4: Final = "198.18.254.1"
"""The gateway's end of the wire to what stands for the internet meanwhile; a /30."""
SERVER4: Final = "198.18.254.2"
"""Where both names lead, on that wire."""
OUTSIDE6: Final = "2001:2:0:6267::1"
SERVER6: Final = "2001:2:0:6267::2"
SERVERS: Final = (SERVER4, SERVER6)
KNOWN_WAYS: Final = {
    "DNS over HTTPS by a resolver's name": f"{_HERE}.dns.google",
    "DNS over HTTPS by another's name": f"{_HERE}.cloudflare-dns.com",
    "a VPN by its name": f"{_HERE}.nordvpn.com",
    "Tor by its name": f"{_HERE}.torproject.org",
    "a translator's proxy": f"{_HERE}.translate.goog",
    "an archive's copy": f"{_HERE}.web.archive.org",
    "an address written as a name": f"{_HERE}.198-51-100-2.nip.io",
}
"""Names that nobody has, under names that the catalogue knows for ways round."""
DECOYS: Final = tuple(f"decoy{number}.{DOMAIN}" for number in range(1, 10))
"""Names that nothing closes, each as long as the closed one, of servers that say nothing."""
LEADS: Final = {
    OPEN: SERVERS,
    CLOSED: SERVERS,
    **{
        name: (f"198.18.253.{number}", f"2001:2:0:6267:1::f0{number:02x}")
        for number, name in enumerate((*KNOWN_WAYS.values(), *DECOYS), start=1)
    },
}
"""Where each name leads, by our own DNS alone."""

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
    """The answer for a connection of the device's, or one that shows one of the two names; None for
    every other.

    To the device is closed, at every hour, what hides its name and what the catalogue knows for a
    way round: whether it holds is asked of the machine, not of the school's hours.
    """
    what = _closed_by_its_name(connection)
    if what is None and connection.source_ip in DEVICES:
        what = _a_way_round(policy, connection) or NOTHING
    if what is None:
        return None
    closed = what is not NOTHING
    verdict = Verdict("block", _RULE, None, None) if closed else Verdict("allow", None, None, None)
    host = connection.names[0] if connection.names else None
    return Decision(connection, instant, _DEVICE, what, verdict, policy.edition, host)


def _closed_by_its_name(connection: Connection) -> What | None:
    if CLOSED in connection.names:
        return What(_SERVICE)
    return NOTHING if connection.names == (OPEN,) and connection.protocol in _READ else None


_READ = ("tls", "http")


def _a_way_round(policy: Policy, connection: Connection) -> What | None:
    if connection.protocol not in _READ or not connection.names:
        return OTHER if connection.protocol == "not-web" else HIDDEN
    found = map(policy.index.look_up, connection.names)
    return next((w for w in found if w.service and w.service.category == CIRCUMVENTION), None)


def is_probe(decision: Decision) -> bool:
    """Whether a decision is about what Bellgate tries itself with, so that nothing of it is a
    record."""
    return decision.who is _DEVICE

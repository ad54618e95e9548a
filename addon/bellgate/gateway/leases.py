"""dnsmasq's lease file: which device was given which address. Text to values, nothing else.

Source: dnsmasq(8), "Notes" on the lease file; RFC 8415 section 11 for the DUIDs of IPv6.
"""

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}\Z")

# The two kinds of DUID that hold a MAC address of Ethernet, and how many octets stand before it.
_BEFORE_THE_MAC = {"00:01:00:01": 8, "00:03:00:01": 4}


@dataclass(frozen=True, slots=True)
class Lease:
    """One address and the device it was given to. `expires` is a POSIX time; None is never."""

    ip: str
    mac: str
    expires: int | None

    def holds(self, now: float) -> bool:
        return self.expires is None or now < self.expires


def read_leases(text: str) -> tuple[Lease, ...]:
    """The leases that show a MAC. A line that cannot be read is left out: dnsmasq writes others."""
    found = []
    associations: defaultdict[str, set[str]] = defaultdict(set)
    by_duid: list[tuple[str, Lease]] = []
    for expires, key, ip, client in _lines(text):
        if ip.version == 4:
            if _MAC.match(key):
                found.append(Lease(str(ip), key, expires))
            continue
        # `T` marks a temporary address of the same association.
        associations[client].add(key.removeprefix("t"))
        mac = _mac_in(client)
        if mac is not None:
            by_duid.append((client, Lease(str(ip), mac, expires)))
    # Laptops that were set up from one image share a DUID. What two interfaces show proves neither.
    found += [lease for duid, lease in by_duid if len(associations[duid]) == 1]
    return tuple(found)


def _lines(
    text: str,
) -> Iterator[tuple[int | None, str, ipaddress.IPv4Address | ipaddress.IPv6Address, str]]:
    for line in text.lower().splitlines():
        fields = line.split()
        if len(fields) != 5 or not fields[0].isdecimal():
            continue  # the server's own DUID, or a line that is still being written
        try:
            ip = ipaddress.ip_address(fields[2])
        except ValueError:
            continue
        expires = int(fields[0])
        yield expires or None, fields[1], ip, fields[4]


def _mac_in(duid: str) -> str | None:
    octets = duid.split(":")
    start = _BEFORE_THE_MAC.get(":".join(octets[:4]))
    mac = ":".join(octets[start:]) if start else ""
    return mac if _MAC.match(mac) else None

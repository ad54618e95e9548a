"""The lease files of DHCP servers: which device was given which address. Text to values.

Sources: dnsmasq(8), "Notes" on the lease file; Kea's ARM, "Lease storage" (memfile);
dhcpd.leases(5); RFC 8415 section 11 for the DUIDs of IPv6.
"""

import csv
import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

Kind = Literal["dnsmasq", "kea", "isc"]

LARGEST_BYTES = 4 * 1024 * 1024
"""What is read of a lease file: some forty thousand leases."""

_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}\Z")

# The two kinds of DUID that hold a MAC address of Ethernet, and how many octets stand before it.
_BEFORE_THE_MAC = {"00:01:00:01": 8, "00:03:00:01": 4}

_ISC = re.compile(
    r"^\s*(?:lease\s+[0-9.]+\s*\{|ia-[nt]a\s+\"|server-duid\s|authoring-byte-order\s"
    r"|#.*\bdhcpd\.leases\b)",
    re.MULTILINE,
)
_ISC_ESCAPE = re.compile(r"\\([0-7]{3}|.)")

_KEA_FOREVER = 0xFFFFFFFF
"""Kea's lifetime, in seconds, of a lease that never ends."""
_KEA_IN_USE = "0"
_KEA_PREFIX = "2"  # lease_type IA_PD: no address, but a whole prefix for a router
# hwaddr_source: seen on the wire, or said by the relay that saw it (RFC 6939). Every other one is
# worked out of what the client says of itself.
_KEA_SEEN = ("1", "8")


@dataclass(frozen=True, slots=True)
class Lease:
    """One address and the device it was given to. `expires` is a POSIX time; None is never."""

    ip: str
    mac: str
    expires: int | None
    from_duid: bool = False
    """The MAC stands in the client's DUID alone, as on every laptop set up from one image."""
    name: str = field(default="", compare=False)
    """What the device calls itself; anybody can call theirs anything."""

    def holds(self, now: float) -> bool:
        return self.expires is None or now < self.expires


def kind_of(text: str) -> Kind | None:
    """Which server wrote a file; None for a file of none of them, an empty one among these."""
    if text.startswith("address,"):
        return "kea"
    if _ISC.search(text):
        return "isc"
    lines = text.lower().splitlines()
    if any(line.startswith("duid ") for line in lines) or any(_dnsmasq_lines(text)):
        return "dnsmasq"
    return None


def read_leases(text: str) -> tuple[Lease, ...]:
    """The leases that show a MAC. A line that cannot be read is left out, for one may still be
    being written. The last word on an address holds."""
    match kind_of(text):
        case "dnsmasq":
            return tuple(_of_dnsmasq(text))
        case "kea":
            return tuple(_of_kea(text))
        case "isc":
            return tuple(_of_isc(text))
        case None:
            return ()


def problem_with(path: Path) -> str | None:
    """What is wrong with a lease file, as the predicate of its name; None where it can be used."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(LARGEST_BYTES)
    except FileNotFoundError:
        return "is not there"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if not text.strip():
        return "is empty"
    if kind_of(text) is None:
        return "is not a lease file from dnsmasq, Kea (CSV) or ISC dhcpd"
    return None


# dnsmasq


def _of_dnsmasq(text: str) -> Iterator[Lease]:
    associations: defaultdict[str, set[str]] = defaultdict(set)
    by_duid: list[tuple[str, Lease]] = []
    for expires, key, ip, name, client in _dnsmasq_lines(text):
        if ip.version == 4:
            if _MAC.match(key):
                yield Lease(str(ip), key, expires, name=name)
            continue
        # `T` marks a temporary address of the same association.
        associations[client].add(key.removeprefix("t"))
        mac = _mac_in(client)
        if mac is not None:
            by_duid.append((client, Lease(str(ip), mac, expires, from_duid=True)))
    # Two interfaces with one DUID: it was copied, and is not even a hint.
    yield from (lease for duid, lease in by_duid if len(associations[duid]) == 1)


def _dnsmasq_lines(
    text: str,
) -> Iterator[tuple[int | None, str, ipaddress.IPv4Address | ipaddress.IPv6Address, str, str]]:
    for line in text.lower().splitlines():
        fields = line.split()
        if len(fields) != 5 or not _is_number(fields[0]):
            continue  # the server's own DUID, or a line that is still being written
        try:
            ip = ipaddress.ip_address(fields[2])
        except ValueError:
            continue
        yield int(fields[0]) or None, fields[1], ip, fields[3].removeprefix("*"), fields[4]


# Kea


def _of_kea(text: str) -> Iterator[Lease]:
    """Kea appends: a later row of an address replaces the earlier ones."""
    current: dict[str, Lease] = {}
    for row in csv.DictReader(text.lower().splitlines()):
        ip = _ip_in(row.get("address"))
        if ip is None:
            continue
        current.pop(ip, None)
        lease = _kea_lease(ip, row)
        if lease is not None:
            current[ip] = lease
    yield from current.values()


def _kea_lease(ip: str, row: dict[str, str | None]) -> Lease | None:
    lifetime, expire = row.get("valid_lifetime") or "", row.get("expire") or ""
    if not (_is_number(lifetime) and _is_number(expire)) or int(lifetime) == 0:
        return None
    if row.get("state") != _KEA_IN_USE or row.get("lease_type") == _KEA_PREFIX:
        return None
    expires = None if int(lifetime) == _KEA_FOREVER else int(expire)
    mac, duid = row.get("hwaddr") or "", row.get("duid")
    if _MAC.match(mac) and (duid is None or row.get("hwaddr_source") in _KEA_SEEN):
        return Lease(ip, mac, expires, name=row.get("hostname") or "")
    hint = _mac_in(duid or "")
    return Lease(ip, hint, expires, from_duid=True) if hint is not None else None


# ISC dhcpd


def _of_isc(text: str) -> Iterator[Lease]:
    """dhcpd appends: a later block of an address replaces the earlier ones."""
    current: dict[str, Lease] = {}
    duid, ip, said = "", None, dict[str, str]()
    for line in map(str.strip, text.splitlines()):
        words = line.rstrip(";").split()
        match words:
            case ["lease" | "iaaddr", address, "{"]:
                ip, said = _ip_in(address), {}
            case ["ia-na" | "ia-ta", *_]:
                duid = _isc_duid(line)
            case ["ends", *when]:
                said["ends"] = " ".join(when)
            case ["binding", "state", state]:
                said["state"] = state
            case ["hardware", "ethernet", mac]:
                said["mac"] = mac.lower()
            case ["client-hostname", name]:
                said["name"] = name.strip('"').lower()
            case ["}"] if ip is not None:
                current.pop(ip, None)
                lease = _isc_lease(ip, said, duid)
                if lease is not None:
                    current[ip] = lease
                ip = None
    yield from current.values()


def _isc_lease(ip: str, said: dict[str, str], duid: str) -> Lease | None:
    if said.get("state", "active") != "active":
        return None
    try:
        expires = _isc_time(said.get("ends", ""))
    except ValueError:
        return None
    if ":" in ip:
        hint = _mac_in(duid)
        return Lease(ip, hint, expires, from_duid=True) if hint is not None else None
    mac = said.get("mac", "")
    return Lease(ip, mac, expires, name=said.get("name", "")) if _MAC.match(mac) else None


def _isc_time(text: str) -> int | None:
    """`6 2026/11/28 22:00:00` (UTC), `epoch 1796000000` or `never`, as a POSIX time.

    Raises ValueError for anything else.
    """
    words = text.partition("#")[0].rstrip("; ").split()
    match words:
        case ["never"]:
            return None
        case ["epoch", seconds] if _is_number(seconds):
            return int(seconds)
        case [_, day, clock]:
            at = datetime.strptime(f"{day} {clock}", "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC)
            return int(at.timestamp())
    raise ValueError(text)


def _isc_duid(line: str) -> str:
    """The DUID in `ia-na "…" {`: behind the four octets of the association, in C's notation."""
    quoted = line.partition('"')[2].rpartition('"')[0]
    octets = _ISC_ESCAPE.sub(
        lambda found: chr(int(found[1], 8)) if len(found[1]) == 3 else found[1], quoted
    )
    return ":".join(f"{ord(octet) & 0xFF:02x}" for octet in octets[4:])


def _ip_in(text: str | None) -> str | None:
    try:
        return str(ipaddress.ip_address(text or ""))
    except ValueError:
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 15


def _mac_in(duid: str) -> str | None:
    octets = duid.split(":")
    start = _BEFORE_THE_MAC.get(":".join(octets[:4]))
    mac = ":".join(octets[start:]) if start else ""
    return mac if _MAC.match(mac) else None

"""Questions to the kernel, answered at once from its memory: cards, ways and the machine's own
addresses.

The table of `addresses` hears of a new neighbour some milliseconds after the kernel; a device's
first connection may be faster. The kernel knew the card before it could answer that connection.
Source: rtnetlink(7), <linux/rtnetlink.h>, <linux/neighbour.h>, <linux/if_addr.h>.
"""

import ipaddress
import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_GET_ADDRESSES, _GET_ROUTE, _GET_NEIGHBOUR, _ERROR, _DONE = 22, 26, 30, 2, 3
_REQUEST, _DUMP = 0x01, 0x300
_DESTINATION, _OUT_BY, _GATEWAY = 1, 4, 5  # RTA_DST, RTA_OIF, RTA_GATEWAY
_NEIGHBOUR, _CARD = 1, 2  # NDA_DST, NDA_LLADDR
_PEER, _LOCAL = 1, 2  # IFA_ADDRESS, IFA_LOCAL
_HEADER = struct.Struct("=IHHII")
_ROUTE = struct.Struct("=BBBBBBBBI")
_NEIGH = struct.Struct("=BxxxiHBB")
_OWN = struct.Struct("=BBBBI")
_PATIENCE_SECONDS = 0.1

KNOWN_STATES = 0x02 | 0x04 | 0x08 | 0x10 | 0x80
"""NUD_REACHABLE, STALE, DELAY, PROBE, PERMANENT. In the others an address belongs to nobody
(FAILED, INCOMPLETE) or to no device (NOARP)."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Interface:
    """One of the machine's interfaces: its number, its own addresses, and what is attached."""

    index: int
    addresses: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """How the machine reaches an address: by which interface, and whether through a router."""

    interface: int
    through_router: bool


def interfaces() -> Mapping[int, Interface]:
    """The machine's interfaces that have addresses, by number. Raises OSError."""
    found: dict[int, Interface] = {}
    with _kernel() as kernel:
        question = _OWN.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        for fixed, attributes in _dump(kernel, _GET_ADDRESSES, question):
            _, length, _, _, index = _OWN.unpack(fixed)
            packed = attributes.get(_LOCAL) or attributes.get(_PEER)
            if packed is None:
                continue
            attached = ipaddress.ip_address(attributes.get(_PEER, packed))
            before = found.get(index, Interface(index))
            found[index] = Interface(
                index,
                (*before.addresses, str(ipaddress.ip_address(packed))),
                (*before.networks, ipaddress.ip_network((attached, length), strict=False)),
            )
    return found


def way_to(ip: str) -> Way | None:
    """How an address is reached; None where it is not, or is this machine's own."""
    family, packed = _packed(ip)
    question = _ROUTE.pack(family, len(packed) * 8, 0, 0, 0, 0, 0, 0, 0)
    with _kernel() as kernel:
        _, way = _ask(kernel, _GET_ROUTE, question, _DESTINATION, packed)
    if _OUT_BY not in way:
        return None
    (interface,) = struct.unpack("=i", way[_OUT_BY])
    return Way(interface, _GATEWAY in way)


def neighbour(ip: str, interface: int) -> str | None:
    """The MAC that has an address on the segment of an interface; None where nobody has."""
    family, packed = _packed(ip)
    with _kernel() as kernel:
        question = _NEIGH.pack(family, interface, 0, 0, 0)
        fixed, entry = _ask(kernel, _GET_NEIGHBOUR, question, _NEIGHBOUR, packed)
    state = _NEIGH.unpack(fixed)[2] if fixed else 0
    card = entry.get(_CARD, b"")
    return card.hex(":") if state & KNOWN_STATES and len(card) == 6 else None


def _kernel() -> socket.socket:
    kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    kernel.settimeout(_PATIENCE_SECONDS)
    return kernel


def _packed(ip: str) -> tuple[int, bytes]:
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    return family, socket.inet_pton(family, ip)


def _ask(
    kernel: socket.socket, kind: int, fixed: bytes, attribute: int, value: bytes
) -> tuple[bytes, dict[int, bytes]]:
    """The fixed part and the attributes of the answer; nothing where the kernel has none."""
    body = fixed + struct.pack("=HH", 4 + len(value), attribute) + value
    kernel.send(_HEADER.pack(_HEADER.size + len(body), kind, _REQUEST, 1, 0) + body)
    answer = kernel.recv(8192)
    _, answered, *_ = _HEADER.unpack_from(answer)
    if answered == _ERROR:
        return b"", {}
    return _read(answer, len(fixed))


def _dump(
    kernel: socket.socket, kind: int, fixed: bytes
) -> Iterator[tuple[bytes, dict[int, bytes]]]:
    kernel.send(_HEADER.pack(_HEADER.size + len(fixed), kind, _REQUEST | _DUMP, 1, 0) + fixed)
    while True:
        answer = kernel.recv(65536)
        while len(answer) >= _HEADER.size:
            length, answered, *_ = _HEADER.unpack_from(answer)
            if answered in (_DONE, _ERROR) or length < _HEADER.size:
                return
            yield _read(answer[:length], len(fixed))
            answer = answer[(length + 3) & ~3 :]


def _read(message: bytes, fixed_length: int) -> tuple[bytes, dict[int, bytes]]:
    at = _HEADER.size + fixed_length
    fixed, attributes = message[_HEADER.size : at], {}
    while at + 4 <= len(message):
        length, code = struct.unpack_from("=HH", message, at)
        if length < 4:
            break
        attributes[code] = message[at + 4 : at + length]
        at += (length + 3) & ~3
    return fixed, attributes

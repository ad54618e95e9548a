"""One question to the kernel: whose card is at an address? Answered at once, from memory.

The table of `addresses` hears of a new neighbour some milliseconds after the kernel; a device's
first connection may be faster. The kernel knew the card before it could answer that connection.
Source: rtnetlink(7), <linux/rtnetlink.h>, <linux/neighbour.h>.
"""

import socket
import struct

_GET_ROUTE, _GET_NEIGHBOUR, _ERROR = 26, 30, 2
_REQUEST = 0x01
"""NLM_F_REQUEST in <linux/netlink.h>."""
_DESTINATION, _OUT_BY, _GATEWAY = 1, 4, 5  # RTA_DST, RTA_OIF, RTA_GATEWAY
_NEIGHBOUR, _CARD = 1, 2  # NDA_DST, NDA_LLADDR
_HEADER = struct.Struct("=IHHII")
_ROUTE = struct.Struct("=BBBBBBBBI")
_NEIGH = struct.Struct("=BxxxiHBB")

KNOWN_STATES = 0x02 | 0x04 | 0x08 | 0x10 | 0x80
"""NUD_REACHABLE, STALE, DELAY, PROBE, PERMANENT. In the others an address belongs to
nobody (FAILED, INCOMPLETE) or to no device (NOARP)."""


def neighbour(ip: str) -> str | None:
    """The MAC of a neighbour; None for an address that is none, or behind a router."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    try:
        packed = socket.inet_pton(family, ip)
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
            kernel.settimeout(0.1)
            bits = len(packed) * 8
            route = _ROUTE.pack(family, bits, 0, 0, 0, 0, 0, 0, 0)
            _, way = _ask(kernel, _GET_ROUTE, route, _DESTINATION, packed)
            if _OUT_BY not in way or _GATEWAY in way:
                return None
            (interface,) = struct.unpack("=i", way[_OUT_BY])
            question = _NEIGH.pack(family, interface, 0, 0, 0)
            fixed, entry = _ask(kernel, _GET_NEIGHBOUR, question, _NEIGHBOUR, packed)
    except OSError:
        return None
    state = _NEIGH.unpack(fixed)[2] if fixed else 0
    card = entry.get(_CARD, b"")
    return card.hex(":") if state & KNOWN_STATES and len(card) == 6 else None


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
    at = _HEADER.size + len(fixed)
    fixed, attributes = answer[_HEADER.size : at], {}
    while at + 4 <= len(answer):
        length, code = struct.unpack_from("=HH", answer, at)
        if length < 4:
            break
        attributes[code] = answer[at + 4 : at + length]
        at += (length + 3) & ~3
    return fixed, attributes

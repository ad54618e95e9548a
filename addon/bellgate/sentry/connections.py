"""The kernel's own table of connections: those with a state, another state for them, and the poke.

Speaks to conntrack alone. A mark by itself cuts nothing that is silent: so each end is poked, must
answer, and its answer meets the rule that resets. Source: <linux/netfilter/nfnetlink_conntrack.h>.
"""

import os
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, NamedTuple

from bellgate.sentry.netlink import (
    BODY_AT,
    Kernel,
    attribute,
    attributes_in,
    family_of,
    message,
)
from bellgate.wire import path_mark
from bellgate.wire.segments import ACK, bare_segment

_NEW, _GET = 0x100, 0x101
_ORIGINAL, _REPLY, _HOW_IT_IS, _MARK, _MARK_MASK = 1, 2, 4, 8, 21
_OF_TCP, _STATE = 1, 1
"""CTA_PROTOINFO_TCP, CTA_PROTOINFO_TCP_STATE."""
_LAST_ACK, _CLOSE = 6, 8
"""TCP_CONNTRACK_LAST_ACK, TCP_CONNTRACK_CLOSE, and TIME_WAIT between them: both ends have said that
they are done, and the kernel keeps it for two minutes more."""
_ADDRESSES, _PROTOCOL = 1, 2
_SOURCE = {4: 1, 16: 3}
"""CTA_IP_V4_SRC and CTA_IP_V6_SRC; the destination's number is one more."""
_NUMBER, _SOURCE_PORT, _DESTINATION_PORT = 1, 2, 3
_TCP: Final = b"\x06"
_SOCKET_MARK: Final = 36
"""SO_MARK."""
_ROOM_BYTES = 32 << 20


class Ends(NamedTuple):
    """Who speaks to whom in one direction. Addresses are packed."""

    source: bytes
    destination: bytes
    source_port: int
    destination_port: int


class Tracked(NamedTuple):
    """One connection as the kernel keeps it."""

    family: int
    original: Ends
    """As the client sees it."""
    reply: Ends
    """As the server's packets come, before the address is translated back."""
    mark: int
    as_kept: bytes
    """Its original direction in the kernel's own words."""
    is_over: bool = False
    """As the kernel sees it, which a client may make it see: what is over is cut all the same."""


class ConnectionTable:
    """Needs CAP_NET_ADMIN, and CAP_NET_RAW for the pokes."""

    def __init__(self) -> None:
        self._kernel = Kernel(_ROOM_BYTES)
        self._raw = {
            4: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW),
            16: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW),
        }
        self._plain = {
            4: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW),
            16: socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW),
        }
        for raw in self._raw.values():
            raw.setsockopt(socket.SOL_SOCKET, _SOCKET_MARK, path_mark.POKE)

    def close(self) -> None:
        self._kernel.close()
        for raw in (*self._raw.values(), *self._plain.values()):
            raw.close()

    def with_state(self, state: int, mask: int = path_mark.STATE) -> list[Tracked]:
        """The TCP connections in a state. Raises OSError."""
        body = attribute(_MARK, struct.pack("!I", state))
        body += attribute(_MARK_MASK, struct.pack("!I", mask))
        found = (tracked_in(whole) for whole in self._kernel.dump(_GET, body))
        return [each for each in found if each is not None and each.mark & mask == state]

    def mark(self, connections: Iterable[Tracked], mark: int) -> None:
        """Give each of them a mark; one that is gone meanwhile is passed over."""
        value = attribute(_MARK, struct.pack("!I", mark))
        self._kernel.send_many(
            [
                message(_NEW, attribute(_ORIGINAL | 0x8000, c.as_kept) + value, family=c.family)
                for c in connections
            ]
        )

    def cut(self, connections: Iterable[Tracked]) -> None:
        """End each at both ends: its own next word, or the answer to our poke, meets a reset."""
        connections = list(connections)
        self.mark(connections, path_mark.CUT)
        for each in connections:
            self.poke(each)

    def poke(self, connection: Tracked) -> None:
        """A bare segment outside any window, to each end: each must answer (RFC 9293, 3.10.7)."""
        for ends in (connection.original, connection.reply):
            packet = bare_segment(
                ends.destination,
                ends.source,
                ends.destination_port,
                ends.source_port,
                sequence=int.from_bytes(os.urandom(4)),
                flags=ACK,
            )
            _send(self._raw, ends.source, packet)

    def send(self, to: bytes, packet: bytes) -> None:
        """Send a packet of ours as part of the connection that it belongs to."""
        _send(self._plain, to, packet)


def tracked_in(whole: bytes) -> Tracked | None:
    """One connection out of the kernel's message; None where it is no TCP, or makes no sense."""
    found = attributes_in(whole[BODY_AT:])
    original, reply = _ends(found.get(_ORIGINAL)), _ends(found.get(_REPLY))
    mark = found.get(_MARK, b"\0\0\0\0")
    if original is None or reply is None or len(mark) != 4:
        return None
    tcp = attributes_in(attributes_in(found.get(_HOW_IT_IS, b"")).get(_OF_TCP, b""))
    state = int.from_bytes(tcp.get(_STATE, b""))
    is_over = _LAST_ACK <= state <= _CLOSE
    return Tracked(
        family_of(whole), original, reply, int.from_bytes(mark), found[_ORIGINAL], is_over
    )


def _ends(data: bytes | None) -> Ends | None:
    if data is None:
        return None
    parts = attributes_in(data)
    addresses = attributes_in(parts.get(_ADDRESSES, b""))
    protocol = attributes_in(parts.get(_PROTOCOL, b""))
    if protocol.get(_NUMBER) != _TCP:
        return None
    for size, kind in _SOURCE.items():
        source, destination = addresses.get(kind, b""), addresses.get(kind + 1, b"")
        if len(source) == len(destination) == size:
            return Ends(
                source,
                destination,
                int.from_bytes(protocol.get(_SOURCE_PORT, b"")),
                int.from_bytes(protocol.get(_DESTINATION_PORT, b"")),
            )
    return None


def _send(sockets: dict[int, socket.socket], to: bytes, packet: bytes) -> None:
    family = socket.AF_INET if len(to) == 4 else socket.AF_INET6
    # Nobody is there any more, or no way leads there: then nothing is left to end.
    with suppress(OSError):
        sockets[len(to)].sendto(packet, (socket.inet_ntop(family, to), 0))

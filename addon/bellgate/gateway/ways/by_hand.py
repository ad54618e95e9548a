"""A TCP client made by hand, which decides each segment: its place, bytes, life and packets.

The device's own kernel knows nothing of the connection, and must not reset it: `HOLD_BACK` keeps it
from that. By root. Source: RFC 791, 8200, 9293.
"""

import ipaddress
import os
import random
import socket
import struct
import time
from collections.abc import Iterator
from typing import Final, NamedTuple

from bellgate.wire.segments import ACK, RST, SYN, Segment, segment_in

DIES_ON_THE_WAY: Final = 9
"""The life of a packet, in hops, that `SHORT_LIVES_END` ends behind the gateway."""
_MARK = 36
"""SO_MARK."""
_PORTS: Final = range(20_000, 21_000)
"""Ports that no kernel takes for a connection of its own."""
HOLD_BACK: Final = f"""
table inet by_hand {{ chain out {{ type filter hook output priority 0;
	meta mark != 1 tcp sport {_PORTS.start}-{_PORTS.stop - 1} tcp flags & rst == rst drop
}}; }}
"""
"""For the device's side."""
SHORT_LIVES_END: Final = f"""
table inet lives {{ chain pre {{ type filter hook prerouting priority -300;
	ip ttl {DIES_ON_THE_WAY - 1} drop
	ip6 hoplimit {DIES_ON_THE_WAY - 1} drop
}}; }}
"""
"""For the far side: as if the server were some hops farther away."""
_TCP, _FRAGMENT, _OPTIONS = 6, 44, 60
"""What comes next in a packet, by its number."""
_UNKNOWN_OPTION: Final = struct.pack("!BBBB4x", _TCP, 0, 0x5E, 4)
"""Options for the destination that no destination knows: it drops the packet and says nothing."""
_FRAGMENT_BYTES: Final = 64
"""Of TCP in each fragment."""


class ByHand:
    """One connection. Sequence numbers are counted from the first byte that is said."""

    def __init__(
        self, source: str, address: str, port: int = 443, *, begins_at: "ByHand | None" = None
    ) -> None:
        """Opens it, from one address to another. `begins_at`: from the same port as another, which
        is reset first. Raises OSError where there is no answer."""
        self._ends = _packed(source), _packed(address)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._out = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self._out.setsockopt(socket.SOL_SOCKET, _MARK, 1)  # ours, and not its own kernel's
        self._in = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_TCP)
        self._port = random.choice(_PORTS)
        if begins_at is not None:
            self._port = begins_at._port
            begins_at.reset_quietly()
        self._in.settimeout(2)
        self._to = address, port
        self._first = int.from_bytes(os.urandom(4))
        self._heard = self._said = 0
        self._taken = self._first
        """What the other end expects next, by its own last word."""
        self._send(self._first, 0, SYN, b"")
        answer = self._next()
        if answer is None or self.was_reset:
            self.close()
            raise OSError("no answer to the first segment")
        self._heard = (answer.sequence + 1) & 0xFFFFFFFF
        self._first = (self._first + 1) & 0xFFFFFFFF
        self._send(self._first, self._heard, ACK, b"")

    was_reset = False

    def say(
        self,
        data: bytes,
        at: int = 0,
        *,
        lives: int = 64,
        good: bool = True,
        known: bool = True,
        in_fragments: bool = False,
    ) -> None:
        """Send bytes as those at a place; `good=False` with a checksum that is wrong, `known=False`
        (IPv6 alone) with an option for which the server drops it."""
        self._send(
            (self._first + at) & 0xFFFFFFFF,
            self._heard,
            ACK,
            data,
            lives=lives,
            good=good,
            options=b"" if known else _UNKNOWN_OPTION,
            in_fragments=in_fragments,
        )
        self._said = max(self._said, at + len(data))

    def begin_again(self, at: int, *, lives: int) -> None:
        """Another first segment of the same connection, as if its bytes began elsewhere."""
        self._send((self._first + at - 1) & 0xFFFFFFFF, 0, SYN, b"", lives=lives)

    def reset_quietly(self) -> None:
        """Reset the server's end alone: what the gateway takes for out of place, it takes not."""
        self._send(self._first + self._said, self._heard, RST | ACK, b"")

    def answered(self, seconds: float = 0.5) -> bytes:
        """What the server said within so long; a reset ends it, and is remembered."""
        said, end = b"", time.monotonic() + seconds
        while not self.was_reset and time.monotonic() < end:
            segment = self._next(max(0.01, end - time.monotonic()))
            if segment is not None and segment.data:
                said += segment.data
        return said

    def close(self) -> None:
        """Resets the other end, too: nobody would ever answer it again, and whoever holds it would
        go on trying for minutes, even once it has ended."""
        if not self.was_reset:
            for sequence in {self._taken, (self._first + self._said) & 0xFFFFFFFF}:
                self._send(sequence, self._heard, RST | ACK, b"")
        self._in.close()
        self._out.close()

    def _send(
        self,
        sequence: int,
        heard: int,
        flags: int,
        data: bytes,
        *,
        lives: int = 64,
        good: bool = True,
        options: bytes = b"",
        in_fragments: bool = False,
    ) -> None:
        head = struct.pack(
            "!HHIIBBHHH", self._port, self._to[1], sequence, heard, 0x50, flags, 65_000, 0, 0
        )
        checksum = _checksum(*self._ends, head + data)
        checksum = checksum if good else checksum ^ 0xFFFF
        segment = head[:16] + struct.pack("!H", checksum) + head[18:] + data
        packing = _Packing(*self._ends, lives, options, in_fragments)
        for packet in packing.packets(segment):
            self._out.sendto(packet, (self._to[0], 0))

    def _next(self, seconds: float = 2) -> Segment | None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._in.settimeout(left)
            try:
                packet, (source, *_) = self._in.recvfrom(65536)
            except TimeoutError:
                return None
            if ":" in source:
                # Of IPv6 the kernel leaves the packet's own head out.
                packet = _head_6(_packed(source), self._ends[0], len(packet), _TCP, 64) + packet
            segment = segment_in(packet)
            if segment is None or segment.destination_port != self._port:
                continue
            at = 40 if ":" in source else 20
            self.was_reset |= bool(packet[at + 13] & RST)
            self._taken = segment.acknowledged
            return segment
        return None


def _packed(address: str) -> bytes:
    return ipaddress.ip_address(address.partition("%")[0]).packed


def _checksum(source: bytes, destination: bytes, segment: bytes) -> int:
    pseudo = source + destination + struct.pack("!II", len(segment), _TCP)
    whole = pseudo + segment + b"\0" * (len(segment) % 2)
    total: int = sum(struct.unpack(f"!{len(whole) // 2}H", whole))
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    return ~total & 0xFFFF


class _Packing(NamedTuple):
    """How a segment goes into packets of IP."""

    source: bytes
    destination: bytes
    lives: int
    options: bytes
    in_fragments: bool

    def packets(self, segment: bytes) -> Iterator[bytes]:
        size = _FRAGMENT_BYTES if self.in_fragments else len(segment)
        number = random.randrange(1, 1 << 16)
        packed = self._packed_4 if len(self.source) == 4 else self._packed_6
        for at in range(0, len(segment), size):
            yield packed(segment[at : at + size], at, at + size < len(segment), number)

    def _packed_4(self, part: bytes, at: int, more: bool, number: int) -> bytes:
        # In units of eight bytes; a whole packet must not be cut.
        flags = at // 8 | (0x2000 if more else 0) if self.in_fragments else 0x4000
        head = struct.pack(
            "!BBHHHBBH4s4s", 0x45, 0, 20 + len(part), number, flags, self.lives, _TCP, 0,
            self.source, self.destination,
        )  # fmt: skip
        return head + part

    def _packed_6(self, part: bytes, at: int, more: bool, number: int) -> bytes:
        cut = struct.pack("!BBHI", _TCP, 0, at | more, number) if self.in_fragments else b""
        body = cut + self.options + part
        following = _FRAGMENT if cut else _OPTIONS if self.options else _TCP
        return _head_6(self.source, self.destination, len(body), following, self.lives) + body


def _head_6(source: bytes, destination: bytes, length: int, following: int, lives: int) -> bytes:
    return struct.pack("!IHBB16s16s", 6 << 28, length, following, lives, source, destination)

"""A TCP client made by hand, which decides each segment: its place, its bytes, its life.

IPv4 alone. The device's own kernel knows nothing of the connection, and must not reset it:
`HOLD_BACK` keeps it from that. By root.
"""

import os
import random
import socket
import struct
import time
from typing import Final

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
}}; }}
"""
"""For the far side: as if the server were some hops farther away."""


class ByHand:
    """One connection. Sequence numbers are counted from the first byte that is said."""

    def __init__(
        self, source: str, address: str, port: int = 443, *, begins_at: "ByHand | None" = None
    ) -> None:
        """Opens it, from one address to another. `begins_at`: from the same port as another, which
        is reset first. Raises OSError where there is no answer."""
        self._out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self._out.setsockopt(socket.SOL_SOCKET, _MARK, 1)  # ours, and not its own kernel's
        self._in = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
        self._port = random.choice(_PORTS)
        if begins_at is not None:
            self._port = begins_at._port
            begins_at.reset_quietly()
        self._in.settimeout(2)
        self._ends = socket.inet_aton(source), socket.inet_aton(address)
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

    def say(self, data: bytes, at: int = 0, *, lives: int = 64, good: bool = True) -> None:
        """Send bytes as those at a place; `good=False` with a checksum that is wrong."""
        self._send((self._first + at) & 0xFFFFFFFF, self._heard, ACK, data, lives=lives, good=good)
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
    ) -> None:
        source, destination = self._ends
        head = struct.pack(
            "!HHIIBBHHH", self._port, self._to[1], sequence, heard, 0x50, flags, 65_000, 0, 0
        )
        body = head + data
        padded = body + b"\0" * (len(body) % 2)
        pseudo = source + destination + struct.pack("!BBH", 0, 6, len(body))
        total = sum(struct.unpack(f"!{(len(pseudo) + len(padded)) // 2}H", pseudo + padded))
        while total >> 16:
            total = (total >> 16) + (total & 0xFFFF)
        checksum = ~total & 0xFFFF if good else total & 0xFFFF
        body = head[:16] + struct.pack("!H", checksum) + head[18:] + data
        ip = struct.pack(
            "!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0x4000, lives, 6, 0, source, destination
        )
        self._out.sendto(ip + body, (self._to[0], 0))

    def _next(self, seconds: float = 2) -> Segment | None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._in.settimeout(left)
            try:
                packet = self._in.recv(65536)
            except TimeoutError:
                return None
            segment = segment_in(packet)
            if segment is None or segment.destination_port != self._port:
                continue
            self.was_reset |= bool(packet[33] & 4)
            self._taken = segment.acknowledged
            return segment
        return None

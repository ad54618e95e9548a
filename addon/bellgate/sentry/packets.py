"""The queue in which the kernel holds packets until we say what becomes of them.

A raw netlink socket: this is the one place where every microsecond counts. Fail-open of the queue
is never set, or a flood would open the filter. Source: <linux/netfilter/nfnetlink_queue.h>.
"""

import socket
import struct
from contextlib import suppress
from typing import Final, NamedTuple

from bellgate.sentry.netlink import Kernel, attribute

_PACKET, _VERDICT, _CONFIGURE = 0x300, 0x301, 0x302
_COMMAND, _PARAMETERS, _LONGEST, _MASK, _FLAGS = 1, 2, 3, 4, 5
_BIND, _COPY_PACKET = 1, 2
_FAIL_OPEN, _WHOLE_SEGMENTS = 1, 4
_LARGEST_BYTES = 0xFFFF
WAITING: Final = 4096
"""Packets that may wait; a further one is dropped, and TCP sends it again."""
_HEADER, _PACKET_MARK, _CARD, _PAYLOAD = 1, 3, 9, 10
_AT: Final = struct.Struct("=HH").unpack_from
_ANSWER: Final = struct.Struct("=IHHIIBB2sHHI4sHHI")
_DROP: Final = 0
"""NF_DROP."""
_ACCEPT: Final = socket.htonl(1)


class Packet(NamedTuple):
    """A packet that waits for its verdict."""

    number: bytes
    mark: int
    card: str | None
    """The MAC that sent it on its last cable."""
    data: bytes


class PacketQueue:
    """Binds the queue of a number. Raises OSError; PermissionError where somebody else has it."""

    def __init__(self, number: int, waiting: int = WAITING) -> None:
        self._number = struct.pack("!H", number)
        self._resource = number
        self._kernel = Kernel()
        self._kernel.never_mind_what_is_lost()
        self._buffer = bytearray(_LARGEST_BYTES + 4096)
        flags = struct.pack("!I", _WHOLE_SEGMENTS)
        mask = struct.pack("!I", _WHOLE_SEGMENTS | _FAIL_OPEN)
        try:
            self._configure(attribute(_COMMAND, struct.pack("!BxH", _BIND, 0)))
            self._configure(
                attribute(_PARAMETERS, struct.pack("!IB", _LARGEST_BYTES, _COPY_PACKET))
            )
            self._configure(attribute(_LONGEST, struct.pack("!I", waiting)))
            self._configure(attribute(_MASK, mask) + attribute(_FLAGS, flags))
        except OSError:
            self._kernel.close()
            raise

    def _configure(self, body: bytes) -> None:
        self._kernel.order(_CONFIGURE, body, resource=self._resource)

    def fileno(self) -> int:
        return self._kernel.socket.fileno()

    def close(self) -> None:
        """Leave the queue: what waits in it is dropped, and TCP sends it again."""
        self._kernel.close()

    def next(self) -> Packet | None:
        """The packet that waits longest; None where none does."""
        while True:
            try:
                size = self._kernel.socket.recv_into(self._buffer, 0, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return None
            if (packet := packet_in(self._buffer, size)) is not None:
                return packet

    def answer(self, packet: Packet, mark: int | None) -> None:
        """Let a packet on with a mark; None drops it."""
        verdict, marked = (_DROP, 0) if mark is None else (_ACCEPT, socket.htonl(mark))
        said = _ANSWER.pack(
            _ANSWER.size, _VERDICT, 1, 0, 0, 0, 0, self._number,
            12, 2, verdict, packet.number, 8, 3, marked,
        )  # fmt: skip
        # It was taken out of the queue meanwhile: its interface went down.
        with suppress(FileNotFoundError):
            self._kernel.socket.send(said)


def packet_in(buffer: bytes | bytearray, size: int) -> Packet | None:
    """The packet in a message of the kernel's; None where it holds none."""
    if size < 36 or _AT(buffer, 4)[0] != _PACKET:
        return None
    number = data = b""
    mark, card, at = 0, None, 20
    while at + 4 <= size:
        length, kind = _AT(buffer, at)
        if length < 4 or at + length > size:
            break
        kind &= 0x3FFF
        if kind == _HEADER:
            number = bytes(buffer[at + 4 : at + 8])
        elif kind == _PACKET_MARK:
            mark = int.from_bytes(buffer[at + 4 : at + 8])
        elif kind == _CARD and buffer[at + 4 : at + 6] == b"\0\x06":
            card = buffer[at + 8 : at + 14].hex(":")
        elif kind == _PAYLOAD:
            data = bytes(buffer[at + 4 : at + length])
        at += (length + 3) & ~3
    return Packet(number, mark, card, data) if len(number) == 4 else None

"""The answers of the gateway's own name server, copied for us by the kernel as they go out.

Copies only: whatever happens here, the answers go their way. Source:
<linux/netfilter/nfnetlink_log.h>.
"""

import socket
import struct
from collections.abc import Iterator
from typing import Final

from bellgate.sentry.netlink import BODY_AT, Kernel, attribute, attributes_in, messages_in
from bellgate.wire.name_answers import Answer, answer_in_packet

_PACKET, _CONFIGURE = 0x400, 0x401
_COMMAND, _MODE, _AT_ONCE = 1, 2, 5
_BIND, _COPY_PACKET = 1, 2
_PAYLOAD: Final = 9
"""NFULA_PAYLOAD."""
_LARGEST_BYTES = 1 << 18
_ROOM_BYTES = 8 << 20


class HeardAnswers:
    """Binds the group of a number. Raises OSError."""

    def __init__(self, group: int) -> None:
        self._kernel = Kernel(_ROOM_BYTES)
        self._kernel.never_mind_what_is_lost()
        try:
            for body in (
                attribute(_COMMAND, struct.pack("!B", _BIND)),
                attribute(_MODE, struct.pack("!IBB", 0xFFFF, _COPY_PACKET, 0)),
                # Each at once: the one that it was for connects within a millisecond.
                attribute(_AT_ONCE, struct.pack("!I", 1)),
            ):
                self._kernel.order(_CONFIGURE, body, resource=group)
        except OSError:
            self._kernel.close()
            raise

    def fileno(self) -> int:
        return self._kernel.socket.fileno()

    def close(self) -> None:
        self._kernel.close()

    def waiting(self) -> Iterator[Answer]:
        """The answers that were heard and not read yet."""
        while True:
            try:
                data = self._kernel.socket.recv(_LARGEST_BYTES, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            yield from answers_in(data)


def answers_in(data: bytes) -> Iterator[Answer]:
    """The answers in what the kernel sent at once; what is none is passed over."""
    for kind, whole in messages_in(data):
        if kind == _PACKET:
            packet = attributes_in(whole[BODY_AT:]).get(_PAYLOAD)
            answer = answer_in_packet(packet) if packet else None
            if answer is not None:
                yield answer

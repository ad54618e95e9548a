"""Messages to the kernel's netfilter and back. Bytes and one socket; knows no rule and no policy.

pyroute2 does all of this too, at a cost that a bell cannot afford: 2,000 connections read and
marked took it more than two seconds, and these lines a tenth of one.
Source: <linux/netlink.h>, <linux/netfilter/nfnetlink.h>.
"""

import os
import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

NETFILTER: Final = 12
"""NETLINK_NETFILTER, the family of sockets."""
_SOL_NETLINK, _NO_ENOBUFS, _FORCED_RECEIVE_ROOM = 270, 5, 33
"""SOL_NETLINK, NETLINK_NO_ENOBUFS, SO_RCVBUFFORCE."""
_REQUEST, _ACKNOWLEDGE, _DUMP = 0x1, 0x4, 0x300
_ERROR, _DONE = 2, 3
_NESTED: Final = 0x8000
"""NLA_F_NESTED."""
_KIND_BITS: Final = 0x3FFF
"""NLA_TYPE_MASK."""
_HEADER: Final = struct.Struct("=IHHII")
_ATTRIBUTE: Final = struct.Struct("=HH")
BODY_AT: Final = _HEADER.size + 4
"""Where the attributes of a message begin: after its header and netfilter's own."""
_LARGEST_ANSWER_BYTES = 1 << 20
_SENT_AT_ONCE_BYTES = 16_000

Attributes = Mapping[int, bytes]


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute, padded to four bytes."""
    return _ATTRIBUTE.pack(4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def nest(kind: int, *inner: bytes) -> bytes:
    """An attribute that holds others."""
    return attribute(kind | _NESTED, b"".join(inner))


def attributes_in(data: bytes) -> dict[int, bytes]:
    """The attributes in some bytes, as far as they make sense; of two alike the last."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < 4 or at + length > len(data):
            break
        found[kind & _KIND_BITS] = data[at + 4 : at + length]
        at += (length + 3) & ~3
    return found


def message(
    kind: int, body: bytes, *, flags: int = 0, family: int = 0, resource: int = 0, number: int = 1
) -> bytes:
    """A whole message. `kind` holds the part of netfilter in its upper byte."""
    head = struct.pack("!BBH", family, 0, resource)
    return _HEADER.pack(BODY_AT + len(body), kind, _REQUEST | flags, number, 0) + head + body


def messages_in(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and whole bytes of each message that came at once; ends where they make no sense."""
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, *_ = _HEADER.unpack_from(data, at)
        if length < _HEADER.size or at + length > len(data):
            return
        yield kind, data[at : at + length]
        at += (length + 3) & ~3


def family_of(whole: bytes) -> int:
    """The address family that a message is about."""
    return whole[_HEADER.size]


class Kernel:
    """A socket to netfilter. `room`: bytes that the kernel may keep for us."""

    def __init__(self, room: int = 8 << 20) -> None:
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETFILTER)
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, _FORCED_RECEIVE_ROOM, room)
        except PermissionError:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        self.socket.bind((0, 0))

    def close(self) -> None:
        self.socket.close()

    def never_mind_what_is_lost(self) -> None:
        """An overflow is no error: what came too much is missing, and nothing else."""
        self.socket.setsockopt(_SOL_NETLINK, _NO_ENOBUFS, 1)

    def order(self, kind: int, body: bytes, *, family: int = 0, resource: int = 0) -> None:
        """One order; returns when it is carried out. Raises OSError with the kernel's reason."""
        self.socket.send(message(kind, body, flags=_ACKNOWLEDGE, family=family, resource=resource))
        self._acknowledged(1)

    def all_or_none(self, first: bytes, orders: Sequence[bytes], last: bytes) -> None:
        """Several orders between the bounds of a transaction. Raises OSError with the first reason.

        `orders` must ask for an acknowledgement each, which `acknowledged` messages do.
        """
        self.socket.send(first + b"".join(orders) + last)
        self._acknowledged(len(orders))

    def send_many(self, orders: Sequence[bytes]) -> None:
        """Many orders of which none is answered, not even one that fails."""
        waiting = bytearray()
        for order in orders:
            waiting += order
            if len(waiting) > _SENT_AT_ONCE_BYTES:
                self.socket.send(waiting)
                waiting.clear()
        if waiting:
            self.socket.send(waiting)

    def ask(self, kind: int, body: bytes = b"", *, family: int = 0) -> bytes:
        """The kernel's one answer. Raises OSError."""
        self.socket.send(message(kind, body, family=family))
        for answered, whole in messages_in(self.socket.recv(_LARGEST_ANSWER_BYTES)):
            if answered == _ERROR:
                raise _reason(whole)
            return whole
        raise OSError("the kernel's answer makes no sense")

    def dump(self, kind: int, body: bytes = b"", *, family: int = 0) -> Iterator[bytes]:
        """Everything of a kind, a message each. Raises OSError."""
        self.socket.send(message(kind, body, flags=_DUMP, family=family))
        while True:
            for answered, whole in messages_in(self.socket.recv(_LARGEST_ANSWER_BYTES)):
                if answered == _DONE:
                    return
                if answered == _ERROR:
                    raise _reason(whole)
                yield whole

    def _acknowledged(self, orders: int) -> None:
        failure: OSError | None = None
        while orders > 0:
            for answered, whole in messages_in(self.socket.recv(_LARGEST_ANSWER_BYTES)):
                if answered != _ERROR:
                    continue
                orders -= 1
                reason = _reason(whole)
                if reason.errno:
                    failure = failure or reason
                    # What fails takes its transaction with it; the rest may never be answered.
                    orders = 0
        if failure is not None:
            self._forget_what_waits()
            raise failure

    def _forget_what_waits(self) -> None:
        while True:
            try:
                self.socket.recv(_LARGEST_ANSWER_BYTES, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return


def acknowledged(kind: int, body: bytes, *, flags: int = 0, family: int = 0) -> bytes:
    """A message of a transaction, which the kernel acknowledges."""
    return message(kind, body, flags=flags | _ACKNOWLEDGE, family=family)


def _reason(whole: bytes) -> OSError:
    number = -int(struct.unpack_from("=i", whole, _HEADER.size)[0])
    return OSError(number, os.strerror(number) if number else "done")

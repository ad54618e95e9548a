"""An answer of a name server, as far as it says where a name leads. Read without trust.

Source: RFC 1035, 3596. No I/O. Cost and result are bounded, whatever the bytes say.
"""

import struct
from typing import Final, NamedTuple

_MOST_POINTERS: Final = 20
"""Jumps within one name."""
_MOST_RECORDS: Final = 64
"""Read of one answer."""
_ADDRESS_LENGTHS: Final = {1: 4, 28: 16}
"""Record type A and AAAA, and the bytes that an address of each has."""
_IS_ANSWER, _ERROR, _POINTER, _ROOM = 0x8000, 0x000F, 0xC0, 0x3F
"""Bits of a message's flags, and of a label's first byte."""
_INTERNET: Final = 1
"""The class of names."""


class Answer(NamedTuple):
    """Where the asked name leads: packed addresses, each with the seconds for which it holds."""

    name: str
    addresses: tuple[tuple[bytes, int], ...]


def answer_in(message: bytes) -> Answer | None:
    """The answer in a message of the name system; None where it is none, or makes no sense."""
    try:
        _, flags, questions, records = struct.unpack_from("!HHHH", message)
        if not flags & _IS_ANSWER or flags & _ERROR or questions != 1:
            return None
        name, at = _name(message, 12)
        at += 4
        found = []
        for _ in range(min(records, _MOST_RECORDS)):
            at = _after_name(message, at)
            kind, place, lasts, length = struct.unpack_from("!HHIH", message, at)
            at += 10
            if at + length > len(message):
                return None
            if place == _INTERNET and _ADDRESS_LENGTHS.get(kind) == length:
                # The first bit says nothing (RFC 2181, section 8).
                found.append((message[at : at + length], lasts if lasts < 1 << 31 else 0))
            at += length
    except (IndexError, struct.error, ValueError):
        return None
    return Answer(name, tuple(found))


def answer_in_packet(packet: bytes) -> Answer | None:
    """The same in a whole IP packet, over UDP or over TCP in one segment."""
    try:
        if packet[0] >> 4 == 4:
            at, protocol = (packet[0] & 15) * 4, packet[9]
        else:
            at, protocol = 40, packet[6]
        if protocol == 17:
            return answer_in(packet[at + 8 :])
        if protocol != 6:
            return None
        message = packet[at + (packet[at + 12] >> 4) * 4 :]
        length = int.from_bytes(message[:2])
        return answer_in(message[2:]) if length == len(message) - 2 else None
    except IndexError:
        return None


def _name(message: bytes, at: int) -> tuple[str, int]:
    """A name in lower case, and where what follows it begins. Raises ValueError, IndexError."""
    labels: list[bytes] = []
    after = None
    pointers = length = 0
    while size := message[at]:
        if size & _POINTER == _POINTER:
            after = after or at + 2
            at = (size & _ROOM) << 8 | message[at + 1]
            pointers += 1
            if pointers > _MOST_POINTERS:
                raise ValueError("a name that leads to itself")
            continue
        if size & _POINTER or at + 1 + size > len(message):
            raise ValueError("no label")
        labels.append(message[at + 1 : at + 1 + size])
        length += size + 1
        if length > 254:
            raise ValueError("longer than a name may be")
        at += 1 + size
    return b".".join(labels).decode("ascii", "replace").lower(), after or at + 1


def _after_name(message: bytes, at: int) -> int:
    """Where what follows a name begins, without reading it."""
    while size := message[at]:
        if size & _POINTER == _POINTER:
            return at + 2
        at += 1 + size
    return at + 1

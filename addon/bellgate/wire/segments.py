"""TCP segments as they come in IP packets: read without trust, and a few bare ones made.

Source: RFC 791, 8200, 9293. No I/O: bytes in, values out. What makes no sense is None.
"""

import struct
from typing import Final, NamedTuple

_TCP: Final = 6
"""IP protocol number."""
_PASSED_OVER: Final = (0, 43, 60)
"""IPv6 headers that may stand before TCP: hop-by-hop options, routing, destination options."""
_MOST_HEADERS: Final = 8
"""Of these in one packet."""
_HEAD: Final = struct.Struct("!HHIIB")

SYN: Final = 0x02
"""The flag of a first segment."""
RST: Final = 0x04
"""The flag of a reset."""
ACK: Final = 0x10
"""The flag of a segment that acknowledges."""


class Segment(NamedTuple):
    """One TCP segment. Addresses are packed, 4 or 16 bytes."""

    source: bytes
    destination: bytes
    source_port: int
    destination_port: int
    sequence: int
    acknowledged: int
    data: bytes


def segment_in(packet: bytes) -> Segment | None:
    """The segment in an IP packet; None where there is none that is whole."""
    try:
        if packet[0] >> 4 == 4:
            start, end = (packet[0] & 15) * 4, (packet[2] << 8) | packet[3]
            source, destination, protocol = packet[12:16], packet[16:20], packet[9]
        else:
            start, end = 40, 40 + ((packet[4] << 8) | packet[5])
            source, destination, protocol = packet[8:24], packet[24:40], packet[6]
            for _ in range(_MOST_HEADERS):
                if protocol not in _PASSED_OVER:
                    break
                protocol, start = packet[start], start + (packet[start + 1] + 1) * 8
        if protocol != _TCP:
            return None
        sport, dport, sequence, acknowledged, offset = _HEAD.unpack_from(packet, start)
    except (IndexError, struct.error):
        return None
    # A large segment that was joined on the way says no length of its own.
    if end <= start or end > len(packet):
        end = len(packet)
    data_at = start + (offset >> 4) * 4
    if data_at < start + 20 or data_at > end:
        return None
    data = packet[data_at:end]
    return Segment(source, destination, sport, dport, sequence, acknowledged, data)


def distance(sequence: int, other: int) -> int:
    """How many bytes `sequence` lies after `other`; less than nothing where before."""
    return ((sequence - other + 0x80000000) & 0xFFFFFFFF) - 0x80000000


def bare_segment(
    source: bytes,
    destination: bytes,
    source_port: int,
    destination_port: int,
    *,
    sequence: int,
    flags: int,
) -> bytes:
    """A whole IP packet with a segment that holds nothing but its flags."""
    segment = struct.pack(
        "!HHIIBBHHH",
        source_port,
        destination_port,
        sequence & 0xFFFFFFFF,
        0,
        0x50,
        flags,
        1024,
        0,
        0,
    )
    if len(source) == 4:
        pseudo = struct.pack("!4s4sBBH", source, destination, 0, _TCP, len(segment))
        head = struct.pack(
            "!BBHHHBBH4s4s", 0x45, 0, 40, 0, 0x4000, 64, _TCP, 0, source, destination
        )
    else:
        pseudo = struct.pack("!16s16sIHBB", source, destination, len(segment), 0, 0, _TCP)
        head = struct.pack("!IHBB16s16s", 6 << 28, len(segment), _TCP, 64, source, destination)
    checked = _checksum(pseudo + segment)
    return head + segment[:16] + struct.pack("!H", checked) + segment[18:]


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF

"""TCP segments out of IP packets, and bare ones of our own."""

import struct
from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from bellgate.wire.segments import RST, Segment, bare_segment, distance, segment_in

FOUR = (ip_address("10.77.20.31").packed, ip_address("203.0.113.81").packed)
SIX = (ip_address("2001:db8:20::31").packed, ip_address("2001:db8::81").packed)


def packet(
    ends: tuple[bytes, bytes], data: bytes, flags: int = 0x18, between: bytes = b""
) -> bytes:
    tcp = struct.pack("!HHIIBBHHH", 40_000, 443, 1000, 2000, 0x80, flags, 1024, 0, 0) + bytes(12)
    inner = between + tcp + data
    if len(ends[0]) == 4:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(inner), 0, 0, 64, 6, 0)
    else:
        kind = 0 if between else 6
        head = struct.pack("!IHBB", 6 << 28, len(inner), kind, 64)
    return head + ends[0] + ends[1] + inner


def test_data_stands_where_its_headers_say() -> None:
    for ends in (FOUR, SIX):
        found = segment_in(packet(ends, b"hello") + b"padding")
        assert found == Segment(*ends, 40_000, 443, 1000, 2000, b"hello")


def test_headers_of_ipv6_are_passed_over_and_not_for_ever() -> None:
    options = b"\x06\x00" + bytes(6)
    found = segment_in(packet(SIX, b"hello", between=options))
    assert found is not None and found.data == b"hello"
    assert segment_in(packet(SIX, b"hello", between=b"\0\0" + bytes(6))) is None
    assert segment_in(packet(SIX, b"", between=(b"\0\0" + bytes(6)) * 50)) is None


def test_places_go_round() -> None:
    assert distance(5, 0xFFFFFFFF) == 6
    assert distance(0xFFFFFFFF, 5) == -6
    assert distance(7, 7) == 0


def test_a_reset_of_ours_is_a_whole_packet() -> None:
    for ends in (FOUR, SIX):
        made = bare_segment(*ends, 443, 40_000, sequence=77, flags=RST)
        found = segment_in(made)
        assert found == Segment(*ends, 443, 40_000, 77, 0, b"")
        tcp = made[-20:]
        length = struct.pack("!I", 20) + bytes(3) + b"\x06"
        total = sum(
            struct.unpack(f"!{(len(ends[0]) * 2 + 28) // 2}H", b"".join(ends) + length + tcp)
        )
        while total >> 16:
            total = (total >> 16) + (total & 0xFFFF)
        assert total == 0xFFFF  # RFC 9293, section 3.1: with its checksum the sum is all ones


@given(st.binary(max_size=200))
def test_no_bytes_are_too_odd(data: bytes) -> None:
    found = segment_in(data)
    assert found is None or len(found.data) <= len(data)


@given(st.sampled_from([FOUR, SIX]), st.data())
def test_nor_any_packet_with_some_bytes_changed(
    ends: tuple[bytes, bytes], data: st.DataObject
) -> None:
    said = bytearray(packet(ends, b"hello"))
    for _ in range(data.draw(st.integers(1, 4))):
        said[data.draw(st.integers(0, len(said) - 1))] = data.draw(st.integers(0, 255))
    found = segment_in(bytes(said))
    assert found is None or len(found.source) in (4, 16)

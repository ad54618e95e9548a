"""The kernel's messages: what is written is read, and what makes no sense harms nobody."""

import struct
from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from bellgate.sentry.connections import Ends, tracked_in
from bellgate.sentry.heard import answers_in
from bellgate.sentry.netlink import (
    attribute,
    attributes_in,
    message,
    messages_in,
    nest,
)
from bellgate.sentry.packets import packet_in
from tests.wire.test_name_answers import BBC4, A, record
from tests.wire.test_name_answers import message as dns

kinds = st.integers(0, 0x3FFF)


@given(st.dictionaries(kinds, st.binary(max_size=40), max_size=8))
def test_attributes_that_are_written_are_read(said: dict[int, bytes]) -> None:
    assert attributes_in(b"".join(attribute(k, v) for k, v in said.items())) == said


@given(st.binary(max_size=300))
def test_no_bytes_are_too_odd(data: bytes) -> None:
    attributes_in(data)
    list(messages_in(data))
    list(answers_in(data))
    tracked_in(data.ljust(20, b"\0"))
    packet_in(data, len(data))


@given(st.binary(max_size=200), st.integers(0, 0xFFFF))
def test_nor_any_message_with_odd_bytes_in_it(data: bytes, kind: int) -> None:
    whole = message(kind, data)
    assert list(messages_in(whole)) == [(kind, whole)]
    list(answers_in(message(0x400, data)))
    tracked_in(message(0x100, data))
    made = message(0x300, data)
    packet_in(made, len(made))


def test_an_answer_that_the_kernel_copied() -> None:
    said = dns("bbc.co.uk", record(A, BBC4))
    packet = struct.pack("!BBHHHBBH8x", 0x45, 0, 28 + len(said), 0, 0, 64, 17, 0) + bytes(8) + said
    [found] = answers_in(message(0x400, attribute(9, packet)))
    assert found.name == "bbc.co.uk"


def test_a_connection_as_the_kernel_keeps_it() -> None:
    def ends(source: str, destination: str, ports: tuple[int, int], kind: int) -> bytes:
        first = ip_address(source)
        number = 1 if first.version == 4 else 3
        addresses = attribute(number, first.packed) + attribute(
            number + 1, ip_address(destination).packed
        )
        protocol = attribute(1, b"\x06") + attribute(2, struct.pack("!H", ports[0]))
        protocol += attribute(3, struct.pack("!H", ports[1]))
        return nest(kind, nest(1, addresses), nest(2, protocol))

    body = ends("10.77.20.31", "203.0.113.81", (40_000, 443), 1)
    body += ends("203.0.113.81", "203.0.113.1", (443, 50_000), 2)
    body += attribute(8, struct.pack("!I", 0x510))
    found = tracked_in(message(0x100, body, family=2))
    assert found is not None
    assert (found.family, found.mark) == (2, 0x510)
    client, server = ip_address("10.77.20.31").packed, ip_address("203.0.113.81").packed
    assert found.original == Ends(client, server, 40_000, 443)
    assert found.reply.destination == ip_address("203.0.113.1").packed
    assert tracked_in(message(0x100, body[:40], family=2)) is None

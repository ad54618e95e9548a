"""What a name server's answer says of where a name leads, also where it was made to mislead."""

import struct
from ipaddress import ip_address

from hypothesis import example, given
from hypothesis import strategies as st

from bellgate.wire.name_answers import Answer, answer_in, answer_in_packet

A, AAAA, CNAME, HTTPS = 1, 28, 5, 65
BBC4, BBC6 = ip_address("203.0.113.81").packed, ip_address("2001:db8::81").packed


def name(text: str) -> bytes:
    return b"".join(bytes([len(p)]) + p.encode() for p in text.split(".")) + b"\0"


def record(kind: int, data: bytes, lasts: int = 300, owner: bytes = b"\xc0\x0c") -> bytes:
    return owner + struct.pack("!HHIH", kind, 1, lasts, len(data)) + data


def message(asked: str, *records: bytes, flags: int = 0x8180, questions: int = 1) -> bytes:
    head = struct.pack("!HHHHHH", 7, flags, questions, len(records), 0, 0)
    return head + name(asked) + struct.pack("!HH", A, 1) + b"".join(records)


def test_each_address_belongs_to_the_name_that_was_asked_for() -> None:
    said = message(
        "WWW.BBC.co.uk",
        record(CNAME, name("bbc.cdn.example")),
        record(A, BBC4, 60, owner=name("bbc.cdn.example")),
        record(AAAA, BBC6, 1 << 31, owner=b"\xc0\x2b"),
        record(HTTPS, b"\0\1\0"),
    )
    assert answer_in(said) == Answer("www.bbc.co.uk", ((BBC4, 60), (BBC6, 0)))


def test_what_is_no_answer_says_nothing() -> None:
    good = message("bbc.co.uk", record(A, BBC4))
    assert answer_in(good) is not None
    assert answer_in(message("bbc.co.uk", record(A, BBC4), flags=0x0100)) is None  # a question
    assert answer_in(message("bbc.co.uk", record(A, BBC4), flags=0x8183)) is None  # no such name
    assert answer_in(message("bbc.co.uk", questions=2)) is None
    assert answer_in(good[:-1]) is None
    assert answer_in(message("bbc.co.uk", record(A, BBC4 + b"\0"))) == Answer("bbc.co.uk", ())


def test_a_name_that_leads_to_itself_is_given_up() -> None:
    assert answer_in(struct.pack("!HHHHHH", 7, 0x8180, 1, 1, 0, 0) + b"\xc0\x0c" + bytes(8)) is None
    assert answer_in(message("a." * 127 + "b", record(A, BBC4))) is None


def test_over_udp_and_over_tcp() -> None:
    said = message("bbc.co.uk", record(A, BBC4))
    found = answer_in(said)
    over_udp = bytes(8) + said
    four = struct.pack("!BBHHHBBH8x", 0x45, 0, 20 + len(over_udp), 0, 0, 64, 17, 0)
    six = struct.pack("!IHBB32x", 6 << 28, len(over_udp), 17, 64)
    assert answer_in_packet(four + over_udp) == answer_in_packet(six + over_udp) == found
    over_tcp = bytes(12) + b"\x80" + bytes(19) + struct.pack("!H", len(said)) + said
    by_tcp = four[:9] + b"\x06" + four[10:]
    assert answer_in_packet(by_tcp + over_tcp) == found
    assert answer_in_packet(by_tcp + over_tcp[:-3]) is None


names = st.lists(st.text("abcxyz-09", min_size=1, max_size=12), min_size=1, max_size=5).map(
    ".".join
)
addresses = st.lists(
    st.tuples(st.ip_addresses().map(lambda a: a.packed), st.integers(0, 86_400)), max_size=20
)


@given(names, addresses)
def test_what_is_written_is_read(asked: str, found: list[tuple[bytes, int]]) -> None:
    records = [record(A if len(a) == 4 else AAAA, a, lasts) for a, lasts in found]
    assert answer_in(message(asked, *records)) == Answer(asked, tuple(found))


@given(st.binary(max_size=600))
@example(struct.pack("!HHHHHH", 0, 0x8000, 1, 0xFFFF, 0, 0) + b"\0" * 588)
def test_no_bytes_are_too_odd(data: bytes) -> None:
    for read in (answer_in, answer_in_packet):
        found = read(data)
        assert found is None or len(found.addresses) <= 64


@given(names, addresses, st.data())
def test_nor_any_good_answer_with_some_bytes_changed(
    asked: str, found: list[tuple[bytes, int]], data: st.DataObject
) -> None:
    records = [record(A if len(a) == 4 else AAAA, a, lasts) for a, lasts in found]
    said = bytearray(message(asked, *records))
    for _ in range(data.draw(st.integers(1, 5))):
        said[data.draw(st.integers(0, len(said) - 1))] = data.draw(st.integers(0, 255))
    read = answer_in(bytes(said))
    assert read is None or all(len(a) in (4, 16) for a, _ in read.addresses)

"""The first bytes of a connection, however they arrive."""

import ssl
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellgate.wire.opening import LONGEST, Opening, OpeningReader


def hello(name: str | None, **options: object) -> bytes:
    """A ClientHello as OpenSSL really sends it."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.set_alpn_protocols(["h2", "http/1.1"])
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def in_records(raw: bytes, size: int) -> bytes:
    """The same handshake message in TLS records of `size` bytes."""
    message = raw[5:]
    pieces = [message[i : i + size] for i in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + struct.pack("!H", len(p)) + p for p in pieces)


def read(*chunks: bytes) -> Opening | None:
    reader = OpeningReader()
    found = None
    for chunk in chunks:
        found = reader.feed(chunk)
    return found


FACEBOOK = hello("www.facebook.com")
SEEN = Opening("tls", ("www.facebook.com",))


def test_a_whole_hello_shows_its_name() -> None:
    assert read(FACEBOOK) == SEEN


@pytest.mark.parametrize("cut", [*range(1, 17), 43, 100, len(FACEBOOK) - 1])
def test_a_hello_cut_in_two_is_waited_for(cut: int) -> None:
    assert read(FACEBOOK[:cut]) is None
    assert read(FACEBOOK[:cut], FACEBOOK[cut:]) == SEEN


def test_a_hello_sent_byte_by_byte_shows_its_name() -> None:
    assert read(*(bytes([b]) for b in FACEBOOK)) == SEEN


@pytest.mark.parametrize("size", [1, 7, 100])
def test_a_hello_in_small_records_shows_its_name(size: int) -> None:
    split = in_records(FACEBOOK, size)
    assert read(split) == SEEN
    assert read(*(bytes([b]) for b in split)) == SEEN


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_it_makes_no_difference_where_a_hello_is_cut(sizes: list[int]) -> None:
    split, at, chunks = in_records(FACEBOOK, 50), 0, []
    for size in sizes:
        chunks.append(split[at : at + size])
        at += size
    assert read(*chunks, split[at:]) == SEEN


def test_a_hello_without_a_name_has_none() -> None:
    assert read(hello(None)) == Opening("tls", ())


def test_a_hello_that_never_ends_is_given_up_at_its_bound() -> None:
    endless = b"\x16\x03\x01\x3f\xff\x01\xff\xff\xff" + b"a" * LONGEST
    reader = OpeningReader()
    fed = 0
    while (found := reader.feed(endless[fed : fed + 100])) is None:
        fed += 100
        assert fed <= LONGEST
    assert found == Opening("tls", (), whole=False)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"GET / HTTP/1.1\r\n", "http"),
        (b"options * HTTP/1.1\r\n", "http"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "other"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "other"),
        (b"\x13BitTorrent protocol", "other"),
        (b"\x16\x02\x01\x00\x05hello", "other"),
        (b"\x16\x03\x01\x00\x00", "other"),
        (b"\x16\x03\x01\x00\x04\x02\x00\x00\x00", "other"),
        (b"\x00" * 10, "other"),
    ],
)
def test_what_is_no_hello_is_told_at_once(start: bytes, kind: str) -> None:
    whole = read(start)
    assert whole is not None
    assert whole.kind == kind
    piecewise = read(*(bytes([b]) for b in start))
    assert piecewise == whole


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"M-SEARCH * HTTP/1.1\r\n", "http"),
        (b"BITS_POST /upload HTTP/1.1\r\n", "http"),
        (b"VERSION-CONTROL http://dav.example/ HTTP/1.1\r\n", "http"),
        (b"SSH-2.0-OpenSSH_10.0p2 Debian-7\r\n", "other"),
        (b"SSH_2 Debian\r\n", "other"),
        (b"\x00\x01\x00\x00\x21\x12\xa4\x42", "other"),  # STUN
        (b"\x10\x10\x00\x04MQTT\x04", "other"),
    ],
)
def test_methods_of_webdav_and_windows_are_http_and_banners_are_not(
    start: bytes, kind: str
) -> None:
    for cut in range(1, len(start)):
        found = read(start[:cut], start[cut:])
        assert found is not None and (found.kind, found.whole) == (kind, True)


def test_http_2_without_tls_hides_what_follows() -> None:
    found = read(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    assert found == Opening("other", whole=False)


def test_a_method_is_waited_for() -> None:
    assert read(b"G") is None
    assert read(b"GE", b"T /") == Opening("http")


@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(noise: bytes) -> None:
    read(noise)
    read(FACEBOOK[:60] + noise)
    read(b"\x16\x03\x01" + struct.pack("!H", len(noise) + 4) + b"\x01\x00\x00\x50" + noise * 3)


@pytest.mark.parametrize("before", [b"\r\n", b"\n", b"\r\n\r\n"])
def test_empty_lines_before_a_request_are_passed_over_as_servers_do(before: bytes) -> None:
    assert read(before + b"GET / HTTP/1.1\r\n") == Opening("http")
    assert read(*(bytes([b]) for b in before + b"GET /")) == Opening("http")


def test_nothing_but_empty_lines_is_given_up_at_the_bound() -> None:
    assert read(b"\r\n" * LONGEST) == Opening("other", whole=False)


@pytest.mark.parametrize(
    "before",
    [
        b"\x15\x03\x01\x00\x02\x01\x5a",  # an alert that is only a warning
        b"\x15\x03\x03\x00\x02\x01\x70",
        b"\x14\x03\x03\x00\x01\x01",  # change of cipher, as if in the middle
        b"\x18\x03\x02\x00\x03\x01\x00\x00",  # a heartbeat
        b"\x17\x03\x03\x00\x00",
    ],
)
def test_a_hello_behind_another_record_hides_its_name(before: bytes) -> None:
    """OpenSSL takes the warning, and then the hello: it is no protocol without TLS."""
    hidden = Opening("other", whole=False)
    assert read(before + FACEBOOK) == hidden
    assert read(*(bytes([b]) for b in before + FACEBOOK)) == hidden


@pytest.mark.parametrize("length", [46, 0x12E, 0x7FFF])
def test_a_hello_in_the_form_of_ssl_2_hides_its_name_however_long(length: int) -> None:
    start = bytes([0x80 | length >> 8, length & 0xFF]) + b"\x01\x03\x03" + b"\0" * 20
    hidden = Opening("other", whole=False)
    assert read(start) == read(*(bytes([b]) for b in start)) == hidden


def with_extensions(*more: tuple[int, bytes]) -> bytes:
    """A ClientHello of nothing but a version, a cipher and these extensions."""
    extensions = b"".join(struct.pack("!HH", kind, len(body)) + body for kind, body in more)
    body = b"\x03\x03" + b"\0" * 32 + b"\0" + b"\0\x02\x13\x01" + b"\x01\0"
    body += struct.pack("!H", len(extensions)) + extensions
    message = b"\x01" + len(body).to_bytes(3) + body
    return b"\x16\x03\x01" + struct.pack("!H", len(message)) + message


def sni(*names: str) -> tuple[int, bytes]:
    entries = b"".join(b"\0" + struct.pack("!H", len(n)) + n.encode() for n in names)
    return 0, struct.pack("!H", len(entries)) + entries


def test_every_name_counts_in_one_sni_and_in_several() -> None:
    """Which of them a server goes by is its own affair."""
    bbc, facebook = "www.bbc.co.uk", "www.facebook.com"
    for hello in (
        with_extensions(sni(bbc, facebook)),
        with_extensions(sni(bbc), sni(facebook)),
        with_extensions(sni(bbc), (16, b"\0\x03\x02h2"), sni(facebook)),
    ):
        assert read(hello) == Opening("tls", (bbc, facebook))


@pytest.mark.parametrize(
    "method", [b"G!T", b"get+x", b"X" * 40, b"A-" * 200, b"~", b"1GET", b"X" * 8000]
)
def test_whatever_a_server_may_take_for_a_method_is_http(method: bytes) -> None:
    for target in (b"/", b"*", b"http://www.facebook.com/", b"HTTPS://www.facebook.com/"):
        for space in (b" ", b"\t", b"  "):
            start = method + space + target + b" HTTP/1.1\r\n"
            assert read(start) == Opening("http")
            pieces = [start[at : at + 5] for at in range(0, len(start), 5)]
            assert read(*pieces) == Opening("http")


def test_a_word_that_never_ends_is_given_up_at_its_bound() -> None:
    assert read(*[b"X" * 100] * (LONGEST // 100)) is None
    assert read(*[b"X" * 100] * (LONGEST // 100 + 1)) == Opening("other", whole=False)


@pytest.mark.parametrize("before", [b" ", b"\t", b"\v", b"\f", b"\r\n "])
def test_a_request_behind_a_space_hides_its_name(before: bytes) -> None:
    assert read(before + b"GET / HTTP/1.1\r\n") == Opening("other", whole=False)

"""TLS or HTTP behind other bytes, however they come."""

import random

import pytest

from bellgate.wire.disguise import LOOKED_THROUGH_BYTES, Disguise
from bellgate.wire.opening import Opening
from tests.wire.test_opening import FACEBOOK, read

REQUEST = b"GET / HTTP/1.1\r\nHost: www.facebook.com\r\n\r\n"
SOCKS = b"\x05\x01\x00", b"\x05\x01\x00\x01\xc6\x33\x64\x02\x01\xbb"
BEFORE = [b"\0", b"\x1c", b"\xef\xbb\xbf", b"\xff\xff", b"SSH-2.0-x\r\n", b"\x05\x01\x00", b"{}\n"]


@pytest.mark.parametrize("web", [REQUEST, FACEBOOK, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"])
@pytest.mark.parametrize("before", BEFORE)
def test_what_stands_before_hides_neither_a_request_nor_a_hello(before: bytes, web: bytes) -> None:
    assert read(before + web) == Opening("other", whole=False)
    for step in (1, 2, 7, 50):
        disguise, text = Disguise(), before + web
        assert any(disguise.shows_in(text[at : at + step]) for at in range(0, len(text), step)), (
            step
        )


def test_a_hello_through_a_proxy_of_another_kind_shows() -> None:
    disguise = Disguise()
    assert [disguise.shows_in(said) for said in (*SOCKS, FACEBOOK)] == [False, False, True]


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.6p1 Ubuntu-3\r\n",
        b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04lab1",
        b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12),
        b"\x13BitTorrent protocol" + bytes(48),
        random.Random(1).randbytes(LOOKED_THROUGH_BYTES),
    ],
)
def test_other_protocols_are_what_they_are(said: bytes) -> None:
    disguise = Disguise()
    assert not any(disguise.shows_in(said[at : at + 100]) for at in range(0, len(said), 100))


def test_what_comes_late_is_not_looked_through() -> None:
    disguise = Disguise()
    assert not disguise.shows_in(b"\0" * LOOKED_THROUGH_BYTES)
    assert not disguise.shows_in(REQUEST)

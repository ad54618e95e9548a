"""A second hello, and what is none."""

import pytest

from bellgate.wire.hellos import Hellos
from tests.wire.test_opening import FACEBOOK, hello, in_records

BBC = hello("www.bbc.co.uk")
CHANGE_CIPHER = b"\x14\x03\x03\x00\x01\x01"
ENCRYPTED = b"\x17\x03\x03\x00\x05hello"


@pytest.mark.parametrize("step", [1, 3, 100, 10_000])
@pytest.mark.parametrize(
    "said",
    [
        BBC + FACEBOOK,
        BBC + CHANGE_CIPHER + FACEBOOK,
        in_records(BBC, 7) + in_records(FACEBOOK, 50),
        in_records(BBC[:5] + BBC[5:] + FACEBOOK[5:], 300),  # both in the records of one message
    ],
)
def test_the_second_hello_shows_its_name_however_it_comes(said: bytes, step: int) -> None:
    hellos = Hellos()
    found = [
        names for at in range(0, len(said), step) for names in hellos.feed(said[at : at + step])
    ]
    assert found == [("www.facebook.com",)]
    assert not hellos.over


@pytest.mark.parametrize(
    "then", [ENCRYPTED, CHANGE_CIPHER + ENCRYPTED, b"\x16\x03\x03\0\4\x10\0\0\0"]
)
def test_after_the_handshakes_clear_part_nothing_is_read(then: bytes) -> None:
    hellos = Hellos()
    assert hellos.feed(BBC + then) == []
    assert hellos.over
    assert hellos.feed(FACEBOOK) == []


def test_one_hello_alone_gives_nothing() -> None:
    hellos = Hellos()
    assert hellos.feed(BBC) == [] and not hellos.over

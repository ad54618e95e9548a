"""What a client may do who makes each packet himself: by the kernel's path, over IPv4 and IPv6.

Nobody is behind a hello that passes by a wrong name; at lunch staff may hide where they go, but not
to a way round.
"""

import time
from collections.abc import Iterator

import pytest

from bellgate.gateway.ways.by_hand import DIES_ON_THE_WAY, ByHand
from tests.lab.kernel_path import a_sentry
from tests.lab.network import Lab
from tests.lab.raw_tcp import by_hand, connect_by_hand
from tests.lab.test_kernel_path import BBC, LUNCH, VPN, lab, rules
from tests.wire.test_opening import hello

__all__ = ["lab", "rules"]
BOTH = pytest.mark.parametrize("version", [4, 6])


def alike(name: str, size: int = 700) -> bytes:
    """A hello of exactly so many bytes."""
    whole = hello(name)
    extra = size - len(whole)
    assert extra >= 4
    body = whole[5:]
    at = 4 + 34 + 1 + body[38]
    at += 2 + int.from_bytes(body[at : at + 2])
    at += 1 + body[at]
    extensions = body[at + 2 :] + b"\x0a\x0a" + (extra - 4).to_bytes(2) + bytes(extra - 4)
    inner = body[4:at] + len(extensions).to_bytes(2) + extensions
    handshake = b"\x01" + len(inner).to_bytes(3) + inner
    record = whole[:3] + len(handshake).to_bytes(2) + handshake
    assert len(record) == size
    return record


@pytest.fixture(autouse=True)
def ready(lab: Lab, rules: None) -> Iterator[None]:
    with a_sentry(lab, LUNCH), by_hand(lab, lab.staff):
        yield


def connect(lab: Lab, version: int) -> ByHand:
    return connect_by_hand(lab.staff, lab.address(BBC, version))


def reached(lab: Lab, before: int) -> list[str]:
    time.sleep(0.3)
    return [line for line in lab.contacts(before) if line.startswith("tls")]


@BOTH
def test_it_works_at_all(lab: Lab, version: int) -> None:
    before = len(lab.contacts())
    client = connect(lab, version)
    client.say(alike(BBC))
    assert client.answered() and reached(lab, before) == [f"tls {BBC}"]


@BOTH
def test_a_wrong_checksum_counts_as_nothing(lab: Lab, version: int) -> None:
    before = len(lab.contacts())
    client = connect(lab, version)
    client.say(alike(BBC), good=False)
    client.say(alike(VPN))
    client.answered()
    assert client.was_reset and reached(lab, before) == []


@BOTH
def test_a_hello_that_dies_on_the_way_takes_no_others_place(lab: Lab, version: int) -> None:
    before = len(lab.contacts())
    client = connect(lab, version)
    client.say(alike(BBC), lives=DIES_ON_THE_WAY)
    time.sleep(0.1)
    client.say(alike(VPN))
    client.answered()
    assert client.was_reset and reached(lab, before) == []


@BOTH
def test_the_same_in_pieces(lab: Lab, version: int) -> None:
    before = len(lab.contacts())
    client = connect(lab, version)
    real, decoy = alike(VPN), alike(BBC)
    client.say(decoy[:100], lives=DIES_ON_THE_WAY)
    client.say(decoy[100:], 100, lives=DIES_ON_THE_WAY)
    time.sleep(0.1)
    client.say(real[:100])
    client.say(real[100:], 100)
    client.answered()
    assert client.was_reset and reached(lab, before) == []


@BOTH
def test_sent_again_as_it_was_it_arrives(lab: Lab, version: int) -> None:
    """A lost segment is nobody's fault."""
    before = len(lab.contacts())
    client, whole = connect(lab, version), alike(BBC)
    client.say(whole, lives=DIES_ON_THE_WAY)
    time.sleep(0.1)
    client.say(whole)
    assert client.answered() and reached(lab, before) == [f"tls {BBC}"]


@BOTH
def test_the_other_way_round_too(lab: Lab, version: int) -> None:
    """Later bytes first: nothing is decided before its turn."""
    before = len(lab.contacts())
    client, whole = connect(lab, version), alike(BBC)
    client.say(whole[150:], 150)
    client.say(whole[:150])
    client.say(whole[150:], 150)
    assert client.answered() and reached(lab, before) == [f"tls {BBC}"]


@BOTH
def test_overlapping_pieces_must_agree(lab: Lab, version: int) -> None:
    before = len(lab.contacts())
    client, real, decoy = connect(lab, version), alike(VPN), alike(BBC)
    client.say(real[:40])
    client.say(decoy[20:200], 20)
    client.say(real[30:], 30)
    client.answered()
    assert client.was_reset and reached(lab, before) == []


@BOTH
def test_overlapping_pieces_that_agree_are_one_hello(lab: Lab, version: int) -> None:
    before = len(lab.contacts())
    client, whole = connect(lab, version), alike(BBC)
    client.say(whole[:120])
    client.say(whole[60:200], 60)
    client.say(whole[:], 0)
    assert client.answered() and reached(lab, before) == [f"tls {BBC}"]


@BOTH
def test_bytes_before_the_first_are_nobodys(lab: Lab, version: int) -> None:
    before = len(lab.contacts())
    client = connect(lab, version)
    client.say(alike(BBC), -700)
    client.say(alike(VPN))
    client.answered()
    assert client.was_reset and reached(lab, before) == []


@BOTH
def test_a_first_segment_that_is_a_lie_moves_no_beginning(lab: Lab, version: int) -> None:
    """The server takes what lies before its beginning for old, and reads on behind it."""
    before = len(lab.contacts())
    client, decoy, real = connect(lab, version), alike(BBC), alike(VPN)
    client.begin_again(-len(decoy), lives=DIES_ON_THE_WAY)
    time.sleep(0.1)
    client.say(decoy + real, -len(decoy))
    client.answered()
    assert reached(lab, before) == []


@BOTH
def test_a_connection_that_begins_again_is_another(lab: Lab, version: int) -> None:
    """What was let through on these ports before says nothing of it."""
    before = len(lab.contacts())
    client = connect(lab, version)
    client.say(alike(BBC))
    assert client.answered()
    again = connect_by_hand(lab.staff, lab.address(BBC, version), begins_at=client)
    again.say(alike(VPN))
    again.answered()
    assert reached(lab, before) == [f"tls {BBC}"]


@BOTH
def test_what_hides_its_name_is_closed_where_it_is(lab: Lab, version: int) -> None:
    client = connect_by_hand(lab.staff, lab.address(VPN, version))
    client.say(alike(VPN))
    client.answered()
    assert client.was_reset


@BOTH
def test_in_fragments_of_ip_it_is_read_as_a_whole(lab: Lab, version: int) -> None:
    before = len(lab.contacts())
    client = connect(lab, version)
    client.say(alike(BBC), in_fragments=True)
    assert client.answered() and reached(lab, before) == [f"tls {BBC}"]
    client = connect(lab, version)
    client.say(alike(VPN), in_fragments=True)
    client.answered()
    assert client.was_reset and reached(lab, before) == [f"tls {BBC}"]


def test_a_hello_that_the_server_drops_takes_no_others_place(lab: Lab) -> None:
    """For an option that it does not know; only IPv6 has such."""
    before = len(lab.contacts())
    client = connect(lab, 6)
    client.say(alike(BBC), known=False)
    assert client.answered() == b"" and not client.was_reset
    client.say(alike(VPN))
    client.answered()
    assert client.was_reset and reached(lab, before) == []

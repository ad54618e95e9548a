"""Packets in, verdicts out: whatever a client does with its first bytes, a server that follows TCP
reads the very hello that was decided, or nothing."""

import random
import struct
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellgate.sentry.core import Core, Verdict
from bellgate.wire import path_mark
from bellgate.wire.opening import Opening, OpeningReader
from bellgate.wire.segments import Segment, segment_in
from tests.wire.test_opening import hello

CLIENT, SERVER = ip_address("10.77.20.31").packed, ip_address("203.0.113.81").packed
OPEN, CLOSED = hello("www.bbc.co.uk"), hello("www.facebook.com")
FIRST = 0xFFFFFF00
"""So that the places go round within a hello."""


def packet(data: bytes, at: int = 0, *, port: int = 40_000, first: int = FIRST) -> bytes:
    sequence = (first + 1 + at) & 0xFFFFFFFF
    tcp = struct.pack("!HHIIBBHHH", port, 443, sequence, 1, 0x50, 0x18, 1024, 0, 0)
    length = 40 + len(data)
    head = struct.pack("!BBHHHBBH", 0x45, 0, length, 0, 0, 64, 6, 0) + CLIENT + SERVER
    return head + tcp + data


def undecided(first: int = FIRST) -> int:
    """The mark of a connection's packets before it is decided, as the rule makes it of what the
    server says that it waits for."""
    return ((first + 1) & 0xFFFFFF) << 8 | path_mark.UNDECIDED


class School:
    """A core whose judge has facebook closed, and the kernel's part played by hand."""

    def __init__(self, **bounds: int) -> None:
        self.asked: list[Opening] = []
        self.core = Core(self._ask, **bounds)
        self.mark = undecided()

    def _ask(self, segment: Segment, card: str | None, opening: Opening) -> int | None:
        self.asked.append(opening)
        return None if "www.facebook.com" in opening.names or not opening.whole else 5

    def send(self, data: bytes, at: int = 0, **more: int) -> Verdict:
        """What becomes of a segment; the connection's mark becomes what the rules make of it."""
        mark = self.mark if self.mark == undecided() else path_mark.ASKS_AGAIN
        verdict = self.core.verdict(packet(data, at, **more), mark)
        if verdict.mark is not None and verdict.mark & path_mark.STATE == path_mark.UNANSWERED:
            self.mark = verdict.mark
        return verdict


PASSES = Verdict(path_mark.marked(path_mark.UNANSWERED, 5))
GOES_ON, DROPPED = Verdict(path_mark.GO_ON), Verdict(None)


def refused(verdict: Verdict) -> bool:
    return verdict.mark == path_mark.REFUSE


def test_a_whole_hello_is_decided_at_once() -> None:
    assert School().send(OPEN) == PASSES
    verdict = School().send(CLOSED)
    assert refused(verdict) and verdict.reset is not None
    # The server waits for exactly this byte: only so it takes a reset for one.
    reset = segment_in(verdict.reset.packet)
    assert reset is not None and reset.sequence == (FIRST + 1) & 0xFFFFFFFF
    assert (reset.source, reset.destination) == (CLIENT, SERVER) == (CLIENT, verdict.reset.to)


def test_a_hello_in_pieces_is_decided_with_its_last() -> None:
    school = School()
    assert school.send(CLOSED[:100]) == GOES_ON
    assert school.send(CLOSED[200:], 200) == DROPPED
    assert school.send(CLOSED[100:200], 100) == GOES_ON
    verdict = school.send(CLOSED[200:], 200)
    assert refused(verdict) and verdict.reset is not None
    reset = segment_in(verdict.reset.packet)
    assert reset is not None and reset.sequence == (FIRST + 201) & 0xFFFFFFFF


def test_nothing_takes_a_hellos_place() -> None:
    school = School()
    assert school.send(OPEN) == PASSES
    assert school.send(OPEN) == GOES_ON
    assert school.send(OPEN[50:120], 50) == GOES_ON
    assert school.send(b"more", len(OPEN)) == GOES_ON
    assert refused(school.send(CLOSED))
    assert refused(school.send(OPEN)), "refused once is refused for good"


def test_a_refused_hello_that_was_sent_again_meanwhile_is_one_attempt() -> None:
    """Both copies wait for a sentry that was held up: nobody tried twice."""
    school = School()
    assert [refused(school.send(CLOSED)) for _ in range(3)] == [True] * 3
    assert len(school.asked) == 1
    assert school.core.counts.refused == 1
    assert refused(school.send(OPEN)) and len(school.asked) == 1


def test_nor_its_pieces_places() -> None:
    school = School()
    assert school.send(OPEN[:200]) == GOES_ON
    assert refused(school.send(CLOSED[150:], 150))


def test_bytes_before_the_first_are_refused_once_it_is_decided() -> None:
    school = School()
    school.send(OPEN)
    assert refused(school.send(b"x", -1))


def test_the_same_ports_again_are_another_connection() -> None:
    school = School()
    school.send(CLOSED[:50])
    first = 777
    verdict = school.core.verdict(packet(OPEN, first=first), undecided(first))
    assert verdict == PASSES


def test_what_was_let_through_by_another_sentry_is_not_known_and_refused() -> None:
    assert refused(School().core.verdict(packet(OPEN), path_mark.ASKS_AGAIN))


def test_a_server_that_speaks_first_is_refused_at_both_ends() -> None:
    verdict = School().core.verdict(packet(b"220 ready"), path_mark.ANSWERS)
    assert refused(verdict) and verdict.reset is not None


def test_segments_that_hold_nothing_go_on() -> None:
    school = School()
    assert school.send(b"") == GOES_ON and school.asked == []


@pytest.mark.parametrize("bounds", [{"most_flows": 10}, {"most_bytes": 3_000}])
def test_what_is_held_is_bounded(bounds: dict[str, int]) -> None:
    school = School(**bounds)
    for port in range(1, 1000):
        assert school.send(CLOSED[:300], port=port) == GOES_ON
    assert len(school.core) <= 11
    # The one that came last is still known.
    assert refused(school.send(CLOSED[300:], 300, port=999))
    assert school.send(CLOSED[300:], 300, port=1) == DROPPED


class Server:
    """Follows TCP: takes what is in order, and of what overlaps the first or the last to come."""

    def __init__(self, keeps_first: bool) -> None:
        self.bytes: dict[int, int] = {}
        self.keeps_first, self.read_to, self.stream = keeps_first, 0, bytearray()

    def gets(self, data: bytes, at: int) -> None:
        for place, byte in enumerate(data, at):
            if place >= self.read_to and not (self.keeps_first and place in self.bytes):
                self.bytes[place] = byte
        while self.read_to in self.bytes:
            self.stream.append(self.bytes[self.read_to])
            self.read_to += 1


@settings(max_examples=300)
@given(
    st.randoms(use_true_random=False),
    st.lists(
        st.tuples(st.booleans(), st.integers(-20, 560), st.integers(1, 600), st.booleans()),
        min_size=1,
        max_size=25,
    ),
    st.booleans(),
)
def test_whatever_is_sent_no_server_reads_a_hello_that_is_closed(
    dice: random.Random, sent: list[tuple[bool, int, int, bool]], keeps_first: bool
) -> None:
    """Pieces of an open and of a closed hello, anywhere, in any order, some of which never arrive.

    In the end each is sent whole, too, in some order."""
    school, server = School(), Server(keeps_first)
    ends = [(closed, 0, 600, True) for closed in dice.sample([True, False], 2)]
    for closed, at, size, arrives in [*sent, *ends]:
        whole = CLOSED if closed else OPEN
        data = whole[max(at, 0) : max(at, 0) + size] if at >= 0 else b"\0" * -at + whole[:size]
        if not data:
            continue
        verdict = school.send(data, at)
        if refused(verdict):
            return  # both ends are reset
        if verdict.mark is not None and arrives:
            server.gets(data, at)
    reader = OpeningReader()
    opening = reader.feed(bytes(server.stream))
    assert opening is None or "www.facebook.com" not in opening.names


def test_a_packet_that_is_none_is_dropped() -> None:
    assert School().core.verdict(b"", path_mark.ASKS) == DROPPED


@given(st.binary(max_size=300), st.integers(0, 0xFFFFFFFF))
def test_no_packet_is_too_odd(data: bytes, mark: int) -> None:
    verdict = School().core.verdict(data, mark)
    states = {path_mark.GO_ON, path_mark.REFUSE, path_mark.UNANSWERED}
    assert verdict.mark is None or verdict.mark & path_mark.STATE in states

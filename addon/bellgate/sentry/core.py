"""A packet's facts in, its verdict out. Pure: no socket, no clock, no policy of its own.

Holds each connection's first bytes together until they show what it opens with, asks once, and from
then on lets nothing else take their place: the server must read the very hello that was decided. A
hello that dies on the way (a short time to live), one that overlaps another, one sent again with
other bytes: all are the same to it.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final, NamedTuple

from bellgate.policy.probe import DEVICES
from bellgate.wire import path_mark
from bellgate.wire.opening import Opening, OpeningReader
from bellgate.wire.segments import RST, Segment, bare_segment, distance, segment_in

_MOST_FLOWS: Final = 8_192
"""Connections whose hello is on its way or not answered yet; beyond them the oldest goes."""
_MOST_HELD_BYTES = 16 << 20
_TRYING: Final = frozenset(ip_address(ip).packed for ip in DEVICES)

Ask = Callable[[Segment, str | None, Opening], int | None]
"""What a connection opened with, and the MAC that its packet came from -> the number of what it
asked for, where it is let through."""


class Reset(NamedTuple):
    """A packet of our own that ends a connection at its other end, and where that is."""

    to: bytes
    packet: bytes


class Verdict(NamedTuple):
    """What becomes of a packet: it goes on with a mark; None: it is dropped, and sent again."""

    mark: int | None
    reset: Reset | None = None


DROPPED: Final = Verdict(None)
_GOES_ON: Final = Verdict(path_mark.GO_ON)
_REFUSED_BEFORE: Final = Verdict(path_mark.REFUSE)

_Key = tuple[bytes, bytes, int, int]


@dataclass(slots=True)
class _Flow:
    first: int
    """The sequence number of its first byte."""
    next: int
    data: bytearray = field(default_factory=bytearray)
    reader: OpeningReader | None = field(default_factory=OpeningReader)
    """None once it was decided."""
    number: int | None = None
    """Of what it asked for, once it was let through."""

    @property
    def is_refused(self) -> bool:
        return self.reader is None and self.number is None


@dataclass(slots=True)
class Counts:
    """What the sentry has done since it started; what the gateway tries itself is not counted."""

    packets: int = 0
    passed: int = 0
    refused: int = 0
    replaced: int = 0
    """Refused because other bytes were to take a hello's place."""


class Core:
    """The connections whose hello is being read or waits for its server's answer."""

    def __init__(
        self, ask: Ask, *, most_flows: int = _MOST_FLOWS, most_bytes: int = _MOST_HELD_BYTES
    ) -> None:
        self._ask = ask
        self._flows: OrderedDict[_Key, _Flow] = OrderedDict()
        self._held = 0
        self._most_flows, self._most_bytes = most_flows, most_bytes
        self.counts = Counts()

    def __len__(self) -> int:
        return len(self._flows)

    def verdict(self, packet: bytes, mark: int, card: str | None = None) -> Verdict:
        """What becomes of a packet that carries one of the marks that ask."""
        self.counts.packets += 1
        segment = segment_in(packet)
        if segment is None:
            return DROPPED
        if not segment.data:
            return _GOES_ON
        asked = mark & path_mark.STATE
        if asked == path_mark.ANSWERS:
            return self._refused(segment, segment.sequence)
        key = segment[:4]
        flow = self._flows.get(key)
        if asked == path_mark.ASKS_AGAIN:
            # Not known: it was let through by a sentry before us, or given up for room.
            if flow is not None and flow.is_refused:
                return _REFUSED_BEFORE
            if flow is not None and flow.reader is None and self._is_the_same(flow, segment):
                return _GOES_ON
            return self._replaced(key, segment)
        begins = path_mark.matches_first(path_mark.number_in(mark), segment.sequence)
        if flow is not None and not path_mark.matches_first(path_mark.number_in(mark), flow.first):
            # The same ports again: another connection.
            self._forget(key)
            flow = None
        if flow is None:
            if not begins:
                return DROPPED  # before its turn, and sent again after the first
            flow = self._begin(key, segment.sequence)
        return self._read_on(key, flow, segment, card)

    def _begin(self, key: _Key, first: int) -> _Flow:
        while self._flows and (
            len(self._flows) >= self._most_flows or self._held > self._most_bytes
        ):
            self._forget(next(iter(self._flows)))
        flow = self._flows[key] = _Flow(first, first)
        return flow

    def _forget(self, key: _Key) -> None:
        flow = self._flows.pop(key, None)
        if flow is not None:
            self._held -= len(flow.data)

    def _end(self, flow: _Flow) -> None:
        """It is refused, and nothing more of it is read."""
        self._held -= len(flow.data)
        flow.data, flow.reader, flow.number = bytearray(), None, None

    def _read_on(self, key: _Key, flow: _Flow, segment: Segment, card: str | None) -> Verdict:
        if flow.is_refused:
            # It was on its way here while the hello was decided: no further attempt.
            return _REFUSED_BEFORE
        if flow.reader is None:
            # It was on its way here while the hello was decided, or the server agreed once more.
            if self._is_the_same(flow, segment):
                return self._passed(flow)
            return self._replaced(key, segment)
        ahead = distance(segment.sequence, flow.next)
        if ahead > 0:
            return DROPPED
        if ahead < 0 and not self._is_the_same(flow, segment):
            return self._replaced(key, segment)
        new = segment.data[-ahead:]
        if not new:
            return _GOES_ON
        expected = flow.next
        flow.data += new
        self._held += len(new)
        flow.next = (flow.next + len(new)) & 0xFFFFFFFF
        opening = flow.reader.feed(new)
        if opening is None:
            return _GOES_ON
        number = self._ask(segment, card, opening)
        if number is None:
            self._end(flow)
            return self._refused(segment, expected)
        flow.reader, flow.number = None, number
        self.counts.passed += _counts(segment)
        return self._passed(flow)

    @staticmethod
    def _passed(flow: _Flow) -> Verdict:
        assert flow.number is not None
        return Verdict(path_mark.marked(path_mark.UNANSWERED, flow.number))

    @staticmethod
    def _is_the_same(flow: _Flow, segment: Segment) -> bool:
        """Whether a segment says nothing else than what was read in its place."""
        at = distance(segment.sequence, flow.first)
        if at < 0:
            return False
        known = flow.data[at : at + len(segment.data)]
        return segment.data[: len(known)] == known

    def _replaced(self, key: _Key, segment: Segment) -> Verdict:
        self.counts.replaced += _counts(segment)
        flow = self._flows.get(key)
        expected = flow.next if flow is not None else segment.sequence
        if flow is not None:
            self._end(flow)
        return self._refused(segment, expected)

    def _refused(self, segment: Segment, expected: int) -> Verdict:
        """The kernel resets the sender; the other end gets its reset from us."""
        self.counts.refused += _counts(segment)
        packet = bare_segment(
            segment.source,
            segment.destination,
            segment.source_port,
            segment.destination_port,
            sequence=expected,
            flags=RST,
        )
        return Verdict(path_mark.REFUSE, Reset(segment.destination, packet))


def _counts(segment: Segment) -> int:
    """One; nothing where the gateway tries itself."""
    return int(_TRYING.isdisjoint((segment.source, segment.destination)))

"""Where names lead, by the answers that our own name server gave. Bounded; the time is an argument.

Kept a day beyond its time, for clients remember longer than they should, and over a restart, so
that a school does not go through the gate because its gateway was restarted. Seconds everywhere, of
a clock that nobody sets; what is kept on the disk goes by the machine's.
"""

import socket
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Final

from bellgate.sentry.kept_lines import KeptLines
from bellgate.wire.name_answers import Answer

_LONGER_SECONDS: Final = 24 * 3600.0
_LONGEST_SECONDS: Final = 7 * 24 * 3600.0
_WRITTEN_AGAIN_SECONDS: Final = 3600.0
"""An answer that holds so much longer than the one on the disk is written anew."""
_MOST_NAMES: Final = 50_000
"""The one that was heard longest ago goes first; its next connection goes through the gate."""
_MOST_OF_A_NAME: Final = 64
"""Addresses."""


class Leads:
    """`kept` is where answers outlive us. `now` is the same moment as `wall`, in seconds."""

    def __init__(self, kept: KeptLines, *, now: float, wall: float) -> None:
        self._kept = kept
        self._wall = wall - now
        """What makes the machine's time out of ours."""
        self._names: OrderedDict[str, dict[bytes, float]] = OrderedDict()
        self._written: dict[str, float] = {}
        for line in kept.read():
            self._take_in(line, now)

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._names))

    def heard(self, answer: Answer, now: float) -> tuple[bytes, ...]:
        """Take an answer in; the addresses to which the name did not lead before."""
        if not answer.addresses:
            return ()
        until = {
            address: now + min(lasts + _LONGER_SECONDS, _LONGEST_SECONDS)
            for address, lasts in answer.addresses
        }
        new = self._put(answer.name, until, now)
        longest = max(until.values())
        if new or longest > self._written.get(answer.name, 0) + _WRITTEN_AGAIN_SECONDS:
            self._written[answer.name] = longest
            self._kept.add(self._line(answer.name))
        return new

    def leads(self, name: str, address: bytes, now: float) -> bool:
        """Whether a name leads to an address, as far as anybody was told."""
        known = self._names.get(name)
        return known is not None and known.get(address, 0.0) > now

    def addresses_of(self, name: str, now: float) -> tuple[bytes, ...]:
        known = self._names.get(name)
        return tuple(a for a, until in known.items() if until > now) if known else ()

    def tidy(self, now: float) -> None:
        """Forget what is over, and write the file anew where it has grown."""
        for name, known in list(self._names.items()):
            if max(known.values(), default=0.0) <= now:
                self._forget(name)
        if self._kept.is_long:
            self._kept.replace([self._line(name) for name in self._names])

    def _put(self, name: str, until: dict[bytes, float], now: float) -> tuple[bytes, ...]:
        known = self._names.pop(name, {})
        new = tuple(address for address in until if known.get(address, 0.0) <= now)
        for address, end in until.items():
            # The newest stand last; one that held longer goes on doing so.
            known[address] = max(known.pop(address, 0.0), end)
        while len(known) > _MOST_OF_A_NAME:
            del known[next(iter(known))]
        self._names[name] = known
        if len(self._names) > _MOST_NAMES:
            self._forget(next(iter(self._names)))
        return new

    def _forget(self, name: str) -> None:
        self._names.pop(name, None)
        self._written.pop(name, None)

    def _line(self, name: str) -> dict[str, Any]:
        return {
            "name": name,
            "until": {
                socket.inet_ntop(_family(address), address): round(end + self._wall)
                for address, end in self._names[name].items()
            },
        }

    def _take_in(self, line: Any, now: float) -> None:
        try:
            # Never longer than from now on: the machine's clock may have been anything.
            until = {
                socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text): min(
                    float(end) - self._wall, now + _LONGEST_SECONDS
                )
                for text, end in line["until"].items()
            }
            name = str(line["name"])
        except (TypeError, KeyError, ValueError, AttributeError, OSError):
            return
        until = {address: end for address, end in until.items() if end > now}
        if until:
            self._put(name, until, now)
            self._written[name] = max(until.values())


def _family(address: bytes) -> socket.AddressFamily:
    return socket.AF_INET if len(address) == 4 else socket.AF_INET6

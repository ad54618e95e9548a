"""Each device's share of connections: a token bucket of new ones, and a bound to those held open.

Whoever can invent a name for himself must gain nothing by it. So names that may be invented (a MAC
of no device of the school's, an address behind another router) have shares of their own only within
a pool: one that is small for those that have only just turned up, and a larger one for the others.
A part of every pool is kept for those that have taken little of it: whoever invents twenty names a
minute leaves room for sixty phones that join within that minute. Time is an argument (seconds).
"""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_NEWCOMERS_SHARES, _STRANGERS_SHARES = 1, 8
"""Of what one device has, for all newcomers of an interface, and for all others on it that no list
names. Together with the own share, an inventor has two at first, and never the whole gate."""
_A_PART_BURST, _A_PART_RATE = 16, 250
"""One part in so many of the burst and of the rate: what is kept for each of a pool, thirty
connections at once and twelve a minute of the sample's share."""
_STEEPNESS = 3
"""How late the second half of a pool closes to somebody who takes of it: a page comes with all its
parts, and who goes on waits for the others."""
_NEW_FOR_SECONDS = 300.0
_FORGOTTEN_AFTER_SECONDS = 12 * 3600.0
_MOST_MACS = 8_192
"""MACs remembered; the one seen longest ago goes first."""

_OPEN_FOR_EACH_AT_ONCE = 5
"""Connections that may be held open for each one of the burst.

A browser with many pages open holds some hundred. Each costs the gate descriptors and memory for as
long as it is open, also where nothing moves.
"""
_MOST_OF_A_POOL = 4
"""Times what the machine can spare for one device: half of its descriptors."""

_ONE_IN_SO_MANY_GETS_A_PAGE = 5
"""Of the connections in a share.

A page takes the gate milliseconds, so that a flood of them would be waited for by everybody, and
most of a megabyte while it is on its way. A person meets some at a time, with their parts.
"""
_PAGES_AT_ONCE = 32
"""Pages on their way to one device at the same time."""


@dataclass(frozen=True, slots=True)
class Key:
    """Whose share a connection counts against."""

    own: str
    """A device of the school's; else a MAC, an address, or a network behind another router."""
    pool: str | None = None
    """Whom it shares with besides, where the own name may be invented."""
    is_new: bool = False
    """Whether it has only just turned up: then it has no share outside its pool."""

    @property
    def names(self) -> tuple[str, ...]:
        """Under which its connections are counted."""
        return (self.own,) if self.pool is None else (self.own, self.pool)


Held = Callable[[str], int]
"""How many connections are open under a name of a key."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: float

    def fill(self, rate: float, burst: float, now: float) -> None:
        self.tokens = min(burst, self.tokens + max(0.0, now - self.filled) * rate)
        self.filled = now


class Shares:
    """`rate` new connections a second and `burst` at once, for each key; the rest is refused.

    Held open at most five times the burst: slowly opened and never closed is a flood, too.
    """

    def __init__(
        self, rate: float, burst: int, most_keys: int = 65_536, most_open: int | None = None
    ) -> None:
        self.rate, self.burst, self._most = rate, burst, most_keys
        self._buckets: dict[str, _Bucket] = {}
        self.refused = 0
        self.most_for_one = most_open
        """Connections that the machine can spare for one device, where that is less."""

    def adopt(self, rate: float, burst: int) -> None:
        """Go by another share from now on; what somebody has left is kept."""
        self.rate, self.burst = rate, burst

    def of_pages(self) -> "Shares":
        """Of these connections, how many may be shown the page; the others are refused."""
        pages = Shares(self.rate, self.burst, self._most, most_open=_PAGES_AT_ONCE)
        pages.follow(self)
        return pages

    def follow(self, connections: "Shares") -> None:
        """Go by a fifth of what another share is."""
        one_in = _ONE_IN_SO_MANY_GETS_A_PAGE
        self.adopt(connections.rate / one_in, max(connections.burst // one_in, 1))

    def most_open(self, times: int = 1) -> int:
        """Connections that may be held open within so many shares."""
        most = times * _OPEN_FOR_EACH_AT_ONCE * self.burst
        spare = self.most_for_one
        return most if spare is None else min(most, min(times, _MOST_OF_A_POOL) * spare)

    def take(self, key: Key, held: Held, now: float) -> bool:
        """Whether `key` may open one more connection at `now`, besides those `held`."""
        taken = self._taken(key, held, now)
        if taken is None:
            self.refused += 1
            return False
        for bucket in taken:
            bucket.tokens -= 1
        return True

    def _taken(self, key: Key, held: Held, now: float) -> list[_Bucket] | None:
        """The buckets that one connection takes a token from; None where one has none left."""
        taken = []
        if not key.is_new:
            own = self._bucket(key.own, 1, now)
            if own.tokens < 1 or held(key.own) >= self.most_open():
                return None
            taken.append(own)
        if key.pool is not None:
            of_pool = self._of_pool(key.own, key.pool, key.is_new, held(key.pool), now)
            if of_pool is None:
                return None
            taken += of_pool
        return taken

    def _of_pool(
        self, own: str, name: str, is_new: bool, held: int, now: float
    ) -> list[_Bucket] | None:
        """The same for a pool and the part that somebody has in it.

        Of the second half of a pool, and of as much again as may be open in it, the more is to be
        had the less somebody has taken: the last of it is for those who come for the first time.
        """
        times = _NEWCOMERS_SHARES if is_new else _STRANGERS_SHARES
        pool, most, half = self._bucket(name, times, now), self.most_open(times), times / 2
        if pool.tokens - half * self.burst >= 1 and held < most:
            return [pool]
        whole = float(max(self.burst // _A_PART_BURST, 1))
        part = self._filled(f"part of {own}", self.rate / _A_PART_RATE, whole, now)
        left = part.tokens / whole
        if part.tokens < 1 or pool.tokens - half * self.burst * (1 - left) ** _STEEPNESS < 1:
            return None
        return [pool, part] if held < most * (1 + left) else None

    def _bucket(self, name: str, times: int, now: float) -> _Bucket:
        return self._filled(name, self.rate * times, float(self.burst * times), now)

    def _filled(self, name: str, rate: float, burst: float, now: float) -> _Bucket:
        bucket = self._buckets.get(name)
        if bucket is None:
            if len(self._buckets) >= self._most:
                self._forget_full(now)
            bucket = self._buckets[name] = _Bucket(burst, now)
        bucket.fill(rate, burst, now)
        return bucket

    def _forget_full(self, now: float) -> None:
        """A bucket that has filled up again says nothing that a new one would not."""
        whole = self.burst / self.rate
        kept = {k: b for k, b in self._buckets.items() if now - b.filled < whole}
        # A flood of invented addresses must neither grow the table nor have it gone through again
        # for each of them: then all begin anew.
        self._buckets = kept if len(kept) < self._most // 2 else {}


class Keys:
    """Whose share a connection counts against, where no device of the school is certain."""

    def __init__(self) -> None:
        # The one that was seen longest ago stands first: MAC -> first and last seen.
        self._macs: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def of(self, ip: str, mac: str | None, interface: tuple[str, ...], now: float) -> Key:
        """The MAC's where one is known; else the address's, and of IPv6 its /64's (RFC 6177): all
        of that is one household's."""
        where = interface[0] if interface else "no interface"
        if mac is None:
            parsed = ipaddress.ip_address(ip)
            own = ip if parsed.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))
            return Key(own, f"others on {where}")
        first, last = self._macs.pop(mac, (now, now))
        if now - last > _FORGOTTEN_AFTER_SECONDS:
            first = now
        self._macs[mac] = (first, now)
        if len(self._macs) > _MOST_MACS:
            self._macs.popitem(last=False)
        if now - first < _NEW_FOR_SECONDS:
            return Key(mac, f"newcomers on {where}", is_new=True)
        return Key(mac, f"others on {where}")

"""Each device's share of connections: a token bucket of new ones, and a bound to those held open.

Whoever can invent a name for himself must not gain a share with each: MACs that have only just
turned up share one, and addresses behind another router have one for each network of theirs.
Time is an argument (seconds).
"""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

_NEWCOMERS = "newcomers on "
_NEWCOMERS_SHARES = 2
"""Of what one device has, for all newcomers of an interface: sixty phones that join within a minute
all browse with it."""
_NEW_FOR_SECONDS = 300.0
_FORGOTTEN_AFTER_SECONDS = 12 * 3600.0
_MOST_MACS = 8_192
"""MACs remembered; the one seen longest ago goes first."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: float


_OPEN_FOR_EACH_AT_ONCE = 5
"""Connections that may be held open for each one of the burst.

A browser with many pages open holds some hundred. Each costs the gate descriptors and memory for as
long as it is open, also where nothing moves.
"""


_ONE_IN_SO_MANY_GETS_A_PAGE = 5
"""Of the connections in a share.

A page takes the gate milliseconds, so that a flood of them would be waited for by everybody, and
most of a megabyte while it is on its way. A person meets some at a time, with their parts.
"""
_PAGES_AT_ONCE = 32
"""Pages on their way to one device at the same time."""


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

    @property
    def most_open(self) -> int:
        most = _OPEN_FOR_EACH_AT_ONCE * self.burst
        return most if self.most_for_one is None else min(most, self.most_for_one)

    def take(self, key: str, held: int, now: float) -> bool:
        """Whether `key`, which holds `held` connections, may have one more at `now`."""
        times = _NEWCOMERS_SHARES if key.startswith(_NEWCOMERS) else 1
        if held >= times * self.most_open:
            self.refused += 1
            return False
        burst = float(times * self.burst)
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= self._most:
                self._forget_full(now)
            bucket = self._buckets[key] = _Bucket(burst, now)
        gained = max(0.0, now - bucket.filled) * self.rate * times
        bucket.tokens = min(burst, bucket.tokens + gained)
        bucket.filled = now
        if bucket.tokens < 1:
            self.refused += 1
            return False
        bucket.tokens -= 1
        return True

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

    def of(self, ip: str, mac: str | None, interface: tuple[str, ...], now: float) -> str:
        """The MAC's where one is known, once it is no newcomer; else the address's, and of IPv6 its
        /64's (RFC 6177): all of that is one household's."""
        if mac is None:
            parsed = ipaddress.ip_address(ip)
            return ip if parsed.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))
        first, last = self._macs.pop(mac, (now, now))
        if now - last > _FORGOTTEN_AFTER_SECONDS:
            first = now
        self._macs[mac] = (first, now)
        if len(self._macs) > _MOST_MACS:
            self._macs.popitem(last=False)
        if now - first < _NEW_FOR_SECONDS:
            return _NEWCOMERS + (interface[0] if interface else "no interface")
        return mac

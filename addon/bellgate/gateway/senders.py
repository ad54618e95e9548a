"""Which MACs send from more than one IPv4 address at a time: a repeater's, or a copied one. Pure.

Such a MAC may stand for several machines, so it names no holder. Times are seconds of a monotonic
clock, given as arguments. IPv6 does not count: there one machine has many addresses.
"""

from dataclasses import dataclass, field

TOGETHER_SECONDS = 30.0
"""Two addresses that send within this time are both in use: neither has replaced the other."""
DOUBT_SECONDS = 600.0
"""How long the doubt lasts: two machines stay two while one of them is quiet."""
_MOST_MACS = 10_000
"""MACs remembered."""
_MOST_ADDRESSES_OF_ONE = 8
"""IPv4 addresses remembered of one MAC."""


@dataclass(slots=True)
class _Sender:
    last: dict[str, float] = field(default_factory=dict)
    shared_until: float = 0.0


class Senders:
    """Fed each connection's MAC and address."""

    def __init__(self) -> None:
        self._senders: dict[str, _Sender] = {}

    def sends(self, mac: str, ip: str, now: float) -> None:
        """A connection came from this card and this address."""
        if ":" in ip:
            return
        sender = self._senders.get(mac)
        if sender is None:
            if len(self._senders) >= _MOST_MACS:
                self._senders.clear()
            sender = self._senders[mac] = _Sender()
        sender.last.pop(ip, None)
        if any(now - then <= TOGETHER_SECONDS for then in sender.last.values()):
            sender.shared_until = now + DOUBT_SECONDS
        # The newest stand last: what is forgotten first is what was quiet longest.
        sender.last[ip] = now
        if len(sender.last) > _MOST_ADDRESSES_OF_ONE:
            del sender.last[next(iter(sender.last))]

    def is_shared(self, mac: str, now: float) -> bool:
        """Whether the card may be more than one machine's."""
        sender = self._senders.get(mac)
        return sender is not None and now < sender.shared_until

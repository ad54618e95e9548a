"""What the gate must know of the networks that its machine stands in. Shapes only."""

from collections.abc import Sequence
from typing import Any, Protocol

from bellgate.policy.facts import NOT_SEEN, Sighting, SignIn


class Surroundings(Protocol):
    """The machine's own view: who is at an address, and what is attached. Answers at once."""

    def seen(self, source: str) -> Sighting:
        """What is known of a source that sends just now, written as `source_of` writes it."""

    def signed_in(self, ip: str, sighting: Sighting) -> SignIn | None:
        """Who is signed in now at an address, of which so much is known."""

    def is_connected(self, ip: str) -> bool:
        """Whether an address is attached to the machine on the school's side."""


class NoSurroundings:
    """Of a machine of which nothing is known."""

    def seen(self, source: str) -> Sighting:
        return NOT_SEEN

    def signed_in(self, ip: str, sighting: Sighting) -> SignIn | None:
        return None

    def is_connected(self, ip: str) -> bool:
        return False


def source_of(peer: Sequence[Any]) -> str:
    """A socket's peer as text: its address, a link-local one with its interface (`fe80::21%3`)."""
    ip, *more = peer
    zone = more[2] if len(more) == 3 else 0
    return f"{ip}%{zone}" if zone and "%" not in ip else str(ip)

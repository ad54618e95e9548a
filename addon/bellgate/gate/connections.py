"""The connections that are open. Memory is held to what is open."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bellgate.gate.layers import Relay
from bellgate.gate.shares import Key
from bellgate.policy.decide import Decision
from bellgate.policy.facts import Protocol, Sighting


@dataclass(slots=True)
class Logged:
    """A `log` answer that is being counted: since when, and from which byte on."""

    decision: Decision
    since: float
    """The clock's `elapsed` then, in seconds: a stepped clock neither lengthens nor shortens it."""
    from_byte: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What the wire showed at one look: the facts of a decision, but for who it was."""

    names: tuple[str, ...]
    protocol: Protocol
    server_name: str | None = None
    destination_ip: str | None = None
    destination_port: int | None = None


@dataclass(slots=True)
class ClientConnection:
    """One client's connection, from its first byte to its end."""

    source_ip: str
    source_port: int
    sighting: Sighting
    """What was known of the source when it came."""
    opened: datetime
    share: Key
    """Whose share of connections it counts against."""
    of_a_stranger: bool = False
    """Whether a proxy that anybody may name serves nothing on it."""
    connect_name: str | None = None
    deadline: asyncio.TimerHandle | None = None
    current: Decision | None = None
    """The answer that its last request, or the whole of it, goes by; its instant is when that was
    asked."""
    let_through: bool = False
    """Whether anything asked for on it was let through."""
    unrecorded: Decision | None = None
    """A refusal that waits for its request, which shows more than the handshake did."""
    relay: Relay | None = None
    shows_page: bool = False
    """Whether it is decrypted, to show the page."""
    other_bytes: int = 0
    logged: Logged | None = None

    @property
    def bytes(self) -> int:
        return self.other_bytes + (self.relay.bytes if self.relay else 0)

    def in_time(self) -> None:
        """The client has shown what it wants: the deadline is off."""
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None


@dataclass
class Connections:
    """All open connections by mitmproxy's client id."""

    _open: dict[str, ClientConnection] = field(default_factory=dict)
    _shares: dict[str, int] = field(default_factory=dict)
    _pages: dict[str, int] = field(default_factory=dict)

    def add(self, client_id: str, connection: ClientConnection) -> None:
        self._open[client_id] = connection
        _count(self._shares, connection.share, 1)

    def get(self, client_id: str) -> ClientConnection | None:
        return self._open.get(client_id)

    def pop(self, client_id: str) -> ClientConnection | None:
        connection = self._open.pop(client_id, None)
        if connection is not None:
            _count(self._shares, connection.share, -1)
            if connection.shows_page:
                _count(self._pages, connection.share, -1)
        return connection

    def shows_page(self, connection: ClientConnection) -> None:
        """It is decrypted from now on, to show the page."""
        connection.shows_page = True
        _count(self._pages, connection.share, 1)

    def pages_for(self, name: str) -> int:
        """How many pages are being shown just now under one name of a share."""
        return self._pages.get(name, 0)

    def held_by(self, name: str) -> int:
        """How many are open that count under one name of a share."""
        return self._shares.get(name, 0)

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[tuple[str, ClientConnection]]:
        return iter(list(self._open.items()))


def _count(counts: dict[str, int], share: Key, more: int) -> None:
    """One more or one fewer under each name of a share; what is at nought is not kept."""
    for name in share.names:
        count = counts.pop(name, 0) + more
        if count:
            counts[name] = count

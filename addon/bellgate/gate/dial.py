"""Where the gate may connect to for a client: out to the internet, and inside only where said.

In regular mode a client names the destination, and the gate stands where the client does not: so
every name is resolved here, and what lies inside is left out of the answer. In transparent mode a
client dials an address and shows a name: `Names` tells whether the one leads to the other.
"""

import asyncio
import ipaddress
import os
import socket
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from weakref import WeakValueDictionary

from bellgate.gate.surroundings import source_of
from bellgate.policy.facts import is_inside

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

_BACKLOG = 4096
"""Connections that the kernel keeps for us while we are busy."""
_CONNECT_SECONDS = 10.0
_RESOLVER_THREADS = 64
_QUESTIONS_AT_ONCE = 8
"""Of one device; the further ones wait for their turn."""
_REMEMBERED_SECONDS = 30.0
_MOST_REMEMBERED = 4096
"""Names."""


class Destinations:
    """Which addresses clients of the regular mode may have the gate connect to."""

    def __init__(self, reachable: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> None:
        self.reachable: Networks = tuple(reachable)

    def permits(self, ip: str) -> bool:
        address = ipaddress.ip_address(ip.partition("%")[0])
        if any(address in n for n in self.reachable if n.version == address.version):
            return True
        return not is_inside(ip) and not is_ours(ip)


class Names:
    """Where names lead, by the gateway's own name server. Time is the machine's monotonic clock."""

    def __init__(self) -> None:
        self._remembered: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._answered: str | None = None

    async def lead(self, name: str, asker: str) -> tuple[str, ...] | None:
        """The addresses of a name, none where it has none; None while no name is answered at all.

        One device (`asker`) may have a few questions open at a time: a name server that lets it
        wait must not make the others wait.
        """
        until, remembered = self._remembered.get(name, (0.0, ()))
        if time.monotonic() < until:
            return remembered
        turn = self._turns.setdefault(asker, asyncio.Semaphore(_QUESTIONS_AT_ONCE))
        async with turn:
            answer = await _ask(name)
            if answer is None:
                # One broken name is no broken name server: a client could choose such a name.
                control = self._answered
                return None if control is None or await _ask(control) is None else ()
        if answer:
            self._answered = name
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[name] = time.monotonic() + _REMEMBERED_SECONDS, answer
        return answer


async def _ask(name: str) -> tuple[str, ...] | None:
    """The addresses of a name; None where no answer came."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return None if error.errno in (socket.EAI_AGAIN, socket.EAI_SYSTEM) else ()
    except UnicodeError:
        return ()  # too long, or an empty label: no name server was asked
    return tuple(str(info[4][0]) for info in found)


class GateLoop(asyncio.SelectorEventLoop):
    """An event loop whose connections go only to addresses that `permits` lets through.

    Kept at this one place, below every library: whoever dials by name asks the loop to resolve, and
    whoever listens gets only the clients that `admits` lets in.
    """

    def __init__(self, permits: Callable[[str], bool], admits: Callable[[str], bool]) -> None:
        super().__init__()
        self._permits = permits
        self._admits = admits
        # The default of six threads is six slow name servers' worth.
        self.set_default_executor(
            ThreadPoolExecutor(_RESOLVER_THREADS, thread_name_prefix="resolve")
        )

    async def getaddrinfo(self, host: Any, port: Any, **kwargs: Any) -> list[Any]:
        found = await super().getaddrinfo(host, port, **kwargs)
        if host is None or kwargs.get("flags", 0) & socket.AI_PASSIVE:
            return found  # our own listening socket
        permitted = [info for info in found if self._permits(str(info[4][0]))]
        if not permitted:
            raise socket.gaierror(socket.EAI_NONAME, f"{host} lies inside the school's network")
        return permitted

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        # A first address that never answers must not cost the client the second one. (Racing them
        # instead hangs under eager tasks before Python 3.13.1, and mitmproxy's tasks are eager.)
        async with asyncio.timeout(_CONNECT_SECONDS):
            await super().sock_connect(sock, address)

    async def create_server(
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], *args: Any, **kwargs: Any
    ) -> Any:
        server = await super().create_server(
            lambda: _Door(self._admits, protocol_factory), *args, **kwargs
        )
        # asyncio's queue of 100 overflows when a class of thirty opens its laptops. Its `backlog`
        # would do, but is also how many it takes in at one go, with everybody else waiting.
        for listening in server.sockets:
            with socket.socket(fileno=os.dup(listening.fileno())) as same:
                same.listen(_BACKLOG)
        return server


class _Door(asyncio.Protocol):
    """Sends away a client that asks for more than its share, before anything is built for it.

    It stands here because a connection that mitmproxy has begun to handle costs half as much as one
    that is served: then a device that floods costs the others their time, refused or not.
    """

    def __init__(
        self, admits: Callable[[str], bool], inside: Callable[[], asyncio.BaseProtocol]
    ) -> None:
        self._admits = admits
        self._inside = inside

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if not self._admits(source_of(transport.get_extra_info("peername"))):
            transport.abort()
            return
        protocol = self._inside()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)


def is_ours(ip: str) -> bool:
    """Whether the address is one of this machine's: only those can be bound."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((ip, 0))
        except OSError:
            return False
    return True

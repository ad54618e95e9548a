"""Where the gate may connect to for a client: out to the internet, and inside only where said.

The gate stands where the client does not. So whatever it was asked for, an address inside the
school is dialled only where the files say so: between the school's own networks the kernel
forwards, and the firewall there decides.
"""

import asyncio
import ipaddress
import os
import socket
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from typing import Any

from bellgate.gate.surroundings import source_of
from bellgate.gate.upstream import Onward, OnwardHost
from bellgate.policy.facts import is_inside, led_to

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Networks = tuple[Network, ...]

_BACKLOG = 4096
"""Connections that the kernel keeps for us while we are busy."""
FIRST_READ_BYTES, READ_BYTES = 4 * 1024, 256 * 1024
"""Read from a client at once: before it is decided, and afterwards (as asyncio has it)."""
_CONNECT_SECONDS = 10.0
"""For the last address of a name; nothing else is left to try."""
_NEXT_AFTER_SECONDS = 1.5
"""For each address before it: a dead one must not cost the client those that answer."""


_left: ContextVar[int] = ContextVar("addresses left to try", default=1)
_through: ContextVar[Onward | None] = ContextVar("the way through the filter", default=None)


class Destinations:
    """Which addresses clients may have the gate connect to: `reachable`, and what lies outside.

    `networks` are the school's own; `is_connected` tells what is attached to the machine.
    """

    def __init__(
        self,
        reachable: Iterable[Network],
        networks: Iterable[Network] = (),
        is_connected: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._reachable, self._networks = tuple(reachable), tuple(networks)
        self._is_connected = is_connected

    def permits(self, ip: str) -> bool:
        """Whether the gate may connect there: also with an address that holds another one."""
        return all(map(self._permits, led_to(ip)))

    def names(self, ip: str) -> bool:
        """Whether it is one that the files name as reachable, inside the school."""
        return _in(ipaddress.ip_address(ip), self._reachable)

    def _permits(self, ip: str) -> bool:
        address = ipaddress.ip_address(ip)
        if _in(address, self._reachable):
            return True
        inside = is_inside(ip) or _in(address, self._networks)
        return not inside and not self._is_connected(ip) and not is_ours(ip)


def _in(address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: Networks) -> bool:
    return any(address in n for n in networks if n.version == address.version)


def several(addresses: Sequence[str]) -> str:
    """A host that stands for several addresses, to be tried in their order: `GateLoop` takes it."""
    return ",".join(addresses)


class GateLoop(asyncio.SelectorEventLoop):
    """An event loop whose connections go only to addresses that `permits` lets through.

    Kept at this one place, below every library. A host is an address, or several as `several` has
    them; it is never a name, for names are asked for in each device's turn (`names.py`). Or it is a
    way through the school's filter (`upstream.py`), which stands where the files say. Whoever
    listens gets only the clients that `admits` lets in.
    """

    def __init__(self, permits: Callable[[str], bool], admits: Callable[[str], bool]) -> None:
        super().__init__()
        self._permits = permits
        self._admits = admits

    async def getaddrinfo(self, host: Any, port: Any, **kwargs: Any) -> list[Any]:
        if host is None or kwargs.get("flags", 0) & socket.AI_PASSIVE:
            return await super().getaddrinfo(host, port, **kwargs)  # our own listening socket
        onward = host.onward if isinstance(host, OnwardHost) else None
        _through.set(onward)
        if onward is not None:
            _left.set(1)
            kwargs["flags"] = socket.AI_NUMERICHOST
            return await super().getaddrinfo(onward.upstream.ip, onward.upstream.port, **kwargs)
        found = []
        for address in str(host).split(","):
            kwargs["flags"] = socket.AI_NUMERICHOST  # names were resolved before, in their turn
            if self._permits(address):
                found += await super().getaddrinfo(address, port, **kwargs)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, f"{host} lies inside the school's network")
        _left.set(len(found))
        return found

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        # One after the other, each with its time. (Racing them hangs under eager tasks before
        # Python 3.13.1, and mitmproxy's tasks are eager.)
        left, onward = _left.get(), _through.get()
        _left.set(max(left - 1, 1))
        try:
            async with asyncio.timeout(_CONNECT_SECONDS if left == 1 else _NEXT_AFTER_SECONDS):
                await super().sock_connect(sock, address)
        except OSError as error:  # a timeout is one
            if onward is None:
                raise
            raise onward.failed(_why(error)) from error
        if onward is not None:
            await onward.dial(self, sock)

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


def _why(error: OSError) -> str:
    """Without asyncio's own words, which repeat the address."""
    return os.strerror(error.errno) if error.errno else "it does not answer"


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
        # Undecided, it is read in small pieces: many that send much at once would fill the memory
        # while they wait for their turn. `sockets.go_on` ends that.
        transport.max_size = FIRST_READ_BYTES  # type: ignore[attr-defined]
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

"""Where the gate may connect to for a client: out to the internet, and inside only where said.

In regular mode a client names the destination, and the gate stands where the client does not: so
every name is resolved here, and what lies inside is left out of the answer.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bellgate.policy.facts import is_inside

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

_BACKLOG = 4096
_CONNECT_WITHIN = 10.0
_RESOLVERS = 64


class Destinations:
    """Which addresses clients of the regular mode may have the gate connect to."""

    def __init__(self, reachable: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> None:
        self.reachable: Networks = tuple(reachable)

    def permits(self, ip: str) -> bool:
        address = ipaddress.ip_address(ip.partition("%")[0])
        if any(address in n for n in self.reachable if n.version == address.version):
            return True
        return not is_inside(ip) and not _is_ours(ip)


class GateLoop(asyncio.SelectorEventLoop):
    """An event loop whose connections go only to addresses that `permits` lets through.

    Kept at this one place, below every library: whoever dials by name asks the loop to resolve.
    """

    def __init__(self, permits: Callable[[str], bool]) -> None:
        super().__init__()
        self._permits = permits
        # The default of six threads is six slow name servers' worth.
        self.set_default_executor(ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="resolve"))

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
        async with asyncio.timeout(_CONNECT_WITHIN):
            await super().sock_connect(sock, address)

    async def create_server(self, *args: Any, **kwargs: Any) -> Any:
        # asyncio's 100 overflow when a class of thirty opens its laptops.
        kwargs["backlog"] = _BACKLOG
        return await super().create_server(*args, **kwargs)


def _is_ours(ip: str) -> bool:
    """Whether the address is one of this machine's: only those can be bound."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((ip, 0))
        except OSError:
            return False
    return True

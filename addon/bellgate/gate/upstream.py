"""The school's filter, where that is a proxy: the gate goes on through it, and says for whom.

What the gate passes goes by CONNECT, plain HTTP by a whole address (RFC 9110, section 9.3.6; RFC
9112, section 3.2.2). The device's address stands in X-Forwarded-For, which filters read; it goes to
the filter alone. Nothing ever goes round the filter: where it does not answer, what was to go on is
refused.
"""

import asyncio
import errno
import os
import socket
from dataclasses import dataclass, replace

from bellgate.wire.http1 import LONGEST_HEAD_BYTES

FOR_WHOM = b"X-Forwarded-For"
SAYS_FOR_WHOM = (b"x-forwarded-for", b"forwarded")
"""A client's own words of that kind are nobody's ground: they are left out."""

_ANSWER_SECONDS = 30.0
"""For the filter's answer to CONNECT: it may have to wait for the site itself."""
_NEEDS_PASSWORD = 407
"""The status of a proxy that wants to know who asks."""


class NotThrough(OSError):
    """The filter did not let it through, or did not answer."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where the filter takes connections: a literal address and a port."""

    ip: str
    port: int

    def __str__(self) -> str:
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"


@dataclass(slots=True)
class UpstreamLog:
    """How it went since the start. Totals alone: no device and no site."""

    passed: int = 0
    refused: int = 0
    """By the filter itself, or by a site behind it."""
    failed: int = 0
    """Where the filter did not answer as a proxy does."""
    trouble: str | None = None
    """Why it failed last; None once it has answered since."""

    def answered(self, *, lets_through: bool) -> None:
        self.trouble = None
        if lets_through:
            self.passed += 1
        else:
            self.refused += 1

    def gave_up(self, why: str) -> None:
        self.failed += 1
        self.trouble = why


@dataclass(frozen=True, slots=True)
class Onward:
    """A way through the filter: what `GateLoop` dials in place of addresses.

    `connect_to` is what CONNECT asks for; None where plain requests are said to the filter itself.
    """

    upstream: Upstream
    log: UpstreamLog
    source_ip: str
    connect_to: str | None = None

    @property
    def as_host(self) -> "OnwardHost":
        return OnwardHost(self)

    def to(self, host: str, port: int) -> "Onward":
        """The same, to a site."""
        return replace(self, connect_to=f"[{host}]:{port}" if ":" in host else f"{host}:{port}")

    async def dial(self, loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
        """From a connection to the filter make one to the site. Raises NotThrough."""
        if self.connect_to is None:
            self.log.answered(lets_through=True)
            return
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await loop.sock_sendall(sock, self._request)
                status = _status_in(await _read_head(loop, sock))
        except TimeoutError:
            status = None
        except OSError as error:
            raise self.failed(os.strerror(error.errno or errno.EIO)) from error
        if status is None:
            raise self.failed("it does not answer as a proxy does")
        if status == _NEEDS_PASSWORD:
            raise self.failed("it asks for a password")
        passes = 200 <= status < 300
        self.log.answered(lets_through=passes)
        if not passes:
            raise NotThrough(f"the filter answered {status}")

    def failed(self, why: str) -> NotThrough:
        """It could not be reached, or answered nothing: counted, and to be raised."""
        self.log.gave_up(f"{self.upstream}: {why}")
        return NotThrough(f"the filter {self.upstream}: {why}")

    @property
    def _request(self) -> bytes:
        return (
            f"CONNECT {self.connect_to} HTTP/1.1\r\nHost: {self.connect_to}\r\n".encode()
            + FOR_WHOM
            + f": {self.source_ip}\r\n\r\n".encode()
        )


class OnwardHost(str):
    """An `Onward` where mitmproxy and asyncio want a host. Equal where the filter and the device
    are, so that a client's plain requests share a connection. No client can name one."""

    __slots__ = ("onward",)

    def __new__(cls, onward: Onward) -> "OnwardHost":
        to = f" to {onward.connect_to}" if onward.connect_to else ""
        made = super().__new__(cls, f"{onward.upstream} for {onward.source_ip}{to}")
        made.onward = onward
        return made

    onward: Onward


async def _read_head(loop: asyncio.AbstractEventLoop, sock: socket.socket) -> bytes:
    """The answer's head, and not a byte of what follows it: that is the site's."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n") and len(head) < LONGEST_HEAD_BYTES:
        byte = await loop.sock_recv(sock, 1)
        if not byte:
            break
        head += byte
    return bytes(head)


def _status_in(head: bytes) -> int | None:
    words = head.split(b"\r\n", 1)[0].split(b" ", 2)
    if not head.endswith(b"\r\n\r\n") or not words[0].startswith(b"HTTP/1.") or len(words) < 2:
        return None
    return int(words[1]) if words[1].isdigit() and len(words[1]) == 3 else None


@dataclass(frozen=True, slots=True)
class AsGateway:
    """What gateway.yaml says to the gate. The defaults are those of a machine that is none."""

    serves_proxy: bool = False
    """Whether it is to be a proxy, too, beside what the kernel brings to it."""
    upstream: Upstream | None = None
    """The filter that it goes on through."""


AS_PLAIN_GATE = AsGateway()

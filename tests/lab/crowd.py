"""Many clients at once, who hold connections open through the gate and note when each is closed.

    python -m tests.lab.crowd PORT AUTHORITY SECONDS KIND:HOST:ADDRESS:NUMBER…

Each item opens so many connections of a kind to a host, from addresses counted up from the one
given, thirty to each. Prints `open` when all are, and after so many more seconds (or when the
`paced` downloads are whole and all others closed) one JSON list: kind, host, `closed` (seconds of
CLOCK_MONOTONIC, null where it still is open), bytes received, and for `paced` whether each byte was
right (`paced-for-20` takes twenty seconds).
"""

import asyncio
import ipaddress
import json
import os
import select
import socket
import ssl
import sys
import threading
import time
from dataclasses import asdict, dataclass

from tests.lab.hostile import hello
from tests.lab.paced import paced_bytes

_EACH = 30
_OPENING_AT_ONCE = 40
PACED = 300_000
"""Bytes of a paced download."""


@dataclass
class Held:
    """One connection, as its client sees it."""

    kind: str
    host: str
    closed: float | None = None
    received: int = 0
    whole: bool | None = None


class Watch:
    """Notes when the kernel learns that a connection is closed, whether or not anybody reads it."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._watched: dict[int, Held] = {}
        threading.Thread(target=self._look_on, daemon=True).start()

    def over(self, sock: socket.socket, held: Held) -> None:
        # A copy, so that it stays watched when its user closes it.
        copy = os.dup(sock.fileno())
        self._watched[copy] = held
        self._epoll.register(copy, select.EPOLLRDHUP)

    def _look_on(self) -> None:
        while True:
            events = self._epoll.poll()
            now = time.monotonic()
            for descriptor, _ in events:
                self._watched[descriptor].closed = now
                self._epoll.unregister(descriptor)
                os.close(descriptor)


class Crowd:
    def __init__(self, port: int, authority: str) -> None:
        self._port = port
        self._context = ssl.create_default_context(cafile=authority)
        # Newer Pythons ask more of a root than browsers do, and than the lab's has.
        self._context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        self._watch = Watch()
        self._places = asyncio.Semaphore(_OPENING_AT_ONCE)
        self._streams: list[object] = []
        self.held: list[Held] = []
        self.reading: list[asyncio.Task[None]] = []

    async def open(self, kind: str, host: str, address: str) -> None:
        kind, _, seconds = kind.partition("-for-")
        held = Held(kind, host)
        self.held.append(held)
        async with self._places:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", self._port, local_addr=(address, 0)
            )
            self._streams.append((reader, writer))
            self._watch.over(writer.get_extra_info("socket"), held)
            if kind.startswith("plain") or kind == "websocket":
                url = f"http://{host}"
            else:
                url = ""
                writer.write(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                await reader.readuntil(b"\r\n\r\n")
                if kind == "connect":
                    return
                if kind == "half-hello":
                    writer.write(hello()[:100])
                    return
                await writer.start_tls(self._context, server_hostname=host)
            path = {
                "download": "/slow/4000",
                "plain-download": "/slow/4000",
                "stuck": "/bytes/2000000",
                "deaf": "/slow/2000000",  # more than the kernel takes in for who does not read
                "websocket": "/socket",
                "paced": f"/paced/{PACED}/{seconds}",
            }.get(kind, "/")
            upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n" if kind == "websocket" else ""
            writer.write(f"GET {url}{path} HTTP/1.1\r\nHost: {host}\r\n{upgrade}\r\n".encode())
            await reader.readuntil(b"\r\n\r\n")
        if kind in ("download", "plain-download", "paced", "websocket"):
            self.reading.append(asyncio.create_task(self._read(reader, held)))

    async def _read(self, reader: asyncio.StreamReader, held: Held) -> None:
        expected = paced_bytes(PACED) if held.kind == "paced" else b""
        got = bytearray()
        try:
            while held.kind != "paced" or len(got) < len(expected):
                data = await reader.read(65536)
                if not data:
                    break
                held.received += len(data)
                if held.kind == "paced":
                    got += data
        except (OSError, ssl.SSLError):
            pass  # cut: what came until then counts
        if held.kind == "paced":
            held.whole = bytes(got) == expected

    def done(self) -> bool:
        return all(h.whole is not None if h.kind == "paced" else h.closed for h in self.held)


async def main(port: int, authority: str, seconds: float, items: list[str]) -> None:
    crowd = Crowd(port, authority)
    opening = []
    for item in items:
        kind, host, first, number = item.split(":")
        for n in range(int(number)):
            address = ipaddress.ip_address(first) + n // _EACH
            opening.append(crowd.open(kind, host, str(address)))
    await asyncio.gather(*opening)
    print("open", flush=True)
    end = time.monotonic() + seconds
    while not crowd.done() and time.monotonic() < end:
        await asyncio.sleep(0.1)
    print(json.dumps([asdict(held) for held in crowd.held]), flush=True)
    os._exit(0)  # thousands of transports would each be closed with a word


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), sys.argv[4:]))

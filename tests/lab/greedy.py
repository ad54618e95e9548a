"""Somebody who asks for a page again and again, as fast as it goes, from more and more addresses.

    python -m tests.lab.greedy HOST SERVER SECONDS EVERY ADDRESS…

Begins with the first address, and takes one more into use every so many seconds. Each request to
the address SERVER is a connection of its own. Prints how many were made, and how many of them were
served.
"""

import selectors
import socket
import sys
import time
from contextlib import suppress
from itertools import count

_AT_ONCE = 100


class Greedy:
    """Sockets that never block: each connects, asks, listens, and is closed."""

    def __init__(self, host: str, server: str) -> None:
        self._request = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        self._server, self._busy = server, selectors.DefaultSelector()
        self.made = self.served = 0

    def run(self, addresses: list[str], seconds: float, every: float) -> None:
        began = time.monotonic()
        for turn in count():
            passed = time.monotonic() - began
            if passed >= seconds:
                return
            if len(self._busy.get_map()) < _AT_ONCE:
                self._ask(addresses[turn % min(len(addresses), 1 + int(passed / every))])
            for key, events in self._busy.select(0.001):
                self._go_on(key.fileobj, events)  # type: ignore[arg-type]

    def _ask(self, source: str) -> None:
        self.made += 1
        client = socket.socket(socket.AF_INET6 if ":" in source else socket.AF_INET)
        client.setblocking(False)
        client.bind((source, 0))
        client.connect_ex((self._server, 80))
        self._busy.register(client, selectors.EVENT_WRITE)

    def _go_on(self, client: socket.socket, events: int) -> None:
        with suppress(OSError):  # refused, at any moment
            if events & selectors.EVENT_WRITE:
                client.send(self._request)
                self._busy.modify(client, selectors.EVENT_READ)
                return
            self.served += client.recv(4096).startswith(b"HTTP/1.1 200")
        self._busy.unregister(client)
        client.close()


if __name__ == "__main__":
    greedy = Greedy(sys.argv[1], sys.argv[2])
    greedy.run(sys.argv[5:], float(sys.argv[3]), float(sys.argv[4]))
    print(greedy.made, greedy.served)

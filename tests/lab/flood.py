"""A device that asks for closed services without end, as fast as it can up to a rate.

    python -m tests.lab.flood PORT SOURCE A_MINUTE SECONDS CORE DOMAIN…

Each attempt is a connection of its own for a random name under the next of the domains: a CONNECT
and, where that is let in, a ClientHello; of several domains every second time a plain request.
Stays on one core of the machine, so that what others lose is the gate's doing and not the
processor's. Prints `attacking`, and at the end how many attempts were made and how many of them got
an answer.
"""

import os
import select
import socket
import sys
import time
from contextlib import suppress
from random import Random

from tests.lab.hostile import hello

_RANDOM = "xxxxxxxxxxxxxxxx"
_AT_ONCE = 200


class Flood:
    """Sockets that never block; each goes through connect, CONNECT, hello, and is closed."""

    def __init__(self, port: int, source: str, domains: list[str]) -> None:
        self._there, self._source, self._domains = ("127.0.0.1", port), source, domains
        # To make one takes longer than to answer it: it is written over.
        self._hellos = {domain: hello(f"{_RANDOM}.{domain}") for domain in domains}
        self._random = Random(1)
        self._epoll = select.epoll()
        self._begun: dict[int, tuple[socket.socket, str]] = {}
        self.made = self.answered = 0

    def run(self, a_minute: int, seconds: float) -> None:
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            due = int(passed * a_minute / 60)
            while self.made < due and len(self._begun) < _AT_ONCE:
                self._begin()
            self._turn()

    def _begin(self) -> None:
        self.made += 1
        client = socket.socket()
        client.setblocking(False)
        # So that the port is chosen with the destination, and none runs out.
        client.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
        client.bind((self._source, 0))
        client.connect_ex(self._there)
        several = len(self._domains)
        name = f"{self._random.getrandbits(64):016x}.{self._domains[self.made // 2 % several]}"
        plainly = several > 1 and self.made % 2
        asks = f"GET http://{name}/" if plainly else f"CONNECT {name}:443"
        with suppress(OSError):
            client.send(f"{asks} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
        self._begun[client.fileno()] = client, name
        self._epoll.register(client, select.EPOLLIN | select.EPOLLHUP)

    def _turn(self) -> None:
        for number, _ in self._epoll.poll(0.001):
            client, name = self._begun[number]
            try:
                said = client.recv(4096)
                if said.startswith(b"HTTP/1.1 200"):
                    random, _, domain = name.partition(".")
                    client.send(self._hellos[domain].replace(_RANDOM.encode(), random.encode()))
                    continue
                self.answered += bool(said)
            except OSError:
                pass  # refused for its number
            del self._begun[number]
            self._epoll.unregister(number)
            client.close()


def main(port: int, source: str, a_minute: int, seconds: float, domains: list[str]) -> None:
    flood = Flood(port, source, domains)
    print("attacking", flush=True)
    flood.run(a_minute, seconds)
    print(flood.made, flood.answered, flush=True)


if __name__ == "__main__":
    port, source, a_minute, seconds, core, *domains = sys.argv[1:]
    os.sched_setaffinity(0, {int(core)})
    main(int(port), source, int(a_minute), float(seconds), domains)

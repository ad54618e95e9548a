"""A device that asks for a closed service without end, as fast as it can up to a rate.

    python -m tests.lab.flood PORT SOURCE A_MINUTE SECONDS CORE

Each attempt is a connection of its own, a CONNECT to a random name under facebook.com and, where
that is let in, a ClientHello for it. Stays on one core of the machine, so that what others lose is
the gate's doing and not the processor's. Prints `attacking`, and at the end how many attempts were
made and how many of them got an answer to their hello.
"""

import os
import select
import socket
import sys
import time
from contextlib import suppress
from random import Random

from tests.lab.hostile import hello

_NAME = "xxxxxxxxxxxxxxxx.facebook.com"
_AT_ONCE = 200


class Flood:
    """Sockets that never block; each goes through connect, CONNECT, hello, and is closed."""

    def __init__(self, port: int, source: str) -> None:
        self._there, self._source = ("127.0.0.1", port), source
        self._hello = hello(_NAME)  # to make one takes longer than to answer it: written over
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
        name = f"{self._random.getrandbits(64):016x}.facebook.com"
        with suppress(OSError):
            client.send(f"CONNECT {name}:443 HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
        self._begun[client.fileno()] = client, name
        self._epoll.register(client, select.EPOLLIN | select.EPOLLHUP)

    def _turn(self) -> None:
        for number, _ in self._epoll.poll(0.001):
            client, name = self._begun[number]
            try:
                said = client.recv(4096)
                if said.startswith(b"HTTP/1.1 200"):
                    client.send(self._hello.replace(_NAME.encode(), name.encode()))
                    continue
                self.answered += bool(said)
            except OSError:
                pass  # refused for its number
            del self._begun[number]
            self._epoll.unregister(number)
            client.close()


def main(port: int, source: str, a_minute: int, seconds: float, core: int) -> None:
    os.sched_setaffinity(0, {core})
    flood = Flood(port, source)
    print("attacking", flush=True)
    flood.run(a_minute, seconds)
    print(flood.made, flood.answered, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))

"""Clients that open one connection after the other: `… ADDRESSES HOSTS NAME SECONDS MOST`.

To so many addresses in turn; a `{:03}` in the name is their number.
Each sends a ClientHello, waits for the answer and closes. Prints how many were answered and in how
many seconds. Thirty-two at once, so that the proxy is never without work, and all in one thread:
threads that wait for each other would cost more than what is measured.
"""

import select
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from tests.lab.hostile import hello

_AT_ONCE = 32
_PATIENCE = 3.0
"""Seconds after which a connection is given up."""


@dataclass(slots=True)
class _Dialled:
    socket: socket.socket
    opening: bytes
    since: float


class Dialler:
    """Keeps so many connections open at once; `answered` counts those that were."""

    def __init__(self, addresses: str, openings: list[bytes], most: int) -> None:
        self._places = [(f"{addresses}{1 + n}", 443) for n in range(len(openings))]
        self._openings, self._left, self._turns = openings, most, count()
        self._poll, self._open = select.epoll(), dict[int, _Dialled]()
        self.answered = 0

    def run(self, end: float) -> None:
        for _ in range(_AT_ONCE):
            self._dial()
        looked = time.perf_counter()
        while self._open:
            for number, event in self._poll.poll(1, 64):
                self._go_on(self._open[number], event)
            now = time.perf_counter()
            if now >= end:
                self._left = 0
            if now - looked > 1:
                looked = now
                self._give_up(now - _PATIENCE)

    def _dial(self) -> None:
        if self._left <= 0:
            return
        self._left -= 1
        turn = next(self._turns)
        number = turn % len(self._places)
        client = socket.socket()
        client.setblocking(False)
        # So that the port is chosen with the destination, and none runs out.
        client.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
        client.bind((f"10.77.20.{10 + turn % 10}", 0))
        with suppress(BlockingIOError):
            client.connect(self._places[number])
        self._open[client.fileno()] = _Dialled(client, self._openings[number], time.perf_counter())
        self._poll.register(client.fileno(), select.EPOLLOUT)

    def _go_on(self, dialled: _Dialled, event: int) -> None:
        client = dialled.socket
        with suppress(OSError):  # refused, and not counted
            if event & select.EPOLLOUT:
                client.send(dialled.opening)
                self._poll.modify(client.fileno(), select.EPOLLIN)
                return
            self.answered += bool(client.recv(200))
        self._close(client)
        self._dial()

    def _give_up(self, before: float) -> None:
        for dialled in [each for each in self._open.values() if each.since < before]:
            self._close(dialled.socket)
            self._dial()

    def _close(self, client: socket.socket) -> None:
        del self._open[client.fileno()]
        client.close()


def main(addresses: str, hosts: int, name: str, seconds: float, most: int) -> None:
    # One hello is made, and its name written over: to make one takes longer than to answer it.
    first = hello(name.format(0))
    openings = [
        first.replace(name.format(0).encode(), name.format(n).encode()) for n in range(1, hosts + 1)
    ]
    dialler = Dialler(addresses, openings, most)
    began = time.perf_counter()
    dialler.run(began + seconds)
    print(dialler.answered, time.perf_counter() - began)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4]), int(sys.argv[5]))

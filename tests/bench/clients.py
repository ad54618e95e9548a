"""Clients that open one connection after the other: `… ADDRESSES HOSTS NAME SECONDS MOST`.

To so many addresses in turn; a `{:03}` in the name is their number.
Each sends a ClientHello, waits for the answer and closes. Prints how many were answered and in how
many seconds. Thirty-two at once: the proxy is never without work.
"""

import socket
import sys
import threading
import time
from contextlib import suppress
from itertools import count

from tests.lab.hostile import hello

_AT_ONCE = 32


def main(addresses: str, hosts: int, name: str, seconds: float, most: int) -> None:
    # One hello is made, and its name written over: to make one takes longer than to answer it.
    first = hello(name.format(0))
    openings = [
        first.replace(name.format(0).encode(), name.format(n).encode()) for n in range(1, hosts + 1)
    ]
    began = time.perf_counter()
    end = began + seconds
    turns = count()
    answered = [0] * _AT_ONCE
    left = threading.Semaphore(most) if most < 10**9 else None

    def dial(number: int) -> None:
        source = (f"10.77.20.{10 + number % 10}", 0)
        while time.perf_counter() < end and (left is None or left.acquire(blocking=False)):
            turn = next(turns) % hosts
            with socket.socket() as client, suppress(OSError):
                client.settimeout(3)
                # So that the port is chosen with the destination, and none runs out.
                client.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
                client.bind(source)
                client.connect((f"{addresses}{1 + turn}", 443))
                client.sendall(openings[turn])
                if client.recv(200):
                    answered[number] += 1

    threads = [threading.Thread(target=dial, args=(n,)) for n in range(_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sum(answered), time.perf_counter() - began)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4]), int(sys.argv[5]))

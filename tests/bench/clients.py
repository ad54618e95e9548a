"""Clients that open one connection after the other: `… ADDRESSES NAME SECONDS MOST`.

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


def main(addresses: str, name: str, seconds: float, most: int) -> None:
    opening = hello(name)
    began = time.perf_counter()
    end = began + seconds
    turns = count()
    answered = [0] * _AT_ONCE
    left = threading.Semaphore(most) if most < 10**9 else None

    def dial(number: int) -> None:
        source = (f"10.77.20.{10 + number % 10}", 0)
        while time.perf_counter() < end and (left is None or left.acquire(blocking=False)):
            with socket.socket() as client, suppress(OSError):
                client.settimeout(10)
                # So that the port is chosen with the destination, and none runs out.
                client.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
                client.bind(source)
                client.connect((f"{addresses}{1 + next(turns) % 250}", 443))
                client.sendall(opening)
                if client.recv(200):
                    answered[number] += 1

    threads = [threading.Thread(target=dial, args=(n,)) for n in range(_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sum(answered), time.perf_counter() - began)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))

"""One connection after the other, on a quiet line: `… ADDRESSES HOSTS NAME MANY`.

Prints the median of the milliseconds from connecting to the answer.
"""

import socket
import statistics
import sys
import time

from tests.lab.hostile import hello


def main(addresses: str, hosts: int, name: str, many: int) -> None:
    first, took = hello(name.format(0)), []
    for turn in range(many):
        number = 1 + turn % hosts
        said = first.replace(name.format(0).encode(), name.format(number).encode())
        began = time.perf_counter()
        with socket.socket() as client:
            client.settimeout(3)
            client.connect((f"{addresses}{number}", 443))
            client.sendall(said)
            if client.recv(200):
                took.append(time.perf_counter() - began)
    print(statistics.median(took) * 1000)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))

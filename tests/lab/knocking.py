"""Opens connections and lets them go again, as fast as can be, until it is ended.

python -m tests.lab.knocking ADDRESS PORT
"""

import socket
import sys
from contextlib import suppress


def main(address: str, port: str) -> None:
    waiting: list[socket.socket] = []
    while True:
        knock = socket.socket()
        knock.setblocking(False)
        with suppress(BlockingIOError, OSError):
            knock.connect((address, int(port)))
        waiting.append(knock)
        if len(waiting) > 200:
            waiting.pop(0).close()


if __name__ == "__main__":
    main(*sys.argv[1:])

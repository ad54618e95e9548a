"""A gigabyte over one connection: `… serve PORT`, or `… fetch ADDRESS PORT NAME BYTES`.

`fetch` prints in how many seconds it came.
"""

import socket
import sys
import time

from tests.lab.hostile import hello

_PIECE = b"\x17\x03\x03" + bytes((1 << 20) - 3)


def serve(port: int) -> None:
    with socket.create_server(("0.0.0.0", port)) as server:
        print("listening", flush=True)
        while True:
            client, _ = server.accept()
            with client:
                client.recv(65536)
                try:
                    while True:
                        client.sendall(_PIECE)
                except OSError:
                    continue


def fetch(address: str, port: int, name: str, size: int) -> None:
    buffer, left = bytearray(1 << 20), size
    with socket.create_connection((address, port), 10) as client:
        client.sendall(hello(name))
        began = time.perf_counter()
        while left > 0:
            left -= client.recv_into(buffer) or left
        print(time.perf_counter() - began)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    else:
        fetch(sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5]))

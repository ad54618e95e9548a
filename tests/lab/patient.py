"""A polite client: fetches a site through the gate again and again and says how long it took.

    python -m tests.lab.patient TIMES HOST

Prints the seconds of each fetch, one a line. Every fetch is a new connection.
"""

import socket
import sys
import time


def fetch(host: str) -> float:
    started = time.perf_counter()
    with socket.create_connection(("127.0.0.1", 8080), 10) as sock:
        sock.sendall(
            f"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        )
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
    assert b"origin of" in answer, answer[:200]
    return time.perf_counter() - started


if __name__ == "__main__":
    for _ in range(int(sys.argv[1])):
        print(fetch(sys.argv[2]))

"""A polite client: fetches a site through the gate again and again and says how long it took.

    python -m tests.lab.patient TIMES HOST [SOURCE PAUSE ANSWER]

From the address SOURCE, with a pause between; ANSWER is a word that every answer must hold. Prints
the seconds of each fetch, one a line. Every fetch is a new connection.
"""

import socket
import sys
import time


def fetch(host: str, source: str = "", answer: str = "origin of") -> float:
    started = time.perf_counter()
    with socket.create_connection(("127.0.0.1", 8080), 10, (source, 0)) as sock:
        sock.sendall(
            f"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        )
        said = b""
        while chunk := sock.recv(65536):
            said += chunk
    assert answer.encode() in said, said[:200]
    return time.perf_counter() - started


def main(times: str, host: str, source: str = "", pause: str = "0", *answer: str) -> None:
    for _ in range(int(times)):
        print(fetch(host, source, *answer))
        time.sleep(float(pause))


if __name__ == "__main__":
    main(*sys.argv[1:])

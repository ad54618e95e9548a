"""Devices that begin to send a body and never end it.

    python -m tests.lab.unfinished HOST FIRST_ADDRESS DEVICES EACH

Each of so many devices, at addresses counted up from the first one, opens so many connections to
the proxy on 127.0.0.1:8080, asks for HOST with a body (of a length, or in chunks, by turns) that
does not end, and then only listens. Prints how many were answered, and the seconds until the gate
had closed the last of them.
"""

import ipaddress
import selectors
import socket
import sys
import time
from contextlib import suppress

SENT = b"x" * 50_000
BEGUN = (
    b"Content-Length: 60000\r\n\r\n" + SENT,
    b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n" % 60_000 + SENT,
)


def main(host: str, first: str, devices: int, each: int) -> None:
    head = f"POST http://{host}/ HTTP/1.1\r\nHost: {host}\r\n".encode()
    waiting = selectors.DefaultSelector()
    answered: set[socket.socket] = set()
    for number in range(devices * each):
        source = str(ipaddress.ip_address(first) + number % devices)
        client = socket.create_connection(("127.0.0.1", 8080), 10, (source, 0))
        client.setblocking(False)
        with suppress(OSError):  # what does not go at once is not waited for: it never ends anyway
            client.send(head + BEGUN[number % 2])
        waiting.register(client, selectors.EVENT_READ)
    began = time.monotonic()
    while waiting.get_map() and time.monotonic() < began + 60:
        for key, _ in waiting.select(1):
            client = key.fileobj  # type: ignore[assignment]
            try:
                said = client.recv(65536)
                if said.startswith(b"HTTP/1.1 403"):
                    answered.add(client)
            except OSError:
                said = b""
            if not said:
                waiting.unregister(client)
    print(len(answered), time.monotonic() - began, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))

"""Many devices of one namespace, each with a card or an address of its own, that browse when told.

    python -m tests.machine.crowd AUTHORITY < ORDERS

An order is a line of JSON: `devices` (each a card, an address and whom it asks for names), and the
`hosts` that each of them visits in turn, by a question for the name and one connection over TLS.
The answer is a line, too: a list of address, host and what came of it, `open` or `closed`; what is
neither is said in words.
"""

import asyncio
import json
import os
import socket
import ssl
import struct
import sys

_AT_ONCE = 24
_PATIENCE_SECONDS = 15
_A, _AAAA = 1, 28


class Crowd:
    """All that one order is about."""

    def __init__(self, authority: str) -> None:
        self._trust = ssl.create_default_context(cafile=authority)
        self._trust.verify_flags &= ~ssl.VERIFY_X509_STRICT
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def visit(self, devices: list[list[str]], hosts: list[str]) -> list[list[str]]:
        found = await asyncio.gather(*(self._browse(*device, hosts) for device in devices))
        return [one for of_one in found for one in of_one]

    async def _browse(self, card: str, ip: str, server: str, hosts: list[str]) -> list[list[str]]:
        came = []
        for host in hosts:
            async with self._places:
                try:
                    async with asyncio.timeout(_PATIENCE_SECONDS):
                        fate = await self._fetch(card, ip, server, host)
                except (ConnectionError, ssl.SSLError):
                    fate = "closed"
                except (OSError, TimeoutError, struct.error) as error:
                    fate = f"{type(error).__name__}: {error}"
            came.append([ip, host, fate])
        return came

    async def _fetch(self, card: str, ip: str, server: str, host: str) -> str:
        address = await self._address(card, ip, server, host)
        connection = _bound(card, ip, socket.SOCK_STREAM)
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_connect(connection, (address, 443))
            reader, writer = await asyncio.open_connection(
                sock=connection, ssl=self._trust, server_hostname=host
            )
        except BaseException:
            connection.close()
            raise
        writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        said = await reader.read(100)
        writer.close()
        return "open" if said.startswith(b"HTTP/1.1 200") else "closed"

    async def _address(self, card: str, ip: str, server: str, host: str) -> str:
        kind = _AAAA if ":" in ip else _A
        labels = b"".join(bytes([len(part)]) + part.encode() for part in host.split("."))
        head = os.urandom(2) + struct.pack("!5H", 0x0100, 1, 0, 0, 0)
        question = head + labels + struct.pack("!BHH", 0, kind, 1)
        loop = asyncio.get_running_loop()
        with _bound(card, ip, socket.SOCK_DGRAM) as asking:
            for _ in range(3):
                await loop.sock_sendto(asking, question, (server, 53))
                try:
                    async with asyncio.timeout(2):
                        answer = await loop.sock_recv(asking, 512)
                    break
                except TimeoutError:
                    continue
            else:
                raise TimeoutError("our DNS does not answer")
        size = 16 if kind == _AAAA else 4
        return socket.inet_ntop(socket.AF_INET6 if size == 16 else socket.AF_INET, answer[-size:])


def _bound(card: str, ip: str, kind: socket.SocketKind) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, kind)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, card.encode() + b"\0")
    made.bind((ip, 0))
    return made


if __name__ == "__main__":
    for line in sys.stdin:
        order = json.loads(line)
        came = asyncio.run(Crowd(sys.argv[1]).visit(order["devices"], order["hosts"]))
        print(json.dumps(came), flush=True)

"""A server that stands for the internet: TLS and plain HTTP, any name, and it notes who asked.

    python -m tests.lab.origin FOLDER ADDRESS NAME…

Listens on ports 80 and 443 of the address. Every contact becomes a line in FOLDER/contacts: for
TLS the SNI of the hello, for HTTP the Host. Answers `GET /` with its name, `/bytes/N` with N bytes
at once, `/slow/N` with N bytes a second without end, `/paced/N/S` with N bytes of no pattern over
S seconds, and upgrades `/socket` to an echo.
"""

import asyncio
import functools
import random
import ssl
import sys
from pathlib import Path

from tests.lab.authority import issue


@functools.cache
def paced_bytes(size: int) -> bytes:
    """What `/paced/` sends: no two stretches alike, so that a lost or doubled byte shows."""
    return random.Random(size).randbytes(size)


class Origin:
    def __init__(self, folder: Path, names: list[str]) -> None:
        self._contacts = (folder / "contacts").open("a", buffering=1)
        certificate, key = issue(folder, names)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.context.set_alpn_protocols(["http/1.1"])
        self.context.sni_callback = self._note_name

    def _note_name(self, _: object, name: str | None, __: object) -> None:
        self._contacts.write(f"tls {name}\n")

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            return
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path, _ = head.split(" ", 2)
        fields = dict(
            line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line
        )
        self._contacts.write(f"http {fields.get('host')} {method} {path}\n")
        if length := int(fields.get("content-length", 0)):
            await reader.readexactly(length)
        if path == "/socket":
            return await self._echo(reader, writer)
        if path.startswith("/slow/"):
            return await self._drip(writer, int(path.removeprefix("/slow/")))
        if path.startswith("/paced/"):
            return await self._pace(writer, *map(int, path.split("/")[2:]))
        size = int(path.removeprefix("/bytes/")) if path.startswith("/bytes/") else 0
        body = b"x" * size or f"origin of {fields.get('host')}\n".encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body)
        )
        writer.write(body)
        await writer.drain()
        return True

    async def _drip(self, writer: asyncio.StreamWriter, size: int) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            writer.write(b"x" * size)
            await writer.drain()
            await asyncio.sleep(1)

    async def _pace(self, writer: asyncio.StreamWriter, size: int, seconds: int) -> bool:
        body = paced_bytes(size)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        piece = size // (10 * seconds) + 1
        for at in range(0, size, piece):
            writer.write(body[at : at + piece])
            await writer.drain()
            await asyncio.sleep(0.1)
        return True

    async def _echo(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        )
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        return False


async def main(folder: Path, address: str, names: list[str]) -> None:
    origin = Origin(folder, names)
    await asyncio.start_server(origin.answer, address, 80, backlog=4096)
    await asyncio.start_server(origin.answer, address, 443, ssl=origin.context, backlog=4096)
    print("listening", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))

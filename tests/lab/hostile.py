"""Clients that mean harm, or are merely broken: `python -m tests.lab.hostile KIND PORT`.

Each kind keeps twenty connections busy until it is killed.
"""

import asyncio
import ssl
import struct
import sys
from collections.abc import AsyncIterator, Callable

AT_ONCE = 20
TARGET = "www.bbc.co.uk"


def hello(name: str = TARGET) -> bytes:
    context = ssl.create_default_context()
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise AssertionError("a handshake without a peer")


async def byte_by_byte() -> AsyncIterator[bytes]:
    for byte in hello():
        yield bytes([byte])
        await asyncio.sleep(0.005)


async def one_byte_records() -> AsyncIterator[bytes]:
    for byte in hello()[5:]:
        yield b"\x16\x03\x01\x00\x01" + bytes([byte])
        await asyncio.sleep(0.005)


async def never_finished() -> AsyncIterator[bytes]:
    yield hello()[:60]
    await asyncio.sleep(30)


async def very_long() -> AsyncIterator[bytes]:
    body = b"\x01\x00\xff\xff" + b"a" * 65535
    for at in range(0, len(body), 1000):
        piece = body[at : at + 1000]
        yield b"\x16\x03\x01" + struct.pack("!H", len(piece)) + piece
        await asyncio.sleep(0.002)


async def garbage() -> AsyncIterator[bytes]:
    for number in range(100):
        yield bytes((number * 7 + i * 31) % 256 for i in range(500))
        await asyncio.sleep(0.005)


async def nothing_but_connections() -> AsyncIterator[bytes]:
    yield b""


KINDS: dict[str, Callable[[], AsyncIterator[bytes]]] = {
    kind.__name__: kind
    for kind in (
        byte_by_byte,
        one_byte_records,
        never_finished,
        very_long,
        garbage,
        nothing_but_connections,
    )
}


async def attack(kind: Callable[[], AsyncIterator[bytes]], port: int) -> None:
    while True:
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, local_addr=("127.0.0.2", 0)
            )
            writer.write(f"CONNECT {TARGET}:443 HTTP/1.1\r\nHost: {TARGET}\r\n\r\n".encode())
            await reader.readuntil(b"\r\n\r\n")
            async for chunk in kind():
                writer.write(chunk)
                await writer.drain()
            writer.close()
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.05)


async def main(kind: str, port: int) -> None:
    print("attacking", flush=True)
    await asyncio.gather(*(attack(KINDS[kind], port) for _ in range(AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))

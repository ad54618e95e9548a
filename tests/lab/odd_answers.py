"""What servers answer that is allowed, or at least taken by every browser: one function each.

Part of the lab's internet (`origin.py`): a request for `/odd/NAME` gets it. No test lives here.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

from tests.lab.paced import paced_bytes

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[bool]]
"""Given the request's head; whether the connection goes on."""

BANNER = b"220 first.example says something before anybody asks\r\n"
OK = b"HTTP/1.1 200 OK\r\n"


def said(*parts: bytes, goes_on: bool = True, pause: float = 0.03) -> Answer:
    """An answer in pieces, each in a packet of its own."""

    async def answer(_: object, writer: asyncio.StreamWriter, __: bytes) -> bool:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        return goes_on

    return answer


def broken_off(*parts: bytes) -> Answer:
    """The same, and then a reset."""

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes
    ) -> bool:
        await said(*parts)(reader, writer, head)
        await asyncio.sleep(0.2)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return False

    return answer


async def mirror(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> bool:
    """Send the request back as it came, byte by byte."""
    body = b""
    if b"chunked" in head.lower():
        while not body.endswith(b"\r\n\r\n"):
            body += await reader.readuntil(b"\r\n")
    else:
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                body = await reader.readexactly(int(line.partition(b":")[2]))
    writer.write(OK + b"Content-Length: %d\r\n\r\n" % len(head + body) + head + body)
    return True


async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> bool:
    """How many bytes were uploaded, and their sum."""
    size = total = 0
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while size < length:
        data = await reader.read(min(65536, length - size))
        size, total = size + len(data), total + sum(data)
        if not data:
            break
    text = b"%d %d\n" % (size, total)
    writer.write(OK + b"Content-Length: %d\r\n\r\n" % len(text) + text)
    return True


async def asked_first(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes
) -> bool:
    """Says `100 Continue` only because the client expects it; mirrors what it then gets."""
    if b"expect: 100-continue" not in head.lower():
        return await said(OK + b"Content-Length: 11\r\n\r\nnot expected")(reader, writer, head)
    await asyncio.sleep(0.1)
    writer.write(b"HTTP/1.1 100 Continue\r\nX-From: the site itself\r\n\r\n")
    return await mirror(reader, writer, head)


async def after_the_client_ends(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: bytes
) -> bool:
    """Answers once the client has closed its half."""
    rest = await reader.read()
    writer.write(OK + b"Connection: close\r\n\r\nheard all, and %d bytes more" % len(rest))
    return False


async def upgraded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: bytes) -> bool:
    """Another protocol, in which the client closes its half first."""
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: lab\r\nConnection: Upgrade\r\n\r\n")
    writer.write(b"speak\n")
    rest = await reader.read()
    await asyncio.sleep(0.1)
    writer.write(b"heard " + rest)
    return False


async def closed_before_the_second(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes
) -> bool:
    """Answers, promises more, and closes."""
    await said(OK + b"Content-Length: 6\r\n\r\nfirst\n")(reader, writer, head)
    return False


async def closed_at_the_second(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes
) -> bool:
    """Answers, promises more, and closes when that is asked for."""
    await said(OK + b"Content-Length: 6\r\n\r\nfirst\n")(reader, writer, head)
    await reader.readuntil(b"\r\n\r\n")
    return False


async def refuses_early(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: bytes
) -> bool:
    """Refuses an upload without waiting for it, and closes when it has thrown it away."""
    writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbig\n")
    await writer.drain()
    writer.write_eof()
    await reader.read()
    return False


ONE_CHUNK = b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
FINAL = OK + b"Content-Length: 6\r\n\r\nfinal\n"

ODD: dict[str, Answer] = {
    "100": said(b"HTTP/1.1 100 Continue\r\n\r\n", FINAL),
    "102": said(b"HTTP/1.1 102 Processing\r\n\r\n", FINAL, pause=0.3),
    "103": said(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n", FINAL),
    "several-interim": said(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <b>\r\n\r\n" + FINAL
    ),
    "trailers": said(OK + b"Trailer: X-Sum\r\n" + ONE_CHUNK, b"0\r\nX-Sum: 12\r\n\r\n"),
    "chunk-extensions": said(
        OK + b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n", b"0;x\r\n\r\n"
    ),
    "chunks-with-spaces": said(OK + b"Transfer-Encoding: chunked\r\n\r\n5  \r\nhello\r\n0\r\n\r\n"),
    "mirror": mirror,
    "counted": counted,
    "expects": asked_first,
    "expects-not": said(b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 3\r\n\r\nno\n"),
    "after-the-client-ends": after_the_client_ends,
    "upgrade": upgraded,
    "until-closed": said(OK + b"\r\n", b"all ", b"of it\n", goes_on=False),
    "until-reset": broken_off(OK + b"\r\n", b"some of it"),
    "sized-cut": said(OK + b"Content-Length: 20\r\n\r\nsome of it", goes_on=False),
    "sized-reset": broken_off(OK + b"Content-Length: 20\r\n\r\nsome of it"),
    "chunks-cut": said(OK + ONE_CHUNK, goes_on=False),
    "chunks-reset": broken_off(OK + ONE_CHUNK),
    "head-cut": said(b"HTTP/1.1 200 OK\r\nContent-Ty", goes_on=False),
    "nothing": said(goes_on=False),
    "nothing-but-a-reset": broken_off(),
    "length-twice": said(OK + b"Content-Length: 6\r\nContent-Length: 6\r\n\r\nfinal\n"),
    "length-and-chunks": said(OK + b"Content-Length: 6\r\n" + ONE_CHUNK + b"0\r\n\r\n"),
    "space-before-colon": said(OK + b"Content-Length : 6\r\nX-A : b\r\n\r\nfinal\n"),
    "folded": said(OK + b"X-A: one\r\n  two\r\nContent-Length: 6\r\n\r\nfinal\n"),
    "bare-line-ends": said(b"HTTP/1.1 200 OK\nContent-Length: 6\n\nfinal\n"),
    "no-reason": said(b"HTTP/1.1 200\r\nContent-Length: 6\r\n\r\nfinal\n"),
    "odd-status": said(b"HTTP/1.1 999 Go away\r\nContent-Length: 6\r\n\r\nfinal\n"),
    "http-1.0": said(b"HTTP/1.0 200 OK\r\n\r\nold\n", goes_on=False),
    "http-1.0-kept": said(
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nold\n"
    ),
    "radio": said(b"ICY 200 OK\r\nicy-name: Lab FM\r\n\r\n", b"music", goes_on=False),
    "older-than-1.0": said(b"<html>no head at all</html>\n", goes_on=False),
    "long-head": said(OK + b"X-Long: " + b"x" * 100_000 + b"\r\nContent-Length: 6\r\n\r\nfinal\n"),
    "no-content": said(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "not-modified": said(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 9\r\n\r\n'),
    "head": said(OK + b"Content-Length: 12345\r\n\r\n"),
    "empty": said(OK + b"Content-Length: 0\r\n\r\n"),
    "cookies": said(OK + b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 6\r\n\r\nfinal\n"),
    "zipped": said(
        OK + b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\n\x1f\x8b\0\xff\xfe\r\n\r\n"
    ),
    "events": said(
        OK + b"Content-Type: text/event-stream\r\n\r\n",
        *(b"data: %d\n\n" % number for number in range(5)),
        goes_on=False,
        pause=0.1,
    ),
    "part": said(
        b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 2-5/10\r\n"
        b"Content-Length: 4\r\n\r\n2345"
    ),
    "closed-before-the-second": closed_before_the_second,
    "closed-at-the-second": closed_at_the_second,
    "refuses-early": refuses_early,
    "generate_204": said(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"),
    "hotspot-detect.html": said(OK + b"Content-Length: 8\r\n\r\nSuccess\n"),
    "moved": said(
        b"HTTP/1.1 301 Moved\r\nLocation: /odd/empty?caf\xe9\r\nContent-Length: 0\r\n\r\n"
    ),
    "much": said(OK + b"Content-Length: 3000000\r\n\r\n", paced_bytes(3_000_000)),
}


async def speak_first(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, late: float = 0
) -> None:
    """A server whose turn comes first, or a while after the client's silence; then an echo."""
    await asyncio.sleep(late)
    writer.write(BANNER)
    while data := await reader.read(65536):
        writer.write(b"heard " + data)
    writer.write(b"goodbye\r\n")

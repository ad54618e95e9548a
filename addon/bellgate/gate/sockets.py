"""What mitmproxy's layers cannot say or see: a reset, either way, and a client that has to wait.

To a layer a reset is an end like any other. But a client must be able to tell an answer that was
cut short from a whole one: so what ends with a reset on one side ends with one on the other.
"""

import asyncio
import socket
import struct
from contextlib import suppress

from mitmproxy import connection as mitm
from mitmproxy import ctx
from mitmproxy.proxy.server import ConnectionHandler, ConnectionIO

# A reset, without waiting for what is still queued: a slow reader got 1.45 MB after a plain close.
_AT_ONCE = struct.pack("ii", 1, 0)


def handler_of(client: mitm.Client) -> ConnectionHandler | None:
    """mitmproxy's handler of a client's connection, while it is open."""
    handler: ConnectionHandler | None = ctx.master.addons.get("proxyserver").connections.get(
        client.id
    )
    return handler


def was_reset(client: mitm.Client, end: mitm.Connection) -> bool:
    """Whether one end of a client's connection broke, rather than being closed."""
    reader = _transport(client, end).reader
    return isinstance(reader, asyncio.StreamReader) and reader.exception() is not None


def reset(client: mitm.Client) -> None:
    """End a client's connection with a reset, at both ends."""
    handler = handler_of(client)
    if handler is not None:
        cut(handler)


def hold(client: mitm.Client) -> None:
    """Read nothing more from a client, until `go_on`: meanwhile mitmproxy would keep all of it."""
    if (writer := _transport(client, client).writer) and isinstance(writer, asyncio.StreamWriter):
        reading = writer.transport
        assert isinstance(reading, asyncio.ReadTransport)
        reading.pause_reading()


def go_on(client: mitm.Client) -> None:
    """Read on from a client."""
    if (writer := _transport(client, client).writer) and isinstance(writer, asyncio.StreamWriter):
        reading = writer.transport
        assert isinstance(reading, asyncio.ReadTransport)
        reading.resume_reading()


def cut(handler: ConnectionHandler) -> None:
    """Close both ends of a connection now, whatever is still on its way."""
    for io in list(handler.transports.values()):
        writer = io.writer
        if isinstance(writer, asyncio.StreamWriter):
            sock = writer.get_extra_info("socket")
            with suppress(OSError):  # closed by its peer this very moment
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            writer.transport.abort()
        elif io.handler is not None:
            io.handler.cancel("bell")  # still being dialled
    client = handler.transports.get(handler.client)
    if client is not None and client.handler is not None:
        # After the sockets of all that are cut in one go: an end takes ten times as long as a cut,
        # and the last of two thousand clients would wait for the ends of all before it.
        asyncio.get_running_loop().call_soon(client.handler.cancel, "bell")


def _transport(client: mitm.Client, end: mitm.Connection) -> ConnectionIO:
    handler = handler_of(client)
    return handler.transports.get(end, ConnectionIO()) if handler else ConnectionIO()

"""What mitmproxy's layers cannot say or see: a reset, either way, and a client that has to wait.

To a layer a reset is an end like any other. But a client must be able to tell an answer that was
cut short from a whole one: so what ends with a reset on one side ends with one on the other.
"""

import asyncio
import os
import socket
import struct
from contextlib import suppress
from typing import ClassVar

from mitmproxy import connection as mitm
from mitmproxy import ctx
from mitmproxy.proxy.server import ConnectionHandler, ConnectionIO

from bellgate.gate.dial import READ_BYTES

# A reset, without waiting for what is still queued: a slow reader got 1.45 MB after a plain close.
_AT_ONCE = struct.pack("ii", 1, 0)

_LINGERS_SECONDS, _LINGERS_IDLE_SECONDS = 9.0, 2.0
"""How long a client's sending is waited for whose answer was given, altogether and in silence."""
_MOST_LINGERING = 1_024
"""Connections that linger at the same time; a further one is closed at once."""
_TAKEN_AT_ONCE_BYTES = 65_536


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
        reading.max_size = READ_BYTES  # type: ignore[attr-defined]
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


def let_go(client: mitm.Client, end: mitm.Connection) -> None:
    """Close an end of which mitmproxy's handler has finished.

    mitmproxy leaves it open where the handler was told to end while what it had read last waited
    for its turn: a descriptor for ever, and 30 kB.
    """
    writer = _transport(client, end).writer
    if isinstance(writer, asyncio.StreamWriter):
        writer.close()


class _Lingering:
    """A client that was answered and still sends: what comes is thrown away.

    To close at once would be a reset, and take the answer with it. mitmproxy's own handler keeps
    what came last for as long as it is open: so it lets go, and only a descriptor is left.
    """

    _all: ClassVar[set["_Lingering"]] = set()

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._loop = sock, asyncio.get_running_loop()
        self._until = self._loop.time() + _LINGERS_SECONDS
        self._heard = True
        self._all.add(self)
        self._loop.add_reader(sock, self._read)
        self._timer = self._loop.call_later(_LINGERS_IDLE_SECONDS, self._look)

    @classmethod
    def has_room(cls) -> bool:
        return len(cls._all) < _MOST_LINGERING

    def _read(self) -> None:
        try:
            self._heard = bool(self._sock.recv(_TAKEN_AT_ONCE_BYTES))
        except BlockingIOError:
            return
        except OSError:
            self._heard = False
        if not self._heard:
            self._end()

    def _look(self) -> None:
        if self._heard and self._loop.time() < self._until:
            self._heard = False
            self._timer = self._loop.call_later(_LINGERS_IDLE_SECONDS, self._look)
        else:
            self._end()

    def _end(self) -> None:
        self._timer.cancel()
        self._loop.remove_reader(self._sock)
        self._sock.close()
        self._all.discard(self)


def let_finish(client: mitm.Client) -> None:
    """Take over a client that was answered and still sends; its connection is to be closed now."""
    writer = _transport(client, client).writer
    if not isinstance(writer, asyncio.StreamWriter) or not _Lingering.has_room():
        return
    with suppress(OSError):  # gone this very moment
        sock = socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno()))
        sock.setblocking(False)
        assert isinstance(writer.transport, asyncio.WriteTransport)
        if not writer.transport.get_write_buffer_size():
            sock.shutdown(socket.SHUT_WR)
        _Lingering(sock)


def _transport(client: mitm.Client, end: mitm.Connection) -> ConnectionIO:
    handler = handler_of(client)
    return handler.transports.get(end, ConnectionIO()) if handler else ConnectionIO()

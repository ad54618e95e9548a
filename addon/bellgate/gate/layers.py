"""What a connection goes through, as layers of mitmproxy: read, then passed, refused or answered.

None of them decides anything. The layers that refuse or show the page have no command that opens
an upstream: that a closed site is never contacted is a matter of their shape.
"""

from collections.abc import Callable

import h11
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layer import CommandGenerator
from mitmproxy.proxy.layers import HttpLayer, TCPLayer
from mitmproxy.proxy.layers.http._http1 import Http1Server

from bellgate.gate.page import NOTHING_SAID, Answer, Request
from bellgate.wire.opening import Opening, OpeningReader

# RFC 8446 section 6.2: a browser that gets it says "refused" and offers no certificate to accept.
_UNRECOGNISED_NAME = b"\x15\x03\x03\x00\x02\x02\x70"

_LONGEST_HEAD_BYTES = 64 * 1024
_LONGEST_UPLOAD_BYTES = 64 * 1024
"""What a closed site is sent is read so far and thrown away."""


class ReadOpening(layer.Layer):
    """Reads what a client opens with, then makes way for the layer that `choose` gives for it.

    A layer of its own because a hook for every byte costs ten times as much: then a few slow
    clients slow all others. `choose` must not raise.
    """

    def __init__(self, context: Context, choose: Callable[[Opening], layer.Layer]) -> None:
        super().__init__(context)
        self._choose = choose
        self._reader = OpeningReader()
        self._received = bytearray()

    def _handle_event(self, event: events.Event) -> CommandGenerator[None]:
        client = self.context.client
        if isinstance(event, events.ConnectionClosed):
            yield commands.CloseConnection(client)
        elif isinstance(event, events.DataReceived):
            self._received += event.data
            opening = self._reader.feed(event.data)
            if opening is not None:
                chosen = self._choose(opening)
                self.handle_event = self._handle_event = chosen.handle_event  # type: ignore[method-assign]
                yield from chosen.handle_event(events.Start())
                received = bytes(self._received)
                yield from chosen.handle_event(events.DataReceived(client, received))


class Relay(TCPLayer):
    """Passes bytes as they are, both ways, and counts them. Keeps none."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, ignore=True)
        self.bytes = 0

    def relay_messages(self, event: events.Event) -> CommandGenerator[None]:
        if isinstance(event, events.DataReceived):
            self.bytes += len(event.data)
        yield from super().relay_messages(event)


class Refuse(layer.Layer):
    """Answers the client's first bytes with a TLS alert (or with nothing) and closes."""

    def __init__(self, context: Context, *, alert: bool) -> None:
        super().__init__(context)
        self._answer = _UNRECOGNISED_NAME if alert else b""
        self._closed = False

    def _handle_event(self, event: events.Event) -> CommandGenerator[None]:
        if isinstance(event, events.DataReceived) and not self._closed:
            self._closed = True
            if self._answer:
                yield commands.SendData(self.context.client, self._answer)
            yield commands.CloseConnection(self.context.client)


class ShowPage(layer.Layer):
    """Reads one HTTP/1.1 request, gives the gate's own answer, and closes.

    `answer` is asked once, with the request; it must not raise. What is not HTTP gets an empty 403.
    """

    def __init__(self, context: Context, answer: Callable[[Request], Answer]) -> None:
        super().__init__(context)
        self._answer = answer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST_HEAD_BYTES)
        self._request: h11.Request | None = None
        self._uploaded = bytearray()
        self._done = False

    def _handle_event(self, event: events.Event) -> CommandGenerator[None]:
        if self._done:
            return
        if isinstance(event, events.ConnectionClosed):
            self._done = True
            yield commands.CloseConnection(self.context.client)
        elif isinstance(event, events.DataReceived):
            try:
                ready = self._read(event.data)
            except h11.RemoteProtocolError:
                ready = True
            if ready:
                self._done = True
                yield commands.SendData(self.context.client, self._reply())
                yield commands.CloseConnection(self.context.client)

    def _read(self, data: bytes) -> bool:
        """Whether the request is whole; an upload is read to its end, so that the page arrives."""
        self._http.receive_data(data)
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                return len(self._uploaded) > _LONGEST_UPLOAD_BYTES
            if isinstance(event, h11.Request):
                self._request = event
            elif isinstance(event, h11.Data):
                self._uploaded += event.data
            else:
                return True

    def _reply(self) -> bytes:
        answer, method = NOTHING_SAID, "GET"
        if self._request is not None:
            method = self._request.method.decode("ascii")
            headers = {
                name.decode("latin-1"): value.decode("latin-1")
                for name, value in self._request.headers
            }
            target = self._request.target.decode("latin-1")
            answer = self._answer(Request(method, target, headers, bytes(self._uploaded)))
        head = h11.Response(
            status_code=answer.status,
            headers=[
                *answer.headers,
                ("Content-Length", str(len(answer.body))),
                ("Connection", "close"),
            ],
        )
        # Written by a connection of its own: the client's half may be in any state by now.
        writer = h11.Connection(h11.SERVER)
        raw = writer.send(head) or b""
        return raw if method == "HEAD" else raw + answer.body


class PlainHttp(HttpLayer):
    """mitmproxy's HTTP, held to a bound: one client cannot fill the gate with an endless head.

    mitmproxy keeps what it cannot yet parse, and what a client sends before it may, without end.
    """

    def _handle_event(self, event: events.Event) -> CommandGenerator[None]:
        yield from super()._handle_event(event)
        client = self.context.client
        if isinstance(event, events.DataReceived) and event.connection is client:
            reader = self.connections.get(client)
            if (
                isinstance(reader, Http1Server)
                and reader.state in (reader.read_headers, reader.wait)
                and len(reader.buf) > _LONGEST_HEAD_BYTES
            ):
                yield commands.CloseConnection(client)

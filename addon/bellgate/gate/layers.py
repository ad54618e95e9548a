"""What a connection goes through, as layers of mitmproxy: read, then passed, refused or answered.

None of them decides anything. The layers that refuse or show the page have no command that opens
an upstream: that a closed site is never contacted is a matter of their shape.
"""

from collections.abc import Callable
from http import HTTPStatus

import h11
from mitmproxy.connection import Connection, ConnectionState, Server
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layer import CommandGenerator

from bellgate.gate import sockets
from bellgate.gate.page import NOTHING_SAID, Answer, Request
from bellgate.wire.disguise import Disguise
from bellgate.wire.hellos import Hellos
from bellgate.wire.opening import Opening, OpeningReader

# RFC 8446 section 6.2: a browser that gets it says "refused" and offers no certificate to accept.
_UNRECOGNISED_NAME = b"\x15\x03\x03\x00\x02\x02\x70"

_SILENCE_SECONDS = 3.0
"""After which a client that says nothing counts as one whose server speaks first."""
_LONGEST_HEAD_BYTES = 64 * 1024
_LONGEST_UPLOAD_BYTES = 64 * 1024
"""What a closed site is sent is read so far and thrown away."""


class ReadOpening(layer.Layer):
    """Reads what a client opens with, then makes way for the layer that `choose` gives for it.

    A layer of its own because a hook for every byte costs ten times as much: then a few slow
    clients slow all others. `choose` must not raise. Who says nothing at all waits for the server
    to speak first: that is decided, too, where `silence`, asked once it has lasted, says that it
    is a way to begin.
    """

    def __init__(
        self,
        context: Context,
        choose: Callable[[Opening], layer.Layer],
        silence: Callable[[], bool] | None,
    ) -> None:
        super().__init__(context)
        self._choose, self._silence = choose, silence
        self._reader = OpeningReader()
        self._received = bytearray()

    def _handle_event(self, event: events.Event) -> CommandGenerator[None]:
        client = self.context.client
        if isinstance(event, events.Start):
            if self._silence is not None:
                yield commands.RequestWakeup(_SILENCE_SECONDS)
        elif isinstance(event, events.Wakeup):
            if self._silence is not None and not self._received and self._silence():
                yield from self._make_way(self._choose(Opening("other", silent=True)))
        elif isinstance(event, events.ConnectionClosed):
            yield commands.CloseConnection(client)
        elif isinstance(event, events.DataReceived):
            self._received += event.data
            opening = self._reader.feed(event.data)
            if opening is not None:
                yield from self._make_way(self._choose(opening))

    def _make_way(self, chosen: layer.Layer) -> CommandGenerator[None]:
        self.handle_event = self._handle_event = chosen.handle_event  # type: ignore[method-assign]
        # mitmproxy keeps every layer for as long as the connection is open.
        received, self._received = bytes(self._received), bytearray()
        yield from chosen.handle_event(events.Start())
        if received:
            yield from chosen.handle_event(events.DataReceived(self.context.client, received))


class Relay(layer.Layer):
    """Passes bytes as they are, both ways, and counts them. Keeps none.

    An end is passed on as it is, too: a half-close, or a reset.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.bytes = 0

    def _handle_event(self, event: events.Event) -> CommandGenerator[None]:
        if isinstance(event, events.DataReceived):
            self.bytes += len(event.data)
            yield commands.SendData(self._other(event.connection), event.data)
        elif isinstance(event, events.ConnectionClosed):
            yield from self._pass_on_end(event.connection)
        elif isinstance(event, events.Start):
            client, server = self.context.client, self.context.server
            if server.timestamp_start is None:
                sockets.hold(client)
                error = yield commands.OpenConnection(server)
                sockets.go_on(client)
                if error:
                    yield commands.CloseConnection(client)

    def _other(self, end: Connection) -> Connection:
        client, server = self.context.client, self.context.server
        return server if end is client else client

    def _pass_on_end(self, end: Connection) -> CommandGenerator[None]:
        client, server = self.context.client, self.context.server
        if sockets.was_reset(client, end):
            sockets.reset(client)
        elif (client.state | server.state) & ConnectionState.CAN_READ:
            yield commands.CloseTcpConnection(self._other(end), half_close=True)
        else:
            for each in (server, client):
                if each.state is not ConnectionState.CLOSED:
                    yield commands.CloseConnection(each)


class RelayTls(Relay):
    """For TLS. `may_go_on`, which must not raise, is asked about each further hello that the client
    sends."""

    def __init__(self, context: Context, may_go_on: Callable[[Opening], bool]) -> None:
        super().__init__(context)
        self._may_go_on = may_go_on
        self._hellos = Hellos()

    def _handle_event(self, event: events.Event) -> CommandGenerator[None]:
        client = self.context.client
        if (
            not self._hellos.over
            and isinstance(event, events.DataReceived)
            and event.connection is client
        ):
            for names in self._hellos.feed(event.data):
                if not self._may_go_on(Opening("tls", names)):
                    sockets.reset(client)
                    return
        yield from super()._handle_event(event)


class RelayUnread(Relay):
    """For what is no web page. Where one is asked for behind its first bytes all the same,
    `may_go_on`, asked once, says whether it may: it must not raise."""

    def __init__(self, context: Context, may_go_on: Callable[[], bool]) -> None:
        super().__init__(context)
        self._may_go_on = may_go_on
        self._disguise: Disguise | None = Disguise()

    def _handle_event(self, event: events.Event) -> CommandGenerator[None]:
        client = self.context.client
        if (
            self._disguise is not None
            and isinstance(event, events.DataReceived)
            and event.connection is client
            and self._disguise.shows_in(event.data)
        ):
            self._disguise = None
            if not self._may_go_on():
                sockets.reset(client)
                return
        yield from super()._handle_event(event)


class RelayAfterSilence(RelayUnread):
    """For a client that has said nothing yet. Where its server speaks first, that is no web page.

    Where the client does in the end, nothing was read of it so far: then `read` begins anew.
    """

    def __init__(
        self, context: Context, may_go_on: Callable[[], bool], read: Callable[[], layer.Layer]
    ) -> None:
        super().__init__(context, may_go_on)
        self._read = read
        self._dialled = context.server.address

    def _handle_event(self, event: events.Event) -> CommandGenerator[None]:
        client_speaks = (
            isinstance(event, events.DataReceived) and event.connection is self.context.client
        )
        if client_speaks and not self.bytes:
            yield commands.CloseConnection(self.context.server)
            self.context.server = Server(address=self._dialled)
            reader = self._read()
            self.handle_event = self._handle_event = reader.handle_event  # type: ignore[method-assign]
            yield from reader.handle_event(events.Start())
            yield from reader.handle_event(event)
        else:
            yield from super()._handle_event(event)


class Refuse(layer.Layer):
    """Answers with a TLS alert (or with nothing) and closes."""

    def __init__(self, context: Context, *, alert: bool) -> None:
        super().__init__(context)
        self._answer = _UNRECOGNISED_NAME if alert else b""

    def _handle_event(self, event: events.Event) -> CommandGenerator[None]:
        if isinstance(event, events.Start):
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
        if self._request is None:
            return in_bytes(NOTHING_SAID, "GET")
        method = self._request.method.decode("ascii")
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in self._request.headers
        }
        target = self._request.target.decode("latin-1")
        answer = self._answer(Request(method, target, headers, bytes(self._uploaded)))
        return in_bytes(answer, method)


def in_bytes(answer: Answer, method: str) -> bytes:
    """An answer of the gate's own, the last on its connection, to a request of that method."""
    head = h11.Response(
        status_code=answer.status,
        headers=[
            *answer.headers,
            ("Content-Length", str(len(answer.body))),
            ("Connection", "close"),
        ],
        reason=HTTPStatus(answer.status).phrase,
    )
    # Written by a connection of its own: the client's half may be in any state by now.
    raw = h11.Connection(h11.SERVER).send(head) or b""
    return raw if method == "HEAD" else raw + answer.body

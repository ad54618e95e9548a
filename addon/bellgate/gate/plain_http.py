"""Plain HTTP, passed on request by request: each is decided, and what it gets comes as it is.

A layer of our own in place of mitmproxy's, which answers for the site where it is in doubt. Bytes
go by as they came; they are read only to know where a message ends and the next one begins.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mitmproxy.connection import Connection, ConnectionState, Server
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layer import CommandGenerator

from bellgate.gate import sockets
from bellgate.gate.fate import PassedOn
from bellgate.gate.layers import Relay, in_bytes
from bellgate.gate.page import Answer, in_words
from bellgate.gate.plain_request import PlainRequest, PlainRequestHook, asked
from bellgate.gate.upstream import FOR_WHOM, SAYS_FOR_WHOM
from bellgate.wire.http1 import (
    LONGEST_HEAD_BYTES,
    AnswerHead,
    Body,
    Incoming,
    Malformed,
    RequestHead,
    UntilClosed,
    answer_body,
    read_answer,
    read_request,
    request_body,
    written,
)

_LONGEST_ANSWER_HEAD_BYTES = 4 * LONGEST_HEAD_BYTES
_BETWEEN_PROXIES = (b"proxy-connection", b"proxy-authorization", b"http2-settings")
_HIDING = (b"h2", b"http/", b"tls/")
"""Protocols that a connection could be upgraded to (RFC 9110, section 7.8; RFC 2817)."""
_SAFE_TO_REPEAT = ("GET", "HEAD", "OPTIONS")

NOT_CONNECTED = in_words(502, "This site is not answering at the moment.\n")
FILTER_AWAY = in_words(
    502, "The school's filter is not answering at the moment, so no site can be reached.\n"
)
NOT_READABLE = in_words(502, "This site's answer cannot be read.\n")
_NO_PROXY = in_words(405, "There is no proxy here.\n")
_NO_HOST = in_words(400, "This request names no host that can be read.\n")
_TOO_LONG = in_words(431, "The head of this request is too long.\n")


@dataclass
class _Exchange:
    """A request on its way, and what came back so far."""

    head: RequestHead
    body: Body
    sent: bytes
    """The request's head as it was passed on."""
    fresh: bool
    """Whether its connection was made for it."""
    bodiless: bool
    answer: AnswerHead | None = None
    answer_body: Body | None = None

    @property
    def may_be_repeated(self) -> bool:
        """Whether it was lost with a connection that its server had closed meanwhile (RFC 9110,
        section 9.2.2)."""
        lost = not self.fresh and self.answer_body is None
        return lost and self.bodiless and self.head.method in _SAFE_TO_REPEAT

    @property
    def is_answered(self) -> bool:
        return self.answer_body is not None and self.answer_body.ended

    @property
    def keeps_open(self) -> bool:
        tokens = ",".join(self.head.values(b"connection")).lower()
        asks = "close" not in tokens and (self.head.minor > 0 or "keep-alive" in tokens)
        return asks and self.answer is not None and self.answer.keeps_open


class PlainHttp(layer.Layer):
    """HTTP/1 for one client: said to the proxy itself, or to the site that it dialled.

    `count` hears of the bytes passed; `tunnel` gives the layer behind CONNECT.
    """

    def __init__(
        self,
        context: Context,
        *,
        to_the_proxy: bool,
        count: Callable[[int], None],
        tunnel: Callable[[], layer.Layer],
    ) -> None:
        super().__init__(context)
        self._dialled = None if to_the_proxy else context.server.address
        self._count, self._make_tunnel = count, tunnel
        self._from_client, self._from_server = Incoming(), Incoming()
        self._exchange: _Exchange | None = None
        self._behind: layer.Layer | None = None
        self._client_ended = False
        self._done = False

    def _handle_event(self, event: events.Event) -> CommandGenerator[None]:
        client = self.context.client
        if self._behind is not None:
            if isinstance(event, events.DataReceived) and self._exchange is not None:
                self._count(len(event.data))
            yield from self._behind.handle_event(event)
        elif self._done:
            return
        elif isinstance(event, events.DataReceived):
            if event.connection is client:
                self._from_client.data += event.data
                yield from self._read_client()
            elif event.connection is self.context.server:
                yield from self._read_server(event.data)
        elif isinstance(event, events.ConnectionClosed):
            if event.connection is client:
                yield from self._client_closed()
            elif event.connection is self.context.server:
                yield from self._server_closed()

    # The client's side.

    def _read_client(self) -> CommandGenerator[None]:
        while self._behind is None and not self._done:
            if self._exchange is None:
                lines = self._from_client.take_head()
                if lines is None:
                    if len(self._from_client) > LONGEST_HEAD_BYTES:
                        yield from self._give(_TOO_LONG)
                    return
                try:
                    head = read_request(lines)
                    body = request_body(head)
                except Malformed as error:
                    yield from self._give(in_words(400, f"{error}\n"))
                    return
                yield from self._begin(head, body)
            elif not self._exchange.body.ended:
                if not (yield from self._pass_body()):
                    return
            elif self._exchange.is_answered:
                if not (yield from self._end_exchange()):
                    return
            else:
                # What a client sends ahead of its turn is kept within bounds.
                if len(self._from_client) > LONGEST_HEAD_BYTES:
                    sockets.reset(self.context.client)
                return

    def _pass_body(self) -> CommandGenerator[bool]:
        """Pass on what has come of the request's body; whether there may be more to do."""
        exchange = self._exchange
        assert exchange is not None
        if not self._from_client:
            return False
        try:
            size = exchange.body.feed(self._from_client.data)
        except Malformed:
            # Its beginning is at the site already: nothing of it may be taken for whole.
            sockets.reset(self.context.client)
            return False
        self._count(size)
        yield commands.SendData(self.context.server, self._from_client.take(size))
        return exchange.body.ended

    def _begin(self, head: RequestHead, body: Body) -> CommandGenerator[None]:
        client = self.context.client
        request = asked(client, head, self._dialled)
        if request is None:
            yield from self._give(_NO_HOST, head.method)
            return
        if request.is_connect and not request.to_the_proxy:
            yield from self._give(_NO_PROXY)
            return
        sockets.hold(client)  # while names are asked for, and addresses tried
        yield PlainRequestHook(request)
        if isinstance(request.fate, Answer):
            yield from self._give(request.fate, head.method, body)
        elif request.is_connect:
            sockets.go_on(client)
            self.context.server.address = (request.host, request.port)
            yield commands.SendData(client, b"HTTP/1.1 200 Connection established\r\n\r\n")
            yield from self._go_behind(self._make_tunnel())
        else:
            to, server = (request.fate.to, request.port), self.context.server
            fresh = server.address != to or server.state is not ConnectionState.OPEN
            answers = not fresh or (yield from self._dial(to))
            if not answers:
                away = FILTER_AWAY if request.fate.site else NOT_CONNECTED
                yield from self._give(away, head.method, body)
                return
            sockets.go_on(client)
            sent = _passed_on(request, request.fate)
            self._exchange = _Exchange(head, body, sent, fresh, body.ended)
            yield commands.SendData(self.context.server, self._exchange.sent)

    def _dial(self, to: tuple[str, int]) -> CommandGenerator[bool]:
        """Connect to the site anew; whether it answers."""
        if self.context.server.state is not ConnectionState.CLOSED:
            yield commands.CloseConnection(self.context.server)
        self.context.server = Server(address=to)
        self._from_server = Incoming()
        error = yield commands.OpenConnection(self.context.server)
        return not error

    def _go_behind(self, behind: layer.Layer) -> CommandGenerator[None]:
        """From now on the connection is another layer's."""
        self._behind = behind
        yield from behind.handle_event(events.Start())
        for end, waiting in (
            (self.context.client, self._from_client),
            (self.context.server, self._from_server),
        ):
            if waiting:
                yield from behind.handle_event(events.DataReceived(end, waiting.take()))

    def _client_closed(self) -> CommandGenerator[None]:
        client, server = self.context.client, self.context.server
        if sockets.was_reset(client, client):
            sockets.reset(client)
        elif self._exchange is None:
            yield from self._close()
        else:
            # It has said all, and waits for the answer.
            self._client_ended = True
            yield commands.CloseTcpConnection(server, half_close=True)

    # The server's side.

    def _read_server(self, data: bytes) -> CommandGenerator[None]:
        exchange = self._exchange
        if exchange is None or exchange.is_answered:
            # Unasked for: whatever it is, it answers nothing.
            yield commands.CloseConnection(self.context.server)
            return
        self._from_server.data += data
        while exchange.answer_body is None:
            if not (yield from self._read_answer(exchange)):
                return
        if self._behind is None:
            yield from self._pass_answer(exchange)

    def _read_answer(self, exchange: _Exchange) -> CommandGenerator[bool]:
        """Pass on the head of an answer, an interim one perhaps; whether it was there."""
        start = bytes(self._from_server.data[:5])
        lines = None
        if b"HTTP/".startswith(start):
            lines = self._from_server.take_head()
            if lines is None and len(self._from_server) <= _LONGEST_ANSWER_HEAD_BYTES:
                return False
        head = read_answer(lines) if lines else None
        if head is None and start == b"HTTP/":
            yield from self._give(NOT_READABLE, exchange.head.method, exchange.body)
            return False
        if head is None:
            # Older than HTTP/1.0, or no HTTP (ICY): as it is, to its end.
            exchange.answer_body = UntilClosed()
            return True
        if head.status == 101:
            yield from self._upgrade(exchange, head)
            return False
        if not head.is_interim:
            try:
                exchange.answer_body = answer_body(head, exchange.head.method)
            except Malformed:
                yield from self._give(NOT_READABLE, exchange.head.method, exchange.body)
                return False
            exchange.answer = head
        yield commands.SendData(self.context.client, head.raw)
        return head.is_interim is False or bool(self._from_server)

    def _upgrade(self, exchange: _Exchange, head: AnswerHead) -> CommandGenerator[None]:
        taken = b",".join(value for name, value in head.fields if name == b"upgrade")
        if not exchange.head.values(b"upgrade") or (taken and not _readable(taken)):
            yield from self._give(NOT_READABLE, exchange.head.method, exchange.body)
            return
        yield commands.SendData(self.context.client, head.raw)
        yield from self._go_behind(Relay(self.context))

    def _pass_answer(self, exchange: _Exchange) -> CommandGenerator[None]:
        assert exchange.answer_body is not None
        if self._from_server:
            try:
                size = exchange.answer_body.feed(self._from_server.data)
            except Malformed:
                exchange.answer_body = UntilClosed()
                size = len(self._from_server)
            self._count(size)
            yield commands.SendData(self.context.client, self._from_server.take(size))
        if exchange.is_answered:
            if self._from_server:
                yield commands.CloseConnection(self.context.server)  # more than was asked for
            yield from self._read_client()

    def _server_closed(self) -> CommandGenerator[None]:
        client, server, exchange = self.context.client, self.context.server, self._exchange
        broken = sockets.was_reset(client, server)
        if server.state is not ConnectionState.CLOSED:
            yield commands.CloseConnection(server)
        if exchange is None:
            return  # what is asked for next gets another
        if exchange.may_be_repeated and not self._from_server:
            exchange.fresh = True
            sockets.hold(client)
            answers = yield from self._dial(server.address or ("", 0))
            sockets.go_on(client)
            if answers:
                yield commands.SendData(self.context.server, exchange.sent)
            else:
                yield from self._give(NOT_CONNECTED, exchange.head.method)
        elif broken and not exchange.is_answered:
            # An answer that was cut short must not look like a whole one.
            sockets.reset(client)
        else:
            # As the site has it: whole, or so short that its length tells.
            if self._from_server:
                yield commands.SendData(client, self._from_server.take())
            yield from self._close_after_answer(exchange.body)

    # The end.

    def _end_exchange(self) -> CommandGenerator[bool]:
        """The request has gone and its answer has come; whether the client may ask for more."""
        exchange, self._exchange = self._exchange, None
        assert exchange is not None
        if exchange.keeps_open and not self._client_ended:
            return True
        yield from self._close()
        return False

    def _give(
        self, answer: Answer, method: str = "GET", body: Body | None = None
    ) -> CommandGenerator[None]:
        """Give an answer of the gate's own, the last on the connection."""
        if self._exchange is None or self._exchange.answer is None:
            yield commands.SendData(self.context.client, in_bytes(answer, method))
        if body is not None and not body.ended and self._from_client:
            try:
                body.feed(self._from_client.data)
            except Malformed:
                body = None
        yield from self._close_after_answer(body)

    def _close_after_answer(self, body: Body | None) -> CommandGenerator[None]:
        """Close once the client has sent what it is sending, or does not go on with it."""
        self._from_client = Incoming()
        if self.context.server.state is not ConnectionState.CLOSED:
            yield commands.CloseConnection(self.context.server)
        if self._client_ended or (body is not None and body.ended):
            yield from self._close()
            return
        sockets.let_finish(self.context.client)
        yield from self._close()

    def _close(self) -> CommandGenerator[None]:
        self._done = True
        ends: tuple[Connection, ...] = (self.context.server, self.context.client)
        for end in ends:
            if end.state is not ConnectionState.CLOSED:
                yield commands.CloseConnection(end)


def _passed_on(request: PlainRequest, fate: PassedOn) -> bytes:
    """The request's head for the site: as it came, but for what is between client and proxy."""
    head, target = request.head, request.head.target
    fields = [f for f in head.fields if f[0].lower() not in _BETWEEN_PROXIES]
    if fate.site:
        target = fate.site + ("" if request.path == "*" else request.path)
        ours = (b"host", *SAYS_FOR_WHOM)
        fields = [
            (b"Host", fate.site.removeprefix("http://").removesuffix(":80").encode()),
            (FOR_WHOM, fate.for_whom.encode()),
            *(f for f in fields if f[0].lower() not in ours),
        ]
    elif request.to_the_proxy and request.authority:
        # The host that was decided is the one that is asked for (RFC 9112, section 3.2.2).
        target = request.path
        host = request.authority.rpartition("@")[2].encode("latin-1")
        fields = [(b"Host", host), *(f for f in fields if f[0].lower() != b"host")]
    fields = [
        (name, kept)
        for name, value in fields
        if (kept := _readable(value) if name.lower() == b"upgrade" else value) or not value
    ]
    return written(f"{head.method} {target} HTTP/1.{head.minor}", fields)


def _readable(upgrade: bytes) -> bytes:
    """Of an Upgrade's protocols, those that do not hide every name after the first."""
    protocols = [protocol.strip(b" \t") for protocol in upgrade.split(b",")]
    return b", ".join(p for p in protocols if not p.lower().startswith(_HIDING))

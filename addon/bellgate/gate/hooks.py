"""mitmproxy's hooks, each translated into one question to the gate and one fate of a connection.

mitmproxy swallows what a hook raises and lets the traffic go on. So every hook here is `guarded`:
whatever fails, a restricted name is refused, and the failure is a record.
"""

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from mitmproxy import connection as mitm
from mitmproxy import ctx, exceptions, http, tcp, tls
from mitmproxy.proxy import events, layer, mode_specs, server_hooks
from mitmproxy.proxy.layers import ClientTLSLayer, HttpLayer, modes
from mitmproxy.proxy.layers.http import HTTPMode

from bellgate.gate.connections import Open, cut
from bellgate.gate.dial import Names, is_ours
from bellgate.gate.gate import Gate, Shown
from bellgate.gate.layers import PlainHttp, Refuse, Relay, ShowPage
from bellgate.gate.opening import Opening, OpeningReader
from bellgate.gate.pac import proxy_pac
from bellgate.gate.page import Answer, answer_for
from bellgate.gate.recording import seen_in
from bellgate.policy.decide import OPEN, Decision
from bellgate.policy.facts import address, host_name

PATIENCE = 10.0
"""Seconds in which a client must have shown what it wants."""

_LONGEST_UPLOAD = 64 * 1024
_BETWEEN_PROXIES = ("proxy-connection", "proxy-authorization")


def guarded(
    hook: Callable[["Hooks", Any], Awaitable[None] | None],
) -> Callable[["Hooks", Any], Awaitable[None] | None]:
    """A hook that cannot raise: what goes wrong in it goes to `Hooks.failed`."""

    @functools.wraps(hook)
    async def run_async(self: "Hooks", data: Any) -> None:
        try:
            waiting = hook(self, data)
            assert waiting is not None
            await waiting
        except exceptions.AddonHalt:
            raise
        except Exception as error:  # noqa: BLE001 - mitmproxy would let the traffic go on
            self.failed(hook.__name__, data, error)

    @functools.wraps(hook)
    def run(self: "Hooks", data: Any) -> None:
        try:
            hook(self, data)
        except exceptions.AddonHalt:
            raise
        except Exception as error:  # noqa: BLE001 - mitmproxy would let the traffic go on
            self.failed(hook.__name__, data, error)

    return run_async if inspect.iscoroutinefunction(hook) else run


class Hooks:
    """The addon. It chooses every layer itself: no default chooser runs beside it."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.names = Names()

    @guarded
    def client_connected(self, client: mitm.Client) -> None:
        if _is_transparent(client) and _is_this_gate(client.sockname):
            client.error = "the gate was dialled, not brought here"
            return
        regular = not _is_transparent(client)
        found = self.gate.welcome(client.peername[0], client.peername[1], known_only=regular)
        if found is None:
            client.error = "refused"
        else:
            self.gate.connections.add(client.id, found)
            # From the start: who says nothing at all holds descriptors, too.
            self._begin_deadline(client, found)

    @guarded
    def client_disconnected(self, client: mitm.Client) -> None:
        found = self.gate.connections.pop(client.id)
        if found is not None:
            self.gate.farewell(found)

    @guarded
    def http_connect(self, flow: http.HTTPFlow) -> None:
        found = self._open(flow.client_conn)
        host = flow.request.host
        found.connect_name = host_name(host)
        literal = address(host)
        if literal is not None and not self.gate.destinations.permits(literal):
            flow.response = http.Response.make(403, b"This address lies inside the network.\n")
            return
        self._begin_deadline(flow.client_conn, found)

    @guarded
    async def next_layer(self, chooser: layer.NextLayer) -> None:
        found = self._open(chooser.context.client)
        below = chooser.context.layers[-1] if chooser.context.layers else None
        if below is None:
            return  # the outermost layer is the mode's own
        if isinstance(below, ClientTLSLayer):
            chooser.layer = self._page_layer(chooser, found)
            return
        self._begin_deadline(chooser.context.client, found)
        opening = self._read_on(chooser, found)
        if opening is None:
            # Not ours alone to say: without this, another chooser would decide on half a hello.
            raise exceptions.AddonHalt
        if _is_proxy_request(chooser):
            chooser.layer = self._proxy_request(chooser, opening)
        elif opening.kind == "http":
            chooser.layer = PlainHttp(chooser.context, HTTPMode.transparent)
        else:
            chooser.layer = await self._fate(chooser, found, opening)

    @guarded
    async def requestheaders(self, flow: http.HTTPFlow) -> None:
        found = self._open(flow.client_conn)
        found.in_time()
        if self._is_for_us(flow):
            _answer(flow, _pac_answer(self.gate, flow))
            return
        shown = _shown_by(flow, found)
        if shown is None:
            _answer(flow, Answer(400, (), b"The host of this request cannot be read.\n"))
            return
        if not self._may_dial(flow):
            _answer(flow, Answer(403, (), b"This address lies inside the network.\n"))
            return
        headers = _headers(flow)
        decision = self.gate.judge(found, shown)
        if decision.action in OPEN and _is_transparent(flow.client_conn):
            decision, where = await self._led(found, shown, decision)
            # The request itself stays as it is: only where it is sent to may be another address.
            flow.request.data.host = where
        if decision.action not in OPEN:
            self.gate.refused(decision, seen_in(decision, headers))
            _answer(flow, answer_for(decision, headers, top=f"http://{decision.host or ''}/"))
            return
        self.gate.let_through(found, decision)
        for name in _BETWEEN_PROXIES:
            flow.request.headers.pop(name, None)
        flow.request.stream = _counting(found)

    @guarded
    def responseheaders(self, flow: http.HTTPFlow) -> None:
        assert flow.response is not None
        flow.response.stream = _counting(self._open(flow.client_conn))

    @guarded
    def tcp_message(self, flow: tcp.TCPFlow) -> None:
        # Only what an upgraded connection (WebSocket) carries comes by here. mitmproxy would keep
        # every message for as long as the connection is open.
        found = self._open(flow.client_conn)
        found.other_bytes += sum(len(message.content) for message in flow.messages)
        flow.messages.clear()

    @guarded
    def tls_failed_client(self, data: tls.TlsData) -> None:
        found = self._open(data.context.client)
        refusal, found.unrecorded = found.unrecorded, None
        if refusal is not None:
            if _is_distrust(data.conn.error or ""):
                self.gate.distrusted(refusal)
            self.gate.refused(refusal)

    @guarded
    def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        if _is_transparent(data.client):
            return  # the kernel brought it here; whether it may go there is the firewall's business
        assert data.server.address is not None
        literal = address(data.server.address[0])
        if literal is not None and not self.gate.destinations.permits(literal):
            data.server.error = "lies inside the school's network"

    def failed(self, hook: str, data: Any, error: Exception) -> None:
        """A hook raised: refuse what is restricted or unread, pass the rest, record the failure."""
        client = _client_of(data)
        found = self.gate.connections.get(client.id)
        names: tuple[str, ...] = ()
        if found and found.connect_name:
            names = (found.connect_name,)
        if isinstance(data, layer.NextLayer):
            opening = OpeningReader().feed(data.data_client())
            names += tuple(n for n in map(host_name, opening.names if opening else ()) if n)
        elif isinstance(data, http.HTTPFlow):
            hosts = (data.request.host, *data.request.headers.get_all("host"))
            names += tuple(n for n in map(host_name, hosts) if n)
        undecided = isinstance(data, layer.NextLayer) and _is_proxy_request(data)
        passes = self.gate.failed(
            error, hook, client.peername[0], tuple(dict.fromkeys(names)), undecided=undecided
        )
        if passes and found is not None:
            found.in_time()
        if isinstance(data, layer.NextLayer):
            self._after_failure(data, passes=passes)
        elif isinstance(data, http.HTTPFlow) and not passes:
            _answer(data, Answer(403, (), b""))
        elif isinstance(data, server_hooks.ServerConnectionHookData):
            data.server.error = "could not be checked"

    def _after_failure(self, chooser: layer.NextLayer, *, passes: bool) -> None:
        decrypted = isinstance(chooser.context.layers[-1], ClientTLSLayer)
        if _is_proxy_request(chooser):
            chooser.layer = PlainHttp(chooser.context, HTTPMode.regular)
        elif passes and not decrypted:
            chooser.layer = Relay(chooser.context)
        else:
            chooser.layer = Refuse(chooser.context, alert=not decrypted)

    def _open(self, client: mitm.Client) -> Open:
        """What is known of the connection; begun here where its first hook failed."""
        found = self.gate.connections.get(client.id)
        if found is None:
            found = Open(client.peername[0], client.peername[1], None, self.gate.clock.now())
            self.gate.connections.add(client.id, found)
        return found

    def _read_on(self, chooser: layer.NextLayer, found: Open) -> Opening | None:
        """Read what arrived since the last time, and only that."""
        if found.reader is None:
            found.reader, found.fed = OpeningReader(), 0
        opening = None
        for event in chooser.events[found.fed :]:
            if (
                isinstance(event, events.DataReceived)
                and event.connection is chooser.context.client
            ):
                opening = found.reader.feed(event.data)
        found.fed = len(chooser.events)
        if opening is not None:
            found.reader = None
        return opening

    def _proxy_request(self, chooser: layer.NextLayer, opening: Opening) -> layer.Layer:
        """What a client says to the proxy itself: HTTP, or nothing that we answer."""
        if opening.kind == "http":
            return PlainHttp(chooser.context, HTTPMode.regular)
        return Refuse(chooser.context, alert=opening.kind == "tls")

    async def _fate(self, chooser: layer.NextLayer, found: Open, opening: Opening) -> layer.Layer:
        """Passed, shown the page, or refused. DESIGN.md section 6 has the table."""
        shown = _shown_in(opening, chooser.context.server.address, found)
        decision = self.gate.judge(found, shown)
        if decision.action in OPEN and _is_transparent(chooser.context.client):
            decision, where = await self._led(found, shown, decision)
            chooser.context.server.address = (where, shown.destination_port or 443)
        if decision.action in OPEN:
            if shown.server_name and shown.destination_ip and _is_regular(chooser):
                # The client named an address and then a name: what it gets is the name it showed.
                chooser.context.server.address = (shown.server_name, shown.destination_port or 443)
            found.in_time()
            found.relay = Relay(chooser.context)
            self.gate.let_through(found, decision)
            return found.relay
        if opening.kind == "tls" and self.gate.can_show_page(decision):
            found.unrecorded = decision
            # The leaf is made for the server's address too: an IP address there would lie outside
            # what the certificate permits, and spoil the whole leaf.
            chooser.context.server.address = (str(shown.server_name), 443)
            return ClientTLSLayer(chooser.context)
        self.gate.refused(decision)
        return Refuse(chooser.context, alert=opening.kind == "tls")

    async def _led(self, found: Open, shown: Shown, decision: Decision) -> tuple[Decision, str]:
        """For an address that was dialled with a name: the decision and the address to dial.

        Where the name leads elsewhere, that is where the client gets: a client may have asked
        another name server, but what it shows is what it must mean. A name that leads nowhere hides
        where the connection goes as well as no name does.
        """
        dialled = shown.destination_ip
        assert dialled is not None
        if not self.gate.must_lead_there(decision):
            return decision, dialled
        leads = await self.names.lead(shown.names[0], found.key)
        if leads is None or dialled in leads:
            return decision, dialled
        if not leads:
            return self.gate.judge(found, replace(shown, names=(), server_name=None)), dialled
        return decision, min(leads, key=lambda ip: (":" in ip) != (":" in dialled))

    def _page_layer(self, chooser: layer.NextLayer, found: Open) -> layer.Layer:
        names = found.current.connection if found.current else None
        shown = Shown(
            names.names if names else (),
            "tls",
            names.server_name if names else None,
            names.destination_ip if names else None,
            names.destination_port if names else None,
        )

        def answer(_: str, target: str, headers: Mapping[str, str]) -> Answer:
            return self.gate.guarded_page(found, shown, target, headers)

        return ShowPage(chooser.context, answer)

    def _begin_deadline(self, client: mitm.Client, found: Open) -> None:
        if found.deadline is None:
            handler = ctx.master.addons.get("proxyserver").connections.get(client.id)
            if handler is not None:
                loop = asyncio.get_running_loop()
                found.deadline = loop.call_later(PATIENCE, cut, handler)

    def _may_dial(self, flow: http.HTTPFlow) -> bool:
        if _is_transparent(flow.client_conn):
            return True
        literal = address(flow.request.host)
        return literal is None or self.gate.destinations.permits(literal)

    def _is_for_us(self, flow: http.HTTPFlow) -> bool:
        """Whether a request asks the gate itself for its proxy.pac."""
        return flow.request.path == "/proxy.pac" and flow.request.port in _own_ports()


def _is_proxy_request(chooser: layer.NextLayer) -> bool:
    """Whether a client speaks to the proxy itself: it has not said yet where it wants to go."""
    return isinstance(chooser.context.layers[-1], modes.HttpProxy)


def _own_ports() -> set[int]:
    return {address[1] for address in ctx.master.addons.get("proxyserver").listen_addrs()}


def _is_this_gate(destination: tuple[str, int]) -> bool:
    """Whether a connection was meant for the gate itself: passed on, it would come back for ever.

    The kernel's rules refuse these before us; this is for a machine on which they are not loaded.
    """
    return destination[1] in _own_ports() and is_ours(destination[0])


def _is_transparent(client: mitm.Client) -> bool:
    return isinstance(client.proxy_mode, mode_specs.TransparentMode)


def _is_regular(chooser: layer.NextLayer) -> bool:
    return any(isinstance(below, HttpLayer) for below in chooser.context.layers)


def _shown_in(opening: Opening, dialled: tuple[str, int] | None, found: Open) -> Shown:
    host, port = dialled or ("", 0)
    sni = next((n for n in map(host_name, opening.names) if n), None)
    names = dict.fromkeys(
        n for n in (found.connect_name, *map(host_name, opening.names)) if n is not None
    )
    return Shown(
        tuple(names), "tls" if opening.kind == "tls" else "other", sni, address(host), port
    )


def _shown_by(flow: http.HTTPFlow, found: Open) -> Shown | None:
    """The names that one request shows, each of which is decided; None where one is unreadable."""
    request = flow.request
    if request.scheme == "https":
        return None  # fetched on the client's behalf it would be read by us, which we never do
    written = [*request.headers.get_all("host")]
    dialled = address(request.host)
    if _is_transparent(flow.client_conn):
        # `GET http://elsewhere/` asks for what it says, whatever its Host (RFC 9112, 3.2.2).
        written[:0] = [request.authority] if request.authority else []
    elif found.connect_name is None:
        written.insert(0, request.host)
    names: dict[str, None] = dict.fromkeys([found.connect_name] if found.connect_name else [])
    for text in written:
        name = host_name(text)
        if name is not None:
            names[name] = None
        elif address(text) is None:
            return None
    return Shown(tuple(names), "http", None, dialled, request.port)


def _headers(flow: http.HTTPFlow) -> dict[str, str]:
    return {name.lower(): value for name, value in flow.request.headers.items()}


def _answer(flow: http.HTTPFlow, answer: Answer) -> None:
    """Give the gate's own answer. mitmproxy must not also stream the request to anybody."""
    length = flow.request.headers.get("content-length", "0")
    if "transfer-encoding" in flow.request.headers or not length.isdigit():
        flow.kill()
        return
    if int(length) > _LONGEST_UPLOAD:
        flow.kill()
        return
    flow.request.stream = False
    flow.response = http.Response.make(
        answer.status, answer.body, {**dict(answer.headers), "Connection": "close"}
    )


def _pac_answer(gate: Gate, flow: http.HTTPFlow) -> Answer:
    where = flow.request.host_header or f"{flow.request.host}:{flow.request.port}"
    body = proxy_pac(gate.policy, where).encode()
    kind = "application/x-ns-proxy-autoconfig"
    return Answer(200, (("Content-Type", kind), ("Cache-Control", "max-age=300")), body)


def _counting(found: Open) -> Callable[[bytes], bytes]:
    """A stream that counts what goes by and keeps none of it."""

    def count(chunk: bytes) -> bytes:
        found.other_bytes += len(chunk)
        return chunk

    return count


def _is_distrust(error: str) -> bool:
    """Whether a handshake failed because the device does not know the certificate."""
    return any(word in error for word in ("does not trust", "unknown ca", "certificate unknown"))


def _client_of(data: Any) -> mitm.Client:
    match data:
        case mitm.Client():
            return data
        case layer.NextLayer() | tls.TlsData():
            return data.context.client
        case server_hooks.ServerConnectionHookData():
            return data.client
        case _:
            client: mitm.Client = data.client_conn
            return client

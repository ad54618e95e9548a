"""mitmproxy's hooks, each translated into one question to the gate, and its answer into a flow.

mitmproxy swallows what a hook raises and lets the traffic go on. So every hook here is `guarded`:
whatever fails, a restricted name is refused, and the failure is a record.
"""

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from mitmproxy import connection as mitm
from mitmproxy import ctx, http, tcp, tls
from mitmproxy.proxy import layer, server_hooks

from bellgate.gate.connections import ClientConnection, cut
from bellgate.gate.dial import is_ours
from bellgate.gate.fate import INSIDE, Fates, PassedOn
from bellgate.gate.flows import counting, give, is_transparent, pac_answer, request_of, shown_by
from bellgate.gate.gate import Gate
from bellgate.gate.layer_choice import LayerChoice
from bellgate.gate.names import Names
from bellgate.gate.page import Answer
from bellgate.gate.surroundings import source_of
from bellgate.policy.facts import NOT_SEEN, address, host_name

PATIENCE = 10.0
"""Seconds in which a client must have shown what it wants."""

_NOT_SERVED = b"This port is not served: see gate.ports in school.yaml.\n"
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
        except Exception as error:  # noqa: BLE001 - mitmproxy would let the traffic go on
            self.failed(hook.__name__, data, error)

    @functools.wraps(hook)
    def run(self: "Hooks", data: Any) -> None:
        try:
            hook(self, data)
        except Exception as error:  # noqa: BLE001 - mitmproxy would let the traffic go on
            self.failed(hook.__name__, data, error)

    return run_async if inspect.iscoroutinefunction(hook) else run


class Hooks:
    """The addon. It chooses every layer itself: no default chooser runs beside it."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.fates = Fates(gate, Names())
        self.layer_choice = LayerChoice(gate, self.fates)

    @guarded
    def client_connected(self, client: mitm.Client) -> None:
        transparent = is_transparent(client)
        if transparent and _is_this_gate(client.sockname):
            client.error = "the gate was dialled, not brought here"
            return
        connection = self.gate.admission.welcome(
            source_of(client.peername), client.peername[1], known_only=not transparent
        )
        if connection is None:
            client.error = "refused"
        else:
            self.gate.connections.add(client.id, connection)
            # From the start: who says nothing at all holds descriptors, too.
            self._begin_deadline(client, connection)

    @guarded
    def client_disconnected(self, client: mitm.Client) -> None:
        connection = self.gate.connections.pop(client.id)
        if connection is not None:
            self.gate.accounts.farewell(connection)

    @guarded
    def http_connect(self, flow: http.HTTPFlow) -> None:
        connection = self._connection(flow.client_conn)
        host = flow.request.host
        connection.connect_name = host_name(host)
        literal = address(host)
        if literal is not None and not self.gate.may_reach(literal):
            flow.response = http.Response.make(INSIDE.status, INSIDE.body)
            return
        if not self.fates.serves(flow.request.port, 443) and flow.request.port != 80:
            flow.response = http.Response.make(403, _NOT_SERVED)
            return
        self._begin_deadline(flow.client_conn, connection)

    @guarded
    def next_layer(self, chooser: layer.NextLayer) -> None:
        connection = self._connection(chooser.context.client)
        self._begin_deadline(chooser.context.client, connection)
        chooser.layer = self.layer_choice.reader(chooser.context, connection)

    @guarded
    async def requestheaders(self, flow: http.HTTPFlow) -> None:
        connection = self._connection(flow.client_conn)
        connection.in_time()
        if self._is_for_us(flow):
            give(flow, pac_answer(self.gate, flow))
            return
        shown = shown_by(flow, connection)
        if shown is None:
            give(flow, Answer(400, (), b"The host of this request cannot be read.\n"))
            return
        if not is_transparent(flow.client_conn) and not self.fates.serves(flow.request.port, 80):
            give(flow, Answer(403, (), _NOT_SERVED))
            return
        match await self.fates.of_request(
            connection, shown, request_of(flow), host=flow.request.host
        ):
            case Answer() as answer:
                give(flow, answer)
            case PassedOn(to):
                # The request stays as it is: only where it is sent to may be another address.
                flow.request.data.host = to
                for name in _BETWEEN_PROXIES:
                    flow.request.headers.pop(name, None)
                flow.request.stream = counting(connection)

    @guarded
    def responseheaders(self, flow: http.HTTPFlow) -> None:
        assert flow.response is not None
        flow.response.stream = counting(self._connection(flow.client_conn))

    @guarded
    def tcp_message(self, flow: tcp.TCPFlow) -> None:
        # Only what an upgraded connection (WebSocket) carries comes by here. mitmproxy would keep
        # every message for as long as the connection is open.
        connection = self._connection(flow.client_conn)
        connection.other_bytes += sum(len(message.content) for message in flow.messages)
        flow.messages.clear()

    @guarded
    def tls_failed_client(self, data: tls.TlsData) -> None:
        connection = self._connection(data.context.client)
        refusal, connection.unrecorded = connection.unrecorded, None
        if refusal is not None:
            if _is_distrust(data.conn.error or ""):
                self.gate.closed_sites.distrusted(refusal)
            self.gate.accounts.refused(connection, refusal)

    @guarded
    async def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        assert data.server.address is not None
        host, port = data.server.address[:2]
        to = await self.fates.where_to(self._connection(data.client), host)
        if to is None:
            data.server.error = "its name leads nowhere, or inside the school's network"
        else:
            data.server.address = (to, port)

    def failed(self, hook: str, data: Any, error: Exception) -> None:
        """A hook raised: refuse what is restricted or unread, pass the rest, record the failure."""
        client = _client_of(data)
        connection = self.gate.connections.get(client.id)
        if isinstance(data, layer.NextLayer):
            # Nothing was read yet: what it opens with decides, by names alone.
            data.layer = self.layer_choice.by_names_alone(data.context, connection, hook, error)
            return
        names = [connection.connect_name] if connection and connection.connect_name else []
        if isinstance(data, http.HTTPFlow):
            hosts = (data.request.host, *data.request.headers.get_all("host"))
            names += [name for name in map(host_name, hosts) if name]
        passes = self.gate.failures.failed(
            error, hook, client.peername[0], tuple(dict.fromkeys(names))
        )
        if isinstance(data, http.HTTPFlow) and not passes:
            give(data, Answer(403, (), b""))
        elif isinstance(data, server_hooks.ServerConnectionHookData):
            data.server.error = "could not be checked"

    def _connection(self, client: mitm.Client) -> ClientConnection:
        """What is known of the connection; begun here where its first hook failed."""
        connection = self.gate.connections.get(client.id)
        if connection is None:
            ip, port = client.peername[:2]
            connection = ClientConnection(ip, port, NOT_SEEN, self.gate.clock.now(), share=ip)
            self.gate.connections.add(client.id, connection)
        return connection

    def _begin_deadline(self, client: mitm.Client, connection: ClientConnection) -> None:
        if connection.deadline is None:
            handler = ctx.master.addons.get("proxyserver").connections.get(client.id)
            if handler is not None:
                loop = asyncio.get_running_loop()
                connection.deadline = loop.call_later(PATIENCE, cut, handler)

    def _is_for_us(self, flow: http.HTTPFlow) -> bool:
        """Whether a request asks the gate itself for its proxy.pac."""
        return flow.request.path == "/proxy.pac" and flow.request.port in _own_ports()


def _own_ports() -> set[int]:
    return {listening[1] for listening in ctx.master.addons.get("proxyserver").listen_addrs()}


def _is_this_gate(destination: tuple[str, int]) -> bool:
    """Whether a connection was meant for the gate itself: passed on, it would come back for ever.

    The kernel's rules refuse these before us; this is for a machine on which they are not loaded.
    """
    return destination[1] in _own_ports() and is_ours(destination[0])


def _is_distrust(error: str) -> bool:
    """Whether the client said, by an alert, that it does not know the certificate.

    One that just goes away in the middle may have opened the connection ahead, or be in a hurry;
    mitmproxy's words for that speak of trust, too.
    """
    return error.startswith("The client does not trust")


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

"""mitmproxy's hooks, each translated into one question to the gate and one fate of a connection.

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

from bellgate.gate.connections import Open, cut
from bellgate.gate.dial import Names, is_ours
from bellgate.gate.fate import Choosing
from bellgate.gate.gate import Gate, Shown
from bellgate.gate.page import Answer, Request
from bellgate.gate.records import seen_in
from bellgate.gate.requests import (
    counting,
    give,
    headers_of,
    is_transparent,
    pac_answer,
    shown_by,
)
from bellgate.policy.action import is_open
from bellgate.policy.decide import Decision
from bellgate.policy.facts import address, host_name

PATIENCE = 10.0
"""Seconds in which a client must have shown what it wants."""

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
        self.choosing = Choosing(gate)
        self.names = Names()

    @guarded
    def client_connected(self, client: mitm.Client) -> None:
        transparent = is_transparent(client)
        if transparent and _is_this_gate(client.sockname):
            client.error = "the gate was dialled, not brought here"
            return
        found = self.gate.welcome(
            client.peername[0], client.peername[1], known_only=not transparent
        )
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
        if literal is not None and not self.gate.may_reach(literal):
            flow.response = http.Response.make(403, b"This address lies inside the network.\n")
            return
        self._begin_deadline(flow.client_conn, found)

    @guarded
    def next_layer(self, chooser: layer.NextLayer) -> None:
        found = self._open(chooser.context.client)
        self._begin_deadline(chooser.context.client, found)
        chooser.layer = self.choosing.reader(chooser.context, found)

    @guarded
    async def requestheaders(self, flow: http.HTTPFlow) -> None:
        found = self._open(flow.client_conn)
        found.in_time()
        if self._is_for_us(flow):
            give(flow, pac_answer(self.gate, flow))
            return
        shown = shown_by(flow, found)
        if shown is None:
            give(flow, Answer(400, (), b"The host of this request cannot be read.\n"))
            return
        if not self._may_dial(flow):
            give(flow, Answer(403, (), b"This address lies inside the network.\n"))
            return
        decision = self.gate.judge(found, shown)
        if is_open(decision.action) and is_transparent(flow.client_conn):
            where = await self._where(found, decision, flow.request.host)
            if where is None:
                decision = self._hidden(found, decision)
            else:
                # The request stays as it is: only where it is sent to may be another address.
                flow.request.data.host = where
        if not is_open(decision.action):
            request = Request(flow.request.method, flow.request.path, headers_of(flow))
            self.gate.refused(found, decision, seen_in(decision, request.headers))
            give(flow, self.gate.closed_page(decision, request, f"http://{decision.host or ''}"))
            return
        self.gate.let_through(found, decision)
        for name in _BETWEEN_PROXIES:
            flow.request.headers.pop(name, None)
        flow.request.stream = counting(found)

    @guarded
    def responseheaders(self, flow: http.HTTPFlow) -> None:
        assert flow.response is not None
        flow.response.stream = counting(self._open(flow.client_conn))

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
            self.gate.refused(found, refusal)

    @guarded
    async def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        assert data.server.address is not None
        if is_transparent(data.client):
            # Whether it may go there is the firewall's business; whether it says so, ours.
            await self._hold_to_its_name(self._open(data.client), data.server)
            return
        literal = address(data.server.address[0])
        if literal is not None and not self.gate.may_reach(literal):
            data.server.error = "lies inside the school's network"

    async def _hold_to_its_name(self, found: Open, server: mitm.Server) -> None:
        """Send a passed connection where the name that it showed leads."""
        assert server.address is not None
        if found.current is None:
            return
        dialled, port = server.address
        where = await self._where(found, found.current, dialled)
        if where is None:
            self.gate.refused(found, self._hidden(found, found.current))
            server.error = "its name leads nowhere"
        else:
            server.address = (where, port)

    async def _where(self, found: Open, decision: Decision, dialled: str) -> str | None:
        """Where a client gets that dialled an address and showed a name: where the name leads.

        It may have asked another name server than the school's, but what it shows is what it must
        mean. None: a name that leads nowhere hides where the connection goes as well as none does.
        """
        if not self.gate.must_lead_there(decision):
            return dialled
        leads = await self.names.lead(decision.connection.names[0], found.share)
        if leads is None or dialled in leads:
            return dialled
        return min(leads, key=lambda ip: (":" in ip) != (":" in dialled), default=None)

    def _hidden(self, found: Open, decision: Decision) -> Decision:
        facts = decision.connection
        return self.gate.judge(
            found, Shown((), facts.protocol, None, facts.destination_ip, facts.destination_port)
        )

    def failed(self, hook: str, data: Any, error: Exception) -> None:
        """A hook raised: refuse what is restricted or unread, pass the rest, record the failure."""
        client = _client_of(data)
        found = self.gate.connections.get(client.id)
        if isinstance(data, layer.NextLayer):
            # Nothing was read yet: what it opens with decides, by names alone.
            data.layer = self.choosing.by_names_alone(data.context, found, hook, error)
            return
        names = [found.connect_name] if found and found.connect_name else []
        if isinstance(data, http.HTTPFlow):
            hosts = (data.request.host, *data.request.headers.get_all("host"))
            names += [name for name in map(host_name, hosts) if name]
        passes = self.gate.failed(error, hook, client.peername[0], tuple(dict.fromkeys(names)))
        if isinstance(data, http.HTTPFlow) and not passes:
            give(data, Answer(403, (), b""))
        elif isinstance(data, server_hooks.ServerConnectionHookData):
            data.server.error = "could not be checked"

    def _open(self, client: mitm.Client) -> Open:
        """What is known of the connection; begun here where its first hook failed."""
        found = self.gate.connections.get(client.id)
        if found is None:
            ip, port = client.peername[:2]
            found = Open(ip, port, None, self.gate.clock.now(), share=ip)
            self.gate.connections.add(client.id, found)
        return found

    def _begin_deadline(self, client: mitm.Client, found: Open) -> None:
        if found.deadline is None:
            handler = ctx.master.addons.get("proxyserver").connections.get(client.id)
            if handler is not None:
                loop = asyncio.get_running_loop()
                found.deadline = loop.call_later(PATIENCE, cut, handler)

    def _may_dial(self, flow: http.HTTPFlow) -> bool:
        if is_transparent(flow.client_conn):
            return True
        literal = address(flow.request.host)
        return literal is None or self.gate.may_reach(literal)

    def _is_for_us(self, flow: http.HTTPFlow) -> bool:
        """Whether a request asks the gate itself for its proxy.pac."""
        return flow.request.path == "/proxy.pac" and flow.request.port in _own_ports()


def _own_ports() -> set[int]:
    return {address[1] for address in ctx.master.addons.get("proxyserver").listen_addrs()}


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

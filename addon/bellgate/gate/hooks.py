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
from mitmproxy import ctx, tls
from mitmproxy.proxy import layer, mode_specs, server_hooks

from bellgate.gate.connections import ClientConnection
from bellgate.gate.dial import is_ours
from bellgate.gate.fate import INSIDE, Fates, PassedOn
from bellgate.gate.gate import Gate
from bellgate.gate.layer_choice import LayerChoice
from bellgate.gate.names import Names
from bellgate.gate.page import NOTHING_SAID, for_a_stranger, in_words
from bellgate.gate.plain_request import (
    PlainRequest,
    asks_for_pac,
    pac_answer,
    request_of,
    shown_by,
)
from bellgate.gate.shares import Key
from bellgate.gate.sockets import cut, handler_of, let_go
from bellgate.gate.surroundings import source_of
from bellgate.policy.facts import NOT_SEEN, address, host_name

PATIENCE = 10.0
"""Seconds in which a client must have shown what it wants."""

_NOT_SERVED = in_words(403, "This port is not served: see gate.ports in school.yaml.\n")
_UNREADABLE = in_words(400, "The host of this request cannot be read.\n")


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
        transparent = isinstance(client.proxy_mode, mode_specs.TransparentMode)
        if transparent and _is_this_gate(client.sockname):
            client.error = "the gate was dialled, not brought here"
            return
        connection = self.gate.admission.welcome(
            source_of(client.peername), client.peername[1], is_brought=transparent
        )
        self.gate.connections.add(client.id, connection)
        # From the start: who says nothing at all holds descriptors, too.
        self._begin_deadline(client, connection)
        handler = handler_of(client)
        if transparent and handler is not None:
            # mitmproxy would ask for a layer at the client's first byte, and it may wait for its
            # server's.
            handler.layer = layer.NextLayer(handler.layer.context, ask_on_start=True)

    @guarded
    def client_disconnected(self, client: mitm.Client) -> None:
        let_go(client, client)
        connection = self.gate.connections.pop(client.id)
        if connection is not None:
            self.gate.accounts.farewell(connection)

    @guarded
    def next_layer(self, chooser: layer.NextLayer) -> None:
        connection = self._connection(chooser.context.client)
        self._begin_deadline(chooser.context.client, connection)
        chooser.layer = self.layer_choice.reader(chooser.context, connection)

    @guarded
    async def plain_request(self, request: PlainRequest) -> None:
        connection = self._connection(request.client)
        connection.in_time()
        if connection.of_a_stranger:
            request.fate = for_a_stranger(connection.source_ip, self.gate.policy.edition.contact)
            return
        if request.is_connect:
            self._connect(request, connection)
            return
        if asks_for_pac(request):
            request.fate = pac_answer(self.gate, request)
            return
        shown = shown_by(request, connection)
        if shown is None:
            request.fate = _UNREADABLE
        elif request.to_the_proxy and not self.fates.serves(request.port, 80):
            request.fate = _NOT_SERVED
        else:
            request.fate = await self.fates.of_request(
                connection, shown, request_of(request), host=request.host
            )

    def _connect(self, request: PlainRequest, connection: ClientConnection) -> None:
        """A tunnel is asked for: what comes through it is decided when it is read."""
        connection.connect_name = host_name(request.host)
        literal = address(request.host)
        if literal is None and connection.connect_name is None:
            request.fate = _UNREADABLE
        elif literal is not None and not self.gate.may_reach(literal):
            request.fate = INSIDE
        elif not self.fates.serves(request.port, 443) and request.port != 80:
            request.fate = _NOT_SERVED
        else:
            request.fate = PassedOn(request.host)
            self._begin_deadline(request.client, connection)

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
        to = await self.fates.where_to(self._connection(data.client), host, port)
        if to is None:
            data.server.error = "its name leads nowhere, or inside the school's network"
        else:
            data.server.address = (to, port)

    @guarded
    def server_disconnected(self, data: server_hooks.ServerConnectionHookData) -> None:
        let_go(data.client, data.server)

    def failed(self, hook: str, data: Any, error: Exception) -> None:
        """A hook raised: refuse what is restricted or unread, pass the rest, record the failure."""
        client = _client_of(data)
        connection = self.gate.connections.get(client.id)
        if isinstance(data, layer.NextLayer):
            # Nothing was read yet: what it opens with decides, by names alone.
            data.layer = self.layer_choice.by_names_alone(data.context, connection, hook, error)
            return
        names = [connection.connect_name] if connection and connection.connect_name else []
        if isinstance(data, PlainRequest):
            names += [name for name in map(host_name, (data.host, *data.named)) if name]
        passes = self.gate.failures.failed(
            error, hook, client.peername[0], tuple(dict.fromkeys(names))
        )
        if isinstance(data, PlainRequest):
            data.fate = PassedOn(data.host) if passes else NOTHING_SAID
        elif isinstance(data, server_hooks.ServerConnectionHookData):
            data.server.error = "could not be checked"

    def _connection(self, client: mitm.Client) -> ClientConnection:
        """What is known of the connection; begun here where its first hook failed."""
        connection = self.gate.connections.get(client.id)
        if connection is None:
            ip, port = client.peername[:2]
            connection = ClientConnection(ip, port, NOT_SEEN, self.gate.clock.now(), Key(ip))
            self.gate.connections.add(client.id, connection)
        return connection

    def _begin_deadline(self, client: mitm.Client, connection: ClientConnection) -> None:
        if connection.deadline is None:
            handler = handler_of(client)
            if handler is not None:
                loop = asyncio.get_running_loop()
                connection.deadline = loop.call_later(PATIENCE, cut, handler)


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
        case _:
            client: mitm.Client = data.client
            return client

"""Which of mitmproxy's layers a connection goes to, once it is read what it opens with.

Carries out the fate that `fate` chooses. What fails on the way is refused or passed by the names
alone, and recorded. No default chooser of mitmproxy's runs beside it.
"""

from dataclasses import replace

from mitmproxy.proxy import layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers import ClientTLSLayer, modes

from bellgate.gate.connections import ClientConnection, Shown
from bellgate.gate.fate import Fates
from bellgate.gate.gate import Gate
from bellgate.gate.layers import (
    ReadOpening,
    Refuse,
    Relay,
    RelayAfterSilence,
    RelayTls,
    RelayUnread,
    ShowPage,
)
from bellgate.gate.page import NOTHING_SAID, Answer, Request
from bellgate.gate.plain_http import PlainHttp
from bellgate.gate.web_servers import WebServers
from bellgate.policy.facts import Protocol, address, host_name
from bellgate.wire.opening import Opening


class LayerChoice:
    """Layers for connections, by their fates."""

    def __init__(self, gate: Gate, fates: Fates) -> None:
        self._gate = gate
        self._fates = fates
        self._web_servers = WebServers()

    def reader(self, context: Context, connection: ClientConnection) -> layer.Layer:
        """The layer that every connection begins with."""

        def choose(opening: Opening) -> layer.Layer:
            try:
                return self._choose(context, connection, opening)
            except Exception as error:  # noqa: BLE001 - mitmproxy would leave it open and mute
                return self._after_failure(context, connection, opening, "choosing", error)

        def silence() -> bool:
            server = context.server.address
            return server is None or not self._web_servers.knows(
                connection.share.own, server, self._gate.clock.elapsed()
            )

        said_to_the_proxy = isinstance(context.layers[-1], modes.HttpProxy)
        silent = Opening("other", silent=True)
        begins = not said_to_the_proxy and self._is_served(context, silent)
        return ReadOpening(context, choose, silence if begins else None)

    def by_names_alone(
        self, context: Context, connection: ClientConnection | None, where: str, error: Exception
    ) -> layer.Layer:
        """The layer to begin with where our code has failed already."""
        return ReadOpening(
            context,
            lambda opening: self._after_failure(context, connection, opening, where, error),
            None,
        )

    def _plain(
        self, context: Context, connection: ClientConnection | None, *, to_the_proxy: bool = False
    ) -> layer.Layer:
        """Plain HTTP: each request is decided when its head has come."""

        def count(size: int) -> None:
            if connection is not None:
                connection.other_bytes += size

        def tunnel() -> layer.Layer:
            if connection is None:
                return Refuse(context, alert=False)
            return self.reader(context, connection)

        return PlainHttp(context, to_the_proxy=to_the_proxy, count=count, tunnel=tunnel)

    def _choose(
        self, context: Context, connection: ClientConnection, opening: Opening
    ) -> layer.Layer:
        if isinstance(context.layers[-2], modes.HttpProxy):
            # Said to the proxy itself: HTTP, or nothing that we answer. Each request is decided.
            if opening.kind == "http":
                return self._plain(context, connection, to_the_proxy=True)
            return Refuse(context, alert=opening.kind == "tls")
        if not self._is_served(context, opening):
            # Recorded where it hides its name from somebody to whom that is closed.
            self._fates.of_opening(
                connection, _shown_in(opening, context.server.address, connection), tls=False
            )
            return Refuse(context, alert=opening.kind == "tls")
        if opening.kind in ("http", "tls") and (server := context.server.address) is not None:
            self._web_servers.spoken_to(connection.share.own, server, self._gate.clock.elapsed())
        if opening.kind == "http":
            return self._plain(context, connection)
        return self._by_fate(context, connection, opening)

    def _is_served(self, context: Context, opening: Opening) -> bool:
        """Behind CONNECT: TLS that can be read on 443, plain HTTP on 80, what the files name."""
        if not _is_regular(context) or context.server.address is None:
            return True
        if opening.kind == "http":
            return self._fates.serves(context.server.address[1], 80)
        readable = opening.kind == "tls" and opening.whole
        port = context.server.address[1]
        return (readable and port == 443) or (port != 443 and self._fates.serves(port, 443))

    def _by_fate(
        self, context: Context, connection: ClientConnection, opening: Opening
    ) -> layer.Layer:
        tls = opening.kind == "tls"
        shown = _shown_in(opening, context.server.address, connection)
        match self._fates.of_opening(connection, shown, tls=tls):
            case "passed":
                if shown.server_name and shown.destination_ip and _is_regular(context):
                    # The client named an address and then a name: it gets the name it showed.
                    context.server.address = (shown.server_name, shown.destination_port or 443)
                connection.in_time()  # a page has to be asked for within the same patience
                connection.relay = self._relay(context, connection, opening)
                return connection.relay
            case "page":
                # The leaf is made for the server's address too: an IP address there would lie
                # outside what the certificate permits, and spoil the whole leaf.
                context.server.address = (str(shown.server_name), 443)
                return self._decrypted(context, connection, shown)
            case "refused":
                return Refuse(context, alert=tls)

    def _relay(self, context: Context, connection: ClientConnection, opening: Opening) -> Relay:
        """For what is passed. What it says next in the clear is looked at, too."""
        dialled = context.server.address

        def may_go_on(said: Opening) -> bool:
            shown = _shown_in(said, dialled, connection)
            try:
                return self._fates.of_opening(connection, shown, tls=False) == "passed"
            except Exception as error:  # noqa: BLE001 - mitmproxy would let it go on
                self._gate.failures.failed(error, "relay", connection.source_ip, shown.names)
                return False

        def may_hide() -> bool:
            return may_go_on(replace(opening, whole=False))

        if opening.silent:
            return RelayAfterSilence(context, may_hide, lambda: self.reader(context, connection))
        if opening.kind == "tls":
            return RelayTls(context, may_go_on)
        return RelayUnread(context, may_hide)

    def _decrypted(
        self, context: Context, connection: ClientConnection, shown: Shown
    ) -> layer.Layer:
        """TLS that we end ourselves, with nothing behind it but the page."""

        def answer(request: Request) -> Answer:
            try:
                return self._gate.closed_sites.page(connection, shown, request)
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not open the site
                self._gate.failures.failed(error, "page", connection.source_ip, shown.names)
                return NOTHING_SAID

        encrypted = ClientTLSLayer(context)
        encrypted.child_layer = ShowPage(context, answer)
        return encrypted

    def _after_failure(
        self,
        context: Context,
        connection: ClientConnection | None,
        opening: Opening,
        where: str,
        error: Exception,
    ) -> layer.Layer:
        undecided = isinstance(context.layers[-2], modes.HttpProxy)
        connect = [connection.connect_name] if connection and connection.connect_name else []
        names = dict.fromkeys(n for n in (*connect, *map(host_name, opening.names)) if n)
        passes = self._gate.failures.failed(
            error, where, context.client.peername[0], tuple(names), undecided=undecided
        )
        if undecided and opening.kind == "http":
            return self._plain(context, connection, to_the_proxy=True)
        if passes:
            return Relay(context)
        return Refuse(context, alert=opening.kind == "tls")


def _is_regular(context: Context) -> bool:
    return any(isinstance(below, PlainHttp) for below in context.layers)


def _protocol_of(opening: Opening) -> Protocol:
    if not opening.whole:
        return "other"
    return "tls" if opening.kind == "tls" else "not-web"


def _shown_in(
    opening: Opening, dialled: tuple[str, int] | None, connection: ClientConnection
) -> Shown:
    host, port = dialled or ("", 0)
    read = [name for name in map(host_name, opening.names) if name is not None]
    names = dict.fromkeys(n for n in (connection.connect_name, *read) if n is not None)
    return Shown(
        tuple(names),
        _protocol_of(opening),
        read[0] if read else None,
        address(host),
        port,
    )

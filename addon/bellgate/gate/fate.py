"""Which layer a connection goes to, once it is read what it opens with.

Every choice is made in `_choose`, in one order; what fails in it is refused or passed by the names
alone, and recorded. No default chooser of mitmproxy's runs beside it.
"""

from mitmproxy.proxy import layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers import ClientTLSLayer, HttpLayer, modes
from mitmproxy.proxy.layers.http import HTTPMode

from bellgate.gate.connections import Open
from bellgate.gate.gate import Gate, Shown
from bellgate.gate.layers import PlainHttp, ReadOpening, Refuse, Relay, ShowPage
from bellgate.gate.page import Answer, Request
from bellgate.policy.action import is_open
from bellgate.policy.facts import address, host_name
from bellgate.wire.opening import Opening


class Choosing:
    """Layers for connections, by the gate's decisions."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def reader(self, context: Context, found: Open) -> layer.Layer:
        """The layer that every connection begins with."""

        def choose(opening: Opening) -> layer.Layer:
            try:
                return self._choose(context, found, opening)
            except Exception as error:  # noqa: BLE001 - mitmproxy would leave it open and mute
                return self._after_failure(context, found, opening, "choosing", error)

        return ReadOpening(context, choose)

    def by_names_alone(
        self, context: Context, found: Open | None, where: str, error: Exception
    ) -> layer.Layer:
        """The layer to begin with where our code has failed already."""
        return ReadOpening(
            context, lambda opening: self._after_failure(context, found, opening, where, error)
        )

    def _choose(self, context: Context, found: Open, opening: Opening) -> layer.Layer:
        if isinstance(context.layers[-2], modes.HttpProxy):
            # Said to the proxy itself: HTTP, or nothing that we answer. Each request is decided.
            if opening.kind == "http":
                return PlainHttp(context, HTTPMode.regular)
            return Refuse(context, alert=opening.kind == "tls")
        if opening.kind == "http":
            return PlainHttp(context, HTTPMode.transparent)
        return self._fate(context, found, opening)

    def _fate(self, context: Context, found: Open, opening: Opening) -> layer.Layer:
        """Passed, shown the page, or refused. DESIGN.md section 6 has the table."""
        shown = _shown_in(opening, context.server.address, found)
        decision = self._gate.judge(found, shown)
        if is_open(decision.action):
            if shown.server_name and shown.destination_ip and _is_regular(context):
                # The client named an address and then a name: what it gets is the name it showed.
                context.server.address = (shown.server_name, shown.destination_port or 443)
            found.in_time()  # a page has to be asked for within the same patience
            found.relay = Relay(context)
            self._gate.let_through(found, decision)
            return found.relay
        if (
            opening.kind == "tls"
            and self._gate.can_show_page(decision)
            and self._gate.may_show_page(found)
        ):
            found.unrecorded = decision
            # The leaf is made for the server's address too: an IP address there would lie outside
            # what the certificate permits, and spoil the whole leaf.
            context.server.address = (str(shown.server_name), 443)
            return self._decrypted(context, found, shown)
        self._gate.refused(found, decision)
        return Refuse(context, alert=opening.kind == "tls")

    def _decrypted(self, context: Context, found: Open, shown: Shown) -> layer.Layer:
        """TLS that we end ourselves, with nothing behind it but the page."""

        def answer(request: Request) -> Answer:
            return self._gate.guarded_page(found, shown, request)

        encrypted = ClientTLSLayer(context)
        encrypted.child_layer = ShowPage(context, answer)
        return encrypted

    def _after_failure(
        self, context: Context, found: Open | None, opening: Opening, where: str, error: Exception
    ) -> layer.Layer:
        undecided = isinstance(context.layers[-2], modes.HttpProxy)
        shown = [found.connect_name] if found and found.connect_name else []
        names = dict.fromkeys(n for n in (*shown, *map(host_name, opening.names)) if n)
        passes = self._gate.failed(
            error, where, context.client.peername[0], tuple(names), undecided=undecided
        )
        if undecided and opening.kind == "http":
            return PlainHttp(context, HTTPMode.regular)
        if passes:
            return Relay(context)
        return Refuse(context, alert=opening.kind == "tls")


def _is_regular(context: Context) -> bool:
    return any(isinstance(below, HttpLayer) for below in context.layers)


def _shown_in(opening: Opening, dialled: tuple[str, int] | None, found: Open) -> Shown:
    host, port = dialled or ("", 0)
    read = [name for name in map(host_name, opening.names) if name is not None]
    names = dict.fromkeys(n for n in (found.connect_name, *read) if n is not None)
    return Shown(
        tuple(names),
        "tls" if opening.kind == "tls" and opening.whole else "other",
        read[0] if read else None,
        address(host),
        port,
    )

"""One plain HTTP request as its layer puts it to the hooks: what it shows, and what it gets.

Translation only, between what was read on the wire and the gate's values.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from mitmproxy import connection as mitm
from mitmproxy.proxy import commands

from bellgate.gate.connections import ClientConnection, Shown
from bellgate.gate.fate import PassedOn
from bellgate.gate.gate import Gate
from bellgate.gate.pac import PATHS
from bellgate.gate.page import NOTHING_SAID, Answer, Request
from bellgate.policy.facts import Protocol, address, host_name
from bellgate.wire.http1 import RequestHead

_HTTP_PORT, _HTTPS_PORT = 80, 443


@dataclass
class PlainRequest:
    """A request, where it goes, and what became of it: `fate` is set by the hook."""

    client: mitm.Client
    head: RequestHead
    to_the_proxy: bool
    """Whether it was said to the proxy itself, rather than to the site that the client dialled."""
    scheme: str
    authority: str
    """Of its target, where that is a whole address (RFC 9112, section 3.2.2), else empty."""
    host: str
    """What the client dialled, or named to the proxy."""
    port: int
    path: str
    fate: PassedOn | Answer = NOTHING_SAID

    @property
    def is_connect(self) -> bool:
        return self.head.method.upper() == "CONNECT"

    @property
    def named(self) -> list[str]:
        """Every host that it names, as written."""
        hosts = self.head.values(b"host")
        target = self.authority or (self.host if self.to_the_proxy else "")
        return [target, *hosts] if target else hosts


@dataclass
class PlainRequestHook(commands.StartHook):
    """A plain request has come: the hook says what becomes of it."""

    request: PlainRequest


def asked(
    client: mitm.Client, head: RequestHead, dialled: tuple[str, int] | None
) -> PlainRequest | None:
    """A request for what the client dialled; None: it was said to the proxy, and names a host.

    None in return where it names none that can be read.
    """
    scheme, authority, path = "http", "", head.target
    try:
        if head.method.upper() == "CONNECT":
            authority, path = head.target, ""
            parts = urlsplit(f"//{authority}")
        elif not head.target.startswith("/") and head.target != "*":
            scheme, _, rest = head.target.partition("://")
            authority = rest.partition("/")[0].partition("?")[0]
            path = rest[len(authority) :] or "/"
            path = path if path.startswith("/") else f"/{path}"
            parts = urlsplit(f"//{authority}")
        else:
            parts = urlsplit(f"//{next(iter(head.values(b'host')), '')}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if dialled is not None:
        return PlainRequest(
            client, head, False, scheme.lower(), authority, dialled[0], dialled[1], path
        )
    if not host:
        return None
    usual = _HTTPS_PORT if scheme.lower() == "https" else _HTTP_PORT
    return PlainRequest(client, head, True, scheme.lower(), authority, host, port or usual, path)


def shown_by(request: PlainRequest, connection: ClientConnection) -> Shown | None:
    """The names that one request shows, each of which is decided; None where one is unreadable."""
    if request.scheme != "http":
        return None  # fetched on the client's behalf it would be read by us, which we never do
    names: dict[str, None] = dict.fromkeys(
        [connection.connect_name] if connection.connect_name else []
    )
    for text in request.named:
        # `GET http://elsewhere/` asks for what it says, whatever its Host (RFC 9112, 3.2.2).
        name = host_name(text)
        if name is not None:
            names[name] = None
        elif address(text) is None:
            return None
    # Asked of an address, whatever its Host: that names nothing of where it goes.
    hides = request.authority and address(urlsplit(f"//{request.authority}").hostname or "")
    protocol: Protocol = "other" if hides else "http"
    return Shown(tuple(names), protocol, None, address(request.host), request.port)


def request_of(request: PlainRequest) -> Request:
    """The request's head alone: its body is not waited for."""
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1")
        for name, value in request.head.fields
    }
    return Request(request.head.method, request.path, headers)


def asks_for_pac(request: PlainRequest) -> bool:
    """Whether it asks the proxy itself for its PAC file, by whatever name it reached it."""
    return request.to_the_proxy and not request.authority and request.path in PATHS


def pac_answer(gate: Gate, request: PlainRequest) -> Answer:
    """The PAC file. It names the gate as the client did, at the port that the proxy listens on."""
    host = f"[{request.host}]" if ":" in request.host else request.host
    body = gate.pac.of(gate.policy).text(f"{host}:{request.client.sockname[1]}").encode()
    kind = "application/x-ns-proxy-autoconfig"
    return Answer(200, (("Content-Type", kind), ("Cache-Control", "max-age=300")), body)

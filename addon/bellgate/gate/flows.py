"""One HTTP request that can be read: what it shows, and how the gate's own answer is given to it.

Translation only, between mitmproxy's flows and the gate's values.
"""

from collections.abc import Callable

from mitmproxy import connection as mitm
from mitmproxy import http
from mitmproxy.proxy import mode_specs

from bellgate.gate.connections import ClientConnection, Shown
from bellgate.gate.gate import Gate
from bellgate.gate.pac import proxy_pac
from bellgate.gate.page import Answer, Request
from bellgate.policy.facts import address, host_name

_LONGEST_UPLOAD_BYTES = 64 * 1024


def is_transparent(client: mitm.Client) -> bool:
    """Whether the kernel brought the client here, rather than its own settings."""
    return isinstance(client.proxy_mode, mode_specs.TransparentMode)


def shown_by(flow: http.HTTPFlow, connection: ClientConnection) -> Shown | None:
    """The names that one request shows, each of which is decided; None where one is unreadable."""
    request = flow.request
    if request.scheme == "https":
        return None  # fetched on the client's behalf it would be read by us, which we never do
    written = [*request.headers.get_all("host")]
    dialled = address(request.host)
    # `GET http://elsewhere/` asks for what it says, whatever its Host (RFC 9112, 3.2.2).
    written[:0] = [request.authority] if request.authority else []
    if not is_transparent(flow.client_conn) and connection.connect_name is None:
        written.insert(0, request.host)
    names: dict[str, None] = dict.fromkeys(
        [connection.connect_name] if connection.connect_name else []
    )
    for text in written:
        name = host_name(text)
        if name is not None:
            names[name] = None
        elif address(text) is None:
            return None
    return Shown(tuple(names), "http", None, dialled, request.port)


def request_of(flow: http.HTTPFlow) -> Request:
    """The request's head alone: its body is not waited for."""
    headers = {name.lower(): value for name, value in flow.request.headers.items()}
    return Request(flow.request.method, flow.request.path, headers)


def give(flow: http.HTTPFlow, answer: Answer) -> None:
    """Give the gate's own answer. mitmproxy must not also stream the request to anybody."""
    length = flow.request.headers.get("content-length", "0")
    if "transfer-encoding" in flow.request.headers or not length.isdigit():
        flow.kill()
        return
    if int(length) > _LONGEST_UPLOAD_BYTES:
        flow.kill()
        return
    flow.request.stream = False
    flow.response = http.Response.make(
        answer.status, answer.body, {**dict(answer.headers), "Connection": "close"}
    )


def pac_answer(gate: Gate, flow: http.HTTPFlow) -> Answer:
    where = flow.request.host_header or f"{flow.request.host}:{flow.request.port}"
    body = proxy_pac(gate.policy, where).encode()
    kind = "application/x-ns-proxy-autoconfig"
    return Answer(200, (("Content-Type", kind), ("Cache-Control", "max-age=300")), body)


def counting(connection: ClientConnection) -> Callable[[bytes], bytes]:
    """A stream that counts what goes by and keeps none of it."""

    def count(chunk: bytes) -> bytes:
        connection.other_bytes += len(chunk)
        return chunk

    return count

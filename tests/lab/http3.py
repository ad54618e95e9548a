"""A site over HTTP/3, and a client that speaks nothing else.

    python -m tests.lab.http3 serve FOLDER PORTS NAME…
    python -m tests.lab.http3 get ADDRESS PORT NAME AUTHORITY

Serves every name on UDP, on ports that commas part, and answers with its name; who came is a line
in FOLDER/contacts, `http3 NAME`. The client prints what it got; where nothing answers within two
seconds, nothing, with exit status 1.
"""

import asyncio
import ssl
import sys
from pathlib import Path

from aioquic.asyncio import QuicConnectionProtocol, connect, serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated, QuicEvent

from tests.lab.authority import issue

_PATIENCE_SECONDS = 2


class _Speaks(QuicConnectionProtocol):
    """HTTP/3 over QUIC, from either end."""

    http: H3Connection | None = None

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ProtocolNegotiated):
            self.http = H3Connection(self._quic)
        if self.http is not None:
            for said in self.http.handle_event(event):
                self.heard(said)

    def heard(self, said: H3Event) -> None:
        raise NotImplementedError


def _serving(contacts: Path) -> type[QuicConnectionProtocol]:
    class Serves(_Speaks):
        def heard(self, said: H3Event) -> None:
            if isinstance(said, HeadersReceived) and self.http is not None:
                host = dict(said.headers)[b":authority"]
                with contacts.open("a") as file:
                    file.write(f"http3 {host.decode()}\n")
                self.http.send_headers(said.stream_id, [(b":status", b"200")])
                self.http.send_data(said.stream_id, b"origin of " + host + b"\n", end_stream=True)
                self.transmit()

    return Serves


class _Asks(_Speaks):
    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def ask(self, host: str) -> None:
        self.http = self.http or H3Connection(self._quic)
        stream = self._quic.get_next_available_stream_id()
        fields = ((":method", "GET"), (":scheme", "https"), (":authority", host), (":path", "/"))
        headers = [(name.encode(), value.encode()) for name, value in fields]
        self.http.send_headers(stream, headers, end_stream=True)
        self.transmit()

    def heard(self, said: H3Event) -> None:
        if isinstance(said, DataReceived) and not self.answer.done():
            self.answer.set_result(said.data)


async def serve_all(folder: Path, ports: list[int], names: list[str]) -> None:
    settings = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN)
    settings.load_cert_chain(*issue(folder, names))
    for port in ports:
        await serve("::", port, configuration=settings,
                    create_protocol=_serving(folder / "contacts"))  # fmt: skip
    print("listening", flush=True)
    await asyncio.Event().wait()


async def get(address: str, port: int, host: str, authority: str) -> bytes:
    """Raises TimeoutError and ConnectionError where nothing answers."""
    settings = QuicConfiguration(alpn_protocols=H3_ALPN, server_name=host)
    settings.load_verify_locations(authority)
    settings.verify_mode = ssl.CERT_REQUIRED
    async with asyncio.timeout(_PATIENCE_SECONDS):
        async with connect(
            address, port, configuration=settings, create_protocol=_Asks
        ) as connection:
            assert isinstance(connection, _Asks)
            connection.ask(host)
            return await connection.answer


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", folder, ports, *names]:
            asyncio.run(serve_all(Path(folder), list(map(int, ports.split(","))), names))
        case ["get", address, port, host, authority]:
            try:
                print(asyncio.run(get(address, int(port), host, authority)).decode(), end="")
            except (TimeoutError, ConnectionError) as error:
                sys.exit(f"nothing: {error}")

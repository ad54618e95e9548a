"""A device's visits to a site, every way a client may go: which IP, which TLS, which HTTP.

Written on plain sockets, so that a test decides what each packet holds. What comes of a visit is
one of three words: `open`, `page` (the school's answer, believed by the device), `refused`.
"""

import base64
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, StreamEnded

from tests.lab.network import Device, Lab

Fate = Literal["open", "page", "refused"]
Send = Callable[[socket.socket, bytes], None]


@dataclass(frozen=True)
class Way:
    """How a client goes there."""

    ip: Literal[4, 6] = 4
    tls: Literal["1.2", "1.3"] | None = "1.3"
    http: Literal["1.1", "2"] = "1.1"
    websocket: bool = False

    def __str__(self) -> str:
        what = "WebSocket" if self.websocket else f"HTTP/{self.http}"
        return f"{what} over {f'TLS {self.tls}' if self.tls else 'no TLS'} and IPv{self.ip}"


def every_way() -> Iterator[Way]:
    for ip in (4, 6):
        for tls in ("1.2", "1.3"):
            yield Way(ip, tls, "1.1")  # type: ignore[arg-type]
            yield Way(ip, tls, "2")  # type: ignore[arg-type]
            yield Way(ip, tls, websocket=True)  # type: ignore[arg-type]
        yield Way(ip, None)  # type: ignore[arg-type]
        yield Way(ip, None, websocket=True)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Outcome:
    """What came of a visit; `issuer` is whose certificate the device saw and believed."""

    fate: Fate
    said: str
    issuer: str | None = None
    certificate: bytes | None = None


def at_once(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data)


@dataclass(frozen=True)
class Visit:
    """One visit, ready to be made. `hello` sends the client's first bytes."""

    lab: Lab
    device: Device
    host: str
    way: Way = field(default_factory=Way)
    trust: Sequence[Path] = ()
    address: str | None = None
    path: str = "/"
    hello: Send = at_once
    longer: int = 0
    """Octets to make the ClientHello longer by."""

    def make(self, timeout: float = 5) -> Outcome:
        address = self.address or self.lab.address(self.host, self.way.ip)
        port = 443 if self.way.tls else 80
        try:
            with self.device.namespace.connect(address, port, timeout=timeout) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return self.talk(connection)
        except (OSError, ssl.SSLError) as error:
            return Outcome("refused", str(error))

    def talk(self, connection: socket.socket) -> Outcome:
        """The same on a connection that somebody has made."""
        if self.way.tls is None:
            return self._judged(self._http1(_Plain(connection, self.hello)))
        tls = Tls(
            connection,
            self.host,
            _context((self.lab.authority, *self.trust), self.way.tls, self.way.http, self.longer),
            self.hello,
        )
        whose = dict(part[0] for part in tls.object.getpeercert()["issuer"])  # type: ignore[index]
        issuer = whose.get("organizationName") or whose["commonName"]
        certificate = tls.object.getpeercert(binary_form=True)
        said = self._http2(tls) if tls.object.selected_alpn_protocol() == "h2" else self._http1(tls)
        return replace(self._judged(said), issuer=issuer, certificate=certificate)

    def _http1(self, stream: "_Plain | Tls") -> str:
        head = [f"GET {'/socket' if self.way.websocket else self.path} HTTP/1.1"]
        head.append(f"Host: {self.host}")
        if self.way.websocket:
            key = base64.b64encode(os.urandom(16)).decode()
            head += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
            head.append(f"Sec-WebSocket-Key: {key}")
        else:
            head.append("Connection: close")
        stream.send("\r\n".join([*head, "", ""]).encode())
        said = b""
        while b"\r\n\r\n" not in said and (more := stream.receive()):
            said += more
        if said.startswith(b"HTTP/1.1 101"):
            stream.send(b"\x81\x85\0\0\0\0hello")
            echo = b""
            while len(echo) < 11 and (more := stream.receive()):
                echo += more
            return f"101 {'origin' if echo.endswith(b'hello') else 'no echo'}"
        length = int(
            next(
                (
                    line.split(b":")[1]
                    for line in said.lower().split(b"\r\n")
                    if line.startswith(b"content-length:")
                ),
                0,
            )
        )
        while len(said.partition(b"\r\n\r\n")[2]) < length and (more := stream.receive()):
            said += more
        return said.decode(errors="replace").removeprefix("HTTP/1.1 ")

    def _http2(self, tls: "Tls") -> str:
        http = H2Connection(H2Configuration(header_encoding="utf-8"))
        http.initiate_connection()
        http.send_headers(
            1,
            [(":method", "GET"), (":authority", self.host), (":scheme", "https"), (":path", "/")],
            end_stream=True,
        )
        tls.send(http.data_to_send())
        said = b""
        while more := tls.receive():
            for event in http.receive_data(more):
                if isinstance(event, DataReceived):
                    said += event.data or b""
                if isinstance(event, StreamEnded):
                    return "200 " + said.decode()
        return said.decode()

    def _judged(self, said: str) -> Outcome:
        if said[:3] in ("200", "101") and "origin" in said:
            return Outcome("open", said)
        if said.startswith("403") and "Bury C of E Primary School" in said:
            return Outcome("page", said)
        return Outcome("refused", said)


@lru_cache(maxsize=64)
def _context(trust: tuple[Path, ...], tls: str, http: str, longer: int) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for authority in trust:
        context.load_verify_locations(authority)
    version = ssl.TLSVersion.TLSv1_2 if tls == "1.2" else ssl.TLSVersion.TLSv1_3
    context.minimum_version = context.maximum_version = version
    wanted = ["h2", "http/1.1"] if http == "2" else ["http/1.1"]
    context.set_alpn_protocols(wanted + ["x" * 200] * (longer // 200))
    return context


class _Plain:
    def __init__(self, connection: socket.socket, first: Send) -> None:
        self._connection = connection
        self._send = first

    def send(self, data: bytes) -> None:
        self._send(self._connection, data)
        self._send = at_once

    def receive(self) -> bytes:
        return self._connection.recv(65536)


class Tls:
    """TLS over a socket, with the first flight sent as the test wants it sent."""

    def __init__(
        self, connection: socket.socket, name: str | None, context: ssl.SSLContext, hello: Send
    ) -> None:
        self._connection = connection
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = context.wrap_bio(self._in, self._out, server_hostname=name)
        send = hello
        while True:
            try:
                self.object.do_handshake()
            except ssl.SSLWantReadError:
                if waiting := self._out.read():
                    send(connection, waiting)
                    send = at_once
                self._more()
            except ssl.SSLError:
                with suppress(OSError):
                    connection.sendall(self._out.read())  # the alert that says why
                raise
            else:
                connection.sendall(self._out.read())
                return

    def _more(self) -> None:
        data = self._connection.recv(65536)
        if not data:
            raise ConnectionError("closed by the other side")
        self._in.write(data)

    def send(self, data: bytes) -> None:
        self.object.write(data)
        self._connection.sendall(self._out.read())

    def receive(self) -> bytes:
        while True:
            try:
                return self.object.read(65536)
            except ssl.SSLWantReadError:
                data = self._connection.recv(65536)
                if not data:
                    return b""
                self._in.write(data)
            except ssl.SSLError:
                return b""


def cut_at(*places: int, pause: float = 0.02) -> Send:
    """Send in pieces that end at the places, each in a packet of its own."""

    def send(connection: socket.socket, data: bytes) -> None:
        start = 0
        for place in (*places, len(data)):
            if data[start:place]:
                connection.sendall(data[start:place])
                time.sleep(pause)
            start = place

    return send


def in_segments_of(size: int, pause: float = 0) -> Send:
    """Send in packets of so many octets."""

    def send(connection: socket.socket, data: bytes) -> None:
        for start in range(0, len(data), size):
            connection.sendall(data[start : start + size])
            if pause:
                time.sleep(pause)

    return send


def in_records_of(size: int, then: Send = at_once) -> Send:
    """Send the hello's bytes in TLS records of so many octets (RFC 8446, section 5.1)."""

    def send(connection: socket.socket, data: bytes) -> None:
        assert data[0] == 0x16 and len(data) == 5 + int.from_bytes(data[3:5])
        hello = data[5:]
        parts = [hello[start : start + size] for start in range(0, len(hello), size)]
        then(
            connection,
            b"".join(data[:3] + len(part).to_bytes(2) + part for part in parts),
        )

    return send

"""What stands for the internet while the gateway tries itself: the open site, servers that listen
and say nothing, a name server that gives out keys, and whoever sees what arrives."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bellgate.gateway.probe_wire import CARD, FAR_SIDE, has_ipv6, in_namespace
from bellgate.policy.probe import OPEN, SERVER4, SERVERS

OPEN_WORD = b"This site is open."
_ALL_PROTOCOLS = 3
"""ETH_P_ALL."""
_OURS = 0
"""PACKET_HOST: for this card."""
_TCP, _UDP = 6, 17
_HTTPS, _ANY = 65, 255
_HTTPS_KEYS = bytes.fromhex("00010000010003026832")
"""The data of an HTTPS record (RFC 9460)."""


class Arrived(NamedTuple):
    """A packet that came through."""

    protocol: int
    to: str
    port: int
    """Of TCP and UDP; else 0."""


class Away:
    """All of it, from its making until this process ends; its sockets go with their namespace."""

    def __init__(self) -> None:
        self._arrived: list[Arrived] = []
        self._heard: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        in_namespace(FAR_SIDE, self._start)

    def arrived(self, packet: Arrived) -> bool:
        """Whether such a packet came through."""
        with self._lock:
            return packet in self._arrived

    def heard(self, address: str) -> bytes:
        """All that was said to the server at an address, on any port, in the order of coming."""
        with self._lock:
            return self._heard.get(address, b"")

    def _start(self) -> None:
        with TemporaryDirectory(prefix="bellgate-") as folder:
            self._tls.load_cert_chain(_made_certificate(Path(folder)))
        for port in (53, 80, 443):
            self._listen(port)
        watching = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL_PROTOCOLS))
        watching.bind((CARD, _ALL_PROTOCOLS))
        _in_background(lambda: self._watch(watching))
        naming = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        naming.bind((SERVER4, 53))
        _in_background(lambda: _name(naming))

    def _watch(self, watching: socket.socket) -> None:
        while True:
            data, (_, _, kind, *_) = watching.recvfrom(65536)
            if kind == _OURS and (packet := _packet_in(data)):
                with self._lock:
                    self._arrived.append(packet)

    def _listen(self, port: int) -> None:
        family, all_of_it = (socket.AF_INET6, "::") if has_ipv6() else (socket.AF_INET, "0.0.0.0")
        server = socket.socket(family, socket.SOCK_STREAM)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((all_of_it, port))
        server.listen(50)
        _in_background(lambda: self._accept(server))

    def _accept(self, server: socket.socket) -> None:
        while True:
            connection, _ = server.accept()
            _in_background(lambda given=connection: self._answer(given))  # type: ignore[misc]

    def _answer(self, connection: socket.socket) -> None:
        ip, port, *_ = connection.getsockname()
        here = str(ip).removeprefix("::ffff:")
        with connection:
            if here not in SERVERS:
                self._hear(here, connection)
            elif port == 53:
                size = struct.unpack("!H", connection.recv(2, socket.MSG_WAITALL))[0]
                answer = _with_keys(connection.recv(size, socket.MSG_WAITALL))
                connection.sendall(struct.pack("!H", len(answer)) + answer)
            elif port == 443:
                with self._tls.wrap_socket(connection, server_side=True) as over:
                    _Site(over, here, None)  # type: ignore[arg-type]
            else:
                _Site(connection, here, None)  # type: ignore[arg-type]

    def _hear(self, here: str, connection: socket.socket) -> None:
        while piece := connection.recv(65536):
            with self._lock:
                self._heard[here] = self._heard.get(here, b"") + piece


def _in_background(work: Callable[[], None]) -> None:
    """Until its socket is gone."""

    def done() -> None:
        with suppress(OSError):
            work()

    threading.Thread(target=done, name="bellgate-away", daemon=True).start()


def _packet_in(data: bytes) -> Arrived | None:
    if data[0] >> 4 == 4:
        protocol, to, rest = data[9], socket.inet_ntoa(data[16:20]), data[(data[0] & 15) * 4 :]
    elif data[0] >> 4 == 6:
        protocol, to = data[6], socket.inet_ntop(socket.AF_INET6, data[24:40])
        rest = data[40:]
    else:
        return None
    port = struct.unpack_from("!H", rest, 2)[0] if protocol in (_TCP, _UDP) else 0
    return Arrived(protocol, to, port)


def _name(naming: socket.socket) -> None:
    while True:
        asked, whom = naming.recvfrom(512)
        naming.sendto(_with_keys(asked), whom)


def _with_keys(asked: bytes) -> bytes:
    """The answer to any question: a key to hide names by (RFC 1035, section 4)."""
    end = asked.index(b"\0", 12) + 5
    kind = struct.unpack_from("!H", asked, end - 4)[0]
    kind = _HTTPS if kind == _ANY else kind
    head = asked[:2] + struct.pack("!5H", 0x8580, 1, 1, 0, 0)
    record = struct.pack("!HHHIH", 0xC00C, kind, 1, 1, len(_HTTPS_KEYS)) + _HTTPS_KEYS
    return head + asked[12:end] + record


class _Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(OPEN_WORD)))
        self.end_headers()
        self.wfile.write(OPEN_WORD)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def _made_certificate(folder: Path) -> Path:
    """A certificate of the open site and its key, in one file."""
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, OPEN)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "site.pem"
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def waited_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether it comes true within a time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True

"""The gateway tries itself: a device of its own, on a wire of its own, asks for a site that is
always closed and for one that is always open.

It goes the way of every device: our DNS, the kernel's rules, the gate, the page. No hour of the day
and no outage of the internet matters, and nothing of it is a record (`policy/probe.py`). The device
and the open site are one network namespace, which is there only while this runs; one that a killed
run left behind is made anew.
"""

import os
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn
from tempfile import TemporaryDirectory

from bellgate.gateway import certificate
from bellgate.gateway.certificate import ROOT_FILE
from bellgate.gateway.dns import CANARIES
from bellgate.gateway.kernel_rules import PROBE
from bellgate.gateway.machine import ToolFailed, answers, run
from bellgate.policy.probe import (
    CLOSED,
    ELSEWHERE4,
    ELSEWHERE6,
    GATEWAY4,
    GATEWAY6,
    OPEN,
    SERVER4,
    SERVER6,
)

_PATIENCE_SECONDS = 4.0
_OPEN_WORD = b"This site is open."
_SETTLING_SECONDS = 15.0
"""How long all of it may be tried again: a service is not reached at once over a new wire."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One thing that was tried: what, whether it is as it must be, and what was seen."""

    what: str
    good: bool
    seen: str


def tried(certificate_folder: Path) -> tuple[Trial, ...]:
    """Everything, tried as a device that trusts the school's certificate, by root. Raises
    ToolFailed where there can be no wire."""
    with _wire() as inside:
        return tuple(_trials(inside, certificate_folder))


Inside = Callable[[Callable[[], str]], str]
"""Runs something as the device, and gives what it saw; raises OSError."""


def _trials(inside: Inside, folder: Path) -> Iterator[Trial]:
    held = certificate.load(folder)
    # One from before there was a name to try it with shows no page for it.
    closed = "the page" if held is not None and held.permits(CLOSED) else "a refusal"
    until = time.monotonic() + _SETTLING_SECONDS

    def trial(what: str, attempt: Callable[[], str], wanted: str) -> Trial:
        return _tried(inside, what, attempt, wanted, until)

    kinds = ((4, ELSEWHERE4), (6, ELSEWHERE6)) if _has_ipv6() else ((4, ELSEWHERE4),)
    yield trial("our DNS answers", lambda: _asked(OPEN), SERVER4)
    yield trial("our DNS hides what would hide names", lambda: _asked(CANARIES[0]), "none")
    for version, ip in kinds:
        way = f"over IPv{version}"
        yield trial(f"a closed site is closed {way}", _page(ip, folder / ROOT_FILE), closed)
        yield trial(f"plain HTTP to it, too, {way}", _plain(ip, CLOSED), "the page")
        yield trial(f"an open site is reached {way}", _through(ip), "the site")
        yield trial(f"plain HTTP to it, too, {way}", _plain(ip, OPEN), "the site")


def _tried(
    inside: Inside, what: str, attempt: Callable[[], str], wanted: str, until: float
) -> Trial:
    """Once at least, and again until it is as wanted or the time is over."""
    while True:
        try:
            seen = inside(attempt)
        except OSError as error:
            seen = f"{type(error).__name__}: {error}"
        if seen == wanted or time.monotonic() > until:
            return Trial(what, seen == wanted, seen)
        time.sleep(0.3)


def _asked(name: str) -> str:
    """The IPv4 address that our DNS gives, `none` where it has none (RFC 1035)."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    question = struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(_PATIENCE_SECONDS)
        asking.sendto(question, (GATEWAY4, 53))
        answer = asking.recv(512)
    _, flags, _, count, _, _ = struct.unpack_from("!HHHHHH", answer)
    if flags & 0xF == 3 and not count:
        return "none"
    return socket.inet_ntoa(answer[-4:]) if count else f"answer {flags & 0xF}"


def _page(ip: str, root: Path) -> Callable[[], str]:
    def attempt() -> str:
        trust = ssl.create_default_context(cafile=str(root))
        with socket.create_connection((ip, 443), _PATIENCE_SECONDS) as plain:
            try:
                with trust.wrap_socket(plain, server_hostname=CLOSED) as over:
                    return _named(_requested(over, CLOSED))
            except ssl.SSLError as error:
                if "ALERT" in str(error.reason):
                    return "a refusal"
                raise

    return attempt


def _through(ip: str) -> Callable[[], str]:
    def attempt() -> str:
        # The site's certificate is its own, made for the moment: what matters is who answers.
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection((ip, 443), _PATIENCE_SECONDS) as plain,
            trust.wrap_socket(plain, server_hostname=OPEN) as over,
        ):
            return _named(_requested(over, OPEN))

    return attempt


def _plain(ip: str, host: str) -> Callable[[], str]:
    def attempt() -> str:
        with socket.create_connection((ip, 80), _PATIENCE_SECONDS) as connection:
            return _named(_requested(connection, host))

    return attempt


def _requested(connection: socket.socket, host: str) -> bytes:
    connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    received = b""
    with suppress(ConnectionError, ssl.SSLError):
        while piece := connection.recv(65536):
            received += piece
    return received


def _named(answer: bytes) -> str:
    if answer.startswith(b"HTTP/1.1 403") and b"Bellgate" in answer:
        return "the page"
    if _OPEN_WORD in answer:
        return "the site"
    return answer.partition(b"\r\n")[0].decode("latin-1")[:80] or "nothing"


def _has_ipv6() -> bool:
    return Path("/proc/net/if_inet6").exists()


@contextmanager
def _wire() -> Iterator[Inside]:
    """The namespace, its wire, and the open site within; gone afterwards, whatever happens."""
    _remove()
    try:
        _lay()
        with TemporaryDirectory(prefix="bellgate-") as folder:
            own = _made_certificate(Path(folder))
            _in_namespace(lambda: _serve(own))
            yield _in_namespace
    finally:
        _remove()


def _lay() -> None:
    run("ip", "netns", "add", PROBE)
    run("ip", "link", "add", PROBE, "type", "veth", "peer", "name", "device", "netns", PROBE)
    Path(f"/proc/sys/net/ipv6/conf/{PROBE}/accept_ra").write_text("0") if _has_ipv6() else None
    run("ip", "addr", "add", f"{GATEWAY4}/30", "dev", PROBE)
    inside = ("ip", "-n", PROBE)
    run(*inside, "addr", "add", f"{SERVER4}/30", "dev", "device")
    if _has_ipv6():
        run("ip", "addr", "add", f"{GATEWAY6}/64", "dev", PROBE, "nodad")
        run(*inside, "addr", "add", f"{SERVER6}/64", "dev", "device", "nodad")
    run("ip", "link", "set", PROBE, "up")
    run(*inside, "link", "set", "lo", "up")
    run(*inside, "link", "set", "device", "up")
    run(*inside, "route", "add", "default", "via", GATEWAY4)
    if _has_ipv6():
        run(*inside, "route", "add", "default", "via", GATEWAY6)


def _remove() -> None:
    if Path("/run/netns", PROBE).exists() and not answers("ip", "netns", "delete", PROBE):
        raise ToolFailed(f"ip: the namespace {PROBE} of an earlier test cannot be removed")
    if Path("/sys/class/net", PROBE).exists():
        run("ip", "link", "delete", PROBE)


def _in_namespace(attempt: Callable[[], str]) -> str:
    """What it gives, run in a thread whose network is the namespace's."""
    result: list[str] = []
    failed: list[OSError] = []

    def inside() -> None:
        try:
            with Path("/run/netns", PROBE).open("rb") as namespace:
                os.setns(namespace.fileno(), os.CLONE_NEWNET)
            result.append(attempt())
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=inside, name="bellgate-self-test")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return result[0]


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(_OPEN_WORD)))
        self.end_headers()
        self.wfile.write(_OPEN_WORD)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class _Server4(ThreadingMixIn, HTTPServer):
    daemon_threads = True


class _Server6(_Server4):
    address_family = socket.AF_INET6


def _serve(own_certificate: Path) -> str:
    """The open site, on both ports of both kinds of address, until this process ends."""
    kinds: list[tuple[type[_Server4], str]] = [(_Server4, SERVER4)]
    if _has_ipv6():
        kinds.append((_Server6, SERVER6))
    for kind, ip in kinds:
        for port in (80, 443):
            server = kind((ip, port), _Site)
            if port == 443:
                own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                own.load_cert_chain(own_certificate)
                server.socket = own.wrap_socket(
                    server.socket, server_side=True, do_handshake_on_connect=False
                )
            threading.Thread(target=server.serve_forever, daemon=True).start()
    return ""


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

"""The gateway tries itself: a device of its own, on a wire of its own, asks for a site that is
always closed and for one that is always open.

It goes the way of every device: our DNS, the kernel's rules, the sentry, the gate, the page. No
hour of the day and no outage of the internet matters, and nothing of it is a record
(`policy/probe.py`). `ways/` has every way round, tried over the same wire.
"""

import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bellgate.gateway import certificate
from bellgate.gateway.certificate import ROOT_FILE
from bellgate.gateway.dns import CANARIES
from bellgate.gateway.probe_wire import DEVICE_SIDE, has_ipv6, in_namespace, probe_wire
from bellgate.gateway.ways.away import Away
from bellgate.gateway.ways.clients import named_in
from bellgate.gateway.ways.openings import question
from bellgate.policy.probe import CLOSED, GATEWAY4, OPEN, SERVER4, SERVER6

_PATIENCE_SECONDS = 4.0
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
    with probe_wire():
        Away()
        return tuple(_trials(certificate_folder))


def _trials(folder: Path) -> Iterator[Trial]:
    held = certificate.load(folder)
    # One from before there was a name to try it with shows no page for it.
    closed = "the page" if held is not None and held.permits(CLOSED) else "a refusal"
    until = time.monotonic() + _SETTLING_SECONDS

    def trial(what: str, attempt: Callable[[], str], wanted: str) -> Trial:
        return _tried(what, attempt, wanted, until)

    kinds = ((4, SERVER4), (6, SERVER6)) if has_ipv6() else ((4, SERVER4),)
    yield trial("our DNS answers", lambda: _asked(OPEN), SERVER4)
    yield trial("our DNS hides what would hide names", lambda: _asked(CANARIES[0]), "none")
    for version, ip in kinds:
        way = f"over IPv{version}"
        yield trial(f"a closed site is closed {way}", _page(ip, folder / ROOT_FILE), closed)
        yield trial(f"the same by plain HTTP, {way}", _plain(ip, CLOSED), "the page")
        yield trial(f"an open site is reached {way}", _through(ip), "the site")
        yield trial(f"the same by plain HTTP, {way}", _plain(ip, OPEN), "the site")


def _tried(what: str, attempt: Callable[[], str], wanted: str, until: float) -> Trial:
    """Once at least, and again until it is as wanted or the time is over."""
    while True:
        try:
            seen = in_namespace(DEVICE_SIDE, attempt)
        except OSError as error:
            seen = f"{type(error).__name__}: {error}"
        if seen == wanted or time.monotonic() > until:
            return Trial(what, seen == wanted, seen)
        time.sleep(0.3)


def _asked(name: str) -> str:
    """The IPv4 address that our DNS gives, `none` where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(_PATIENCE_SECONDS)
        asking.sendto(question(name, 1), (GATEWAY4, 53))
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
                    return named_in(_requested(over, CLOSED))
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
            return named_in(_requested(over, OPEN))

    return attempt


def _plain(ip: str, host: str) -> Callable[[], str]:
    def attempt() -> str:
        with socket.create_connection((ip, 80), _PATIENCE_SECONDS) as connection:
            return named_in(_requested(connection, host))

    return attempt


def _requested(connection: socket.socket, host: str) -> bytes:
    connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    received = b""
    with suppress(ConnectionError, ssl.SSLError):
        while piece := connection.recv(65536):
            received += piece
    return received

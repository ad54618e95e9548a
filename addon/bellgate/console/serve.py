"""The pages over HTTP: cheroot's server, TLS by the school's own certificate, and a thread that
lets the index follow the log. cheroot and not waitress, because waitress speaks no TLS."""

import ipaddress
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Final

from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from bellgate.console.app import LARGEST

THREADS: Final = 12
"""Requests answered at the same time."""
PATIENCE: Final = 10
"""Seconds that a browser may take to send or take something."""
_GIVES_WAY_SECONDS: Final = 0.0005
"""How long a thread that only counts keeps the others waiting. After midnight the index reads all
hashes of the log again, some seconds of a large one: at Python's own 5 ms each page, which comes
back from the database a hundred times, would take a second longer meanwhile."""
FOLLOWS_EVERY: Final = 1.0
"""Seconds between two looks of the index at the log."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the pages are served. `behind` is a proxy whose word on addresses counts."""

    address: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    behind: str | None = None

    @property
    def on_loopback(self) -> bool:
        """Whether nothing but this machine can reach it. A proxy is there for others."""
        try:
            return ipaddress.ip_address(self.address).is_loopback and self.behind is None
        except ValueError:
            return self.address == "localhost" and self.behind is None


def server_for(app: Flask, listening: Listening) -> Server:
    """A server that listens, and answers from `serve` on. Raises OSError, and ssl.SSLError."""
    wsgi = app.wsgi_app
    if listening.behind is not None:
        wsgi = _BehindOne(wsgi, listening.behind)
    server = Server(
        (listening.address, listening.port),
        wsgi,
        numthreads=THREADS,
        server_name="Bellgate",
        max=THREADS * 4,
        request_queue_size=64,
        timeout=PATIENCE,
        shutdown_timeout=2,
    )
    server.max_request_body_size = LARGEST
    server.max_request_header_size = 32 * 1024
    server.error_log = _to_log  # type: ignore[method-assign]
    if listening.certificate is not None:
        server.ssl_adapter = BuiltinSSLAdapter(
            str(listening.certificate), str(listening.key or listening.certificate)
        )
    server.prepare()
    return server


def address_of(server: Server) -> str:
    """Where it listens: with the port that the machine chose, where 0 was asked for."""
    address, port = server.bind_addr[:2]
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class _BehindOne:
    """Believes what a proxy says of the browser's address and scheme, if that proxy says it."""

    def __init__(self, wsgi: Callable, proxy: str) -> None:  # type: ignore[type-arg]
        self._plain, self._proxy = wsgi, proxy
        self._told = ProxyFix(wsgi, x_for=1, x_proto=1, x_host=1)

    def __call__(self, environ, start_response):  # type: ignore[no-untyped-def]
        trusted = environ.get("REMOTE_ADDR") == self._proxy
        return (self._told if trusted else self._plain)(environ, start_response)


@contextmanager
def following(follow: Callable[[], object]) -> Iterator[None]:
    """`follow` again and again, in a thread of its own, from entry to exit."""
    stop = Event()

    def go_on() -> None:
        while not stop.wait(FOLLOWS_EVERY):
            try:
                follow()
            except Exception:
                logging.getLogger("bellgate.console").exception("the index could not follow")

    sys.setswitchinterval(_GIVES_WAY_SECONDS)
    thread = Thread(target=go_on, name="bellgate-index", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)


def _to_log(msg: str = "", level: int = 20, traceback: bool = False) -> None:
    logging.getLogger("bellgate.console").log(level, msg.strip(), exc_info=traceback or None)

"""Numbers for whoever watches many machines: `/metrics` for Prometheus, and `/healthz`.

Of the gate as a whole; nothing here names a device, a person or a site. Served at the address that
gateway.yaml names, in threads of their own, from the same status that `bellgate status` shows.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from threading import Thread
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from bellgate.schedules.scalars import Endpoint

if TYPE_CHECKING:
    from prometheus_client.core import Metric

Status = Callable[[], dict[str, Any]]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


@contextmanager
def served(
    at: Endpoint | None, status: Status, failed: Callable[[Exception], None]
) -> Iterator[None]:
    """From entry to exit. An address that cannot be had is told to `failed`, and that is all: the
    gate's work does not hang on it."""
    if at is None:
        yield
        return
    try:
        server = make_server(
            at.host, at.port, _application(status), server_class=_Server, handler_class=_Silent
        )
    except OSError as error:
        failed(error)
        yield
        return
    Thread(target=server.serve_forever, name="bellgate-metrics", daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing: each scrape would be a line of the journal."""


def _application(status: Status) -> Application:
    # Imported here: only a gateway that is watched needs it.
    from prometheus_client import CollectorRegistry, make_wsgi_app

    registry = CollectorRegistry()
    registry.register(_Collector(status))
    metrics: Application = make_wsgi_app(registry)

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/metrics":
            return metrics(environ, start)
        if environ["PATH_INFO"] == "/healthz":
            return _health(status, start)
        start("404 Not Found", [("Content-Type", "text/plain")])
        return [b"/metrics or /healthz\n"]

    return application


def _health(status: Status, start: Any) -> Iterable[bytes]:
    problem = status()["log"]["problem"]
    code = "503 Service Unavailable" if problem else "200 OK"
    start(code, [("Content-Type", "text/plain; charset=utf-8")])
    return [f"the log cannot be written: {problem}\n".encode() if problem else b"ok\n"]


class _Collector:
    """Asks once a scrape."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def collect(self) -> "Iterator[Metric]":
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        state = self._status()
        log, problems = state["log"], state["problems"]
        gauges = {
            "connections": ("Connections that are open.", state["connections"]),
            "memory_bytes": ("Memory that the gate holds.", state["memory"]),
            "log_behind": ("Records that wait to be written.", log["behind"]),
            "log_writable": ("Whether the record can be written.", int(not log["problem"])),
            "clock_synchronised": (
                "Whether the clock is set by a time server.",
                int(state["clock"] == "synchronised"),
            ),
            "folder_errors": (
                "Mistakes in the school's files.",
                sum(problem["level"] == "error" for problem in problems),
            ),
        }
        for name, (meaning, value) in gauges.items():
            yield GaugeMetricFamily(f"bellgate_{name}", meaning, value=float(value))
        counters = {
            "records": ("Records in the log.", log["size"]),
            "connections_refused": ("Refused as one too many.", state["refused"]),
        }
        for name, (meaning, value) in counters.items():
            yield CounterMetricFamily(f"bellgate_{name}", meaning, value=float(value))

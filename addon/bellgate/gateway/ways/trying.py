"""Each way of the table, tried in turn by the gateway's own device. By root, on the gateway."""

from collections.abc import Iterator

from bellgate.gateway.probe_wire import DEVICE_SIDE, has_ipv6, in_namespace, probe_wire
from bellgate.gateway.ways.away import Away
from bellgate.gateway.ways.clients import Attempt
from bellgate.gateway.ways.table import WAYS
from bellgate.gateway.ways.tries import Outcome

_SETTLING_TRIES = 20
"""How often the first, which shows that the wire is there, is tried: a service is not reached at
once over a new wire. Each waits two seconds at most for an answer."""


def outcomes() -> Iterator[Outcome]:
    """What came of each, over IPv4 and IPv6. Raises ToolFailed where there can be no wire."""
    with probe_wire():
        away = Away()
        versions = (4, 6) if has_ipv6() else (4,)
        _settle(Attempt(WAYS[0], 4, 0, away))
        for number, way in enumerate(WAYS):
            for version in versions:
                if version in way.over:
                    attempt = Attempt(way, version, number, away)
                    yield in_namespace(DEVICE_SIDE, attempt.made)


def _settle(first: Attempt) -> None:
    for _ in range(_SETTLING_TRIES):
        if in_namespace(DEVICE_SIDE, first.made).holds:
            return

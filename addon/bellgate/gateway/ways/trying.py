"""Each way of the table, tried in turn by the gateway's own device. By root, on the gateway."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from bellgate.gateway.machine import run
from bellgate.gateway.probe_wire import DEVICE_SIDE, FAR_SIDE, has_ipv6, in_namespace, probe_wire
from bellgate.gateway.ways.away import Away
from bellgate.gateway.ways.by_hand import HOLD_BACK, SHORT_LIVES_END
from bellgate.gateway.ways.clients import Attempt
from bellgate.gateway.ways.table import WAYS
from bellgate.gateway.ways.tries import BOTH, Outcome

_AT_ONCE: Final = 8
"""Ways that are tried at the same time."""
_SETTLING_SECONDS: Final = 15.0
"""How long what must work may be tried again: nothing is reached at once over a new wire."""


def outcomes() -> Iterator[Outcome]:
    """What came of each, over IPv4 and IPv6. First what must work: where that does, the wire is as
    it should be. Raises ToolFailed where there can be none."""
    with probe_wire():
        for side, rules in ((DEVICE_SIDE, HOLD_BACK), (FAR_SIDE, SHORT_LIVES_END)):
            in_namespace(side, lambda given=rules: run("nft", "-f", "-", given=given))  # type: ignore[misc]
        attempts = tuple(_attempts(Away()))
        until = time.monotonic() + _SETTLING_SECONDS
        for attempt in attempts:
            if attempt.way.opens:
                yield _made_at_last(attempt, until)
        pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="bellgate-ways")
        try:
            yield from pool.map(_made, [a for a in attempts if not a.way.opens])
        finally:
            pool.shutdown(cancel_futures=True)


def _attempts(away: Away) -> Iterator[Attempt]:
    versions = BOTH if has_ipv6() else (4,)
    for number, way in enumerate(WAYS):
        for version in versions:
            if version in way.over:
                yield Attempt(way, version, number, away)


def _made(attempt: Attempt) -> Outcome:
    return in_namespace(DEVICE_SIDE, attempt.made)


def _made_at_last(attempt: Attempt, until: float) -> Outcome:
    while not (outcome := _made(attempt)).holds and time.monotonic() < until:
        time.sleep(0.1)
    return outcome

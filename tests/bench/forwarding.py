"""The kernel's path: new connections past the sentry, beside what the kernel alone forwards, and
beside Squid, which reads each hello and splices.

All translate addresses (masquerade), as a school's gateway does. Client and server are on the same
machine: they take most of the processor, so a ratio says less than the cost of one. Twice: with
whole TLS connections, and with bare hellos that cost client and server next to nothing.
"""

import json
import statistics
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

from bellgate.gateway.rules.kernel_path import KernelPath
from tests.bench.street import ALLOWED, HOSTS, SERVERS, SQUID_PORT, Street, cpu, street
from tests.bench.table import Row
from tests.lab.kernel_path import put_in_place, take_away
from tests.lab.school import SAMPLE, wait_for

ROUNDS, SECONDS, ONE_BY_ONE, BULK_BYTES = 5, 4.0, 1_500, 1 << 30
AT = "2026-11-23 10:15"
_TRANSLATE = (
    "table ip translate {}\nflush table ip translate\ntable ip translate {\nchain post {\n"
    'type nat hook postrouting priority srcnat\noifname "wan" masquerade\n}\n}'
)
_BULK_PORT = 4443
_TO_BULK = (
    "table ip bulk {\nchain pre {\ntype nat hook prerouting priority dstnat\n"
    f"ip daddr {SERVERS}251 tcp dport 443 redirect to :{_BULK_PORT}\n}}\n}}"
)


class Way:
    """The ways through the gateway; `use` one of them."""

    def __init__(self, here: Street) -> None:
        self._here = here
        here.gateway.set(ipv4__ip_forward="1")
        # So that the kernel's table of connections holds what a round leaves behind.
        assert here.gateway.run("nft", _TRANSLATE).returncode == 0
        self._path = KernelPath(("lan",), "wan", new_connections=1_000_000, burst=1_000_000)
        self.use_sentry()
        self.sentry = self._start()
        here.squid()
        self.use_squid()
        wait_for(lambda: here.dial(1, most=50)[0] == 50, "Squid to pass connections", 30)

    def _start(self) -> subprocess.Popen[bytes]:
        own = self._here.folder / "state" / "simulated" / "sentry"
        own.mkdir(parents=True)
        until = int(time.time()) + 80_000
        lines = (
            {"name": ALLOWED.format(n), "until": {str(ip_address(f"{SERVERS}{n}")): until}}
            for n in range(1, HOSTS + 2)
        )
        (own / "answers.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
        sentry = self._here.python(
            self._here.gateway, "-m", "bellgate.cli.main", "sentry", "--schedules", SAMPLE,
            "--state", self._here.folder / "state", "--at", AT,
        )  # fmt: skip
        assert sentry.stdout is not None
        assert sentry.stdout.readline() == b"The sentry is ready.\n"
        return sentry

    def use_sentry(self) -> None:
        self._here.divert_nothing()
        with self._here.gateway.inside():
            put_in_place(self._path)

    def use_plain(self) -> None:
        self._here.divert_nothing()
        with self._here.gateway.inside():
            take_away()

    def use_squid(self) -> None:
        self.use_plain()
        self._here.divert(SQUID_PORT)


_OVER = ("time_wait", "close", "fin_wait", "close_wait", "last_ack")
"""States of a connection that is over."""


@dataclass
class _Measured:
    """By the way through the gateway, a value a round; `costs` in µs of the sentry's processor."""

    whole: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    rates: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    bulk: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    costs: list[float] = field(default_factory=list)


def measure(*, quick: bool = False) -> list[Row]:
    found = _Measured()
    with street() as here:
        way = Way(here)
        serves = here.python(here.internet, "-m", "tests.bench.bulk", "serve", str(_BULK_PORT))
        assert serves.stdout is not None and serves.stdout.readline() == b"listening\n"
        assert here.internet.run("nft", _TO_BULK).returncode == 0
        here.nginx()
        # More connections than the kernel keeps would be over and kept: each is forgotten at once.
        for place in (here.gateway, here.internet):
            place.set(**{f"netfilter__nf_conntrack_tcp_timeout_{state}": "1" for state in _OVER})
        # One after the other, again and again: what else the machine does, it does to all.
        for _ in range(1 if quick else ROUNDS):
            _one_round(here, way, found, quick=quick)
    return _rows(found)


def _one_round(here: Street, way: Way, found: _Measured, *, quick: bool) -> None:
    ways: dict[str, Callable[[], None]] = {
        "plain": way.use_plain, "sentry": way.use_sentry, "squid": way.use_squid,
    }  # fmt: skip
    for name, use in ways.items():
        use()
        before = cpu(way.sentry)
        answered, took = here.dial(0.5 if quick else SECONDS)
        assert answered, f"nothing came through: {name}"
        spent = cpu(way.sentry) - before
        found.rates[name].append(answered / took)
        shook, took = here.shake_hands(1 if quick else SECONDS)
        assert shook, f"no hands were shaken: {name}"
        found.whole[name].append(shook / took)
        if name == "squid":
            continue
        if name == "sentry":
            found.costs.append(spent / answered * 1e6)
        found.waits[name].append(_alone(here, 50 if quick else ONE_BY_ONE))
        found.bulk[name].append(_fetched(here, (1 << 24) if quick else BULK_BYTES))


def _rows(found: _Measured) -> list[Row]:
    waits, bulk = found.waits, found.bulk
    added = statistics.median(
        sentry - plain for plain, sentry in zip(waits["plain"], waits["sentry"], strict=True)
    )
    bare, plain, squid = (
        statistics.median(found.rates[name]) for name in ("sentry", "plain", "squid")
    )
    return [
        *_beside(found.whole, "new TLS connections"),
        Row(
            "bare hellos past the sentry",
            bare,
            "a second",
            compared=f"masquerading {plain:,.0f}, Squid {squid:,.0f}",
        ),
        Row("  processor for one", statistics.median(found.costs), "µs", at_most=100),
        Row(
            "  added to its handshake, median",
            added,
            "ms",
            at_most=1,
            compared=f"of {statistics.median(waits['plain']):.2f} ms",
        ),
        Row(
            "bytes past the sentry, of masquerading's",
            _ratio(bulk["plain"], bulk["sentry"]),
            "×",
            at_least=0.95,
            compared=f"{BULK_BYTES / statistics.median(bulk['plain']) / 1e9:.1f} GB/s",
        ),
    ]


def _beside(rates: dict[str, list[float]], what: str) -> Iterator[Row]:
    """The sentry beside the kernel alone, and beside Squid."""
    sentry = rates["sentry"]
    for name, called, least in (("plain", "masquerading", 0.75), ("squid", "Squid", 2.0)):
        yield Row(
            f"{what} past the sentry, of {called}'s",
            _ratio(sentry, rates[name]),
            "×",
            at_least=least,
            compared=f"{statistics.median(sentry):,.0f} and {statistics.median(rates[name]):,.0f} "
            "a second",
        )


def _ratio(ones: list[float], others: list[float]) -> float:
    """The median of what the rounds say, each by itself."""
    return statistics.median(one / other for one, other in zip(ones, others, strict=True))


def _alone(here: Street, many: int) -> float:
    """Milliseconds of one connection on a quiet line."""
    asked = here.python(
        here.clients, "-m", "tests.bench.one_by_one", SERVERS, str(HOSTS), ALLOWED, str(many)
    )
    said, _ = asked.communicate(timeout=60)
    return float(said)


def _fetched(here: Street, size: int) -> float:
    """Seconds for so many bytes."""
    name = ALLOWED.format(HOSTS + 1)
    asked = here.python(
        here.clients, "-m", "tests.bench.bulk", "fetch", f"{SERVERS}251", "443", name, str(size)
    )
    said, _ = asked.communicate(timeout=60)
    return float(said)

"""How long one decision takes: 100,000 names, 300 devices, 40 rules."""

import random
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

from bellgate.policy.decide import Policy, decide
from bellgate.policy.facts import Connection
from bellgate.policy.what import Index, Service
from bellgate.policy.when import Always, Period, When
from bellgate.policy.who import Device, Directory, Holder, Network
from tests.bench.table import Row
from tests.policy.schools import EDITION, GROUPS, rule, year

NAMES, DEVICES, RULES = 100_000, 300, 40
BUDGET = 5.0
_TRIES = 5
START = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)


def school(chance: random.Random) -> tuple[Policy, list[str]]:
    """A policy of that size, and its names."""
    names = [f"n{n}.{chance.choice(('com', 'co.uk', 'org', 'net'))}" for n in range(NAMES)]
    categories = ("social-network", "video", "forum", "circumvention")
    services = {
        f"s{n}": Service(f"s{n}", f"Service {n}", categories[n % 4], tuple(names[n::500]))
        for n in range(500)
    }
    whens: list[When] = [Period("sessions"), Period("lessons"), Always(), Period("school day")]
    rules = [
        rule(n, ("staff", "pupils", "guests", "year-5")[n % 4], f"s{n}", "block", whens[n // 4 % 4])
        for n in range(RULES - 2)
    ]
    rules.append(rule(RULES - 2, "everyone", "social-media", "block", Period("sessions")))
    rules.append(rule(RULES - 1, "staff", "games.example", "log", Always()))
    devices = tuple(
        Device(
            f"device-{n}",
            ("staff", "year-5")[n % 2],
            macs=(mac(n),),
            holders=(Holder(f"stf-{n}", START - timedelta(days=30)),) if n % 2 == 0 else (),
        )
        for n in range(DEVICES)
    )
    networks = (
        Network(ip_network("10.77.10.0/24"), "pupils"),
        Network(ip_network("10.77.20.0/24"), "staff"),
    )
    index = Index(services, frozenset({"games.example"}))
    policy = Policy(
        EDITION, year(), Directory(GROUPS, networks, devices, "guests"), index, tuple(rules)
    )
    return policy, names


def mac(number: int) -> str:
    return f"3c:22:fb:00:{number // 256:02x}:{number % 256:02x}"


def asked(chance: random.Random, names: list[str], many: int) -> Iterator[Connection]:
    """What a morning brings: half of it names that no list holds."""
    for _ in range(many):
        number = chance.randrange(DEVICES)
        ip = f"10.77.{20 if number % 2 == 0 else 10}.{number % 250 + 1}"
        listed = chance.random() < 0.5
        host = f"www.{chance.choice(names)}" if listed else f"a{chance.randrange(10**6)}.gov.uk"
        yield Connection(ip, "tls", (host,), mac(number), host, "203.0.113.11", 443)


def _decided(policy: Policy, batch: list[Connection]) -> float:
    began = time.perf_counter()
    for connection in batch:
        decide(policy, connection, START)
    return time.perf_counter() - began


def _parsed(batch: list[Connection]) -> float:
    began = time.perf_counter()
    for connection in batch:
        ip_address(connection.source_ip)
    return time.perf_counter() - began


def measure(*, quick: bool = False) -> list[Row]:
    chance = random.Random(1)
    policy, names = school(chance)
    connections = list(asked(chance, names, 2_000 if quick else 50_000))
    for connection in connections:
        decide(policy, connection, START)
    times, compared = [], []
    for at in range(0, len(connections), 100):
        batch = connections[at : at + 100]
        # Each batch at its best: what other programs take from the processor is no decision's.
        times.append(min(_decided(policy, batch) for _ in range(_TRIES)))
        compared.append(min(_parsed(batch) for _ in range(_TRIES)))
    median = statistics.median(times) * 1e4
    reference = statistics.median(compared) * 1e4
    return [
        Row(
            "a decision: 100,000 names, 300 devices, 40 rules",
            median,
            "µs",
            at_most=BUDGET,
            compared=f"{median / reference:.1f} × ipaddress.ip_address()",
        )
    ]

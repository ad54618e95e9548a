"""New connections a second that pass undecrypted, beside mitmdump with a script of that effect."""

import statistics

from tests.bench.street import GATE_PORT, OTHER_PORT, cpu, street
from tests.bench.table import Row
from tests.lab.school import wait_for

ROUNDS, SECONDS = 5, 4.0


def measure(*, quick: bool = False) -> list[Row]:
    rounds, seconds = (1, 0.5) if quick else (ROUNDS, SECONDS)
    with street() as here:
        proxies = {GATE_PORT: here.gate(), OTHER_PORT: here.mitmdump()}
        for port in proxies:
            here.divert(port)
            wait_for(lambda: here.dial(1, most=50)[0] == 50, "the proxy to pass connections", 30)
        rates: dict[int, list[float]] = {port: [] for port in proxies}
        costs: dict[int, list[float]] = {port: [] for port in proxies}
        # One after the other, again and again: what else the machine does, it does to both.
        for _ in range(rounds):
            for port, proxy in proxies.items():
                here.divert(port)
                before = cpu(proxy)
                answered, took = here.dial(seconds)
                rates[port].append(answered / took)
                costs[port].append((cpu(proxy) - before) / max(answered, 1) * 1e6)
    gate, other = (statistics.median(rates[port]) for port in proxies)
    ratio = statistics.median(a / b for a, b in zip(*rates.values(), strict=True))
    spent = statistics.median(b / a for a, b in zip(*costs.values(), strict=True))
    of_gate, of_other = (statistics.median(costs[port]) for port in proxies)
    return [
        Row("new undecrypted connections, of mitmdump's", ratio, "×", at_least=1.6),
        Row("  through the gate", gate, "a second", compared=f"mitmdump {other:,.0f}"),
        Row(
            "  processor for one",
            of_gate,
            "µs",
            compared=f"mitmdump {of_other:,.0f}, {spent:.2f} × the gate's",
        ),
    ]

"""Connections that a device of the lab makes by hand."""

from collections.abc import Iterator
from contextlib import contextmanager

from bellgate.gateway.machine import run
from bellgate.gateway.ways.by_hand import HOLD_BACK, SHORT_LIVES_END, ByHand
from tests.lab.network import Device, Lab


@contextmanager
def by_hand(lab: Lab, device: Device) -> Iterator[None]:
    """While connections of a device are made by hand, and the servers are some hops away."""
    places = ((device.namespace, HOLD_BACK, "by_hand"), (lab.internet, SHORT_LIVES_END, "lives"))
    for namespace, rules, _ in places:
        with namespace.inside():
            run("nft", "-f", "-", given=rules)
    try:
        yield
    finally:
        for namespace, _, table in places:
            namespace.run("nft", "delete", "table", "inet", table)


def connect_by_hand(device: Device, address: str, begins_at: ByHand | None = None) -> ByHand:
    with device.namespace.inside():
        source = device.ip6 if ":" in address else device.ip4
        return ByHand(source, address, begins_at=begins_at)

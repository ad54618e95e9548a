"""The wire that the gateway tries itself by: a device on one side, on the other what stands for the
internet. Both are network namespaces, there only while something is tried.

What the device sends goes the way of every device's: our DNS, the kernel's rules, the sentry, the
gate. What comes through leaves by an interface of its own, to whatever address: nothing of it
reaches the real internet. What a killed run left behind is made anew.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bellgate.gateway.kernel_rules import AWAY, PROBE
from bellgate.gateway.machine import ToolFailed, answers, run
from bellgate.policy.probe import (
    DEVICE4,
    DEVICE6,
    GATEWAY4,
    GATEWAY6,
    OUTSIDE4,
    OUTSIDE6,
    SERVER4,
    SERVER6,
)

DEVICE_SIDE: Final = "bellgate_probe"
FAR_SIDE: Final = "bellgate_away"
"""The names of the namespaces."""
_SIDES: Final = {PROBE: DEVICE_SIDE, AWAY: FAR_SIDE}
"""Each interface with what lies behind it."""
CARD: Final = "card"
"""The name of the one interface in each namespace."""
SINKS4: Final = "198.18.252.0/23"
SINKS6: Final = "2001:2:0:6267:1::/80"
"""Further addresses that are answered for on the far side."""
TRANSLATED: Final = ("64:ff9b::/96", "2002::/16")
"""IPv4 written as IPv6: NAT64 (RFC 6052), 6to4 (RFC 3056). Answered for as well."""
_NETWORKS4, _NETWORKS6 = SINKS4, "2001:2:0:6267::/64"
_ROUTES: Final = "6267"
"""The number of the routing table, and of the rule that leads to it."""
_LOCK = Path("/run/bellgate-probe.lock")


def has_ipv6() -> bool:
    """Whether this kernel speaks it."""
    return Path("/proc/net/if_inet6").exists()


@contextmanager
def probe_wire() -> Iterator[None]:
    """Both namespaces and what leads to them; gone afterwards, whatever happens. By root. Raises
    ToolFailed where there can be none."""
    with _LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ToolFailed("the gateway is trying itself just now") from error
        _remove()
        try:
            _lay()
            yield
        finally:
            _remove()


def in_namespace[T](name: str, attempt: Callable[[], T]) -> T:
    """What it gives, run in a thread whose network is the namespace's. Raises what it raises."""

    def inside() -> T:
        with Path("/run/netns", name).open("rb") as namespace:
            os.setns(namespace.fileno(), os.CLONE_NEWNET)
        return attempt()

    with ThreadPoolExecutor(1, thread_name_prefix="bellgate-probe") as alone:
        return alone.submit(inside).result()


def _lay() -> None:
    for name, side in _SIDES.items():
        run("ip", "netns", "add", side)
        run("ip", "link", "add", name, "type", "veth", "peer", "name", CARD, "netns", side)
        run("ip", "-n", side, "link", "set", "lo", "up")
    _lay_ipv4()
    if has_ipv6():
        _lay_ipv6()


def _lay_ipv4() -> None:
    run("ip", "addr", "add", f"{GATEWAY4}/30", "dev", PROBE)
    run("ip", "addr", "add", f"{OUTSIDE4}/30", "dev", AWAY)
    run("ip", "-n", DEVICE_SIDE, "addr", "add", f"{DEVICE4}/30", "dev", CARD)
    run("ip", "-n", FAR_SIDE, "addr", "add", f"{SERVER4}/30", "dev", CARD)
    for name, side in _SIDES.items():
        run("ip", "link", "set", name, "up")
        run("ip", "-n", side, "link", "set", CARD, "up")
    run("ip", "-n", DEVICE_SIDE, "route", "add", "default", "via", GATEWAY4)
    run("ip", "-n", FAR_SIDE, "route", "add", "default", "via", OUTSIDE4)
    run("ip", "-n", FAR_SIDE, "route", "add", "local", SINKS4, "dev", "lo")
    run("ip", "route", "add", _NETWORKS4, "via", SERVER4, "dev", AWAY)
    run("ip", "route", "add", "default", "via", SERVER4, "dev", AWAY, "table", _ROUTES)
    run("ip", "rule", "add", "priority", _ROUTES, "iif", PROBE, "lookup", _ROUTES)


def _lay_ipv6() -> None:
    for name in _SIDES:
        Path(f"/proc/sys/net/ipv6/conf/{name}/accept_ra").write_text("0")
    run("ip", "addr", "add", f"{GATEWAY6}/64", "dev", PROBE, "nodad")
    run("ip", "addr", "add", f"{OUTSIDE6}/126", "dev", AWAY, "nodad")
    run("ip", "-n", DEVICE_SIDE, "addr", "add", f"{DEVICE6}/64", "dev", CARD, "nodad")
    run("ip", "-n", FAR_SIDE, "addr", "add", f"{SERVER6}/126", "dev", CARD, "nodad")
    run("ip", "-n", DEVICE_SIDE, "route", "add", "default", "via", GATEWAY6)
    run("ip", "-n", FAR_SIDE, "route", "add", "default", "via", OUTSIDE6)
    for network in (SINKS6, *TRANSLATED):
        run("ip", "-n", FAR_SIDE, "-6", "route", "add", "local", network, "dev", "lo")
    run("ip", "-6", "route", "add", _NETWORKS6, "via", SERVER6, "dev", AWAY)
    run("ip", "-6", "route", "add", "default", "via", SERVER6, "dev", AWAY, "table", _ROUTES)
    run("ip", "-6", "rule", "add", "priority", _ROUTES, "iif", PROBE, "lookup", _ROUTES)


def _remove() -> None:
    for family in ("-4", "-6"):
        while answers("ip", family, "rule", "delete", "priority", _ROUTES):
            pass
    for name, side in _SIDES.items():
        answers("ip", "link", "delete", name)  # first: with its namespace it goes some time later
        if Path("/run/netns", side).exists() and not answers("ip", "netns", "delete", side):
            raise ToolFailed(f"ip: the namespace {side} of an earlier test cannot be removed")

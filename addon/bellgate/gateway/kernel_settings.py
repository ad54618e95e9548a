"""The kernel's settings on a gateway, as text for `sysctl -p`. Text only.

`bellgate-rules` has them set once its rules are loaded, and nobody else: a machine whose rules
could not be loaded carries nothing. Source: ip-sysctl in the kernel's documentation.
"""

from collections.abc import Mapping
from typing import Final

ROOM: Final = "net.netfilter.nf_conntrack_max"
LEAST_ROOM: Final = 262_144
"""Connections: 600 devices with some 200 each, and as many again of guests'. The kernel itself has
so much room with 4 GB of memory or more, and a quarter with 1 GB. Full, the table takes about
100 MB."""
_SILENT_SECONDS: Final = 2 * 3600 + 4 * 60
"""After these a connection that says nothing is forgotten (RFC 5382, REQ-5). The kernel's five days
would keep every connection of a phone that left the building."""
FORWARDING = ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")


def settings(wan: str, *, wan_hears_routers: bool, room: int) -> Mapping[str, str]:
    """What is set, by name. `wan_hears_routers`: the kernel itself takes the way to the internet
    from a router's announcements on that card; once it forwards, it would stop to. `room`: the
    connections that it has room for now; it never gets less."""
    accepting = {f"net/ipv6/conf/{wan}/accept_ra": "2"} if wan_hears_routers else {}
    return {
        # A device must not be sent round us by a word of ours.
        "net.ipv4.conf.all.send_redirects": "0",
        "net.ipv4.conf.default.send_redirects": "0",
        # Linux slows such answers down for each device; a browser waits for the one to its QUIC.
        "net.ipv4.icmp_ratemask": "6160",
        "net.ipv6.icmp.ratemask": "0,3-127",
        ROOM: str(max(room, LEAST_ROOM)),
        "net.netfilter.nf_conntrack_tcp_timeout_established": str(_SILENT_SECONDS),
        # Before forwarding, which would end it.
        **accepting,
        **dict.fromkeys(FORWARDING, "1"),
    }


def sysctl(wan: str, *, wan_hears_routers: bool, room: int) -> str:
    """The text. Slashes stand where a card's name may hold a dot. A line that begins with - may
    fail, since a kernel without IPv6 has not all of these, and a machine that shares its kernel may
    not set all."""
    chosen = settings(wan, wan_hears_routers=wan_hears_routers, room=room)
    needed = "net.ipv4.ip_forward"
    lines = "".join(
        f"{'' if name == needed else '-'}{name} = {value}\n" for name, value in chosen.items()
    )
    return f"# Made by Bellgate; written anew at each change.\n{lines}"

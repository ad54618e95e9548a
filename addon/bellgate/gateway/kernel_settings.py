"""The kernel's settings on a gateway, as text for `sysctl -p`. Text only.

`bellgate-rules` has them set once its rules are loaded, and nobody else: a machine whose rules
could not be loaded carries nothing. Source: ip-sysctl in the kernel's documentation.
"""

from collections.abc import Mapping

FORWARDING = ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")


def settings(wan: str, *, wan_hears_routers: bool) -> Mapping[str, str]:
    """What is set, by name. `wan_hears_routers`: the kernel itself takes the way to the internet
    from a router's announcements on that card; once it forwards, it would stop to."""
    accepting = {f"net/ipv6/conf/{wan}/accept_ra": "2"} if wan_hears_routers else {}
    return {
        # A device must not be sent round us by a word of ours.
        "net.ipv4.conf.all.send_redirects": "0",
        "net.ipv4.conf.default.send_redirects": "0",
        # Linux slows such answers down for each device; a browser waits for the one to its QUIC.
        "net.ipv4.icmp_ratemask": "6160",
        "net.ipv6.icmp.ratemask": "0,3-127",
        # Before forwarding, which would end it.
        **accepting,
        **dict.fromkeys(FORWARDING, "1"),
    }


def sysctl(wan: str, *, wan_hears_routers: bool) -> str:
    """The text. Slashes stand where a card's name may hold a dot. A line that begins with - may
    fail, since a kernel without IPv6 has not all of these."""
    chosen = settings(wan, wan_hears_routers=wan_hears_routers)
    needed = "net.ipv4.ip_forward"
    lines = "".join(
        f"{'' if name == needed else '-'}{name} = {value}\n" for name, value in chosen.items()
    )
    return f"# Made by Bellgate; written anew at each change.\n{lines}"

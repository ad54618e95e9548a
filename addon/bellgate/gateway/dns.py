"""Our own DNS and DHCP server, as text for dnsmasq: a file of ours for an instance of ours.

Text only. Debian's dnsmasq, systemd-resolved and their files stay as they are: ours listens on the
school's side alone. Source: dnsmasq(8), version 2.90 or later.
"""

from collections.abc import Iterator, Sequence

from bellgate.gateway.kernel_rules import PROBE
from bellgate.policy import probe
from bellgate.schedules.settings import OUR_LEASES, GatewaySettings

CANARIES = ("use-application-dns.net", "resolver.arpa")
"""Not to be found, the first keeps Firefox from asking somebody else by DNS over HTTPS; by the
second a device looks for an encrypted way to us (RFC 9462), which there is not."""
RELAYS = (
    "mask.icloud.com",
    "mask-h2.icloud.com",
    "mask-api.icloud.com",
    "doh-dns-apple-com.v.aaplimg.com",
)
"""Apple's Private Relay and its DNS; not to be found, a device says so and does without.
Source: Apple, "Prepare your network or web server for iCloud Private Relay"."""
KEYS = f"keys.{probe.DOMAIN}"
"""For this name whoever stands for the internet meanwhile has keys to hide a name by."""

WPAD = "wpad"
"""The name that browsers look for, and nothing behind it."""
WPAD_IN_FULL = "wpad.bellgate.internal"
"""The same with a domain. Windows asks no name server for a name of one word where it was given no
domain to put behind it."""


def dnsmasq(settings: GatewaySettings, resolv_file: str) -> str:
    """The text of dnsmasq's configuration. `resolv_file` says whom the machine itself asks: they
    are asked where gateway.yaml names nobody."""
    sections = (
        _where(settings.lan),
        _whom(settings, resolv_file),
        _hidden(),
        _probe(),
        _wpad(settings),
        _given_out(settings),
    )
    head = "# Made by Bellgate from gateway.yaml; written anew at each change.\n"
    return head + "\n".join("".join(f"{line}\n" for line in section) for section in sections)


def _where(lan: Sequence[str]) -> Iterator[str]:
    yield "# On the school's side alone, also on cards that come later."
    yield "bind-dynamic"
    yield "except-interface=lo"
    for name in (*lan, PROBE):
        yield f"interface={name}"
    yield f"no-dhcp-interface={PROBE}"


def _whom(settings: GatewaySettings, resolv_file: str) -> Iterator[str]:
    yield "# Whom it asks."
    if settings.forward_to:
        yield "no-resolv"
        for server in settings.forward_to:
            yield f"server={server}"
    else:
        yield f"resolv-file={resolv_file}"
    yield "no-hosts"
    yield "domain-needed"
    yield "cache-size=10000"
    yield "dns-forward-max=1000"


def _hidden() -> Iterator[str]:
    yield "# Records with the keys that browsers hide a site's name by: there are none."
    yield "filter-rr=ANY,HTTPS,SVCB"
    yield "# Names that turn such hiding on or off: not to be found."
    for name in (*CANARIES, *RELAYS):
        yield f"local=/{name}/"


def _probe() -> Iterator[str]:
    yield "# What the gateway tries itself with."
    for name, addresses in probe.LEADS.items():
        yield f"host-record={name},{','.join(addresses)}"
    yield f"server=/{KEYS}/{probe.SERVER4}"


def _wpad(settings: GatewaySettings) -> Iterator[str]:
    yield "# Where browsers look for a proxy (WPAD): nobody else may take that name."
    yield "dhcp-name-match=set:wpad,wpad"
    yield "dhcp-ignore-names=tag:wpad"
    yield f"local=/{WPAD_IN_FULL}/"
    if settings.proxy:
        yield "# It is the gateway, by its address on the card that asks."
        yield "localise-queries"
        for name in settings.lan:
            yield f"interface-name={WPAD},{name}"
            yield f"interface-name={WPAD_IN_FULL},{name}"
        if settings.leased:
            yield f'dhcp-option=252,"http://{WPAD_IN_FULL}/wpad.dat"'


def _given_out(settings: GatewaySettings) -> Iterator[str]:
    if settings.leased:
        yield "# Addresses for the school's devices."
        yield f"dhcp-leasefile={OUR_LEASES}"
        yield "dhcp-authoritative"
    for network, span in settings.leased.items():
        yield f"dhcp-range={span.first},{span.last},{network.netmask},12h"
    if settings.announced:
        yield "# IPv6: devices choose their own addresses, and ask us for names."
        yield "enable-ra"
    for network in settings.announced:
        yield f"dhcp-range={network.network_address},ra-only,{network.prefixlen}"

"""The kernel's part, as text for `nft -f`: what comes to the gate, what is refused.

Text only: nothing here is applied. Loading the text again replaces what was loaded before, in one
step, and touches no table but ours. A web connection that the text does not bring to the gate is
refused: also one that was open before it was loaded.

nft: `drop` and `reject` are final, `accept` ends only its own base chain. So what somebody else's
chains refuse stays refused, and what is none of our business is left to them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bellgate.gateway.resolvers import RESOLVERS
from bellgate.wire import path_mark

TABLE = "bellgate"
PROBE = "bellgate-probe"
"""The interface that the gateway tries itself by, where there is one just now: of the school's
side."""
AWAY = "bellgate-away"
"""The interface to what stands for the internet meanwhile: everything that the device sends, and
nothing of anybody else's."""
WEB_PORTS = "80, 443"
QUIC_PORTS = "80, 443, 8443"
TUNNELS = (4, 41, 47, 50, 51, 97, 115)
"""IANA's numbers of protocols: IPv4 and IPv6 inside IP, GRE, ESP, AH, EtherIP, L2TPv3."""
MOST_OF_ONE = 16_384
"""Connections of one device that the kernel follows at a time: a sixteenth of the room that it has
(`kernel_settings.py`). Of IPv6 a card's, or those of a network behind another router."""
TEREDO_PORT = 3544
"""IPv6 inside UDP (RFC 4380)."""

# What the kernel takes as an interface's name, without what would end the text's quotation marks.
_INTERFACE = re.compile(r"[A-Za-z0-9_.:@-]{1,15}\Z")
_NETWORK = re.compile(r"[0-9a-f.:]+(?:/[0-9]+)?\Z")

REMOVAL = f"table inet {TABLE}\ndelete table inet {TABLE}\n"
"""Takes the rules away, whether or not they were loaded."""


_NETWORK_6 = "ffff:ffff:ffff:ffff::"
_HELD = """\
	set held4 { type ipv4_addr; size 65535; flags dynamic; }
	set held6 { type ether_addr . ipv6_addr; size 65535; flags dynamic; }
"""


@dataclass(frozen=True, slots=True)
class Network:
    """An address range of the school, and whether ways round are closed to its group just now."""

    addresses: str
    closes_ports: bool


@dataclass(frozen=True, slots=True)
class ClosedPorts:
    """Ports that ways round use, and to whom they are refused."""

    udp: Sequence[int] = ()
    tcp: Sequence[int] = ()
    networks: Sequence[Network] = ()
    """The longest prefix first."""
    elsewhere: bool = False
    """Whether they are closed to what is on none of the networks."""


@dataclass(frozen=True, slots=True)
class Accounting:
    """Where access points say who is signed in, and which may."""

    address: str
    port: int
    clients: Sequence[str]


@dataclass(frozen=True, slots=True)
class Diversion:
    """Which devices' web connections come to the gate: those on the inside interfaces."""

    inside: Sequence[str]
    port: int = 8081
    """Where the gate listens in transparent mode, on every address of IPv4 and IPv6."""
    wan: str = field(kw_only=True)
    accounting: Accounting | None = None
    masquerade: bool = False
    forward_to: Sequence[str] = ()
    """Name servers that ours asks: their own questions are not brought back to it."""
    closed_ports: ClosedPorts = ClosedPorts()
    kernel_path: bool = False
    """What need not come to the gate goes by the kernel: `rules/kernel_path.py` says which."""
    proxy_port: int | None = None
    """Where the gate is a proxy, for those inside alone; None: it is none."""
    upstream: str | None = None
    """A filter that is a proxy, `ADDR:PORT`: for the gate alone."""
    gate_is_away: bool = False
    """The gate cannot be brought back, and the school chose to be open then: web connections go on,
    undecided. Once it is back, those that are open are refused like any other."""


def rules(diversion: Diversion) -> str:
    """The text. Raises ValueError for what cannot stand in it."""
    _refuse_what_cannot_stand(diversion)
    chains = [
        _resolvers(),
        _HELD,
        _divert(diversion),
        _guard(diversion),
        _onward(diversion),
        _ports(diversion.closed_ports),
        _outward(diversion),
    ]
    return (
        "# Made by Bellgate; written anew at each change.\n"
        f"{REMOVAL}table inet {TABLE} {{\n" + "\n".join(filter(None, chains)) + "}\n"
    )


def _divert(diversion: Diversion) -> str:
    inside, port = _inside(diversion), diversion.port
    to_the_gate = f"tcp dport {{ {WEB_PORTS} }} redirect to :{port}"
    return _chain(
        "divert",
        "Web connections of the school's devices go to the gate, which asks the kernel where they",
        "were going. What is meant for this machine, or stays inside, is left alone.",
        lines=[
            "type nat hook prerouting priority dstnat; policy accept;",
            f"iifname != {{ {inside} }} accept",
            *_wpad(diversion.proxy_port),
            "fib daddr type local accept",
            f'iifname != "{PROBE}" fib daddr oifname != "{diversion.wan}" accept',
            *([] if diversion.gate_is_away or diversion.kernel_path else [to_the_gate]),
            *_servers_of_ours(diversion.forward_to),
            "# Another name server would hide the names from us, or not hold back what hides them.",
            "udp dport 53 redirect to :53",
            "tcp dport 53 redirect to :53",
        ],
    )


def _wpad(proxy_port: int | None) -> Iterator[str]:
    if proxy_port is not None:
        yield "# Browsers look for the PAC file on port 80 of the machine that is called wpad."
        yield f"fib daddr type local tcp dport 80 redirect to :{proxy_port}"


def _servers_of_ours(forward_to: Sequence[str]) -> Iterator[str]:
    for family, addresses in _by_family(forward_to):
        yield f"{family} saddr {{ {', '.join(addresses)} }} accept"


def _guard(diversion: Diversion) -> str:
    port = diversion.port
    return _chain(
        "guard",
        "The gate's own port, dialled directly: the gate would take itself for where the",
        "connection was going, and dial itself until no descriptor was left.",
        lines=[
            "type filter hook input priority filter; policy accept;",
            f"tcp dport {port} ct status & dnat == 0 reject with tcp reset",
            *_accounting(diversion),
            *_proxy_for_inside(diversion),
        ],
    )


def _accounting(diversion: Diversion) -> Iterator[str]:
    """Who is signed in is said by the access points alone, and from the school's side."""
    accounting = diversion.accounting
    if accounting is None:
        return
    family = _family(accounting.address)
    there = f"{family} daddr {accounting.address} udp dport {accounting.port}"
    yield "# Who is signed in: said by the access points, and by nobody else."
    yield f"iifname != {{ {_names(diversion.inside)} }} {there} drop"
    yield f"{there} {family} saddr != {{ {', '.join(accounting.clients)} }} drop"


def _proxy_for_inside(diversion: Diversion) -> Iterator[str]:
    if diversion.proxy_port is not None:
        yield "# The proxy is for the school's side, and for this machine itself."
        yield (
            f'iifname != {{ "lo", {_names(diversion.inside)} }} '
            f"tcp dport {diversion.proxy_port} reject with tcp reset"
        )


def _onward(diversion: Diversion) -> str:
    return _chain(
        "onward",
        "What the kernel carries from inside to the internet.",
        lines=[
            "type filter hook forward priority filter; policy accept;",
            f"iifname != {{ {_inside(diversion)} }} accept",
            *_only_by_the_gate(diversion.upstream),
            f"oifname != {{ {_names((diversion.wan, AWAY))} }} accept",
            "# More than that of one device would fill the kernel's table, for everybody.",
            "ct state new meta nfproto ipv4 "
            f"add @held4 {{ ip saddr ct count over {MOST_OF_ONE} }} drop",
            "ct state new meta nfproto ipv6 add @held6 "
            f"{{ ether saddr . ip6 saddr & {_NETWORK_6} ct count over {MOST_OF_ONE} }} drop",
            "# QUIC hides its names. Refused with an answer, browsers fall back at once.",
            f"udp dport {{ {QUIC_PORTS} }} reject",
            "# DNS over TLS or QUIC hides them from our DNS.",
            "udp dport 853 reject",
            "tcp dport 853 reject with tcp reset",
            *_refused(diversion),
            "jump ports",
        ],
    )


def _only_by_the_gate(upstream: str | None) -> Iterator[str]:
    if upstream is not None:
        address, _, port = upstream.rpartition(":")
        address = address.strip("[]")
        yield "# The school's filter is a proxy: whoever named it by themselves would go round us."
        yield f"{_family(address)} daddr {address} tcp dport {port} reject with tcp reset"


def _refused(diversion: Diversion) -> Iterator[str]:
    """Web connections that have no business here."""
    if diversion.kernel_path:
        yield "# What nobody let through on the kernel's path: also where its rules are gone."
        yield f"tcp dport 443 ct mark & {path_mark.STATE:#010x} == 0 reject with tcp reset"
    if not diversion.gate_is_away:
        which = "80" if diversion.kernel_path else f"{{ {WEB_PORTS} }}"
        yield "# What should have gone to the gate: a connection from before these rules."
        yield f"tcp dport {which} reject with tcp reset"


def _ports(ports: ClosedPorts) -> str:
    closed = [
        *([f"udp dport {{ {_numbers(ports.udp)} }} reject"] if ports.udp else []),
        *([f"tcp dport {{ {_numbers(ports.tcp)} }} reject with tcp reset"] if ports.tcp else []),
        "# A tunnel to somebody else's network: IP inside IP, GRE, IPsec, L2TP; Teredo.",
        f"meta l4proto {{ {_numbers(TUNNELS)} }} reject",
        f"udp dport {TEREDO_PORT} reject",
        "# Known resolvers by their addresses, also where they are asked over HTTPS.",
        *(
            f"{family} daddr @resolvers{number} meta l4proto {refused}"
            for family, number in (("ip", 4), ("ip6", 6))
            for refused in ("tcp reject with tcp reset", "udp reject")
        ),
    ]
    whose = [
        f"{_family(network.addresses)} saddr {network.addresses} "
        f"{'goto closed_ports' if network.closes_ports else 'return'}"
        for network in ports.networks
    ]
    elsewhere = ["goto closed_ports"] if ports.elsewhere else []
    tried = f'iifname "{PROBE}" goto closed_ports'
    return (
        _chain("closed_ports", lines=closed)
        + "\n"
        + _chain(
            "ports",
            "Other ports of ways round, for those to whom these are closed just now.",
            lines=[tried, *whose, *elsewhere],
        )
    )


def _resolvers() -> str:
    """Known resolvers' addresses, as sets."""
    sets = {"4": ("ipv4_addr", "ip"), "6": ("ipv6_addr", "ip6")}
    known = dict(_by_family(RESOLVERS))
    return "".join(
        f"\tset resolvers{number} {{\n\t\ttype {kind};\n\t\telements = {{\n"
        + "".join(f"\t\t\t{address},\n" for address in known[family])
        + "\t\t}\n\t}\n"
        for number, (kind, family) in sets.items()
    )


def _outward(diversion: Diversion) -> str:
    if not diversion.masquerade:
        return ""
    return _chain(
        "outward",
        "The school's devices go out under the gateway's own address.",
        lines=[
            "type nat hook postrouting priority srcnat; policy accept;",
            f'iifname {{ {_names(diversion.inside)} }} oifname "{diversion.wan}" '
            "meta nfproto ipv4 masquerade",
        ],
    )


def _chain(name: str, *comment: str, lines: Sequence[str]) -> str:
    said = "".join(f"\t# {line}\n" for line in comment)
    inside = "".join(f"\t\t{line}\n" for line in lines)
    return f"{said}\tchain {name} {{\n{inside}\t}}\n"


def _names(interfaces: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in interfaces)


def _inside(diversion: Diversion) -> str:
    return _names((*diversion.inside, PROBE))


def _numbers(ports: Sequence[int]) -> str:
    return ", ".join(map(str, sorted(ports)))


def _by_family(addresses: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    for family in ("ip", "ip6"):
        of_family = [address for address in addresses if _family(address) == family]
        if of_family:
            yield family, of_family


def _family(addresses: str) -> str:
    return "ip6" if ":" in addresses else "ip"


def _refuse_what_cannot_stand(diversion: Diversion) -> None:
    if not diversion.inside:
        raise ValueError("no inside interface is named, so nothing would be diverted")
    for name in (*diversion.inside, diversion.wan):
        if not _INTERFACE.match(name):
            raise ValueError(f'"{name}" is not the name of a network interface')
    if not 0 < diversion.port < 65536 or diversion.port in (80, 443):
        raise ValueError(f"the gate cannot have port {diversion.port} to itself")
    accounting = diversion.accounting
    points = (accounting.address, *accounting.clients) if accounting is not None else ()
    networks = (n.addresses for n in diversion.closed_ports.networks)
    for text in (*diversion.forward_to, *networks, *points):
        if not _NETWORK.match(text):
            raise ValueError(f'"{text}" is neither an address nor a network')

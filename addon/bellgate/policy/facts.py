"""What the wire showed of one connection, and how a name on it is read.

Only observations live here: no rule, no group, no session. A name that the wire did not show is
absent, never guessed.
"""

import ipaddress
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

Protocol = Literal["tls", "http", "not-web", "other"]
"""What a connection opened with. `not-web`: read, and neither TLS nor HTTP; `other`: unreadable."""
Doubt = Literal["shared-mac", "lease-differs", "duid"]
"""Why a MAC, although it is a device's, names no holder: it sends from several IPv4 addresses at
once, a current lease of the address names another, or it stands only in a DHCPv6 client's DUID."""
SignInDoubt = Literal["sign-in-unnamed", "sign-ins-differ", "sign-in-unsure", "sign-in-over"]
"""Why a sign-in names nobody: its name stands for nobody whom the school knows, it contradicts
another sign-in or the address, nobody knows whether it still lasts, or it has ended meanwhile."""

_LABELS = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\Z")
_PORT = re.compile(r":[0-9]{0,5}\Z")

# Written out instead of asked of `ipaddress`: its `is_private` also holds the ranges reserved for
# documentation, which are as public as any other address to a connection that names one.
_INSIDE = tuple(
    ipaddress.ip_network(n)
    for n in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
        "ff00::/8",
    )
)


# RFC 4291, section 2.5.5.1; RFC 6052 and 8215 (NAT64); RFC 2765, section 2.1.
_TRANSLATED = tuple(
    ipaddress.IPv6Network(n) for n in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96")
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the gateway knows of a source address at one moment. MACs: lower case, colons."""

    mac: str | None = None
    """The card that sends from the address, else the one that a DHCP server leased it to. Never
    another router's."""
    interface: tuple[str, ...] = ()
    """The gateway's own addresses on the interface that the source came in by, if any is known."""
    doubt: Doubt | None = None
    duid_mac: str | None = None
    """The MAC in the DUID that the address was leased to: a hint at the device, never proof."""


NOT_SEEN = Sighting()


@dataclass(frozen=True, slots=True)
class SignIn:
    """What the access points say of a source: who is signed in there, or why that names nobody."""

    person: str | None = None
    """A pseudonym; None where there is a doubt."""
    session: str | None = None
    """The accounting session that says so."""
    doubt: SignInDoubt | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection, or one request on it, as the wire showed it.

    `names` are the host names it showed (CONNECT target, SNI, Host), each as `host_name` gives it,
    without repeats, in the order seen. Where it showed none, the tuple is empty.
    `mac`, `interface`, `doubt` and `duid_mac` are those of the source's `Sighting`.
    """

    source_ip: str
    protocol: Protocol
    names: tuple[str, ...] = ()
    mac: str | None = None
    server_name: str | None = None
    destination_ip: str | None = None
    destination_port: int | None = None
    interface: tuple[str, ...] = ()
    doubt: Doubt | None = None
    duid_mac: str | None = None
    destination_connected: bool = False
    """Whether the destination is attached to the gateway, on the school's side."""
    sign_in: SignIn | None = None
    """Who is signed in at the source; None where no access point says that anybody is."""

    @property
    def host(self) -> str | None:
        """The first name shown, which is the one the client asked for."""
        return self.names[0] if self.names else None

    @property
    def sighting(self) -> Sighting:
        """What the gateway knew of the source."""
        return Sighting(self.mac, self.interface, self.doubt, self.duid_mac)

    def later(self, sign_in: SignIn | None) -> "Connection":
        """The same connection, later: no sign-in outlives its session, and whoever signs in
        afterwards did not open it. `sign_in`: who is signed in by then."""
        was = self.sign_in
        if was is None or was.person is None or was == sign_in:
            return self
        return replace(self, sign_in=SignIn(doubt="sign-in-over"))


@lru_cache(maxsize=16_384)
def host_name(text: str) -> str | None:
    """`WWW.Example.ORG.:443` as `www.example.org`; None for an address or what is no name at all.

    Lower case, IDNA, without a port or a trailing dot: two spellings of one host are one name.
    """
    text = text.strip()
    if not text.isascii():
        try:
            text = _PORT.sub("", text).encode("idna").decode("ascii")
        except UnicodeError:
            return None
    name = _PORT.sub("", text.lower()).rstrip(".")
    if len(name) > 253 or not _LABELS.match(name) or address(name) is not None:
        return None
    return name


@lru_cache(maxsize=16_384)
def address(text: str) -> str | None:
    """`[2001:DB8::1]:443` as `2001:db8::1`; None where the text is no IP literal.

    Whole numbers and short forms (`2130706433`, `127.1`) are addresses too: system resolvers take
    them as such, so they must not pass for names.
    """
    text = text.strip().rstrip(".")
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(_unmapped(ipaddress.ip_address(text.partition("%")[0])))
    except ValueError:
        return _short_form(text)


def _short_form(text: str) -> str | None:
    """The forms of IPv4 that `inet_aton` takes: 1 to 4 parts, decimal, octal or hexadecimal."""
    parts = text.lower().split(".")
    if not 1 <= len(parts) <= 4:
        return None
    numbers = []
    for part in parts:
        if not re.fullmatch(r"0x[0-9a-f]*|[0-9]+", part):
            return None
        try:
            base = 16 if part.startswith("0x") else 8 if part.startswith("0") else 10
            numbers.append(int(part[2:] or "0", 16) if base == 16 else int(part, base))
        except ValueError:
            return None
    *head, last = numbers
    if any(n > 255 for n in head) or last >= 256 ** (4 - len(head)):
        return None
    value = last
    for position, number in enumerate(head):
        value += number << (8 * (3 - position))
    return str(ipaddress.IPv4Address(value))


@lru_cache(maxsize=16_384)
def is_inside(ip: str) -> bool:
    """Whether an address leads to a loopback, link-local or private one, or to another that is not
    out on the internet."""
    return any(
        parsed in network
        for parsed in map(ipaddress.ip_address, led_to(ip))
        for network in _INSIDE
        if network.version == parsed.version
    )


@lru_cache(maxsize=16_384)
def led_to(ip: str) -> tuple[str, ...]:
    """Every address that a connection to `ip` may arrive at, that one first.

    An IPv6 address may hold an IPv4 one for a translator or a tunnel: `64:ff9b::a4d:1405` leads to
    10.77.20.5 where a translator stands.
    """
    parsed = _unmapped(ipaddress.ip_address(ip.partition("%")[0]))
    if parsed.version == 4:
        return (str(parsed),)
    held = _held_by(parsed)
    return (str(parsed),) if held is None else (str(parsed), str(held))


def _held_by(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address in an IPv6 one: 6to4, Teredo, or the last 32 bits for a translator."""
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if any(ip in network for network in _TRANSLATED) and int(ip) > 1:  # `::` and `::1` hold none
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def _unmapped(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """`::ffff:10.0.0.1` is 10.0.0.1: a dual-stack socket writes IPv4 clients so."""
    mapped = getattr(ip, "ipv4_mapped", None)
    return mapped if mapped is not None else ip

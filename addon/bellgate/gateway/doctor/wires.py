"""The machine's cards: whether the school's networks lie on them, and who else speaks there."""

import ipaddress
import os
import select
import socket
import struct
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bellgate.gateway.doctor.finding import Finding

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LISTENED_SECONDS = 2.0
_SOLICITATION, _ADVERTISEMENT = 133, 134  # RFC 4861
_ALL_ROUTERS = "ff02::2"
_DISCOVER = b"\x63\x82\x53\x63" + b"\x35\x01\x01" + b"\xff"
"""What a client without an address asks (RFC 2131), without its head."""


def cards(wanted: Iterable[str], there: Iterable[str]) -> Iterator[Finding]:
    """`there`: the names of the machine's cards."""
    missing = sorted(set(wanted) - set(there))
    if missing:
        yield Finding(
            "Cards", False, f"This machine has no card {', '.join(missing)}.",
            "`ip -br link` lists those that it has; correct gateway.yaml",
        )  # fmt: skip


def _to_do(on: Sequence[str]) -> str:
    if on:
        return f"if devices are there, name {on[0]} under `lan`; else correct devices.yaml"
    return (
        "is it behind another router? Then it is known only by its address and lease; else give a "
        "card an address in it, or correct devices.yaml"
    )


def networks(
    school: Iterable[Network], attached: Mapping[str, Sequence[Network]], lan: Sequence[str]
) -> Iterator[Finding]:
    """Whether each network of devices.yaml lies on one card of the school's side.

    `attached`: the networks of each card, by its name.
    """
    wrong = False
    for network in school:
        on = [name for name, near in attached.items() if any(_touches(network, n) for n in near)]
        if not any(name in lan for name in on):
            wrong = True
            where = (
                f"is on {on[0]}, which `lan` in gateway.yaml does not name, so what comes from "
                "there is not filtered"
                if on
                else "is on no card"
            )
            yield Finding(
                "Networks", False, f"{network} in devices.yaml {where}.",
                _to_do(on),
            )  # fmt: skip
    if not wrong:
        yield Finding("Networks", True, "Each network in devices.yaml is on the school's side.")


def _touches(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def foreign_routers(lan: Sequence[str], own: Iterable[str]) -> Iterator[Finding]:
    """Whoever else announces itself as a router on the school's side. Asks, and listens a moment.

    `own`: this machine's addresses. Needs the right to open a raw socket.
    """
    mine = {ipaddress.ip_address(ip.partition("%")[0]) for ip in own}
    quiet = True
    for card in lan:
        try:
            heard = _announcing(card)
        except OSError as error:
            yield Finding("Routers", False, f"It was not possible to listen on {card}: {error}.",
                          "run it as root")  # fmt: skip
            quiet = False
            continue
        for ip in sorted(heard - mine):
            quiet = False
            yield Finding(
                "Routers", False,
                f"{ip} on {card} announces itself as a router: devices may go round this machine.",
                "find it and switch its announcements off: often a second router, or a PC that "
                "shares its connection",
            )  # fmt: skip
    if quiet:
        yield Finding("Routers", True, "Nobody else announces a way to the internet.")


def _announcing(card: str) -> set[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    heard: set[ipaddress.IPv4Address | ipaddress.IPv6Address] = set()
    index = socket.if_nametoindex(card)
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, card.encode() + b"\0")
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        raw.setsockopt(
            socket.IPPROTO_IPV6,
            socket.IPV6_JOIN_GROUP,
            socket.inet_pton(socket.AF_INET6, "ff02::1") + index.to_bytes(4, "little"),
        )
        raw.sendto(bytes([_SOLICITATION]) + bytes(7), (_ALL_ROUTERS, 0, 0, index))
        end = time.monotonic() + LISTENED_SECONDS
        while (left := end - time.monotonic()) > 0:
            if not select.select([raw], [], [], left)[0]:
                break
            said, (ip, *_) = raw.recvfrom(2048)
            if said[:1] == bytes([_ADVERTISEMENT]):
                heard.add(ipaddress.ip_address(str(ip).partition("%")[0]))
    return heard


def others_that_lease(lan: Sequence[str], own: Iterable[str], *, ours: bool) -> Iterator[Finding]:
    """Whoever else gives out addresses on the school's side. Asks as a new device would, takes
    nothing, and listens a moment. `ours`: this machine gives them out itself.

    `own`: this machine's addresses. Needs the right to bind a port below 1024.
    """
    mine = {ip.partition("%")[0] for ip in own}
    quiet = True
    for card in lan:
        heard = sorted(_offering(card) - mine)
        for ip in heard if ours or len(heard) > 1 else ():
            quiet = False
            yield Finding(
                "Addresses", False,
                f"{ip} on {card} gives out addresses: devices that take one may go round this "
                "machine.",
                "find it and switch that off: often a second router, or a PC that shares its "
                "connection",
            )  # fmt: skip
    if quiet:
        yield Finding("Addresses", True, "Only machines that should give out addresses do so.")


def _offering(card: str) -> set[str]:
    heard: set[str] = set()
    asked = os.urandom(4)
    made_up = b"\x02" + os.urandom(5)
    head = struct.pack("!BBBB4sHH16x", 1, 1, 6, 0, asked, 0, 0x8000) + made_up.ljust(16, b"\0")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, card.encode() + b"\0")
        asking.bind(("", 68))
        asking.sendto(head + bytes(192) + _DISCOVER, ("255.255.255.255", 67))
        end = time.monotonic() + LISTENED_SECONDS
        while (left := end - time.monotonic()) > 0:
            if not select.select([asking], [], [], left)[0]:
                break
            said, (ip, _) = asking.recvfrom(2048)
            if said[:1] == b"\x02" and said[4:8] == asked:
                heard.add(str(ip))
    return heard

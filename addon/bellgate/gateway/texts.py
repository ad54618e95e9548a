"""The folder -> what is put in place on the machine: the kernel's rules and settings, and our DNS.

A pure function of the compiled policy, gateway.yaml, the moment and a few facts of the machine.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bellgate.gateway import dns, kernel_settings
from bellgate.gateway.kernel_rules import Accounting, ClosedPorts, Diversion, Network, rules
from bellgate.gateway.places import DNSMASQ, KERNEL_PATH, NFTABLES, QUEUE, SYSCTL
from bellgate.gateway.rules import kernel_path
from bellgate.gateway.rules.kernel_path import KernelPath
from bellgate.policy.action import is_open
from bellgate.policy.decide import Policy
from bellgate.policy.what import CIRCUMVENTION, Service, What
from bellgate.policy.who import Group, Who
from bellgate.schedules.settings import GateSettings, GatewaySettings, RadiusSettings

GATE_PORT: Final = 8081
"""Where the gate listens in transparent mode."""

PROXY_PORT: Final = 8080
"""Where it listens as a proxy beside that, if gateway.yaml says so."""

_A_WAY_ROUND = What(Service("bellgate-ports", "ports of ways round", CIRCUMVENTION))


@dataclass(frozen=True, slots=True)
class Machine:
    """What the machine itself adds."""

    resolv_file: str = "/etc/resolv.conf"
    """Whom the machine asks for names."""
    wan_hears_routers: bool = False
    """The kernel takes its way to the internet from announcements on that card."""
    gate_is_away: bool = False
    """The gate cannot be brought back, and the school chose to be open then."""
    room: int = 0
    """For how many connections the kernel has room now."""
    own_queue: bool = True
    """The kernel has nft's own `queue`; else iptables brings packets to the sentry."""


def texts(
    policy: Policy,
    settings: GatewaySettings,
    now: datetime,
    machine: Machine,
    shares: GateSettings,
) -> Mapping[str, str]:
    """Each text by the name of its file. Raises ValueError for what cannot stand in one.

    `shares` says how many connections each device may open.
    """
    return {
        NFTABLES: rules(diversion(policy, settings, now, gate_is_away=machine.gate_is_away)),
        **(_kernel_path(settings, machine, shares) if settings.kernel_path else {}),
        DNSMASQ: dns.dnsmasq(settings, machine.resolv_file),
        SYSCTL: kernel_settings.sysctl(
            settings.wan, wan_hears_routers=machine.wan_hears_routers, room=machine.room
        ),
    }


def _kernel_path(
    settings: GatewaySettings, machine: Machine, shares: GateSettings
) -> Mapping[str, str]:
    path = KernelPath(
        inside=settings.lan,
        wan=settings.wan,
        gate_port=GATE_PORT,
        when_down=settings.when_down,
        new_connections=max(1, round(shares.new_connections)),
        burst=shares.burst,
        gate_is_away=machine.gate_is_away,
    )
    text = kernel_path.rules(path, own_queue=machine.own_queue)
    if machine.own_queue:
        return {KERNEL_PATH: text}
    return {KERNEL_PATH: text, QUEUE: kernel_path.iptables(path)}


def diversion(
    policy: Policy, settings: GatewaySettings, now: datetime, *, gate_is_away: bool = False
) -> Diversion:
    """What the kernel does at a moment: until the next bell nothing of it changes."""
    return Diversion(
        inside=settings.lan,
        port=GATE_PORT,
        wan=settings.wan,
        accounting=_accounting(settings.radius),
        masquerade=settings.masquerade,
        forward_to=settings.forward_to,
        closed_ports=ClosedPorts(
            udp=settings.closed_udp,
            tcp=settings.closed_tcp,
            networks=tuple(_networks(policy, now)),
            elsewhere=_closes_ways_round(policy, policy.directory.unknown_devices, now),
        ),
        kernel_path=settings.kernel_path,
        proxy_port=PROXY_PORT if settings.proxy else None,
        upstream=str(settings.upstream) if settings.upstream else None,
        gate_is_away=gate_is_away,
    )


def _accounting(radius: RadiusSettings | None) -> Accounting | None:
    if radius is None:
        return None
    return Accounting(radius.listen.host, radius.listen.port, radius.clients)


def _networks(policy: Policy, now: datetime) -> Iterator[Network]:
    known = policy.directory.networks
    for one in sorted(known, key=lambda n: n.network.prefixlen, reverse=True):
        yield Network(str(one.network), _closes_ways_round(policy, one.group, now))


def _closes_ways_round(policy: Policy, name: str, now: datetime) -> bool:
    """By what holds for the group: the kernel knows no device, and no exemption."""
    group: Group = policy.groups[name]
    who = Who(group, None, "unknown")
    return not is_open(policy.verdict(who, _A_WAY_ROUND, now).action)

"""Address, MAC -> device, group, holder, and on what ground a device is put down to somebody.

A device is not a person: only a MAC of a device with one holder, seen on its group's own network,
is ever put down to that holder.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bellgate.policy.facts import address
from bellgate.policy.source import Source

Attribution = Literal["signed-in", "held", "shared", "address", "unknown"]
Wording = Literal["pupils", "staff"]

EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the school. `chain` is the group and all that hold it, innermost first."""

    name: str
    chain: tuple[str, ...]
    trusts_certificate: bool = False
    wording: Wording = "staff"
    days_a_year: int | None = None
    """The days that it should be in school in a year, where the school's files say so."""
    sessions_a_year: int | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a device is given to (a pseudonym), from the first instant to before the last."""

    person: str
    start: datetime
    end: datetime | None = None

    def holds(self, instant: datetime) -> bool:
        return self.start <= instant and (self.end is None or instant < self.end)


@dataclass(frozen=True, slots=True)
class Device:
    """A device of the school. `macs` are lower case with colons, `ips` in their shortest form."""

    name: str
    group: str
    macs: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    shared: bool = False
    trusts_certificate: bool = False
    holders: tuple[Holder, ...] = ()
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """An address range whose devices belong to a group."""

    network: ipaddress.IPv4Network | ipaddress.IPv6Network
    group: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Who:
    """Who was at the other end, as far as the network can tell."""

    group: Group
    device: Device | None
    attribution: Attribution
    person: str | None = None
    trusts_certificate: bool = False
    known: bool = True
    """Whether a device or a network of the school named it; False: only `unknown_devices` did."""
    away: bool = False
    """A device of the school by its MAC, on a network that is not its group's own."""


@dataclass(frozen=True)
class Directory:
    """Every group, network and device, ready to be asked for an address."""

    groups: Mapping[str, Group]
    networks: tuple[Network, ...]
    devices: tuple[Device, ...]
    unknown_devices: str
    _by_mac: dict[str, Device] = field(init=False, repr=False, compare=False)
    _by_ip: dict[str, Device] = field(init=False, repr=False, compare=False)
    _longest_first: tuple[Network, ...] = field(init=False, repr=False, compare=False)
    _seen: dict[tuple[object, ...], Who] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        put("_by_mac", {mac: d for d in self.devices for mac in d.macs})
        put("_by_ip", {ip: d for d in self.devices for ip in d.ips})
        put(
            "_longest_first",
            tuple(sorted(self.networks, key=lambda n: n.network.prefixlen, reverse=True)),
        )
        put("_seen", {})

    def identify(self, ip: str, mac: str | None, instant: datetime) -> Who:
        """Who is at `ip` (with `mac`, where the network showed one) at that instant."""
        who = self._seen.get((ip, mac))
        if who is None:
            who = self._identify(ip, mac)
            # A hostile network can show any number of addresses; what is remembered is bounded.
            if len(self._seen) >= 65_536:
                self._seen.clear()
            self._seen[ip, mac] = who
        if who.device is None or not who.device.holders or who.attribution != "held":
            return who
        persons = tuple([h.person for h in who.device.holders if h.holds(instant)])
        held = self._seen.get((ip, mac, persons))
        if held is None:
            held = self._seen[ip, mac, persons] = _held(who, persons)
        return held

    def network_of(self, ip: str) -> Network | None:
        """The longest of the school's networks that holds an address."""
        parsed = ipaddress.ip_address(address(ip) or ip)
        for network in self._longest_first:
            if network.network.version == parsed.version and parsed in network.network:
                return network
        return None

    def own_address(self, device: Device) -> str:
        """An address to think of the device at: its first own, else the first of its network.

        Source: DESIGN.md section 8, `explain`: on its own network, at its first address.
        """
        if device.ips:
            return device.ips[0]
        chain = self.groups[device.group].chain
        for group in chain:
            for network in self.networks:
                if network.group == group:
                    return str(next(network.network.hosts()))
        return "0.0.0.0"

    def _identify(self, ip: str, mac: str | None) -> Who:
        # A socket for both kinds of address writes IPv4 as `::ffff:10.77.20.5`: the same device.
        ip = address(ip) or ip
        network = self.network_of(ip)
        device = self._by_mac.get(mac) if mac else None
        if device is not None:
            return self._by_its_mac(device, network)
        device = self._by_ip.get(ip)
        if device is not None and not (mac and device.macs):
            return self._of(self.groups[device.group], device, "address")
        # Here too where a strange MAC took the address of a device whose MAC is known.
        group = self.groups[network.group if network else self.unknown_devices]
        return Who(
            group,
            None,
            "unknown",
            trusts_certificate=group.trusts_certificate,
            known=network is not None,
        )

    def _by_its_mac(self, device: Device, network: Network | None) -> Who:
        own = self.groups[device.group]
        if network is None:
            return self._of(own, device, "shared" if device.shared else "unknown")
        there = self.groups[network.group]
        if network.group not in own.chain and device.group not in there.chain:
            # A MAC can be copied: on a foreign network it proves neither device nor person.
            return Who(
                there, device, "unknown", trusts_certificate=there.trusts_certificate, away=True
            )
        if device.shared:
            return self._of(own, device, "shared")
        return self._of(own, device, "held" if device.holders else "unknown")

    def _of(self, group: Group, device: Device, attribution: Attribution) -> Who:
        return Who(group, device, attribution, trusts_certificate=device.trusts_certificate)


def _held(who: Who, persons: tuple[str, ...]) -> Who:
    """The same, where so many hold the device at the moment."""
    person = persons[0] if len(persons) == 1 else None
    return Who(
        who.group,
        who.device,
        "held" if person else "shared" if persons else "unknown",
        person,
        who.trusts_certificate,
    )

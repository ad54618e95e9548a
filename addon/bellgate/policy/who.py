"""Address, MAC -> device, group, holder, and on what ground a device is attributed to somebody.

A device is not a person: it is attributed to whoever is signed in to it, as an access point says,
or to its one holder, where its MAC is seen on its group's own network. What contradicts either
names nobody. Source: addon/ARCHITECTURE.md, "Deciding".
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from bellgate.policy.facts import Doubt, SignIn, SignInDoubt, address, is_inside
from bellgate.policy.source import Source

Attribution = Literal["signed-in", "held", "shared", "address", "unknown"]
Wording = Literal["pupils", "staff"]

EVERYONE = "everyone"
NOWHERE: Final = "0.0.0.0"
"""The address of a device that is on none of the school's networks: nobody has it (RFC 1122)."""


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
    others: frozenset[str] = frozenset()
    """Further groups, with those around them. `group` is the home: its network, its timetable and
    its settings are the device's; the others only make rules about them match."""


@dataclass(frozen=True, slots=True)
class Network:
    """An address range whose devices belong to a group."""

    network: ipaddress.IPv4Network | ipaddress.IPv6Network
    group: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The device that a MAC names where it proves none: away from that device's own network.

    On purpose no `Device`: the record and `explain` tell of it, and nothing acts for it.
    """

    name: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Who:
    """Who was at the other end, as far as the network can tell."""

    group: Group
    device: Device | None
    attribution: Attribution
    person: str | None = None
    known: bool = True
    """Whether a device or a network of the school named it; False: only `unknown_devices` did."""
    claimed: Claim | None = None
    ground: Doubt | SignInDoubt | None = None
    """Why it fell to `address`, where it did."""
    accounting: str | None = None
    """The accounting session by which the person is signed in."""

    @property
    def groups(self) -> frozenset[str]:
        """Every group that rules about this one match: the home's chain, and the others."""
        others = self.device.others if self.device is not None else frozenset()
        return others.union(self.group.chain)

    @property
    def trusts_certificate(self) -> bool:
        """Whether the device's own word, else its group's, says that it trusts the certificate."""
        return (self.device or self.group).trusts_certificate


def is_stranger(who: Who, ip: str, *, is_connected: bool) -> bool:
    """Whether an address is out on the internet and on none of the school's networks.

    A proxy that anybody may name must not serve such a one. What has a private address, or is
    attached to the machine, is in the school, though no list names it.
    """
    return not who.known and not is_connected and not is_inside(ip)


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

    def identify(
        self,
        ip: str,
        mac: str | None,
        instant: datetime,
        *,
        interface: tuple[str, ...] = (),
        doubt: Doubt | None = None,
        duid_mac: str | None = None,
        sign_in: SignIn | None = None,
    ) -> Who:
        """Who is at `ip` at that instant; what the network showed of it is as in `Sighting`."""
        who = self._in_the_files(
            ip, mac, instant, interface=interface, doubt=doubt, duid_mac=duid_mac
        )
        # Away from the device's own network its MAC proves nothing: nor who signed in with it.
        if sign_in is None or who.claimed is not None:
            return who
        return _signed_in(who, sign_in, doubt)

    def _in_the_files(
        self,
        ip: str,
        mac: str | None,
        instant: datetime,
        *,
        interface: tuple[str, ...],
        doubt: Doubt | None,
        duid_mac: str | None,
    ) -> Who:
        """Who is there by the school's files alone."""
        key = (ip, mac, interface, doubt, duid_mac)
        who = self._seen.get(key)
        if who is None:
            who = self._identify(ip, mac or duid_mac, interface)
            # A hostile network can show any number of addresses; what is remembered is bounded.
            if len(self._seen) >= 65_536:
                self._seen.clear()
            self._seen[key] = who
        if who.device is None or not who.device.holders or who.attribution != "held":
            return who
        persons = tuple([h.person for h in who.device.holders if h.holds(instant)])
        held = self._seen.get((*key, persons))
        if held is None:
            held = self._seen[*key, persons] = _held(who, persons, doubt)
        return held

    def network_of(self, ip: str, interface: tuple[str, ...] = ()) -> Network | None:
        """The longest of the school's networks that holds an address.

        A source on none of them, link-local ones included, belongs to the network of the interface
        that it came in by (its own addresses), where that is one network or one group's.
        """
        parsed = ipaddress.ip_address(address(ip) or ip)
        network = None if parsed.is_link_local else self._longest(parsed)
        if network is not None:
            return network
        near = [n for own in map(ipaddress.ip_address, interface) if (n := self._longest(own))]
        return near[0] if len({n.group for n in near}) == 1 else None

    def _longest(self, ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Network | None:
        for network in self._longest_first:
            if network.network.version == ip.version and ip in network.network:
                return network
        return None

    def own_address(self, device: Device) -> str:
        """An address to think of the device at: its first own, else the first of its network.
        `NOWHERE` where it has neither."""
        if device.ips:
            return device.ips[0]
        homes = self.homes(device)
        return str(next(homes[0].network.hosts())) if homes else NOWHERE

    def homes(self, device: Device) -> tuple[Network, ...]:
        """The networks on which its MAC proves a device, its own group's first. On none of them:
        whatever has its MAC is only one of the devices that are there."""
        own = self.groups[device.group]
        near = [n for n in self.networks if self._is_at_home(own, self.groups[n.group])]
        return tuple(sorted(near, key=lambda n: (n.group not in own.chain, n.group != own.name)))

    def is_never_recognised(self, device: Device) -> bool:
        """Whether its MAC is all that it is known by, and there is no network to prove it on."""
        return bool(device.macs) and not device.ips and not self.homes(device)

    def _identify(self, ip: str, mac: str | None, interface: tuple[str, ...]) -> Who:
        # A socket for both kinds of address writes IPv4 as `::ffff:10.77.20.5`: the same device.
        ip = address(ip) or ip
        network = self.network_of(ip, interface)
        device = self._by_mac.get(mac) if mac else None
        if device is not None:
            return self._by_its_mac(device, network)
        device = self._by_ip.get(ip)
        if device is not None and not (mac and device.macs):
            return Who(self.groups[device.group], device, "address")
        # Here too where a strange MAC took the address of a device whose MAC is known.
        return self._nobodys(network)

    def _by_its_mac(self, device: Device, network: Network | None) -> Who:
        own = self.groups[device.group]
        # A MAC can be copied: away from the device's own network it proves neither device nor
        # person. What is on no network of the school is away from every device's.
        if network is None or not self._is_at_home(own, self.groups[network.group]):
            return self._nobodys(network, Claim(device.name, device.source))
        if device.shared:
            return Who(own, device, "shared")
        return Who(own, device, "held" if device.holders else "unknown")

    def _nobodys(self, network: Network | None, claimed: Claim | None = None) -> Who:
        group = self.groups[network.group if network else self.unknown_devices]
        return Who(group, None, "unknown", known=network is not None, claimed=claimed)

    @staticmethod
    def _is_at_home(own: Group, there: Group) -> bool:
        return there.name in own.chain or own.name in there.chain


def _held(who: Who, persons: tuple[str, ...], doubt: Doubt | None) -> Who:
    """The same, where so many hold the device at the moment."""
    if len(persons) != 1:
        return replace(who, attribution="shared" if persons else "unknown")
    if doubt is not None:
        return replace(who, attribution="address", ground=doubt)
    return replace(who, person=persons[0])


def _signed_in(who: Who, sign_in: SignIn, doubt: Doubt | None) -> Who:
    """The same, where somebody is signed in. Whoever that is, it need not be the device's holder:
    so where the sign-in names nobody, nobody is named."""
    if sign_in.person is None or doubt is not None:
        return replace(who, attribution="address", person=None, ground=sign_in.doubt or doubt)
    return replace(
        who,
        attribution="signed-in",
        person=sign_in.person,
        ground=None,
        accounting=sign_in.session,
    )

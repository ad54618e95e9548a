"""gateway.yaml: the machine's sides and the addresses that it gives out.

Which network lies on which card only the machine itself can say: `bellgate doctor` looks.
"""

import ipaddress
from collections.abc import Iterator
from contextlib import suppress

from bellgate.schedules import scalars
from bellgate.schedules.checks.place import problem, unclear, warning
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.devices_yaml import DevicesForm
from bellgate.schedules.forms.gateway_yaml import GatewayForm
from bellgate.schedules.problem import Problem, Unclear

Found = Iterator[Problem]
Gateway = Filled[GatewayForm]

_PRIVILEGED_PORTS = 1024
"""The gate has no right to listen below this one."""


def each_interface_has_one_side(gateway: Gateway) -> Found:
    form = gateway.form
    if not form.lan and not gateway.document.hurt(("lan",)):
        yield problem(gateway, ("lan",), "lan names no card", "write the school's side: lan: lan0")
    if form.wan in form.lan:
        yield problem(
            gateway,
            ("wan",),
            f"{form.wan} is on both sides, lan and wan",
            "the gateway stands between two cards; `ip -br link` lists them",
        )
    for i, name in enumerate(form.lan):
        if name in form.lan[:i]:
            yield problem(gateway, ("lan", i), f"{name} is given twice", "take one of the two out")


def leased_addresses_lie_in_their_network(gateway: Gateway) -> Found:
    for text, how in gateway.form.dhcp.items():
        try:
            network = scalars.ip_network(text)
        except Unclear as e:
            yield unclear(gateway, ("dhcp", text), "a key", e)
            continue
        if how == "announce":
            if network.version == 4:
                hint = "only IPv6 networks are announced; write 10.77.10.50 to 10.77.10.250"
                yield problem(gateway, ("dhcp", text), f"{text} cannot be announced", hint)
            elif network.prefixlen != 64:
                said = f"{text} cannot be announced: devices choose addresses only in a /64"
                yield problem(gateway, ("dhcp", text), said, "write a network that ends in /64")
        elif network.version == 6:
            hint = "write announce: devices then choose their own addresses"
            yield problem(gateway, ("dhcp", text), f"{text} is an IPv6 network", hint)
        elif how.first not in network or how.last not in network:
            said = f"{how.first} to {how.last} is not inside {text}"
            hint = "write two addresses of that network, or correct the network"
            yield problem(gateway, ("dhcp", text), said, hint)
        elif network.network_address == how.first or network.broadcast_address == how.last:
            said = f"{how.first} to {how.last} includes an address that no device can have"
            yield problem(gateway, ("dhcp", text), said, "leave out the first and the last")


def accounting_can_be_heard(gateway: Gateway) -> Found:
    radius = gateway.form.radius
    if radius is None:
        return
    own, listen = ipaddress.ip_address(radius.listen.host), ("radius", "listen")
    if own.is_unspecified or own.is_loopback or own.is_multicast:
        hint = "write the gateway's own address on the access points' network: 10.77.20.1:1813"
        yield problem(gateway, listen, f"no access point can send to {own}", hint)
    if radius.listen.port < _PRIVILEGED_PORTS:
        hint = "the port of RADIUS accounting is 1813"
        yield problem(gateway, listen, f"port {radius.listen.port} is closed to the gate", hint)
    for i, client in enumerate(radius.clients):
        here = ("radius", "clients", i)
        if client in radius.clients[:i]:
            yield problem(gateway, here, f"{client} is given twice", "take one of the two out")
        elif client == radius.listen.host:
            hint = (
                "write the address of the access point, or of the server that sends its accounting"
            )
            yield problem(gateway, here, f"{client} is the gateway itself", hint)
        elif (":" in client) != (own.version == 6):
            said = f"{client} cannot send to {own}: one is IPv4 and one IPv6"
            hint = "write an address of the same kind as listen"
            yield problem(gateway, here, said, hint)
    for i, realm in enumerate(radius.realms):
        if not realm or any(c.isspace() or c in "@\\" for c in realm):
            hint = "write what follows the @, or comes before the \\, and nothing else"
            yield problem(gateway, ("radius", "realms", i), f'"{realm}" is not a realm', hint)


def accounting_comes_from_the_school(gateway: Gateway, devices: Filled[DevicesForm]) -> Found:
    radius = gateway.form.radius
    if radius is None:
        return
    known = list(_networks(devices))
    given = [(("radius", "listen"), radius.listen.host)]
    given += [(("radius", "clients", i), ip) for i, ip in enumerate(radius.clients)]  # type: ignore[misc]
    for place, ip in given:
        there = ipaddress.ip_address(ip)
        if known and not any(there.version == n.version and there in n for n in known):
            yield warning(
                gateway,
                place,
                f"{ip} is on none of the networks in devices.yaml",
                "that is right for a network with only access points on it; otherwise correct "
                "the address",
            )


def networks_that_get_addresses_are_the_schools(
    gateway: Gateway, devices: Filled[DevicesForm]
) -> Found:
    known = list(_networks(devices))
    for text in gateway.form.dhcp:
        try:
            network = scalars.ip_network(text)
        except Unclear:
            continue
        if not any(_inside(network, one) for one in known):
            yield warning(
                gateway,
                ("dhcp", text),
                f"{text} is not under networks in devices.yaml: "
                "its devices are in the group for unknown devices",
                "add it there with its group",
            )


def _networks(devices: Filled[DevicesForm]) -> Iterator[scalars.IPNetwork]:
    """Those that can be read; the others are problems of their own file."""
    for text in devices.form.networks:
        with suppress(Unclear):
            yield scalars.ip_network(text)


def a_filter_sees_everything(gateway: Gateway) -> Found:
    """What the kernel forwards goes round a filter that is a proxy."""
    form = gateway.form
    if form.upstream is None:
        return
    if form.kernel_path and "kernel_path" in form.model_fields_set:
        yield problem(
            gateway,
            ("kernel_path",),
            "with upstream every web connection must come to the gate: the kernel cannot go "
            "through a proxy",
            "take kernel_path out, or upstream",
        )
    if form.when_down == "open" and "when_down" in form.model_fields_set:
        yield warning(
            gateway,
            ("when_down",),
            "while the gate is away, web connections would go round the filter that upstream names",
            "write closed, or take when_down out",
        )


def _inside(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network,
    other: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> bool:
    return network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]

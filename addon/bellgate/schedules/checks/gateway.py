"""gateway.yaml: the machine's sides and the addresses that it gives out.

Which network lies on which card only the machine itself can say: `bellgate doctor` looks.
"""

import ipaddress
from collections.abc import Iterator

from bellgate.schedules import scalars
from bellgate.schedules.checks.place import problem, unclear, warning
from bellgate.schedules.fill import Filled
from bellgate.schedules.forms.devices_yaml import DevicesForm
from bellgate.schedules.forms.gateway_yaml import GatewayForm
from bellgate.schedules.problem import Problem, Unclear

Found = Iterator[Problem]
Gateway = Filled[GatewayForm]


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
            yield problem(gateway, ("lan", i), f"{name} is given twice")


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
                said = f"{text} cannot be announced: devices choose addresses in a /64 alone"
                yield problem(gateway, ("dhcp", text), said)
        elif network.version == 6:
            hint = "write announce: devices then choose their addresses by themselves"
            yield problem(gateway, ("dhcp", text), f"{text} is an IPv6 network", hint)
        elif how.first not in network or how.last not in network:
            said = f"{how.first} to {how.last} is not inside {text}"
            yield problem(gateway, ("dhcp", text), said)
        elif network.network_address == how.first or network.broadcast_address == how.last:
            said = f"{how.first} to {how.last} holds an address that no device can have"
            yield problem(gateway, ("dhcp", text), said, "leave out the first and the last")


def networks_that_get_addresses_are_the_schools(
    gateway: Gateway, devices: Filled[DevicesForm]
) -> Found:
    known = []
    for text in devices.form.networks:
        try:
            known.append(scalars.ip_network(text))
        except Unclear:
            continue
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
                "its devices are in the group of unknown ones",
                "add it there with its group",
            )


def a_filter_sees_everything(gateway: Gateway) -> Found:
    """What the kernel forwards goes round a filter that is a proxy."""
    form = gateway.form
    if form.upstream is None:
        return
    if form.kernel_path and "kernel_path" in form.model_fields_set:
        yield problem(
            gateway,
            ("kernel_path",),
            "with upstream every web connection must come to the gate: the kernel knows no proxy",
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

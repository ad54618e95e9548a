"""gateway.yaml: the one machine that is the gateway. The others are the same on every gateway."""

from typing import Annotated, Literal

from pydantic import Field

from bellgate.schedules.forms.kinds import (
    KEYS,
    ONE_OR_MORE,
    Address,
    Form,
    Interface,
    Leasing,
    MaybeProxy,
    MaybeSocketAddress,
    Port,
    SocketAddress,
    Truth,
    one_of,
)


class DnsForm(Form):
    forward_to: Annotated[tuple[Address, ...], ONE_OR_MORE]


class ClosePortsForm(Form):
    """What ways round use beside the web: IPsec, OpenVPN, PPTP, WireGuard, DNS over TLS."""

    udp: Annotated[tuple[Port, ...], ONE_OR_MORE] = (500, 1194, 4500, 51820)
    tcp: Annotated[tuple[Port, ...], ONE_OR_MORE] = (853, 1194, 1723)


class RadiusForm(Form):
    listen: SocketAddress
    clients: Annotated[tuple[Address, ...], ONE_OR_MORE]
    realms: Annotated[tuple[str, ...], ONE_OR_MORE] = ()


class GatewayForm(Form):
    lan: Annotated[tuple[Interface, ...], ONE_OR_MORE]
    wan: Interface
    masquerade: Truth = False
    kernel_path: Truth = True
    when_down: Annotated[Literal["open", "closed"], one_of("open", "closed")] = "open"
    dns: Annotated[DnsForm, KEYS] | None = None
    close_ports: Annotated[ClosePortsForm, KEYS] = Field(default_factory=ClosePortsForm)
    dhcp: Annotated[dict[str, Leasing], KEYS] = Field(default_factory=dict)
    proxy: Truth = False
    radius: Annotated[RadiusForm, KEYS] | None = None
    upstream: MaybeProxy = None
    metrics: MaybeSocketAddress = None

    @property
    def by_the_kernel(self) -> bool:
        """Whether the kernel carries what need not come to the gate. What must go on through a
        filter always comes to it."""
        return self.kernel_path and self.upstream is None

    @property
    def when_away(self) -> Literal["open", "closed"]:
        """What holds while the gate is away. To let everything by is to let it by the filter, too:
        only where the school says so itself."""
        said = "when_down" in self.model_fields_set
        return self.when_down if said or self.upstream is None else "closed"

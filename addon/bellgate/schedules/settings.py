"""What the files say to the gate, its standing jobs and the machine, beside the policy. Values.

Those of school.yaml are at their defaults where the file could not be read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bellgate.schedules.forms.gateway_yaml import GatewayForm
from bellgate.schedules.forms.school_yaml import KEPT_FOR, SchoolForm
from bellgate.schedules.scalars import (
    Duration,
    Endpoint,
    IPAddress,
    IPNetwork,
    Range,
    ip_network,
)


@dataclass(frozen=True, slots=True)
class GateSettings:
    """What school.yaml says to the gate itself."""

    reachable: tuple[IPNetwork, ...] = ()
    ports: tuple[int, ...] = ()
    """Those that the regular mode serves beside 80 and 443."""
    new_connections: float = 50.0
    """Each device's share, a second."""
    burst: int = 500


OUR_LEASES = "/var/lib/bellgate-dns/leases"
"""What the gateway's own DHCP server gave to whom."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """What gateway.yaml says of the machine; there is none where the machine is no gateway."""

    lan: tuple[str, ...]
    """The interfaces on the school's side."""
    wan: str
    masquerade: bool = False
    kernel_path: bool = True
    when_down: Literal["open", "closed"] = "open"
    forward_to: tuple[str, ...] = ()
    """Name servers that are asked; the machine's own where there are none."""
    closed_udp: tuple[int, ...] = ()
    closed_tcp: tuple[int, ...] = ()
    leased: Mapping[IPNetwork, Range[IPAddress]] = field(default_factory=dict)
    announced: tuple[IPNetwork, ...] = ()
    """IPv6 networks that are announced: devices choose their addresses by themselves."""
    metrics: Endpoint | None = None


@dataclass(frozen=True, slots=True)
class AnchorSettings:
    """Where checkpoints of the log are to go; nothing is set where none are."""

    to: tuple[str, ...] = ()
    sender: str = ""
    server: str = ""
    folder: str | None = None

    @property
    def lead_outside(self) -> bool:
        """Whether any checkpoint leaves the machine."""
        return bool(self.to or self.folder)


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How long records are kept: by group, and for `reviewers` and `gate`."""

    periods: Mapping[str, Duration] = field(default_factory=lambda: dict(KEPT_FOR))


def gate_settings(school: SchoolForm | None) -> GateSettings:
    if school is None:
        return GateSettings()
    gate = school.gate
    return GateSettings(
        reachable=gate.reachable,
        ports=gate.ports,
        new_connections=gate.new_connections,
        burst=gate.burst,
    )


def gateway_settings(form: GatewayForm) -> GatewaySettings:
    leased: dict[IPNetwork, Range[IPAddress]] = {}
    announced: list[IPNetwork] = []
    for text, how in form.dhcp.items():
        network = ip_network(text)
        if how == "announce":
            announced.append(network)
        else:
            leased[network] = how
    return GatewaySettings(
        lan=form.lan,
        wan=form.wan,
        masquerade=form.masquerade,
        kernel_path=form.kernel_path,
        when_down=form.when_down,
        forward_to=form.dns.forward_to if form.dns else (),
        closed_udp=form.close_ports.udp,
        closed_tcp=form.close_ports.tcp,
        leased=leased,
        announced=tuple(announced),
        metrics=form.metrics,
    )


def anchor_settings(school: SchoolForm | None) -> AnchorSettings:
    anchors = school.anchors if school is not None else None
    if anchors is None:
        return AnchorSettings()
    mail = anchors.email
    if mail is None:
        return AnchorSettings(folder=anchors.folder)
    return AnchorSettings(mail.to, mail.sender, mail.server, anchors.folder)


def retention_settings(school: SchoolForm | None) -> RetentionSettings:
    return RetentionSettings(school.kept_for) if school is not None else RetentionSettings()

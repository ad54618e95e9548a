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
class RadiusSettings:
    """Where access points say who is signed in."""

    listen: Endpoint
    clients: tuple[str, ...]
    """Whose packets are read."""
    realms: tuple[str, ...] = ()
    """The school's own: a name with one of them is the same as without."""


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
    """IPv6 networks that are announced: devices choose their own addresses."""
    radius: RadiusSettings | None = None
    proxy: bool = False
    """Whether the gate is a proxy, too, that browsers find by themselves."""
    upstream: Endpoint | None = None
    """A filter that is a proxy, which the gate goes on through."""
    metrics: Endpoint | None = None


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The school's mail server; nothing is sent by mail where no server is named."""

    sender: str = ""
    server: str = ""


@dataclass(frozen=True, slots=True)
class AnchorSettings:
    """Where checkpoints of the log are to go; nothing is set where none are."""

    mail_to: tuple[str, ...] = ()
    folder: str | None = None

    @property
    def lead_outside(self) -> bool:
        """Whether any checkpoint leaves the machine."""
        return bool(self.mail_to or self.folder)


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Who hears that something is wrong with the gate."""

    mail_to: tuple[str, ...] = ()
    webhook: str | None = None
    ping: str | None = None
    """What is called every few minutes, so that somebody else notices silence."""


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How long records are kept: by group, and for `reviewers` and `gate`."""

    periods: Mapping[str, Duration] = field(default_factory=lambda: dict(KEPT_FOR))


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them."""

    gate: GateSettings = GateSettings()
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    mail: MailSettings = MailSettings()
    anchors: AnchorSettings = AnchorSettings()
    alerts: AlertSettings = AlertSettings()
    weekly_to: tuple[str, ...] = ()
    """Who gets the weekly report: the head."""


def settings_of(school: SchoolForm | None) -> Settings:
    if school is None:
        return Settings()
    gate, mail, anchors, alerts = school.gate, school.mail, school.anchors, school.alerts
    return Settings(
        gate=GateSettings(
            reachable=gate.reachable,
            ports=gate.ports,
            new_connections=gate.new_connections,
            burst=gate.burst,
        ),
        retention=RetentionSettings(school.kept_for),
        mail=MailSettings(mail.sender, mail.server) if mail is not None else MailSettings(),
        anchors=AnchorSettings(anchors.mail_to, anchors.folder),
        alerts=AlertSettings(alerts.mail_to, alerts.webhook, alerts.ping),
        weekly_to=school.reports.weekly_to,
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
        kernel_path=form.by_the_kernel,
        when_down=form.when_away,
        forward_to=form.dns.forward_to if form.dns else (),
        closed_udp=form.close_ports.udp,
        closed_tcp=form.close_ports.tcp,
        leased=leased,
        announced=tuple(announced),
        radius=RadiusSettings(form.radius.listen, form.radius.clients, form.radius.realms)
        if form.radius
        else None,
        proxy=form.proxy,
        upstream=form.upstream,
        metrics=form.metrics,
    )

"""What school.yaml says to the running gate and its standing jobs, beside the policy. Values only.

Each is at its defaults where the file could not be read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bellgate.schedules.forms.school_yaml import KEPT_FOR, SchoolForm
from bellgate.schedules.scalars import Duration, IPNetwork


@dataclass(frozen=True, slots=True)
class GateSettings:
    """What school.yaml says to the gate itself."""

    reachable: tuple[IPNetwork, ...] = ()
    ports: tuple[int, ...] = ()
    """Those that the regular mode serves beside 80 and 443."""
    new_connections: float = 50.0
    """Each device's share, a second."""
    burst: int = 500
    when_down: str = "open"


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
        when_down=gate.when_down or "open",
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

"""Bellgate's services on this machine: each with whether it runs, and since when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import monotonic

from bellgate.gateway import machine, units
from bellgate.gateway.doctor.finding import Finding
from bellgate.gateway.places import APPLIED, KERNEL_PATH, UNITS

_ASKED = (
    "ActiveState", "SubState", "ActiveEnterTimestamp", "ActiveEnterTimestampMonotonic", "NRestarts",
)  # fmt: skip
_FEW_RESTARTS = 3
"""Times that a service may have ended by itself, all in all, and be taken to be well."""
_SETTLED_SECONDS = 600
"""How long a service that ended by itself has to run before it is taken to be well again."""
WATCHED: Mapping[str, str] = {
    "rules": units.RULES,
    "gate": units.GATE,
    "sentry": units.SENTRY,
    "DNS": units.DNS,
    "pages": units.CONSOLE,
}


@dataclass(frozen=True, slots=True)
class Service:
    """One of them, as systemd has it."""

    name: str
    unit: str
    active: bool
    state: str
    since: str
    """As systemd writes it; empty where it does not run."""
    restarts: int
    """How often systemd started it again by itself."""
    running: float
    """For how many seconds it has been running."""

    @property
    def is_well(self) -> bool:
        """Runs, and neither ended by itself a moment ago nor again and again."""
        settled = not self.restarts or self.running >= _SETTLED_SECONDS
        return self.active and settled and self.restarts <= _FEW_RESTARTS


def are_installed() -> bool:
    """Whether this machine is a gateway by installation."""
    return (UNITS / units.RULES).exists()


def services() -> Iterator[Service]:
    """Each as it is now; none where Bellgate is not installed here. The sentry is one of them only
    where the kernel's path is in place."""
    for name, unit in WATCHED.items() if are_installed() else ():
        if unit == units.SENTRY and not (APPLIED / KERNEL_PATH).exists():
            continue
        found = machine.properties(unit, _ASKED)
        active = found.get("ActiveState") == "active"
        yield Service(
            name, unit, active,
            found.get("SubState") or "unknown",
            found.get("ActiveEnterTimestamp", "") if active else "",
            int(found.get("NRestarts") or 0),
            monotonic() - int(found.get("ActiveEnterTimestampMonotonic") or 0) / 1e6,
        )  # fmt: skip


def findings() -> Iterator[Finding]:
    for service in services():
        why = f"`journalctl -u {service.unit.removesuffix('.service')} -e` says why"
        if not service.active:
            yield Finding(
                f"Service {service.name}", False, f"It is not running ({service.state}).",
                f"systemctl start {service.unit.removesuffix('.service')}; {why}",
            )  # fmt: skip
        elif not service.is_well:
            often = "once" if service.restarts == 1 else f"{service.restarts} times"
            yield Finding(
                f"Service {service.name}", False,
                f"It has ended by itself {often}, and has been running since {service.since}.", why,
            )  # fmt: skip
        else:
            said = f"It has been running since {service.since}."
            yield Finding(f"Service {service.name}", True, said)

"""Bellgate's services on this machine: each with whether it runs, and since when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bellgate.gateway import machine, units
from bellgate.gateway.doctor.finding import Finding
from bellgate.gateway.places import APPLIED, KERNEL_PATH, UNITS

_ASKED = ("ActiveState", "SubState", "ActiveEnterTimestamp", "NRestarts", "UnitFileState")
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
        )  # fmt: skip


def findings() -> Iterator[Finding]:
    for service in services():
        why = f"`journalctl -u {service.unit.removesuffix('.service')} -e` says why"
        if not service.active:
            yield Finding(
                f"Service {service.name}", False, f"It is not running ({service.state}).",
                f"systemctl start {service.unit.removesuffix('.service')}; {why}",
            )  # fmt: skip
        elif service.restarts > 3:
            yield Finding(
                f"Service {service.name}", False,
                f"It runs since {service.since}, and was started again {service.restarts} times.",
                why,
            )  # fmt: skip
        else:
            yield Finding(f"Service {service.name}", True, f"It runs since {service.since}.")

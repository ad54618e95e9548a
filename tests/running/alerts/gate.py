"""A gate that is well until a test says otherwise, on a day of the school's year. No test lives
here."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bellgate.audit import Journal, entries
from bellgate.policy.decide import Policy
from bellgate.running.alerts.signs import Signs
from bellgate.running.alerts.standing import Alerts
from bellgate.schedules.settings import AlertSettings, MailSettings, Settings
from tests.audit.world import POLICY

IT, HEAD, GATE = "it@example.sch.uk", "head@example.sch.uk", "bellgate@example.sch.uk"
MONDAY = datetime(2026, 9, 7, 8, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class GateClock:
    at: datetime = MONDAY
    state: str = "synchronised"
    passed: float = 0.0

    def now(self) -> datetime:
        return self.at

    def elapsed(self) -> float:
        return self.passed


@dataclass
class StandIn:
    """What the alerts ask of a gate."""

    clock: GateClock
    policy: Policy = POLICY
    stepped: float | None = 0.0


WELL = Signs(
    last_day=datetime(2027, 7, 21).date(),  # noqa: DTZ001
    certificate_ends=datetime(2027, 9, 1, tzinfo=UTC),
    disk="/var/lib/bellgate",
    disk_used=0.4,
)


@dataclass
class Months:
    """A running gate's alerts, minute by minute, with a real log and a real mail server."""

    state: Path
    journal: Journal
    settings: Settings
    clock: GateClock = field(default_factory=GateClock)
    signs: Signs = WELL
    alerts: Alerts = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self, last_sign: datetime | None = None) -> None:
        """The gate starts, with what the state folder holds."""
        self.alerts = Alerts(
            self.state,
            gate=StandIn(self.clock),  # type: ignore[arg-type]
            journal=self.journal,
            settings=lambda: self.settings,
            signs=lambda _: self.signs,
            last_sign=last_sign,
        )
        self.alerts.begin()

    def restart(self) -> None:
        """It stops properly, and starts again."""
        self.alerts.end()
        self.start()

    def dies(self) -> None:
        """It is killed, and starts again a second later."""
        last = self.clock.at
        self.clock.at += timedelta(seconds=1)
        self.start(last)

    def go_on(self, time: timedelta, every: timedelta = MINUTE, **signs: Any) -> None:
        """Let time pass, with this wrong or right."""
        self.signs = replace(self.signs, **signs)
        end = self.clock.at + time
        while self.clock.at < end:
            self.clock.at += every
            self.alerts.look()
            self.alerts.send()

    def recorded(self, action: str) -> list[str]:
        assert self.journal.flush()
        return [
            e.record["message"]
            for e in entries(self.journal.paths.log)
            if e.record and e.record["event"]["action"] == action
        ]


def settings_with(server: str, **alerts: Any) -> Settings:
    return Settings(
        mail=MailSettings(GATE, server),
        alerts=AlertSettings(mail_to=(IT,), **alerts),
        weekly_to=(HEAD,),
    )

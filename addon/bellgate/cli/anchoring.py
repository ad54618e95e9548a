"""Anchors joined to a running gate: from the settings in force to places, and when to look.

In a thread of its own: a mail server that takes its time holds up nobody. Never for a simulated
gate, whose checkpoints are of nothing.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bellgate.audit import Journal
from bellgate.audit.anchors import Anchoring, Folder, Mail, Place, password_from
from bellgate.gate.gate import Gate
from bellgate.policy.decide import Policy
from bellgate.schedules.loading import AnchorSettings, Loaded

EVERY = 10
"""Seconds between two looks at whether a session is over."""


def places_of(settings: AnchorSettings, state: Path) -> list[Place]:
    found: list[Place] = []
    if settings.to:
        found.append(
            Mail(settings.to, settings.sender, settings.server, lambda: password_from(state))
        )
    if settings.folder:
        found.append(Folder(Path(settings.folder)))
    return found


def last_session_end(policy: Policy, now: datetime) -> datetime | None:
    """When the newest session that is over ended, of whichever group."""
    tables = [policy.timetable(group) for group in policy.groups.values()]
    return max((s.end for table in tables for s in table.sessions if s.end <= now), default=None)


class Anchors:
    """Looks every few seconds, from entry to exit."""

    def __init__(
        self,
        state: Path,
        *,
        gate: Gate,
        journal: Journal,
        settings: AnchorSettings,
        loaded: Callable[[], Loaded],
    ) -> None:
        self._state, self._gate, self._loaded = state, gate, loaded
        self._settings = settings
        self._anchoring = Anchoring(
            journal.places.log, state / "anchored", lambda said: journal.gate("error", said)
        )
        self._looking: threading.Thread | None = None
        self._scheduler = BackgroundScheduler(timezone=UTC, daemon=True)

    def __enter__(self) -> "Anchors":
        if self._gate.clock.state != "simulated":
            self._scheduler.add_job(
                self._look_apart,
                IntervalTrigger(seconds=EVERY),
                coalesce=True,
                misfire_grace_time=None,
            )
            self._scheduler.start()
        return self

    def __exit__(self, *_: object) -> None:
        # What is being sent is not waited for; what did not get there is sent after the next start.
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def _look_apart(self) -> None:
        # The scheduler's own threads are waited for when the program ends, this one is not: a mail
        # server that says nothing must not keep a gate from stopping.
        if self._looking is None or not self._looking.is_alive():
            self._looking = threading.Thread(target=self.look, name="bellgate-anchors", daemon=True)
            self._looking.start()

    def look(self) -> None:
        loaded = self._loaded()
        # A file with problems changes nothing.
        if loaded.policy is not None:
            self._settings = loaded.anchors
        policy, now = self._gate.policy, self._gate.clock.now()
        self._anchoring.step(
            places_of(self._settings, self._state),
            last_session_end(policy, now),
            now,
            policy.edition.school,
            lambda at: at.astimezone(policy.year.zone),
        )

"""A call every five minutes to somebody who raises the alarm when it stays away.

Only while the gate's own loop goes round: a gate that hangs is as silent as one that is gone. Never
for a simulated gate.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from bellgate.audit import Journal
from bellgate.gate.gate import Gate
from bellgate.running.alerts.sending import Post
from bellgate.running.jobs import Job
from bellgate.schedules.settings import Settings

EVERY: Final = 300.0
"""Seconds between two calls."""
STUCK: Final = 60.0
"""A gate whose bell was not looked at for so many seconds hangs."""


class Ping:
    """From entry to exit."""

    def __init__(
        self, state: Path, *, gate: Gate, journal: Journal, settings: Callable[[], Settings]
    ) -> None:
        self._state, self._gate, self._journal, self._settings = state, gate, journal, settings
        self._failing = False
        self._job = Job(self.look, EVERY, "ping", failed=self._failed, at_once=True)

    def __enter__(self) -> "Ping":
        if self._gate.clock.state != "simulated":
            self._job.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._job.stop()

    def look(self) -> None:
        settings = self._settings()
        if settings.alerts.ping is None or self._hangs():
            return
        why = Post(settings, self._state).ping()
        if why and not self._failing:
            said = f"The address of alerts.ping could not be called: {why}. It is tried again"
            self._journal.gate("error", said, reason=why)
        self._failing = bool(why)

    def _hangs(self) -> bool:
        stepped = self._gate.stepped
        return stepped is not None and self._gate.clock.elapsed() - stepped > STUCK

    def _failed(self, error: Exception) -> None:
        self._journal.gate("error", f"Calling alerts.ping failed: {error}", reason=str(error))

"""Anchors joined to a running gate: from the settings in force to places, and when to look.

Never for a simulated gate, whose checkpoints are of nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from bellgate.audit import Journal
from bellgate.audit.log.anchors import Anchoring, Folder, Mail, Place
from bellgate.gate.gate import Gate
from bellgate.policy.decide import Policy
from bellgate.running.jobs import Job
from bellgate.running.post import mail_server
from bellgate.schedules.settings import Settings

EVERY = 10
"""Seconds between two looks at whether a session is over."""


def places_of(settings: Settings, state: Path) -> list[Place]:
    """Where checkpoints go by these settings: by e-mail, into a folder, or nowhere."""
    found: list[Place] = []
    anchors, server = settings.anchors, mail_server(settings.mail, state)
    if anchors.mail_to and server is not None:
        found.append(Mail(anchors.mail_to, server))
    if anchors.folder:
        found.append(Folder(Path(anchors.folder)))
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
        settings: Callable[[], Settings],
    ) -> None:
        self._state, self._gate, self._settings = state, gate, settings
        self._journal = journal
        self._anchoring = Anchoring(
            journal.paths.log, state / "anchored", lambda said: journal.gate("error", said)
        )
        self._job = Job(self.look, EVERY, "anchors", failed=self._failed)

    def __enter__(self) -> "Anchors":
        self._job.start()
        return self

    def __exit__(self, *_: object) -> None:
        # What is being sent is not waited for; what did not get there is sent after the next start.
        self._job.stop()

    @property
    def stuck(self) -> Mapping[str, str]:
        """Each place that no checkpoint reaches at present, and why."""
        return self._anchoring.stuck

    def look(self) -> None:
        if self._gate.clock.state == "simulated":
            return
        policy, now = self._gate.policy, self._gate.clock.now()
        self._anchoring.step(
            places_of(self._settings(), self._state),
            last_session_end(policy, now),
            now,
            policy.edition.school,
            lambda at: at.astimezone(policy.year.zone),
        )

    def _failed(self, error: Exception) -> None:
        said = f"Sending checkpoints failed: {error}"
        self._journal.gate("error", said, reason=str(error))

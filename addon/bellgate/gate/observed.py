"""What would have been closed while the gate only observes (`gate.observe`): by group, service and
answer, and by nobody's name. Counts; decides nothing and writes nothing."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bellgate.policy.action import Action
from bellgate.policy.decide import Decision

EVERY: Final = timedelta(minutes=10)
"""How often what was counted is put on record."""


@dataclass(frozen=True, slots=True)
class Count:
    """So many attempts of a group at a service that the rules would not have let through unseen."""

    group: str
    service: str
    """The service's id; `no-name` where the name was hidden, else the site that a rule names."""
    called: str
    action: Action
    attempts: int
    since: datetime


class Observed:
    """The counts since they were last taken."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str, Action]] = Counter()
        self._since: datetime | None = None

    def saw(self, decision: Decision) -> None:
        """An attempt, and what would have come of it."""
        if decision.action == "allow":
            return
        self._since = self._since or decision.instant
        service = decision.what.service
        called = service.name if service else decision.host or "a site"
        id = service.id if service else called
        self._counts[decision.group, id, called, decision.action] += 1

    def due(self, now: datetime) -> bool:
        """Whether it is time to put the counts on record; also where the clock was put back."""
        return self._since is not None and not timedelta(0) <= now - self._since < EVERY

    def take(self) -> list[Count]:
        """What was counted, the most frequent first; from now on it is counted anew."""
        since, counts = self._since, self._counts
        self._since, self._counts = None, Counter()
        if since is None:
            return []
        return [Count(*what, attempts, since) for what, attempts in counts.most_common()]

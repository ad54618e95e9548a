"""Every look is a record first: where it cannot be left, the page is not shown.

Signing in is the one thing that waits: somebody must be able to come and see what is wrong. Its
records are left as soon as the log takes them.
"""

from collections import deque
from collections.abc import Mapping
from threading import Lock
from typing import Final

from bellgate.console.school import School
from bellgate.review.objections import Objection
from bellgate.review.people import Called
from bellgate.running.acting import Actor, Left, NotRecorded
from bellgate.running.confided import Asked

WAITING: Final = 1_000
"""Records of signing in that wait for the log at most; the oldest of more are lost."""


class Looks:
    """Leaves the records of who looked at what, and why."""

    def __init__(self, school: School) -> None:
        self._school = school
        self._waiting: deque[tuple[Actor, str, str, Mapping[str, object]]] = deque(maxlen=WAITING)
        self._lock = Lock()

    def leave(
        self,
        by: str,
        action: str,
        message: str,
        *,
        target: str | None = None,
        reason: str | None = None,
        **facts: object,
    ) -> Left:
        """A record before the page is sent. Raises NotRecorded."""
        self.catch_up()
        actor = self._school.acting(by)
        known = {name: fact for name, fact in facts.items() if fact is not None}
        return actor.leave(action, message, target=target, reason=reason, facts=known)

    def shown_the_name(self, by: str, id: str, reason: str) -> str:
        """The name behind a pseudonym, after its record. Raises NotRecorded, and CannotOpen."""
        self.catch_up()
        said = f"{by} was shown the name behind {id}"
        return self._school.confided.name(
            self._school.acting(by), said, target=id, reason=reason, facts={"page": "/people"}
        )

    def asked_whose(self, by: str, asked: Asked) -> Called:
        """Who has a name, after its record, which has the reason and not the name. Raises
        NotRecorded, and CannotOpen."""
        self.catch_up()
        said = f"{by} looked for the person behind a name"
        return self._school.confided.whose(self._school.acting(by), said, asked)

    def objected(self, by: str, message: str, id: str, objection: Objection) -> None:
        """Keep what somebody objects, after its record. Raises NotRecorded, and CannotOpen."""
        self.catch_up()
        self._school.confided.object(self._school.acting(by), message, id, objection)

    def leave_when_possible(self, by: str, action: str, message: str, **facts: object) -> None:
        """A record that may wait for the log: of signing in, and of a refusal."""
        with self._lock:
            self._waiting.append((self._school.acting(by), action, message, facts))
        self.catch_up()

    def catch_up(self) -> None:
        """Leave what waits; what cannot be left goes on waiting."""
        with self._lock:
            while self._waiting:
                actor, action, message, facts = self._waiting[0]
                try:
                    actor.leave(action, message, facts=facts)
                except NotRecorded:
                    return
                self._waiting.popleft()

    @property
    def waiting(self) -> int:
        """How many records wait."""
        return len(self._waiting)

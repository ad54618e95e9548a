"""A run of retention in a process of its own: the gate's time and memory are its clients'.

Only `deleted` records come back to the gate, over its socket, as any other command's. If the gate
dies, the run ends where it is; it may be killed at any moment (see `audit/delete/deletion.py`).
"""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, astuple, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bellgate.audit import Deletion, Kept, Limit, Limits, LogPaths, event_record, expire, hand_over
from bellgate.disk import private_folder
from bellgate.policy.decide import Edition
from bellgate.review.cases import CaseBook
from bellgate.running import editions
from bellgate.running.jobs import answer_parent, ask_child


@dataclass(frozen=True, slots=True)
class Asked:
    """All that a run goes by."""

    state: Path
    limits: Limits
    edition: Edition
    now: datetime

    def text(self) -> str:
        return json.dumps(
            {
                "state": str(self.state),
                "limits": {whose: astuple(limit) for whose, limit in self.limits.of.items()},
                "edition": asdict(self.edition),
                "now": self.now.isoformat(),
            }
        )

    @classmethod
    def of(cls, text: str) -> "Asked":
        fields: dict[str, Any] = json.loads(text)
        return cls(
            Path(fields["state"]),
            Limits({whose: Limit(*limit) for whose, limit in fields["limits"].items()}),
            Edition(**fields["edition"]),
            datetime.fromisoformat(fields["now"]),
        )


@dataclass(frozen=True, slots=True)
class _Cases:
    """What the school's cases hold, as a run asks for it."""

    book: CaseBook
    today: date

    def kept(self) -> Kept:
        return self.book.kept(self.today)

    def still(self) -> AbstractContextManager[None]:
        return self.book.still()


def run(asked: Asked) -> int:
    """Do it here; how many lines were emptied."""
    zone = ZoneInfo(asked.edition.timezone)
    paths = LogPaths.of(asked.state)
    shut(asked.state)

    def tell(deletion: Deletion) -> None:
        record = event_record(
            "bellgate.gate",
            "deleted",
            deletion.message,
            edition=asked.edition,
            at=asked.now,
            clock="synchronised",
            facts=deletion.facts,
        )
        hand_over(paths, record, asked.edition, lambda: asked.now)

    today = asked.now.astimezone(zone).date()
    cases = _Cases(CaseBook(asked.state, zone), today)
    emptied = expire(paths, asked.limits, cases, tell).emptied
    _drop_editions(asked, cases)
    return emptied


def shut(state: Path) -> None:
    """Nobody else reads what names people, whoever made the folders or put a file there."""
    for name in ("people", "keys", "secrets", "editions", "last-good"):
        if (state / name).is_dir():
            private_folder(state / name)


def _drop_editions(asked: Asked, cases: _Cases) -> None:
    """Those that no record names any more; while a case holds, a record of any age may."""
    editions.seen(asked.state, asked.edition.hash, asked.now)
    with cases.still():
        if not cases.book.holding(cases.today):
            # A day more: of the one before, only the night is known that it was last in force.
            oldest = datetime.fromisoformat(asked.limits.oldest) - timedelta(days=1)
            editions.drop(asked.state, oldest)


def apart(asked: Asked, given_up: Callable[[], bool]) -> int:
    """The same in a process of its own. Raises ChildFailed where that fails, or is given up."""
    return int(ask_child("bellgate.running.deletion_run", asked.text(), given_up))


if __name__ == "__main__":
    answer_parent(lambda question: str(run(Asked.of(question))))

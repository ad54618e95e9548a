"""A run of retention in a process of its own: the gate's time and memory are its clients'.

`apart` is the gate's side, `_main` the other. Only `deleted` records come back to the gate, over
its socket, as any other command's. If the gate dies, the run ends where it is; being killed at any
moment is in order (see `audit/expiring.py`).
"""

import json
import os
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, astuple, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bellgate.audit import Deletion, Kept, Limit, Limits, Places, event_record, expire, hand_over
from bellgate.cli import editions
from bellgate.policy.decide import Edition
from bellgate.review.cases import CaseBook

LOOK = 0.25
"""Seconds between two looks at whether a run is to be given up."""


class NotDone(Exception):
    """A run came to no end; the text says why."""


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
    places = Places.of(asked.state)

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
        hand_over(places, record, asked.edition, lambda: asked.now)

    today = asked.now.astimezone(zone).date()
    cases = _Cases(CaseBook(asked.state, zone), today)
    emptied = expire(places, asked.limits, cases, tell).emptied
    _drop_editions(asked, cases)
    return emptied


def _drop_editions(asked: Asked, cases: _Cases) -> None:
    """Those that no record names any more; while a case holds, a record of any age may."""
    editions.seen(asked.state, asked.edition.hash, asked.now)
    with cases.still():
        if not cases.book.holding(cases.today):
            # A day more: of the one before, only the night is known that it was last in force.
            oldest = datetime.fromisoformat(asked.limits.oldest) - timedelta(days=1)
            editions.drop(asked.state, oldest)


def apart(asked: Asked, given_up: Callable[[], bool]) -> int:
    """The same in a process of its own. Raises NotDone where that fails, or is given up."""
    # Imported here, as all that the run itself does without.
    import subprocess

    package = Path(__file__).resolve().parents[2]
    worker = subprocess.Popen(
        [sys.executable, "-m", "bellgate.cli.expiring"],
        env={**os.environ, "PYTHONPATH": f"{package}:{os.environ.get('PYTHONPATH', '')}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert worker.stdin and worker.stdout and worker.stderr
    with worker:
        # Left open: that it closes tells the worker that nobody waits for it any more.
        worker.stdin.write(asked.text() + "\n")
        worker.stdin.flush()
        while True:
            try:
                worker.wait(LOOK)
                break
            except subprocess.TimeoutExpired:
                if given_up():
                    worker.kill()
        said, complaint = worker.stdout.read(), worker.stderr.read()
    if not said.strip().isdecimal():
        last = (complaint.strip().splitlines() or ["it ended without a word"])[-1]
        raise NotDone(last)
    return int(said)


def _main() -> None:
    os.nice(19)  # the gate's clients come first
    asked = Asked.of(sys.stdin.readline())
    threading.Thread(target=_end_with_the_gate, daemon=True).start()
    try:
        sys.stdout.write(str(run(asked)))
    except Exception as error:  # noqa: BLE001 - whatever it is, the gate says it in a record
        sys.exit(str(error) or type(error).__name__)


def _end_with_the_gate() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    _main()

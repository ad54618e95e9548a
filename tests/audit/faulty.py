"""A gate's log for the fault campaign to break: `faulty.py STATE steps` or `faulty.py STATE load`.

`steps` writes a few batches over a midnight and ends; `load` writes until it is killed. Each
acknowledged number is said with the host that the record names, one write each, so that what is in
the pipe was said before the fault. `no-sync` as a third word plants the bug that a power cut must
find. No test lives here.
"""

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.audit.world import Clock, decision, journal

BATCHES, EACH = 5, 2
BEFORE_MIDNIGHT = datetime(2026, 11, 23, 23, 58, tzinfo=UTC)


def say(host: str, number: int | None) -> None:
    if number is not None:
        os.write(1, f"{number} {host}\n".encode())


def steps(state: Path) -> None:
    log = journal(state, Clock(BEFORE_MIDNIGHT))
    for batch in range(BATCHES):
        at = BEFORE_MIDNIGHT + timedelta(minutes=batch)
        for n in range(EACH):
            host = f"b{batch}n{n}.facebook.com"
            log.decision(
                decision(host, at), "block", "page",
                acknowledge=lambda number, host=host: say(host, number),  # type: ignore[misc]
            )  # fmt: skip
        # One fault is over by the second try; a lasting one is not waited for.
        log.flush(0.9)
    log.close()


def load(state: Path) -> None:
    log = journal(state, limit=500)
    n = 0
    while True:
        for _ in range(3):
            n += 1
            host = f"p{os.getpid()}n{n}.facebook.com"
            log.decision(
                decision(host), "block", "page",
                acknowledge=lambda number, host=host: say(host, number),  # type: ignore[misc]
            )  # fmt: skip
        time.sleep(0.02)


def plant_the_bug() -> None:
    def leave_it_out(_: int) -> None:
        """The day's file is written and not synced."""

    os.fdatasync = leave_it_out


if __name__ == "__main__":
    if sys.argv[3:] == ["no-sync"]:
        plant_the_bug()
    {"load": load, "steps": steps}[sys.argv[2]](Path(sys.argv[1]))

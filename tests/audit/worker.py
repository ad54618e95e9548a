"""A gate of its own for the tests to kill: writes records and says which were acknowledged.

`worker.py STATE load` writes without end and prints each acknowledged number; `worker.py STATE
serve` opens the socket, prints `ready` and waits. No test lives here.
"""

import os
import sys
import time
from pathlib import Path

from bellgate.audit import GateSocket, LogPaths
from tests.audit.world import decision, journal


def load(state: Path) -> None:
    log = journal(state)
    decided = decision()
    while True:
        for _ in range(10):
            # One write a number: what is in the pipe was said before the kill.
            log.decision(
                decided,
                "block",
                "page",
                acknowledge=lambda n: None if n is None else void(os.write(1, b"%d\n" % n)),
            )
        time.sleep(0.005)


def void(_: object) -> None:
    return None


def serve(state: Path) -> None:
    log = journal(state)
    paths = LogPaths.of(state)
    GateSocket(paths.socket, log.promise, lambda: {"ready": True, "size": log.state.size})
    os.write(1, b"ready\n")
    time.sleep(60)


if __name__ == "__main__":
    {"load": load, "serve": serve}[sys.argv[2]](Path(sys.argv[1]))

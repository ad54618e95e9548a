"""`bellgate run` whose clock somebody puts forward or back: `… PUT run …`, PUT at SIGUSR1.

    python -m tests.gate.stepped "45 minutes" run …

A machine's clock cannot be stepped for one process alone, so it is the gate's that is.
"""

import signal
import sys
from datetime import datetime, timedelta

from bellgate.cli.main import main
from bellgate.gate.clock import Clock, SimulatedClock
from bellgate.running import assembly


def plant(by: timedelta) -> None:
    make = assembly.clock_for

    def clock_for(at: datetime | None) -> Clock:
        clock = make(at)
        assert isinstance(clock, SimulatedClock)

        def step(*_: object) -> None:
            clock._start += by

        signal.signal(signal.SIGUSR1, step)
        return clock

    assembly.clock_for = clock_for


if __name__ == "__main__":
    number, unit = sys.argv.pop(1).split()
    plant(timedelta(**{unit if unit.endswith("s") else f"{unit}s": int(number)}))
    main()

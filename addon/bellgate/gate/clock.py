"""The gate's clock: the machine's, or a simulated one for trying things out.

The only file of the gate that asks for the machine's time, and whether it is synchronised.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from bellgate.machine_time import elapsed, is_synchronised, machine_now

ClockState = Literal["synchronised", "unsynchronised", "simulated"]


class Clock(Protocol):
    """What the gate asks of a clock."""

    def now(self) -> datetime:
        """The instant, aware, in UTC."""

    def elapsed(self) -> float:
        """Seconds that have passed since some moment: also while the machine slept, and whatever
        was done to its clock."""

    @property
    def state(self) -> ClockState: ...


@dataclass
class MachineClock:
    """The machine's clock. Until it is synchronised, time goes on from the newest record's, where
    the machine says an earlier one."""

    newest_record: datetime | None = None
    _begun: float = field(default_factory=elapsed)
    _asked: float = float("-inf")
    _state: ClockState = "unsynchronised"

    def now(self) -> datetime:
        now = machine_now()
        if self.newest_record is None:
            return now
        earliest = self.newest_record + timedelta(seconds=elapsed() - self._begun)
        return earliest if now < earliest and self.state == "unsynchronised" else now

    def elapsed(self) -> float:
        return elapsed()

    @property
    def state(self) -> ClockState:
        # Asked once in ten seconds: the kernel's answer changes rarely, records are many.
        if time.monotonic() - self._asked > 10:
            self._asked = time.monotonic()
            self._state = "synchronised" if is_synchronised() else "unsynchronised"
        return self._state


class SimulatedClock:
    """Starts at a moment of one's choosing and runs from there at the usual pace."""

    state: ClockState = "simulated"

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._begun = elapsed()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=elapsed() - self._begun)

    def elapsed(self) -> float:
        return elapsed()

"""The gate's clock: the machine's, or a simulated one for trying things out.

The only file of the gate that asks the machine for the time.
"""

import ctypes
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

ClockState = Literal["synchronised", "unsynchronised", "simulated"]

_UNSYNCHRONISED = 0x0040
"""STA_UNSYNC in <sys/timex.h>."""


class Clock(Protocol):
    """What the gate asks of a clock."""

    def now(self) -> datetime:
        """The instant, aware, in UTC."""

    def elapsed(self) -> float:
        """Seconds that have passed since some moment: also while the machine slept, and whatever
        was done to its clock."""

    @property
    def state(self) -> ClockState: ...


def _elapsed() -> float:
    # CLOCK_MONOTONIC stands while the machine sleeps.
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass
class MachineClock:
    """The machine's clock. Until it is synchronised, time goes on from the newest record's, where
    the machine says an earlier one."""

    newest_record: datetime | None = None
    _begun: float = field(default_factory=_elapsed)
    _asked: float = float("-inf")
    _state: ClockState = "unsynchronised"

    def now(self) -> datetime:
        now = datetime.now(UTC)
        if self.newest_record is None:
            return now
        earliest = self.newest_record + timedelta(seconds=_elapsed() - self._begun)
        return earliest if now < earliest and self.state == "unsynchronised" else now

    def elapsed(self) -> float:
        return _elapsed()

    @property
    def state(self) -> ClockState:
        # Asked once in ten seconds: the kernel's answer changes rarely, records are many.
        if time.monotonic() - self._asked > 10:
            self._asked = time.monotonic()
            self._state = "synchronised" if _is_synchronised() else "unsynchronised"
        return self._state


class SimulatedClock:
    """Starts at a moment of one's choosing and runs from there at the usual pace."""

    state: ClockState = "simulated"

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._begun = _elapsed()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=_elapsed() - self._begun)

    def elapsed(self) -> float:
        return _elapsed()


class _Timex(ctypes.Structure):
    """`struct timex` of <sys/timex.h>, as far as `status`; the rest is room for the kernel."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("_rest", ctypes.c_byte * 256),
    )


def _is_synchronised() -> bool:
    timex = _Timex()
    outcome: int = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    return outcome >= 0 and not timex.status & _UNSYNCHRONISED

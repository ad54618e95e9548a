"""The machine's time, asked for in one place: the clock on the wall, and the time that passes.

How long something may take here and now (a time limit, a pause) is not asked of it: that is
`time.monotonic`. A gate's own clock, which may be a simulated one, is `gate.clock`.
"""

import ctypes
import time
from datetime import UTC, datetime
from typing import Final, Protocol

DAWN: Final = datetime.min.replace(tzinfo=UTC)
"""Before every moment there is."""
_UNSYNCHRONISED: Final = 0x0040
"""STA_UNSYNC in <sys/timex.h>."""


class Time(Protocol):
    """What tells a process the time."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""

    def elapsed(self) -> float:
        """Seconds since some moment: also while the machine slept, and whatever was done to its
        clock."""

    def is_synchronised(self) -> bool:
        """Whether something holds the clock on the wall to the true time."""


class _Machine:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def elapsed(self) -> float:
        # CLOCK_MONOTONIC stands while the machine sleeps.
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def is_synchronised(self) -> bool:
        timex = _Timex()
        outcome: int = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
        return outcome >= 0 and not timex.status & _UNSYNCHRONISED


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


_told_by: Time = _Machine()


def machine_now() -> datetime:
    """The machine's time, in UTC."""
    return _told_by.now()


def elapsed() -> float:
    """Seconds that have passed since some moment."""
    return _told_by.elapsed()


def is_synchronised() -> bool:
    """Whether the kernel says that the machine's clock is synchronised."""
    return _told_by.is_synchronised()


def go_by(told_by: Time) -> None:
    """Let this process be told the time by something else, from now on.

    For the tests, in which weeks of school pass in minutes. Nothing in this package calls it, and
    no setting, argument or variable leads to it: an installed machine goes by its own time.
    """
    global _told_by  # noqa: PLW0603 - the one place where a process is told the time
    _told_by = told_by

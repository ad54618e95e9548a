"""Something that is looked at every so many seconds beside the gate, and holds nobody up."""

import threading
from collections.abc import Callable
from datetime import UTC

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger


class Looking:
    """Calls `look` from entry to exit, never two at a time.

    In a thread of its own: the scheduler's are waited for when the program ends, and a mail server
    that says nothing, or a long night's work, must not keep a gate from stopping.
    """

    def __init__(self, look: Callable[[], None], every: float, name: str) -> None:
        self._look, self._every, self._name = look, every, name
        self._at_work: threading.Thread | None = None
        self._scheduler = BackgroundScheduler(timezone=UTC, daemon=True)

    def __enter__(self) -> "Looking":
        trigger = IntervalTrigger(seconds=self._every)
        self._scheduler.add_job(self._apart, trigger, coalesce=True, misfire_grace_time=None)
        self._scheduler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._scheduler.shutdown(wait=False)

    def wait(self, seconds: float) -> None:
        """Give what is at work a moment to break off."""
        if self._at_work is not None:
            self._at_work.join(seconds)

    def _apart(self) -> None:
        if self._at_work is None or not self._at_work.is_alive():
            self._at_work = threading.Thread(target=self._look, name=self._name, daemon=True)
            self._at_work.start()

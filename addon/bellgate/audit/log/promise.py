"""Somebody waits for a record to be safe, and may give up: then it must not stand as done.

Between the two there is no third: the record is told as safe, or it is given up. A record that was
given up is taken out of the queue, or out of a batch that the disk refuses; where it was written
all the same, a `refused` record follows it.
"""

from concurrent.futures import Future


class Promise:
    """The number of a record, once it is safe. Any thread may ask or give up; the writer keeps."""

    def __init__(self) -> None:
        self._future: Future[int | None] = Future()

    def result(self, seconds: float) -> int | None:
        """The number; None if the record was lost. Raises TimeoutError."""
        return self._future.result(seconds)

    def give_up(self) -> bool:
        """Whether it was in time: then the record will not stand as done. False where it is safe
        already, or lost."""
        return self._future.cancel()

    @property
    def given_up(self) -> bool:
        return self._future.cancelled()

    def keep(self, number: int | None) -> bool:
        """Say the number; False where nobody waits for it any more."""
        if not self._future.set_running_or_notify_cancel():
            return False
        self._future.set_result(number)
        return True

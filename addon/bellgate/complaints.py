"""What fails again and again is not said each time: when it begins and when it is over, or now and
then.

Nothing here says anything: whoever tries it gets the line, or none, and has a way to say it.
"""

from typing import Final

_MOST: Final = 10
"""Reasons that are said of one trouble: beyond that they are taken to differ each time."""
_AGAIN_SECONDS: Final = 600.0
_MOST_REMEMBERED: Final = 100
"""Sentences."""


class Lasting:
    """Something that is tried again and again, in one thread."""

    def __init__(self, what: str, over: str) -> None:
        """`what` went wrong and `over`: two sentences without a full stop."""
        self._what, self._over = what, over
        self._reasons: set[str] = set()

    def failed(self, error: Exception) -> str | None:
        """What to say; None for a reason that was said since it began."""
        reason = f"{type(error).__name__}: {error}" if is_ours(error) else str(error)
        if reason in self._reasons or len(self._reasons) >= _MOST:
            return None
        self._reasons.add(reason)
        return f"{self._what} ({reason})"

    def went_well(self) -> str | None:
        """What to say; None where nothing was wrong."""
        if not self._reasons:
            return None
        self._reasons.clear()
        return self._over


class NowAndThen:
    """Failures that have no end of their own, such as one on each connection of a kind."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}

    def is_due(self, said: str, elapsed: float) -> bool:
        """Whether to say it now: the first time, and then every ten minutes at most."""
        if elapsed < self._due.get(said, float("-inf")):
            return False
        if len(self._due) >= _MOST_REMEMBERED:
            self._due.clear()
        self._due[said] = elapsed + _AGAIN_SECONDS
        return True


def is_ours(error: Exception) -> bool:
    """Whether it is our own failure, to be looked for in our code: the world's come as OSError."""
    return not isinstance(error, OSError)

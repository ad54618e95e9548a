"""The newest decisions, read from the log's end: as far as asked, and never far."""

from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from bellgate.audit.log.day_files import days_of, lines_from_end, parsed, sequence_of
from bellgate.review.index.answers import NewDecision
from bellgate.review.visits.attempts import Attempt

_FURTHEST: Final = 5_000
"""Lines that are looked at, at most: at night there is nothing but heartbeats."""


def feed(log: Path, since: int, limit: int) -> list[NewDecision]:
    """Newest first, none with a number up to `since`. Raises OSError."""
    found: list[NewDecision] = []
    lines = (line for files in reversed(days_of(log)) for line in lines_from_end(files.lines))
    for line in islice(lines, _FURTHEST):
        if len(found) == limit:
            break
        record = parsed(line) or {}
        number = sequence_of(record)
        if number is not None and number <= since:
            break
        # One that is being written is torn; one that was tampered with may hold anything.
        with suppress(KeyError, TypeError, ValueError):
            attempt = Attempt.of(record)
            if attempt is not None:
                found.append(NewDecision(attempt.number, attempt))
    return found

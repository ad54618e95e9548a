"""What stands beside a number of visits: what is among them, and what is listed but is none. The
same words on every page that has such a number."""

from collections.abc import Iterator
from typing import Final

from bellgate.review.index import Counts
from bellgate.review.pack.phrases import count

VISIT: Final = (
    "A visit is one device trying to reach one service, once or several times close together; it "
    "may have been refused."
)
OUTSIDE: Final = (
    "A visit in people’s own time (before or after school, or at lunch) is recorded only where a "
    "rule covers that time, too, such as one for the whole school day."
)
"""What is on record of the time outside of all sessions."""
OWN_TIME: Final = f"{OUTSIDE} It counts under that rule, and not as use of session time."
"""What a visit outside of all sessions counts for."""
EXEMPTED: Final = (
    "What people do with something while it is temporarily open is not recorded: only that it was "
    "opened, for whom, by whom and why. So no number of visits says how much it was used."
)
"""What is said where visits to what an exemption opens would be looked for."""
ANSWERED: Final = "opened after somebody gave a purpose"
"""What became of a visit to a service that a rule asks about."""


def beside(counts: Counts) -> list[str]:
    """Sentences after `1,920 visits`."""
    return [*_visits(counts), *_among(counts), *_further(counts)]


def unsound(counts: Counts) -> str:
    """What is said of records that were changed; empty where none was."""
    n = counts.unsound
    if not n:
        return ""
    rest, are = ("rests", "is") if n == 1 else ("rest", "are")
    return (
        f"{count(n, 'further visit')} {rest} on records that are not what was signed, and {are} in "
        "no number here."
    )


def _visits(counts: Counts) -> Iterator[str]:
    """What a visit is, and how many of these came to nothing."""
    if counts.visits:
        yield f"{VISIT} {_refused(counts)}"


def _refused(counts: Counts) -> str:
    one = counts.visits == 1
    if not counts.refused:
        return f"{'This one' if one else 'Each of these'} was let through, at least in part."
    if counts.refused == counts.visits:
        return f"{'This one was' if one else 'All of these were'} refused throughout."
    were = "was" if counts.refused == 1 else "were"
    return f"Of these, {counts.refused:,} {were} refused throughout."


def _among(counts: Counts) -> Iterator[str]:
    if counts.answered:
        yield f"{_of(counts.answered, counts.visits)} {ANSWERED}."
    if counts.own_time:
        yield f"{_of(counts.own_time, counts.visits)} in people’s own time. {OWN_TIME}"


def _further(counts: Counts) -> Iterator[str]:
    if n := counts.without_attempt:
        yield (
            f"In addition, something opened earlier was cut at the bell, or ended, {_often(n)}. "
            f"Nothing new was tried, so {'this is' if n == 1 else 'these are'} listed, but not "
            "counted among the visits."
        )


def _often(times: int) -> str:
    return {1: "once", 2: "twice"}.get(times, f"{times:,} times")


def _of(some: int, visits: int) -> str:
    """`Of these visits, 3 were`; `All these visits were`, `This visit was`."""
    if some == visits:
        return "This visit was" if visits == 1 else "All these visits were"
    return f"Of these visits, {some:,} {'was' if some == 1 else 'were'}"

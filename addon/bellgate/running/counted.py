"""What stands beside a number of visits: what is among them, and what is listed but is none. The
same words on every page that has such a number."""

from collections.abc import Iterator
from typing import Final

from bellgate.policy.action import OUTCOMES
from bellgate.review.index import Counts
from bellgate.review.pack.phrases import count, listed

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
    "opened, for whom, by whom and why. So the numbers of visits do not show how much it was used."
)
"""What is said where visits to what an exemption opens would be looked for."""


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
        f"{count(n, 'further visit')} {rest} on records that are not what was signed, and {are} "
        "not counted here."
    )


def _visits(counts: Counts) -> Iterator[str]:
    """What a visit is, and what became of these."""
    if counts.visits:
        yield f"{VISIT} {_became(counts)}"


def _became(counts: Counts) -> str:
    """What became of them: each is in one of these numbers."""
    became = {
        "refused throughout": counts.refused,
        OUTCOMES["answered"].report: counts.answered,
        OUTCOMES["log"].report: counts.let_through,
    }
    some = [(n, said) for said, n in became.items() if n]
    if len(some) == 1:
        return f"{'This one was' if counts.visits == 1 else 'All of these were'} {some[0][1]}."
    each = [f"{n:,} {'was' if n == 1 else 'were'} {said}" for n, said in some]
    return f"Of these, {listed(each)}."


def _among(counts: Counts) -> Iterator[str]:
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

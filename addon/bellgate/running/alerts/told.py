"""What is wrong now, and what was told -> what is to be told. Pure: the time is an argument.

Each trouble is told once when it has lasted, and once when it is over. It is over when it was gone
for an hour. What comes back within a day must be gone for twice as long the next time, and so on:
so whatever wavers is told a handful of times a day at most, and then rests as one trouble.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bellgate.running.alerts.trouble import Kind, Trouble

QUIET: Final = timedelta(hours=1)
"""For so long a trouble must be gone to be over; for longer where it came back before."""
REMEMBERED: Final = timedelta(days=1)
"""Within this what comes back after its end counts as wavering."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One trouble, as it is remembered."""

    trouble: Trouble
    since: datetime
    last: datetime
    """When it was last seen."""
    told: bool = False
    over: datetime | None = None
    """When its end was told: kept for a day, in case it comes back."""
    returns: int = 0
    """How often it came back within a day."""

    @property
    def key(self) -> str:
        return self.trouble.key

    @property
    def quiet(self) -> timedelta:
        return min(QUIET * (1 << min(self.returns, 10)), REMEMBERED)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell: that a trouble is there, or, with `until`, that it is over."""

    trouble: Trouble
    since: datetime
    until: datetime | None = None

    @property
    def key(self) -> str:
        return self.trouble.key


def stepped(
    known: Mapping[str, Standing],
    troubles: Iterable[Trouble],
    now: datetime,
    heard: Callable[[Kind], bool] = lambda _: True,
) -> tuple[dict[str, Standing], list[Notice]]:
    """What is remembered from now on, and what is to be told now.

    `heard` says whether there is anybody to tell. What nobody hears is remembered and not told: so
    it is once somebody is named.
    """
    after: dict[str, Standing] = {}
    notices: list[Notice] = []
    present = {trouble.key: trouble for trouble in troubles}
    for key, trouble in present.items():
        standing = _seen(known.get(key), trouble, now)
        if not standing.told and now - standing.since >= trouble.kind.after and heard(trouble.kind):
            standing = replace(standing, told=True)
            notices.append(Notice(trouble, standing.since))
        after[key] = standing
    for key, standing in known.items():
        if key in present:
            continue
        gone = _gone(standing, now)
        if gone is not None:
            after[key] = gone
            if gone.over is not None and standing.over is None:
                notices.append(Notice(standing.trouble, standing.since, standing.last))
    return after, notices


def _seen(before: Standing | None, trouble: Trouble, now: datetime) -> Standing:
    """A trouble that is there. A clock that was put back makes nothing begin in the future."""
    since = min(trouble.since or now, now)
    if before is None:
        return Standing(trouble, since, now)
    if before.over is not None:
        return Standing(trouble, max(since, before.last), now, returns=before.returns + 1)
    began = min(before.since, now) if trouble.since is None else since
    return replace(before, trouble=trouble, since=began, last=now)


def _gone(before: Standing, now: datetime) -> Standing | None:
    """A trouble that is not there. None: nothing needs to be remembered of it."""
    # A clock that was put back keeps nobody waiting.
    if before.over is not None:
        return before if timedelta() <= now - before.over < REMEMBERED else None
    if not before.told:
        return None
    if timedelta() <= now - before.last < before.quiet:
        return before
    return replace(before, over=now)

"""Whose time is up: a record and the school's periods -> gone or not, and why. Pure.

Only the judgement lives here: no file, no clock. A period is given as the instant before which its
records are gone, worked out by whoever knows the school's calendar. A record is judged by its own
time and by the day of the file that it is in, whichever is later: a clock that was years behind for
a while must not shorten its time. What cannot be judged is kept.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from bellgate.audit.record.event_kinds import GATE, REVIEW

Record = dict[str, Any]
Kept = Callable[[Record], bool]
"""Whether a case holds a record past its time."""
Run = tuple[int, int]
"""Numbers in a row: the first and the last."""

REVIEWERS: Final = "reviewers"
OF_THE_GATE: Final = "gate"
MOST_RUNS: Final = 1000
"""Ranges in one `deleted` record: with more it would be too long to read, and for the socket."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One period: in the school's words (`30 days`), as the instant (like a record's `@timestamp`)
    before which it is up, and as the school's day that begins then: the first that is kept."""

    said: str
    before: str
    first_kept: str


@dataclass(frozen=True, slots=True)
class Limits:
    """All periods, by group and for reviewers and the gate."""

    of: Mapping[str, Limit]

    @property
    def newest(self) -> str:
        """What is not from before this instant is kept, whosever it is."""
        return max(limit.before for limit in self.of.values())

    @property
    def newest_day(self) -> str:
        """What is in the file of this day or a later one is kept, whosever it is."""
        return max(limit.first_kept for limit in self.of.values())

    @property
    def longest(self) -> Limit:
        return min(self.of.values(), key=lambda limit: limit.before)

    @property
    def oldest(self) -> str:
        return self.longest.before

    def why(self, record: Record, day: str) -> str | None:
        """Why the time of a record in a day's file is up, as `pupils: 30 days`; None where it is
        not."""
        when = record.get("@timestamp")
        whose = self._whose(record)
        if whose is None or not isinstance(when, str) or len(when) != len(self.newest):
            return None
        limit = self.of[whose]
        # What was granted is the answer to what was done until it ended.
        ended = max(when, open_until(record) or "") < limit.before
        return f"{whose}: {limit.said}" if ended and day < limit.first_kept else None

    def _whose(self, record: Record) -> str | None:
        """The period that a record belongs to; None for what is never emptied."""
        event = record.get("event")
        dataset = event.get("dataset") if isinstance(event, dict) else None
        # Before all else: that an exemption never took effect goes when the exemption goes.
        if open_until(record) is not None:
            return self._of_granted(record["bellgate"].get("who"))
        if dataset == REVIEW:
            return REVIEWERS
        # What names an address is about somebody, whatever it was that went wrong.
        if dataset == GATE and "source" not in record:
            # It is the reason of every emptied line that it names.
            return None if event and event.get("action") == "deleted" else OF_THE_GATE
        user = record.get("user")
        roles = user.get("roles") if isinstance(user, dict) else None
        for role in roles if isinstance(roles, list) else ():
            if role in self.of and role not in (REVIEWERS, OF_THE_GATE):
                return str(role)
        return self._shortest

    def _of_granted(self, who: object) -> str:
        """The longest period of those for whom something was granted: it clears them. A device, a
        person or everyone may be of any group."""
        named = set(who) if isinstance(who, list) else set()
        meant = named if named and named <= self._people.keys() else self._people.keys()
        return min(meant, key=lambda whose: self._people[whose].before)

    @property
    def _shortest(self) -> str:
        """Of the people's periods, the one that is up first."""
        return max(self._people, key=lambda whose: self._people[whose].before)

    @property
    def _people(self) -> dict[str, Limit]:
        return {w: limit for w, limit in self.of.items() if w not in (REVIEWERS, OF_THE_GATE)}


def open_until(record: Record) -> str | None:
    """Until when something was granted, where a record says that it was, or that it was not after
    all; None in any other."""
    match record:
        case {
            "event": {"action": "exempted" | "refused"},
            "bellgate": {"who": list(), "until": str(until)},
        }:
            return until
    return None


def added(runs: list[Run], number: int) -> None:
    """Put a number, higher than all before it, to the runs."""
    if runs and runs[-1][1] == number - 1:
        runs[-1] = (runs[-1][0], number)
    else:
        runs.append((number, number))


def count(runs: Iterable[Run]) -> int:
    """How many numbers the runs hold together."""
    return sum(last - first + 1 for first, last in runs)


def as_ranges(runs: Iterable[Run]) -> list[str]:
    """`4711-4730`, `4733`: as a `deleted` record names what was emptied."""
    return [str(first) if first == last else f"{first}-{last}" for first, last in runs]


def in_parts(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """The runs in as many parts as there are to be records."""
    rest = iter(runs)
    while part := list(islice(rest, MOST_RUNS)):
        yield part


def named_by(record: Record, log: str | None = None) -> list[Run]:
    """What a `deleted` record names: exactly its ranges, or all from `first` to `last`.

    Of its own log where `log` is None, else of the one set aside under that name. Of its own a
    record can only name what came before it: a later line was emptied by somebody else.
    """
    match record:
        case {
            "event": {"dataset": "bellgate.gate", "action": "deleted", "sequence": int(own)},
            "bellgate": dict(said),
        } if said.get("log") == log:
            pass
        case _:
            return []
    try:
        match said:
            case {"ranges": list(ranges)}:
                runs = [_run(text) for text in ranges]
            case {"first": int(first), "last": int(last)}:
                runs = [(first, last)]
            case _:
                return []
    except (ValueError, AttributeError):
        return []
    if any(not 0 <= first <= last for first, last in runs):
        return []
    if log is None and any(last >= own for _, last in runs):
        return []
    return runs


def _run(text: str) -> Run:
    first, _, last = text.partition("-")
    if not (text.isascii() and first.isdecimal() and (last or first).isdecimal()):
        raise ValueError(text)
    return int(first), int(last or first)


class Named:
    """Numbers as disjoint runs, to be asked quickly."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self._runs: list[Run] = []
        for first, last in sorted(runs):
            if self._runs and first <= self._runs[-1][1] + 1:
                self._runs[-1] = (self._runs[-1][0], max(last, self._runs[-1][1]))
            else:
                self._runs.append((first, last))

    def without(self, run: Run) -> list[Run]:
        """The parts of a run that are not among the numbers."""
        need, end = run
        missing: list[Run] = []
        at = max(0, bisect_right(self._runs, need, key=lambda each: each[0]) - 1)
        while need <= end:
            while at < len(self._runs) and self._runs[at][1] < need:
                at += 1
            if at == len(self._runs) or self._runs[at][0] > end:
                missing.append((need, end))
                break
            first, last = self._runs[at]
            if need < first:
                missing.append((need, first - 1))
            need = last + 1
        return missing

"""Why lines were emptied, as the `deleted` records say it: believed or doubted, and summed up.

Pure. A deletion is judged by nothing but its own words: it says of which day the lines are, what
period was up, and when it was done. Whether the lines are of that day is the caller's to ask.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from bellgate.audit.record.retention import Named, Record, Run, count, named_by

# As `Limits.why` writes it: whose, and the period.
_WHY: Final = re.compile(r"[^:]+: ([1-9]\d{0,3}) (day|week|month|year)s?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reason:
    """One deletion: lines of one day, by their numbers, and why."""

    day: str
    why: str
    runs: list[Run]


@dataclass(frozen=True, slots=True)
class Emptied:
    """How many lines went for one reason, and the first and last day that they were of."""

    why: str
    count: int
    first: str
    last: str


def reason_of(record: Record, log: str | None = None) -> Reason | None:
    """What a record says was emptied of its own log, or of the one set aside under a name."""
    runs = named_by(record, log)
    said = record["bellgate"] if runs else {}
    match said.get("day"), said.get("why"):
        case str(day), str(why):
            return Reason(day, why, runs)
    return None


def doubt_about(record: Record) -> str | None:
    """What speaks against a record that names emptied lines; None where nothing does."""
    said = record.get("bellgate")
    other = said.get("log") if isinstance(said, dict) else None
    if not named_by(record, other if isinstance(other, str) else None):
        return None
    reason = reason_of(record, other)
    if reason is None:
        return "it empties lines, but does not say from which day or why"
    period = _WHY.fullmatch(reason.why)
    if period is None:
        return f"it empties lines for a reason that names no period: {reason.why[:80]!r}"
    try:
        zone = ZoneInfo(record["event"]["timezone"])
        done = datetime.fromisoformat(record["@timestamp"]).astimezone(zone).date()
        day = date.fromisoformat(reason.day)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return "it empties lines, but its times cannot be read"
    # By whole days: with 30 days a record of 1 November may go on 1 December.
    if _ends(day, int(period[1]), period[2]) <= done:
        return None
    age = (done - day).days
    days = "1 day" if age == 1 else f"{age} days"
    return f"it empties records from {day} after {days}, before they were due ({reason.why})"


def _ends(day: date, number: int, unit: str) -> date:
    lengths = {
        "day": relativedelta(days=number),
        "week": relativedelta(weeks=number),
        "month": relativedelta(months=number),
        "year": relativedelta(years=number),
    }
    try:
        ends: date = day + lengths[unit]
    except (ValueError, OverflowError):
        return date.max
    return ends


class Reasons:
    """The reasons of one log, to be asked quickly. One counts only for lines of the day it says."""

    def __init__(self, reasons: Iterable[Reason]) -> None:
        runs: dict[str, dict[str, list[Run]]] = {}
        for reason in reasons:
            runs.setdefault(reason.day, {}).setdefault(reason.why, []).extend(reason.runs)
        self._of = {
            day: {why: Named(named) for why, named in of_day.items()}
            for day, of_day in runs.items()
        }
        self._counted: dict[str, dict[str, int]] = {}

    def without(self, day: str, run: Run) -> list[Run]:
        """The parts of a day's run that no reason names. What is named is counted."""
        rest = [run]
        for why, named in self._of.get(day, {}).items():
            left = [part for each in rest for part in named.without(each)]
            found = count(rest) - count(left)
            if found:
                of_why = self._counted.setdefault(why, {})
                of_why[day] = of_why.get(day, 0) + found
            rest = left
            if not rest:
                break
        return rest

    @property
    def counted(self) -> Iterator[Emptied]:
        """What was asked for and named so far, by reason."""
        for why, days in sorted(self._counted.items()):
            yield Emptied(why, sum(days.values()), min(days), max(days))

"""Recorded decisions, decided again under another policy, and what differs. Reading only."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from bellgate.audit.log.day_files import days_of
from bellgate.audit.log.entries import Progress, entries
from bellgate.audit.record.decided_again import Recorded, fate_under, recorded
from bellgate.audit.record.event_kinds import DECISION
from bellgate.audit.record.record import timestamp
from bellgate.policy.action import Fate
from bellgate.policy.decide import Policy
from bellgate.policy.wall_clock import instant_of

LIMITS: Final = (
    "This judges what was recorded, by the name, address and time in each record. Sites that no",
    "rule named left no record, so if the new rules close more sites, you will not see all of",
    "them here.",
)

_Key = tuple[str, str, str]
"""Group, service and session, as they were recorded."""


@dataclass
class Tally:
    """What came of judging, counted in attempts: a record may stand for many alike."""

    judged: Counter[_Key] = field(default_factory=Counter)
    changed: dict[Fate, Counter[_Key]] = field(
        default_factory=lambda: {"closed": Counter(), "open": Counter()}
    )
    passed_over: int = 0
    """Records of decisions that no rule made by itself: answered, exempted, the end of a visit."""

    def add(self, what: Recorded, would: Fate) -> None:
        key = (what.group, what.service or "no-name", what.session or "")
        self.judged[key] += what.times
        if would != what.fate:
            self.changed[would][key] += what.times

    def differences(self) -> Iterator[tuple[_Key, int, int]]:
        """Each subject that would fare otherwise: how often closed, how often open."""
        closed, opened = self.changed["closed"], self.changed["open"]
        for key in sorted(closed.keys() | opened.keys()):
            yield key, closed[key], opened[key]


def decided_again(
    policy: Policy, log: Path, days: tuple[date, date], progress: Progress | None = None
) -> Tally:
    """The log's decisions of these days, both included, under another policy. `progress` is told
    of lines read and lines to read."""
    since, until = (
        instant_of(day, time(), policy.year.zone) for day in (days[0], days[1] + timedelta(days=1))
    )
    # Timestamps are all of one length, so text order is time order.
    earliest, end, last_file = timestamp(since), timestamp(until), _last_file(until)
    tally = Tally()
    whole = _lines_to_read(log, since, until)
    for number, entry in enumerate(entries(log, since)):
        if progress is not None and number % 2000 == 0:
            progress(number, whole)
        if entry.file > last_file:
            break
        if entry.record is None or not _wanted(entry.record, earliest, end):
            continue
        what = recorded(entry.record)
        if what is None:
            tally.passed_over += 1
        else:
            tally.add(what, fate_under(policy, what))
    if progress is not None:
        progress(whole, whole)
    return tally


def _wanted(record: dict[str, Any], earliest: str, end: str) -> bool:
    if not earliest <= record.get("@timestamp", "") < end:
        return False
    event = record.get("event")
    return isinstance(event, dict) and event.get("dataset") == DECISION


def _last_file(until: datetime) -> str:
    """No later file can hold a moment before `until`; a file's date is local, so a day to spare."""
    return f"{(until + timedelta(days=2)).date()}.jsonl"


def _lines_to_read(log: Path, since: datetime, until: datetime) -> int:
    first, last = f"{(since - timedelta(days=2)).date()}.jsonl", _last_file(until)
    return sum(d.leaf_count() or 0 for d in days_of(log) if first <= d.lines.name <= last)

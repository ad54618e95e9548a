"""`bellgate replay`: recorded decisions decided again under an edited folder, and what differs."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from bellgate.audit import LogPaths
from bellgate.audit.log.day_files import days_of
from bellgate.audit.log.entries import entries
from bellgate.audit.record.decided_again import Recorded, fate_under, recorded
from bellgate.audit.record.event_kinds import DECISION
from bellgate.audit.record.record import timestamp
from bellgate.cli import moments, output
from bellgate.cli.options import SIMULATED, Folders, loaded_policy, with_folders
from bellgate.policy.action import Fate
from bellgate.policy.decide import Policy
from bellgate.policy.when import instant_of

WEEK = timedelta(days=7)

LIMITS = (
    "This judges what was recorded, by the name, address and time in each record. What no rule",
    "named left no record, so a folder that closes more than before closes more than this shows.",
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


@click.command()
@with_folders
@click.option(
    "--with",
    "edited",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    metavar="DIR",
    help="The edited folder.",
)
@click.option(
    "--from", "first", metavar="DATE", help="The first day. Default: a week, up to the last."
)
@click.option("--to", "last", metavar="DATE", help="The last day. Default: the newest in the log.")
@SIMULATED
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def replay(
    folders: Folders,
    *,
    edited: Path,
    first: str | None,
    last: str | None,
    simulated: bool,
    as_json: bool,
) -> None:
    """Decide recorded connections again under an edited folder, and show what would change."""
    log = LogPaths.of(folders.state, simulated=simulated).log
    if not days_of(log):
        hint = None if simulated else "for the log of a gate started with --at, add --simulated"
        output.fail(f"nothing is recorded in {log}", hint)
    policy, _ = loaded_policy(Folders(edited, folders.state))
    days = _days(policy, log, first, last)
    tally = _judged(policy, log, days)
    if as_json:
        output.json_whole(_fields(tally, days))
        return
    _show(tally, days, edited)


def _days(policy: Policy, log: Path, first: str | None, last: str | None) -> tuple[date, date]:
    zone = policy.year.zone
    asked_first, asked_last = moments.days_back(first, last, zone)
    end = asked_last or date.fromisoformat(days_of(log)[-1].day)
    start = asked_first or end - WEEK + timedelta(days=1)
    if start > end:
        raise click.UsageError(f"--from {start} is after --to {end}")
    return start, end


def _judged(policy: Policy, log: Path, days: tuple[date, date]) -> Tally:
    since, until = (
        instant_of(day, moments.MIDNIGHT, policy.year.zone)
        for day in (days[0], days[1] + timedelta(days=1))
    )
    # Timestamps are all of one length, so text order is time order.
    earliest, end, last_file = timestamp(since), timestamp(until), _last_file(until)
    tally = Tally()
    with output.progress("Deciding again") as progress:
        whole = _lines_to_read(log, since, until)
        for number, entry in enumerate(entries(log, since)):
            if number % 2000 == 0:
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


def _show(tally: Tally, days: tuple[date, date], edited: Path) -> None:
    rows = [
        output.Row((group, service, session or "outside sessions", *map(_number, numbers)))
        for (group, service, session), *numbers in tally.differences()
    ]
    if rows:
        columns = ("Group", "Service", "Session", "Would be closed", "Would be open")
        output.table(f"{days[0]} to {days[1]} under {edited}", columns, rows)
    judged = sum(tally.judged.values())
    closed, opened = (sum(tally.changed[fate].values()) for fate in ("closed", "open"))
    output.say(
        f"{judged:,} recorded attempts from {days[0]} to {days[1]}, decided again: "
        f"{closed:,} that were open would be closed, {opened:,} that were closed would be open, "
        f"{judged - closed - opened:,} stay as they were.",
        *LIMITS,
    )
    if tally.passed_over:
        output.say(
            f"{tally.passed_over:,} records are not judged: opened by an answer or an exemption, "
            "or the end of what was logged."
        )


def _number(count: int) -> str:
    return f"{count:,}" if count else ""


def _fields(tally: Tally, days: tuple[date, date]) -> dict[str, object]:
    return {
        "from": days[0].isoformat(),
        "to": days[1].isoformat(),
        "judged": sum(tally.judged.values()),
        "not_judged": tally.passed_over,
        "would_be_closed": sum(tally.changed["closed"].values()),
        "would_be_open": sum(tally.changed["open"].values()),
        "differences": [
            {
                "group": group,
                "service": service,
                "session": session or None,
                "recorded": tally.judged[group, service, session],
                "would_be_closed": closed,
                "would_be_open": opened,
            }
            for (group, service, session), closed, opened in tally.differences()
        ],
        "limits": " ".join(LIMITS),
    }

"""`bellgate audit`: show the log, print its checkpoint, and the commands beside these."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import click

from bellgate.audit import Entry
from bellgate.audit.log.follow import Follower
from bellgate.cli import moments, output
from bellgate.cli.audit_export import export
from bellgate.cli.audit_verify import verify_log
from bellgate.cli.log_options import (
    Wanted,
    find_in,
    log_of,
    logs_of,
    with_choice,
    zone_of,
)
from bellgate.cli.no_match import say_no_record_matches
from bellgate.cli.options import SIMULATED, Folders, Group, for_group, with_folders
from bellgate.cli.soundness import damage_of
from bellgate.review.pack.phrases import clock

_LOOK = 0.5
"""Seconds between two looks of `show --follow`."""


@click.group(cls=Group)
@for_group
def audit() -> None:
    """Check the log, show it and export it."""


@audit.command()
@with_folders
@SIMULATED
def checkpoint(folders: Folders, *, simulated: bool) -> None:
    """Print the newest signed checkpoint, to be kept somewhere else."""
    try:
        note = (log_of(folders, simulated) / "checkpoint").read_text()
    except FileNotFoundError:
        output.fail("the log has no checkpoint yet")
    output.say(note.removesuffix("\n"))


@audit.command()
@with_folders
@SIMULATED
@with_choice
@click.option("--follow", is_flag=True, help="Then go on with new records, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="The records as they are, one per line.")
def show(folders: Folders, *, simulated: bool, wanted: Wanted, follow: bool, as_json: bool) -> None:
    """Show records, oldest first."""
    logs = logs_of(folders, simulated)
    if follow:
        _follow(wanted, logs, as_json)
    # Said first, and by the exit status: whoever pipes the records on sees only that.
    damage = damage_of(logs)
    for said in damage.values():
        output.note(f"DAMAGED: {said}")
    zone = zone_of(logs)
    _show(folders, wanted, logs, zone, as_json)
    if damage:
        raise SystemExit(output.PROBLEMS_FOUND)


def _follow(wanted: Wanted, logs: list[Path], as_json: bool) -> NoReturn:
    """Show what is there, then what is added, each once."""
    zone = zone_of(logs)
    query = wanted.query(zone)
    follower = Follower(logs[-1])
    shown = set()
    for entry in find_in(logs, query):
        shown.add((entry.file, entry.line))
        _say(entry, zone, as_json)
    while True:
        for entry in follower.new():
            if (entry.file, entry.line) not in shown and entry.record and query.wants(entry.record):
                _say(entry, zone, as_json)
        shown.clear()
        time.sleep(_LOOK)


def _say(entry: Entry, zone: ZoneInfo, as_json: bool) -> None:
    if not as_json:
        output.say(*_lines(iter([entry]), zone))
    elif entry.record:
        output.json_lines([entry.record])


def _show(
    folders: Folders, wanted: Wanted, logs: list[Path], zone: ZoneInfo, as_json: bool
) -> None:
    entries = find_in(logs, wanted.query(zone))
    if as_json:
        output.json_lines(entry.record for entry in entries if entry.record)
        return
    shown = 0
    for shown, line in enumerate(_lines(entries, zone), 1):  # noqa: B007 - counted for its end
        output.say(line)
    if not shown:
        say_no_record_matches(folders, wanted)


def _lines(entries: Iterator[Entry], zone: ZoneInfo) -> Iterator[str]:
    for entry in entries:
        try:
            said = _line(entry.record or {}, zone)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            # Somebody changed it; `audit verify` says more.
            said = "this record cannot be read: the gate does not write records like this"
        yield f"{entry.file}:{entry.line}  {said}"


def _line(record: dict[str, Any], zone: ZoneInfo) -> str:
    there = moments.from_record(record["@timestamp"]).astimezone(zone)
    ours: dict[str, Any] = record.get("bellgate", {})
    extra = [ours["seen"]] if "seen" in ours else []
    if ours.get("repeat", 1) > 1:
        extra.append(f"{ours['repeat']} times")
    told = f" [{', '.join(extra)}]" if extra else ""
    return f"{there:%Y-%m-%d} {clock(there)}  {record['message']}{told}"


audit.add_command(verify_log)
audit.add_command(export)

"""Which records of a log somebody asks for: the options of `audit show` and `audit export`."""

import functools
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from bellgate.audit import Entry, LogPaths, Query, find
from bellgate.audit.log.entries import Progress
from bellgate.audit.record.event_kinds import EVENTS
from bellgate.audit.verify.one_log import is_aside
from bellgate.cli import moments, output
from bellgate.cli.options import Folders
from bellgate.policy.action import OUTCOMES
from bellgate.policy.wall_clock import instant_of

_ACTIONS = tuple(dict.fromkeys((*OUTCOMES, *(action for _, action in EVENTS))))

_OPTIONS = (
    click.option("--from", "first", metavar="DATE", help="The first day."),
    click.option("--to", "last", metavar="DATE", help="The last day."),
    click.option("--device", metavar="D", help="Only this device."),
    click.option("--person", metavar="ID", help="Only this person's pseudonym."),
    click.option("--group", metavar="GROUP", help="Only this group and those inside it."),
    click.option("--service", metavar="ID", help="Only this service."),
    click.option("--site", metavar="HOST", help="Only this name and those under it."),
    click.option(
        "--action",
        "actions",
        metavar="A",
        type=click.Choice(_ACTIONS),
        multiple=True,
        help="Only this action; may be repeated.",
    ),
    click.option("--gate", "with_gate", is_flag=True, help="Include what the gate itself did."),
)


@dataclass(frozen=True)
class Wanted:
    """The options as they were given."""

    first: str | None
    last: str | None
    device: str | None
    person: str | None
    group: str | None
    service: str | None
    site: str | None
    actions: tuple[str, ...]
    with_gate: bool

    def query(self, zone: ZoneInfo) -> Query:
        first, last = moments.days_back(self.first, self.last, zone)
        midnight, day = moments.MIDNIGHT, timedelta(days=1)
        return Query(
            since=instant_of(first, midnight, zone) if first else None,
            until=instant_of(last + day, midnight, zone) if last else None,
            actions=frozenset(self.actions),
            dataset=None if self.with_gate or self.actions else "bellgate.decision",
            device=self.device,
            person=self.person,
            role=self.group,
            service=self.service,
            host=self.site,
        )


def with_choice(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the options above as `wanted`."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        chosen = {name: options.pop(name) for name in Wanted.__dataclass_fields__}
        return command(*arguments, wanted=Wanted(**chosen), **options)

    for option in reversed(_OPTIONS):
        run = option(run)
    return run


def log_of(folders: Folders, simulated: bool) -> Path:
    """The log's folder; ends the command where there is none."""
    log = LogPaths.of(folders.state, simulated=simulated).log
    if not log.is_dir():
        hint = None if simulated else "for the log of a gate started with --at, add --simulated"
        output.fail(f"there is no log in {log}", hint)
    return log


def logs_of(folders: Folders, simulated: bool) -> list[Path]:
    """Every log of the gateway: those that were broken and set aside, oldest first, then today's.

    What was recorded before a break is as much a record as what came after it.
    """
    return [*LogPaths.of(folders.state, simulated=simulated).aside, log_of(folders, simulated)]


def log_named(folders: Folders, simulated: bool, name: str) -> Path:
    """One of them by the name of its folder."""
    there = {log.name: log for log in logs_of(folders, simulated)}
    if name not in there:
        raise click.BadParameter(f'"{name}" is not one of {", ".join(there)}', param_hint="--log")
    return there[name]


def find_in(logs: list[Path], query: Query, progress: Progress | None = None) -> Iterator[Entry]:
    """The entries of several logs that a query wants; in one set aside, a file is named with its
    folder."""
    for log in logs:
        for entry in find(log, query, progress):
            yield replace(entry, file=f"{log.name}/{entry.file}") if is_aside(log) else entry


def zone_of(logs: list[Path]) -> ZoneInfo:
    """The school's zone, as a start of the gate names it, of the newest log that knows of one; UTC
    where none does."""
    for log in reversed(logs):
        for entry in find(log, Query(actions=frozenset({"started"}))):
            # What was tampered with may name anything, or nothing.
            with suppress(KeyError, TypeError, ValueError, OSError):
                return ZoneInfo((entry.record or {})["event"]["timezone"])
    return ZoneInfo("UTC")

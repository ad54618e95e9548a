"""`bellgate audit`: verify and show the log."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from bellgate.audit import Entry, Query, find, verify
from bellgate.audit import Places as LogPlaces
from bellgate.cli import moments, output
from bellgate.cli.options import Places, with_places
from bellgate.policy.when import instant_of

_FILE = click.Path(path_type=Path, dir_okay=False)
_SIMULATED = click.option(
    "--simulated", is_flag=True, help="The log of the gate that was started with --at."
)


@click.group()
def audit() -> None:
    """The log: is it whole, and what is in it."""


@audit.command("verify")
@with_places
@_SIMULATED
@click.option(
    "--checkpoint",
    type=_FILE,
    metavar="FILE",
    help="One that left the machine; an e-mail may be saved as it is.",
)
@click.option("--json", "as_json", is_flag=True, help="ok, size, root and problems as JSON.")
def verify_log(found: Places, *, simulated: bool, checkpoint: Path | None, as_json: bool) -> None:
    """Check every record against the signed checkpoint. Exit status 1 where anything differs."""
    log = _log(found, simulated)
    with output.progress("Verifying") as advance:
        result = verify(log, checkpoint, advance)
    if as_json:
        output.json_whole(
            {
                "ok": result.ok,
                "size": result.size,
                "root": result.root,
                "unsigned": result.unsigned,
                "covers": result.covers,
                "problems": [
                    {"file": p.file, "line": p.line, "message": p.message} for p in result.problems
                ],
            }
        )
    else:
        output.say(*result.problems, *_verdict(result.ok, result.size, result.root, log))
        if checkpoint is None and result.ok and result.size:
            output.note("Checked against the log's own checkpoint. `--checkpoint FILE` checks one")
            output.note("that left the machine, which nobody here can have changed.")
        if result.covers is not None:
            output.say(*_covered(result.covers, result.size))
    if not result.ok:
        raise SystemExit(output.PROBLEMS_FOUND)


@audit.command()
@with_places
@_SIMULATED
def checkpoint(found: Places, *, simulated: bool) -> None:
    """Print the newest signed checkpoint, to be kept somewhere else."""
    try:
        note = (_log(found, simulated) / "checkpoint").read_text()
    except FileNotFoundError:
        output.fail("the log has no checkpoint yet")
    output.say(note.removesuffix("\n"))


@audit.command()
@with_places
@_SIMULATED
@click.option("--from", "first", metavar="DATE", help="The first day.")
@click.option("--to", "last", metavar="DATE", help="The last day.")
@click.option("--device", metavar="D", help="Only this device.")
@click.option("--person", metavar="ID", help="Only this person's pseudonym.")
@click.option("--group", metavar="GROUP", help="Only this group and those inside it.")
@click.option("--service", metavar="ID", help="Only this service.")
@click.option("--site", metavar="HOST", help="Only this name and those under it.")
@click.option("--action", "actions", metavar="A", multiple=True, help="Only this; repeatable.")
@click.option("--gate", "with_gate", is_flag=True, help="What the gate did, too.")
@click.option("--json", "as_json", is_flag=True, help="The records as they are, one a line.")
def show(
    found: Places,
    *,
    simulated: bool,
    first: str | None,
    last: str | None,
    with_gate: bool,
    as_json: bool,
    actions: tuple[str, ...],
    **wanted: str | None,
) -> None:
    """Show records, oldest first."""
    log = _log(found, simulated)
    zone = _zone(log)
    day_after = moments.day(last, zone) + timedelta(days=1) if last else None
    midnight = moments.MIDNIGHT
    query = Query(
        since=instant_of(moments.day(first, zone), midnight, zone) if first else None,
        until=instant_of(day_after, midnight, zone) if day_after else None,
        actions=frozenset(actions),
        dataset=None if with_gate or actions else "bellgate.decision",
        device=wanted["device"],
        person=wanted["person"],
        role=wanted["group"],
        service=wanted["service"],
        host=wanted["site"],
    )
    entries = find(log, query)
    if as_json:
        output.json_lines(entry.record for entry in entries if entry.record)
        return
    shown = 0
    for shown, line in enumerate(_lines(entries, zone), 1):  # noqa: B007 - counted for its end
        output.say(line)
    if not shown:
        output.note("No record matches.")


def _lines(entries: Iterator[Entry], zone: ZoneInfo) -> Iterator[str]:
    for entry in entries:
        record = entry.record or {}
        there = moments.from_record(record["@timestamp"]).astimezone(zone)
        ours: dict[str, Any] = record.get("bellgate", {})
        extra = [ours["seen"]] if "seen" in ours else []
        if ours.get("repeat", 1) > 1:
            extra.append(f"{ours['repeat']} times")
        told = f" [{', '.join(extra)}]" if extra else ""
        yield f"{entry.file}:{entry.line}  {there:%Y-%m-%d %H:%M:%S}  {record['message']}{told}"


def _verdict(ok: bool, size: int, root: str, log: Path) -> list[str]:
    if not ok:
        return [f"The log in {log} is NOT what was signed."]
    if not size:
        return [f"The log in {log} is empty, and that is in order."]
    return [f"{size} records verified: not one was changed, left out or put in.", f"Root: {root}"]


def _covered(covers: int, size: int) -> list[str]:
    said = f"The checkpoint that was given covers the first {covers} of them"
    if covers == size:
        return [f"{said}: all."]
    return [f"{said}.", f"{size - covers} came after it: for these, the log's own alone speaks."]


def _log(found: Places, simulated: bool) -> Path:
    log = LogPlaces.of(found.state, simulated=simulated).log
    if not log.is_dir():
        hint = (
            None if simulated else "the log of a gate started with --at is found with --simulated"
        )
        output.fail(f"there is no log in {log}", hint)
    return log


def _zone(log: Path) -> ZoneInfo:
    """The school's zone, as the newest gate record names it; UTC for a log that has none yet."""
    for entry in find(log, Query(actions=frozenset({"started"}))):
        return ZoneInfo((entry.record or {})["event"]["timezone"])
    return ZoneInfo("UTC")

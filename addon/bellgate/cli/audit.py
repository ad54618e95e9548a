"""`bellgate audit`: verify the log, show it, and hand parts of it out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from bellgate.audit import Entry, find, verify
from bellgate.cli import moments, output
from bellgate.cli.choosing import SIMULATED, Wanted, log_of, with_choice, zone_of
from bellgate.cli.exporting import export
from bellgate.cli.options import Places, for_group, with_places

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
@for_group
def audit() -> None:
    """The log: is it whole, and what is in it."""


@audit.command("verify")
@with_places
@SIMULATED
@click.option(
    "--checkpoint",
    type=_FILE,
    metavar="FILE",
    help="One that left the machine; an e-mail may be saved as it is.",
)
@click.option("--json", "as_json", is_flag=True, help="ok, size, root and problems as JSON.")
def verify_log(found: Places, *, simulated: bool, checkpoint: Path | None, as_json: bool) -> None:
    """Check every record against the signed checkpoint. Exit status 1 where anything differs."""
    log = log_of(found, simulated)
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
@SIMULATED
def checkpoint(found: Places, *, simulated: bool) -> None:
    """Print the newest signed checkpoint, to be kept somewhere else."""
    try:
        note = (log_of(found, simulated) / "checkpoint").read_text()
    except FileNotFoundError:
        output.fail("the log has no checkpoint yet")
    output.say(note.removesuffix("\n"))


@audit.command()
@with_places
@SIMULATED
@with_choice
@click.option("--json", "as_json", is_flag=True, help="The records as they are, one a line.")
def show(found: Places, *, simulated: bool, wanted: Wanted, as_json: bool) -> None:
    """Show records, oldest first."""
    log = log_of(found, simulated)
    zone = zone_of(log)
    query = wanted.query(zone)
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


audit.add_command(export)

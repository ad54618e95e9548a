"""`bellgate audit verify`: what was found in every log, in words and as JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bellgate.audit import Aside, LogPaths, Problem, Result, Verdict, verify_all
from bellgate.audit.record.retention import as_ranges, count
from bellgate.audit.verify.all_logs import holds_checkpoint
from bellgate.cli import output
from bellgate.cli.log_options import log_of
from bellgate.cli.options import SIMULATED, Folders, with_folders

_MOST_RANGES = 20
"""Ranges of numbers printed at most."""
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command("verify")
@with_folders
@SIMULATED
@click.option(
    "--checkpoint",
    type=_FILE,
    metavar="FILE",
    help="A checkpoint that left the machine; an e-mail saved as it is will do.",
)
@click.option("--json", "as_json", is_flag=True, help="ok, size, root and problems as JSON.")
def verify_log(
    folders: Folders, *, simulated: bool, checkpoint: Path | None, as_json: bool
) -> None:
    """Check every record against the signed checkpoint. Exit status 1 if anything differs.

    Logs that were broken and set aside (log.1, log.2, …) are checked too.
    """
    if checkpoint is not None and not holds_checkpoint(checkpoint):
        said = f"there is no checkpoint in {checkpoint}"
        raise click.BadParameter(said, param_hint="--checkpoint")
    log = log_of(folders, simulated)
    paths = LogPaths.of(folders.state, simulated=simulated)
    with output.progress("Verifying") as advance:
        verdict = verify_all(paths, checkpoint, advance)
    if as_json:
        output.json_whole(_as_json(verdict))
    else:
        output.say(*_current(verdict.current, log, checkpoint))
        for aside in verdict.aside:
            output.say(*_set_aside(aside))
        if checkpoint is None and verdict.current.ok and verdict.current.size:
            output.note("Checked against the log's own checkpoint. `--checkpoint FILE` uses one")
            output.note("that left the machine, which nobody here can have changed.")
        for folder in (aside.folder for aside in verdict.aside if not aside.result.ok):
            output.note(
                f"hint: {folder} remains a problem as long as it is there. Keep it as evidence"
                f" elsewhere: move {log.with_name(folder)} away"
            )
    if not verdict.ok:
        raise SystemExit(output.PROBLEMS_FOUND)


def _as_json(verdict: Verdict) -> dict[str, Any]:
    result = verdict.current
    return {
        "ok": verdict.ok,
        "size": result.size,
        "root": result.root,
        "unsigned": result.unsigned,
        "covers": result.covers,
        "emptied": sum(each.count for each in result.emptied),
        "emptied_for": [asdict(each) for each in result.emptied],
        "as_signed": as_ranges(result.as_signed),
        "problems": _listed(result.problems),
        "set_aside": [
            {
                "folder": aside.folder,
                "ok": aside.result.ok,
                "size": aside.result.size,
                "why": aside.why,
                "covers": aside.result.covers,
                "emptied": sum(each.count for each in aside.result.emptied),
                "as_signed": as_ranges(aside.result.as_signed),
                "problems": _listed(aside.result.problems),
            }
            for aside in verdict.aside
        ],
    }


def _listed(problems: tuple[Problem, ...]) -> list[dict[str, object]]:
    return [{"file": p.file, "line": p.line, "message": p.message} for p in problems]


def _current(result: Result, log: Path, given: Path | None) -> Iterator[object]:
    yield from result.problems
    if not result.ok:
        yield f"The log in {log} is NOT what was signed."
        yield from _as_signed(result, "")
        if all(p.file == str(given) and p.line == 1 for p in result.problems):
            # As it is where a log was made anew with a new key; from here the two look the same.
            yield "Or the file given is not what was mailed: try another copy of the e-mail."
    elif not result.size:
        yield f"The log in {log} is empty, as it should be."
    else:
        yield f"{_verified(result)}."
        yield from _emptied(result)
        yield f"Root: {result.root}"
    if result.covers is not None:
        yield from _covered(result, "The checkpoint given covers")


def _set_aside(aside: Aside) -> Iterator[object]:
    result = aside.result
    yield from result.problems
    many = f"{result.size} record{'' if result.size == 1 else 's'}"
    verdict = _verified(result) if result.ok else f"{many}, NOT what was signed"
    why = f" It was set aside because {aside.why}." if aside.why else ""
    yield f"Set aside in {aside.folder}: {verdict}.{why}"
    yield from _as_signed(result, f" --log {aside.folder}")
    yield from _emptied(result)
    if result.covers is not None:
        yield from _covered(result, f"The checkpoint given is for {aside.folder}: it covers")


def _as_signed(result: Result, log: str) -> Iterator[str]:
    """What of a log that is not what was signed can still be proven."""
    if result.ok:
        return
    many = count(result.as_signed)
    if not many:
        yield "Its own checkpoint proves none of its records; --checkpoint FILE may prove some."
        return
    ranges = as_ranges(result.as_signed)
    shown = ", ".join(ranges[:_MOST_RANGES]) + (", …" if len(ranges) > _MOST_RANGES else "")
    yield f"Still as they were signed: {many} record{'' if many == 1 else 's'} ({shown})."
    yield f"`bellgate pack{log} --damaged …` makes a pack of these, and says that it is damaged."


def _verified(result: Result) -> str:
    emptied = sum(each.count for each in result.emptied)
    said = f"{result.size} record{'' if result.size == 1 else 's'} verified"
    if not emptied:
        return f"{said}: not one was changed, left out or put in"
    return (
        f"{said}: {result.size - emptied} as they were written, {emptied} emptied when due; "
        "none was otherwise changed, left out or put in"
    )


def _emptied(result: Result) -> Iterator[str]:
    for each in result.emptied:
        days = each.first if each.first == each.last else f"{each.first} to {each.last}"
        yield f"Emptied: {each.count} from {days} ({each.why})"


def _covered(result: Result, said: str) -> list[str]:
    covers = result.covers or 0
    said = f"{said} the first {covers} of them"
    if covers == result.size:
        return [f"{said}: all."]
    return [
        f"{said}.", f"{result.size - covers} came after it: only the log's own covers the rest."
    ]  # fmt: skip

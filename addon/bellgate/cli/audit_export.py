"""`bellgate audit export`: records for a SIEM, another program or a spreadsheet."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bellgate.audit import Entry, Query, find
from bellgate.audit.log.day_files import sequence_of
from bellgate.audit.log.export_formats import FORMS
from bellgate.cli import output
from bellgate.cli.handed_out import Draft, aside, record_export, to_file
from bellgate.cli.log_options import Wanted, find_in, logs_of, with_choice
from bellgate.cli.no_match import say_no_record_matches
from bellgate.cli.options import SIMULATED, Folders, known_policy, with_folders
from bellgate.cli.soundness import DAMAGED, damage_in, say_how_far
from bellgate.policy.decide import Policy


@click.command()
@with_folders
@SIMULATED
@with_choice
@click.option(
    "--format",
    "form",
    required=True,
    type=click.Choice(list(FORMS)),
    help="ecs: the lines of the log; ocsf: events for a SIEM; csv: for a spreadsheet.",
)
@to_file("Write to this file, not to standard output.")
@click.option("--reason", metavar="R", help="Why; the log records it.")
@DAMAGED
def export(
    folders: Folders,
    *,
    simulated: bool,
    wanted: Wanted,
    form: str,
    file: Path | None,
    force: bool,
    reason: str | None,
    damaged: bool,
) -> None:
    """Hand records out, oldest first. The log records who did so, and why."""
    logs = logs_of(folders, simulated)
    policy = known_policy(folders)
    damage = damage_in(folders, logs, simulated, damaged, "nothing is handed out")
    query = wanted.query(policy.year.zone)
    told = _Told(folders, policy, wanted, form, reason, simulated, tuple(damage.values()))
    count = _to_file(query, told, file, force) if file else _to_standard_output(query, told)
    if not count:
        say_no_record_matches(folders, wanted)
    elif file is not None:
        output.note(f"{count} {'record' if count == 1 else 'records'} in {file}.")
    if count:
        say_how_far(damage)


@dataclass(frozen=True)
class _Told:
    """What the record of an export says of it, before its size and hash are known."""

    found: Folders
    policy: Policy
    wanted: Wanted
    form: str
    reason: str | None
    simulated: bool
    damage: tuple[str, ...]
    """What is wrong with the logs; the first line of the export says it."""

    @property
    def logs(self) -> list[Path]:
        return logs_of(self.found, self.simulated)

    def record(self, where: str, draft: Draft | None = None, **facts: object) -> int:
        """The number of the record, once it is safe. Without one, nothing is handed out."""
        given = {name: value for name, value in asdict(self.wanted).items() if value}
        said = ", ".join(f"{n} {v}" for n, v in _in_words(given)) or "every decision"
        return record_export(
            self.found,
            self.policy,
            f"exported records as {self.form} {where}: {said}",
            simulated=self.simulated,
            reason=self.reason,
            target=self.wanted.person,
            draft=draft,
            format=self.form,
            query=given or None,
            damaged=True if self.damage else None,
            **facts,
        )


def _in_words(given: dict[str, object]) -> Iterator[tuple[str, object]]:
    words = {"first": "from", "last": "to", "actions": "action", "with_gate": "with the gate's own"}
    for name, value in given.items():
        shown = " or ".join(value) if isinstance(value, tuple) else value
        yield words.get(name, name), "" if value is True else shown


class _Counted:
    """Entries as they pass, and how many were handed out."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = entries
        self.count = 0

    def __iter__(self) -> Iterator[Entry]:
        for entry in self._entries:
            self.count += 1
            yield entry

    def as_parts(self, told: _Told) -> Iterator[bytes]:
        zone = ZoneInfo(told.policy.edition.timezone)
        return FORMS[told.form](self, zone, self._leave_out, told.damage)

    def _leave_out(self, entry: Entry) -> None:
        self.count -= 1
        output.note(
            f"{entry.file}:{entry.line}: left out: the gate does not write records like this"
            " (see `bellgate audit verify`)"
        )


def _to_standard_output(query: Query, told: _Told) -> int:
    """The record first: what a pipe has taken cannot be taken back."""
    number = told.record("to standard output")
    # Looked for only now: a gate that starts meanwhile may set a broken one aside.
    *older, log = told.logs

    def before(entry: Entry) -> bool:
        carried = sequence_of(entry.record or {})
        return carried is None or carried < number

    entries = _Counted(chain(find_in(older, query), filter(before, find(log, query))))
    output.stream(entries.as_parts(told))
    return entries.count


def _to_file(query: Query, told: _Told, file: Path, force: bool) -> int:
    """Written aside, recorded with its hash, and only then put in its place."""
    with aside(file, force) as draft, output.progress("Exporting") as advance:
        entries, digest = _Counted(find_in(told.logs, query, advance)), hashlib.sha256()
        for part in entries.as_parts(told):
            digest.update(part)
            draft.file.write(part)
        draft.file.flush()
        os.fsync(draft.file.fileno())
        told.record(
            f"to the file {file.name}",
            draft,
            records=entries.count,
            file=file.name,
            sha256=digest.hexdigest(),
        )
    return entries.count

"""`bellgate audit export`: records for a SIEM, another program or a spreadsheet.

What is handed out is itself a record, and that record is safe before anybody can have the bytes. If
we stop in between, the log tells of an export that nobody got; never the other way round.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

import click

from bellgate.audit import Entry, LogInUse, Query, Refused, ask, event_record, find, hand_over
from bellgate.audit import Places as LogPlaces
from bellgate.audit.days import sequence_of
from bellgate.audit.exporting import FORMS
from bellgate.cli import moments, output
from bellgate.cli.choosing import SIMULATED, Wanted, log_of, with_choice
from bellgate.cli.options import Places, asker, loaded_policy, with_places
from bellgate.policy.decide import Edition


@click.command()
@with_places
@SIMULATED
@with_choice
@click.option(
    "--format",
    "form",
    required=True,
    type=click.Choice(list(FORMS)),
    help="ecs: the lines of the log; ocsf: events for a SIEM; csv: for a spreadsheet.",
)
@click.option(
    "--output",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Into this file, not to standard output.",
)
@click.option("--force", is_flag=True, help="Replace FILE where there is one.")
@click.option("--reason", metavar="R", help="Why; it is recorded.")
def export(
    found: Places,
    *,
    simulated: bool,
    wanted: Wanted,
    form: str,
    file: Path | None,
    force: bool,
    reason: str | None,
) -> None:
    """Hand records out, oldest first. That this was done, by whom and why, is recorded."""
    log = log_of(found, simulated)
    policy, _ = loaded_policy(found)
    query = wanted.query(policy.year.zone)
    told = _Told(found, policy.edition, wanted, form, reason, simulated)
    if file is None:
        count = _to_standard_output(log, query, told)
    else:
        count = _to_file(log, query, told, file, force)
    if not count:
        output.note("No record matches.")
    elif file is not None:
        output.note(f"{count} {'record' if count == 1 else 'records'} in {file}.")


@dataclass(frozen=True)
class _Told:
    """What the record of an export says of it, before its size and hash are known."""

    found: Places
    edition: Edition
    wanted: Wanted
    form: str
    reason: str | None
    simulated: bool

    def record(self, where: str, **facts: object) -> int:
        """The number of the record, once it is safe. Without one, nothing is handed out."""
        places = LogPlaces.of(self.found.state, simulated=self.simulated)
        now, user = _now(places, self.simulated), asker()
        given = {name: value for name, value in asdict(self.wanted).items() if value}
        said = ", ".join(f"{n} {v}" for n, v in _in_words(given)) or "every decision"
        record = event_record(
            "bellgate.review",
            "exported",
            f"{user} exported records as {self.form} {where}: {said}",
            edition=self.edition,
            at=now,
            clock="simulated" if self.simulated else "synchronised",
            user=user,
            target=self.wanted.person,
            reason=" ".join(self.reason.split())[:200] if self.reason else None,
            outcome="success",
            facts={"format": self.form, "query": given or None, **facts},
        )
        try:
            return hand_over(places, record, self.edition, lambda: now)
        except (Refused, LogInUse, OSError, ValueError) as error:
            # The last is a key that is none.
            output.fail(f"nothing is exported, for it cannot be recorded: {error}")


def _in_words(given: dict[str, object]) -> Iterator[tuple[str, object]]:
    words = {"first": "from", "last": "to", "actions": "action", "with_gate": "with the gate's own"}
    for name, value in given.items():
        shown = " or ".join(value) if isinstance(value, tuple) else value
        yield words.get(name, name), "" if value is True else shown


def _now(places: LogPlaces, simulated: bool) -> datetime:
    """A simulated gate's own time, where one runs; else the machine's."""
    answer = ask(places, {"kind": "status"}) if simulated else None
    if answer and answer.get("ok"):
        return moments.from_record(answer["status"]["now"])
    return moments.now()


class _Counted:
    """Entries as they pass, and how many did."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = entries
        self.count = 0

    def __iter__(self) -> Iterator[Entry]:
        for entry in self._entries:
            self.count += 1
            yield entry


def _to_standard_output(log: Path, query: Query, told: _Told) -> int:
    """The record first: what a pipe has taken cannot be taken back."""
    number = told.record("to standard output")

    def before(entry: Entry) -> bool:
        carried = sequence_of(entry.record or {})
        return carried is None or carried < number

    entries = _Counted(takewhile(before, find(log, query)))
    output.stream(FORMS[told.form](entries, ZoneInfo(told.edition.timezone)))
    return entries.count


def _to_file(log: Path, query: Query, told: _Told, file: Path, force: bool) -> int:
    """Written aside, recorded with its hash, and only then put in its place."""
    with _aside(file, force) as draft, output.progress("Exporting") as advance:
        entries, digest = _Counted(find(log, query, advance)), hashlib.sha256()
        for part in FORMS[told.form](entries, ZoneInfo(told.edition.timezone)):
            digest.update(part)
            draft.write(part)
        draft.flush()
        os.fsync(draft.fileno())
        told.record(
            f"to the file {file.name}",
            records=entries.count,
            file=file.name,
            sha256=digest.hexdigest(),
        )
    return entries.count


@contextmanager
def _aside(file: Path, force: bool) -> Iterator[IO[bytes]]:
    """A new file beside the one that is meant, which takes its place at the end, or is gone."""
    _refuse_existing(file, force)
    try:
        # Only its owner may read it: it speaks of people.
        draft = tempfile.NamedTemporaryFile(  # noqa: SIM115 - it outlives this block as `file`
            dir=file.parent, prefix=f".{file.name}.", suffix=".part", delete=False
        )
    except OSError as error:
        output.fail(f"{file} cannot be written: {error.strerror}")
    try:
        with draft:
            yield draft
        _refuse_existing(file, force)
        Path(draft.name).replace(file)
    except OSError as error:
        output.fail(f"{file} cannot be written: {error.strerror or error}")
    finally:
        Path(draft.name).unlink(missing_ok=True)


def _refuse_existing(file: Path, force: bool) -> None:
    if file.exists() and not force:
        output.fail(f"{file} is there already", "name another, or replace it by --force")

"""Handing records out: a record of it first, and a file that is there whole or not at all.

What is handed out is itself a record, and that record is safe before anybody can have the bytes. If
we stop in between, the log tells of something that nobody got; never the other way round.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from bellgate.audit import LogInUse, Refused, ask, event_record, hand_over
from bellgate.audit import Places as LogPlaces
from bellgate.cli import moments, output
from bellgate.cli.options import Places, asker
from bellgate.policy.decide import Edition


def record_export(
    found: Places,
    edition: Edition,
    message: str,
    *,
    simulated: bool,
    reason: str | None,
    target: str | None,
    **facts: object,
) -> int:
    """The number of the record, once it is safe. Without one nothing is handed out.

    `message` goes on after the name of who does it: `exported records as csv …`.
    """
    places = LogPlaces.of(found.state, simulated=simulated)
    now, user = now_in(places, simulated), asker()
    record = event_record(
        "bellgate.review",
        "exported",
        f"{user} {message}",
        edition=edition,
        at=now,
        clock="simulated" if simulated else "synchronised",
        user=user,
        target=target,
        reason=" ".join(reason.split())[:200] if reason else None,
        outcome="success",
        facts=facts,
    )
    try:
        return hand_over(places, record, edition, lambda: now)
    except (Refused, LogInUse, OSError) as error:
        output.fail(f"nothing is handed out, for it cannot be recorded: {error}")


def now_in(places: LogPlaces, simulated: bool) -> datetime:
    """A simulated gate's own time, where one runs; else the machine's."""
    answer = ask(places, {"kind": "status"}) if simulated else None
    if answer and answer.get("ok"):
        return moments.from_record(answer["status"]["now"])
    return moments.now()


@contextmanager
def aside(file: Path, force: bool) -> Iterator[IO[bytes]]:
    """A new file beside the one that is meant, which takes its place at the end, or is gone."""
    refuse_existing(file, force)
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
        refuse_existing(file, force)
        Path(draft.name).replace(file)
    except OSError as error:
        output.fail(f"{file} cannot be written: {error.strerror or error}")
    finally:
        Path(draft.name).unlink(missing_ok=True)


def refuse_existing(file: Path, force: bool) -> None:
    if file.exists() and not force:
        output.fail(f"{file} is there already", "name another, or replace it by --force")

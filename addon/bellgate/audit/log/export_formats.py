"""Entries of a log -> the bytes of an export, one record at a time, however many there are.

Only the three forms live here. Which records, where the bytes go and who is told is the caller's.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import orjson

from bellgate.audit.log.entries import Entry
from bellgate.audit.record.ocsf import event_of
from bellgate.audit.record.record import Record
from bellgate.audit.record.spreadsheet import COLUMNS, inert, line_of_cells, row_of

# Excel takes a file for UTF-8 only where it says so.
_MARK: Final = "\ufeff".encode()

LeftOut = Callable[[Entry], None]
"""Told of each record that was tampered with and fits no form but its own bytes."""
Form = Callable[[Iterable[Entry], ZoneInfo, LeftOut, Sequence[str]], Iterator[bytes]]
"""Entries and the school's zone -> one line each, after what goes before them. Where the log is
damaged, the first line says how."""


def _ecs(
    entries: Iterable[Entry], _: ZoneInfo, __: LeftOut, damage: Sequence[str]
) -> Iterator[bytes]:
    yield from _warned(damage)
    for entry in entries:
        if entry.record is not None:
            yield entry.text + b"\n"


def _ocsf(
    entries: Iterable[Entry], _: ZoneInfo, left_out: LeftOut, damage: Sequence[str]
) -> Iterator[bytes]:
    yield from _warned(damage)
    yield from _each(entries, lambda record: orjson.dumps(event_of(record)) + b"\n", left_out)


def _warned(damage: Sequence[str]) -> Iterator[bytes]:
    if damage:
        yield orjson.dumps({"message": f"DAMAGED: {'; '.join(damage)}"}) + b"\n"


def _csv(
    entries: Iterable[Entry], zone: ZoneInfo, left_out: LeftOut, damage: Sequence[str]
) -> Iterator[bytes]:
    yield _MARK
    if damage:
        yield line_of_cells([inert(f"DAMAGED: {'; '.join(damage)}")])
    yield line_of_cells(COLUMNS)
    yield from _each(entries, lambda record: line_of_cells(row_of(record, zone)), left_out)


def _each(
    entries: Iterable[Entry], line: Callable[[Record], bytes], left_out: LeftOut
) -> Iterator[bytes]:
    for entry in entries:
        if entry.record is None:
            continue
        try:
            made = line(entry.record)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
            left_out(entry)
        else:
            yield made


FORMS: Final[Mapping[str, Form]] = {"ecs": _ecs, "ocsf": _ocsf, "csv": _csv}

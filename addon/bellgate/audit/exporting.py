"""Entries of a log -> the bytes of an export, one record at a time, however many there are.

Only the three forms live here. Which records, where the bytes go and who is told is the caller's.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final
from zoneinfo import ZoneInfo

import orjson

from bellgate.audit.ocsf import event_of
from bellgate.audit.reading import Entry
from bellgate.audit.sheet import COLUMNS, line_of_cells, row_of

# Excel takes a file for UTF-8 only where it says so.
_MARK: Final = "\ufeff".encode()

Form = Callable[[Iterable[Entry], ZoneInfo], Iterator[bytes]]
"""Entries and the school's zone -> one line each, after what goes before them."""


def _ecs(entries: Iterable[Entry], _: ZoneInfo) -> Iterator[bytes]:
    for entry in entries:
        if entry.record is not None:
            yield entry.text + b"\n"


def _ocsf(entries: Iterable[Entry], _: ZoneInfo) -> Iterator[bytes]:
    for entry in entries:
        if entry.record is not None:
            yield orjson.dumps(event_of(entry.record)) + b"\n"


def _csv(entries: Iterable[Entry], zone: ZoneInfo) -> Iterator[bytes]:
    yield _MARK + line_of_cells(COLUMNS)
    for entry in entries:
        if entry.record is not None:
            yield line_of_cells(row_of(entry.record, zone))


FORMS: Final[Mapping[str, Form]] = {"ecs": _ecs, "ocsf": _ocsf, "csv": _csv}

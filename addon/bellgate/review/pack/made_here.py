"""Did this gate hand a file out, when, to whom and about whom: by the hashes in its own log.
Reading only."""

import hashlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from bellgate.audit.log.entries import Query, find

MOST: Final = 1 << 30
"""Bytes: no pack is larger, and no report in one."""
_REPORT: Final = "report.pdf"


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A record that says that a file was handed out."""

    log: str
    record: dict[str, Any]
    what: Literal["file", "report"]
    """The file itself, or only the report in it: then the zip around it was packed anew."""
    took_effect: bool
    """False where a later record takes it back."""

    @property
    def number(self) -> int:
        number: int = self.record["event"]["sequence"]
        return number


def handed_out(logs: Sequence[Path], content: bytes) -> list[HandedOut]:
    """Every record of the logs that this very file, or the report in it, was handed out."""
    hashes = _hashes_of(content)
    found = []
    for log in logs:
        records = list(_exported(log, {*hashes}))
        undone = _without_effect(log) if records else set()
        found += [
            HandedOut(
                log.name,
                record,
                "file" if record["bellgate"].get("sha256") == hashes[0] or len(hashes) == 1
                else "report",
                record["event"]["sequence"] not in undone,
            )
            for record in records
        ]  # fmt: skip
    return found


def _hashes_of(content: bytes) -> list[str]:
    """The SHA-256 of a file and, where it is a pack, of the report in it."""
    hashes = [hashlib.sha256(content).hexdigest()]
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as pack:
            names = [i for i in pack.infolist() if i.filename.rpartition("/")[2] == _REPORT]
            reports = [pack.read(each) for each in names if each.file_size <= MOST]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError):
        return hashes
    return [*hashes, *(hashlib.sha256(report).hexdigest() for report in reports)]


def _exported(log: Path, hashes: set[str]) -> Iterator[dict[str, Any]]:
    for entry in find(log, Query(actions=frozenset({"exported"}))):
        record = entry.record or {}
        ours = record.get("bellgate", {})
        if not hashes.isdisjoint({str(ours.get("sha256")), str(ours.get("report_sha256"))}):
            yield record


def _without_effect(log: Path) -> set[int]:
    """The numbers of one log's records that a later one takes back."""
    found = find(log, Query(actions=frozenset({"refused"})))
    return {(entry.record or {})["bellgate"].get("record") for entry in found}

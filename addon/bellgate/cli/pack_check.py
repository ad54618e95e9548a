"""`bellgate pack --check`: did this gate hand a file out, when, to whom and about whom."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bellgate.audit import Query, find
from bellgate.cli import moments, output
from bellgate.cli.log_options import logs_of, zone_of
from bellgate.cli.options import Folders
from bellgate.cli.soundness import damage_of
from bellgate.review.pack.phrases import at_moment

_MOST = 1 << 30
"""Bytes: no pack is larger, and no report in one."""
_REPORT = "report.pdf"


def check_pack(folders: Folders, simulated: bool, file: Path) -> None:
    """Say whether a zip or a report is, byte for byte, what was handed out. Exit status 1 where no
    record of it is found."""
    if not file.is_file() or file.stat().st_size > _MOST:
        output.fail(f"{file} is no file of a pack")
    logs = logs_of(folders, simulated)
    zone = zone_of(logs)
    for said in damage_of(logs).values():
        output.note(f"DAMAGED: {said}")
    hashes = _hashes_of(file.read_bytes())
    found = [(log.name, record) for log in logs for record in _exported(log, {*hashes})]
    for log, record in found:
        ours, number = record["bellgate"], record["event"]["sequence"]
        what = "It" if ours.get("sha256") in hashes[:1] or len(hashes) == 1 else "The report in it"
        at = at_moment(moments.from_record(record["@timestamp"]), zone)
        output.say(f"{what} is as it was handed out {at} (record {number} of {log}):")
        output.say(f"  {record['message']}")
        if reason := record["event"].get("reason"):
            output.say(f"  Why: {reason}")
        if number in _without_effect(logs, log):
            output.say("  But that did not take effect: a later record says so.")
    if not found:
        output.fail(
            f"this gate has no record that it handed out {file.name} as it is",
            "it was made elsewhere, or changed since, or its record was deleted when due",
        )
    if not any(record["bellgate"].get("sha256") == hashes[0] for _, record in found) and (
        len(hashes) > 1
    ):
        output.say("The zip around it is not: it was packed anew, and may hold other files.")


def _hashes_of(content: bytes) -> list[str]:
    """The SHA-256 of a file and, where it is a pack, of the report in it."""
    hashes = [hashlib.sha256(content).hexdigest()]
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as pack:
            names = [i for i in pack.infolist() if i.filename.rpartition("/")[2] == _REPORT]
            reports = [pack.read(each) for each in names if each.file_size <= _MOST]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError):
        return hashes
    return [*hashes, *(hashlib.sha256(report).hexdigest() for report in reports)]


def _exported(log: Path, hashes: set[str]) -> Iterator[dict[str, Any]]:
    for entry in find(log, Query(actions=frozenset({"exported"}))):
        record = entry.record or {}
        ours = record.get("bellgate", {})
        if not hashes.isdisjoint({str(ours.get("sha256")), str(ours.get("report_sha256"))}):
            yield record


def _without_effect(logs: list[Path], name: str) -> set[int]:
    """The numbers of one log's records that a later one takes back."""
    [log] = [each for each in logs if each.name == name]
    found = find(log, Query(actions=frozenset({"refused"})))
    return {(entry.record or {})["bellgate"].get("record") for entry in found}

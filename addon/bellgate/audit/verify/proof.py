"""Chosen records of a log -> an evidence pack that a stranger can check with `verify.py` alone.

Which records are chosen, and why, is the caller's business; here they are read, proven and put into
a folder or a zip file. The log may be written meanwhile: what counts is its checkpoint when it was
read. A pack is only made of a log whose hashes lead to that, and of days whose every line fits its
hash: those that hold a chosen record, and those that were searched for them.

    records.jsonl   the bytes of the chosen lines, as they are in the log
    proof.json      origin, size and root of the log; for each record its number and the path of
                    hashes that leads from it to the root; the numbers whose time was up
    leaves          the hashes of all records of the log, 32 bytes each: they show nothing of what
                    the others say, and let any earlier checkpoint be compared
    checkpoint, verifier.pub, verify.py, README.txt
"""

import json
import zipfile
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

from bellgate.audit.log.day_files import DayFiles, days_of, expired_leaf, leaf_of, whole_lines
from bellgate.audit.log.note import BadNote, Checkpoint, Verifier, read
from bellgate.audit.log.tree import EMPTY_ROOT, HASH_BYTES, leaf_hash
from bellgate.audit.record.retention import as_ranges
from bellgate.audit.verify.as_signed import Grounds, lines_as_signed
from bellgate.audit.verify.one_log import deleted_elsewhere

# Read and never imported: it is a program for others.
_VERIFIER: Final = Path(__file__).with_name("verify.py")

README: Final = """\
This folder holds records of the log {origin}, and everything needed to check them.

    python3 verify.py --checkpoint FILE

FILE is a checkpoint that left the school's machine at the time: the e-mail that the head and the
chair of governors received, saved as it is. verify.py needs Python 3.8 or newer and nothing else.
It is under 350 lines long, so that it can be read. If you do not trust this copy, take one from
where Bellgate is published, or use any program for RFC 6962 and C2SP checkpoints
(https://c2sp.org/tlog-checkpoint).

What it shows: each record is, byte for byte, what it was when that checkpoint left the machine, or,
where it is newer, when this pack was made; and that no record about the person or device is left
out between the first and the last.
What it does not show: anything about the other files here; whether there are more records before
the first or after the last; or who was using a device. A device is not a person.

    records.jsonl   the records, one to a line, exactly as they are in the log
    proof.json      the path of hashes from each record to the root of the log
    leaves          one hash for each record of the log ({size}); nothing can be read from them
    checkpoint      the log's own signed checkpoint (Ed25519); its key is in verifier.pub
"""


class CannotPack(ValueError):
    """No pack can be made of this log; the text says why."""


@dataclass(slots=True)
class _Chosen:
    """The chosen lines by their numbers, and the numbers of those whose time was up."""

    lines: dict[int, bytes] = field(default_factory=dict)
    expired: list[int] = field(default_factory=list)


def write_zip(parts: Mapping[str, bytes], folder: str, file: IO[bytes]) -> None:
    """Zip the files of a pack; unpacked, they lie in one folder."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            # Hashes do not get smaller, they only take time.
            how = zipfile.ZIP_STORED if name == "leaves" else zipfile.ZIP_DEFLATED
            archive.writestr(f"{folder}/{name}", content, how)


@dataclass(frozen=True, slots=True)
class Damaged:
    """A log that is not what was signed: what is wrong with it, a sentence each, and what its
    hashes still lead to."""

    said: tuple[str, ...]
    grounds: Grounds


def parts_of(
    log: Path,
    sequences: Collection[int],
    searched: tuple[str, str] | None = None,
    *,
    subject: Mapping[str, str] | None = None,
    damaged: Damaged | None = None,
) -> tuple[dict[str, bytes], Checkpoint]:
    """The files of a pack by their names, and the checkpoint that they speak of.

    `searched` are the first and last day (`2026-11-23`) in which records were looked for. `subject`
    is `{"person": …}` or `{"device": …}`: verify.py looks whether one of theirs is left out. Of a
    `damaged` log only what its grounds still cover goes in. Raises CannotPack.
    """
    if damaged is not None:
        lines = {n: line for _, n, line in lines_as_signed(log, damaged.grounds) if n in sequences}
        chosen = _Chosen(dict(sorted(lines.items())), [])
        grounds = damaged.grounds
        levels = _levels(grounds.leaves)
        return _parts(log, grounds.note, levels, chosen, subject, damaged.said), grounds.checkpoint
    # The checkpoint first: the lines are then at least as new.
    note, vkey = _text(log / "checkpoint"), _text(log / "verifier.pub")
    try:
        checkpoint = Verifier.from_vkey(vkey).open(note)
    except BadNote as e:
        raise CannotPack(f"the log's checkpoint is not to be believed: {e}") from e
    beyond = [n for n in sequences if not 0 <= n < checkpoint.size]
    if beyond:
        raise CannotPack(f"there is no record {min(beyond)} among the {checkpoint.size} signed")
    levels = _signed_levels(log, checkpoint)
    chosen = _chosen(log, frozenset(sequences), levels[0], searched or ("1", "0"))
    return _parts(log, note, levels, chosen, subject, ()), checkpoint


def _parts(  # noqa: PLR0917 - each is one thing that the files say
    log: Path,
    note: str,
    levels: list[bytes],
    chosen: _Chosen,
    subject: Mapping[str, str] | None,
    damage: tuple[str, ...],
) -> dict[str, bytes]:
    checkpoint = read(note)
    proof = {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": b64encode(checkpoint.root).decode(),
        "subject": subject or {},
        "records": [
            {"sequence": n, "path": [b64encode(step).decode() for step in _path(levels, n)]}
            for n in chosen.lines
        ],
        "expired": chosen.expired,
        "deleted_elsewhere": [
            text for reason in deleted_elsewhere(log) for text in as_ranges(reason.runs)
        ],
        "damaged": damage,
    }
    warning = "".join(f"DAMAGED: {said}.\n" for said in damage) + ("\n" if damage else "")
    named = {"origin": checkpoint.origin, "size": checkpoint.size}
    return {
        "records.jsonl": b"".join(line + b"\n" for line in chosen.lines.values()),
        "proof.json": json.dumps(proof, indent=1).encode() + b"\n",
        "leaves": levels[0],
        "checkpoint": note.encode(),
        "verifier.pub": _text(log / "verifier.pub").encode(),
        "verify.py": _VERIFIER.read_bytes(),
        "README.txt": (warning + README.format(**named)).encode(),
    }


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, UnicodeDecodeError) as e:
        raise CannotPack(f"{path.name} of the log is missing or no text") from e


def _signed_levels(log: Path, checkpoint: Checkpoint) -> list[bytes]:
    """All nodes of the tree that was signed. The hashes beside the lines are enough where they
    lead to the signed root; they may lag or be damaged, and then the lines themselves are read."""
    for leaves in (_hashes_beside, _hashes_of_lines):
        levels = _levels(leaves(log, checkpoint.size))
        if (levels[-1] or EMPTY_ROOT) == checkpoint.root:
            return levels
    raise CannotPack("the log is not what was signed: see `bellgate audit verify`")


def _hashes_beside(log: Path, size: int) -> bytes:
    found = (files.leaves for files in days_of(log) if files.leaves.exists())
    return b"".join(path.read_bytes() for path in found)[: size * HASH_BYTES]


def _hashes_of_lines(log: Path, size: int) -> bytes:
    found = (leaf_of(line) for files in days_of(log) for line in _lines(files))
    return b"".join(found)[: size * HASH_BYTES]


def _chosen(log: Path, wanted: frozenset[int], leaves: bytes, searched: tuple[str, str]) -> _Chosen:
    """The wanted lines. Every line of a day that is read is held against its leaf; days that were
    not searched and hold none of the wanted are passed over."""
    chosen, first = _Chosen(), 0
    for files in days_of(log):
        count = files.leaf_count()
        beside = not searched[0] <= files.day <= searched[1]
        if beside and count is not None and wanted.isdisjoint(range(first, first + count)):
            first += count
            continue
        number = first - 1
        for number, line in enumerate(_lines(files), first):
            leaf = leaves[number * HASH_BYTES : (number + 1) * HASH_BYTES]
            gone = expired_leaf(line)
            # What lies after the checkpoint has no leaf yet: it was written meanwhile.
            if leaf and leaf != (gone or leaf_hash(line)):
                raise CannotPack(f"record {number} is not what was signed: see `audit verify`")
            if number in wanted:
                if gone:
                    chosen.expired.append(number)
                else:
                    chosen.lines[number] = line
        first = number + 1
    if len(chosen.lines) + len(chosen.expired) < len(wanted):
        raise CannotPack("records are missing from the log: see `bellgate audit verify`")
    return chosen


def _lines(files: DayFiles) -> Iterator[bytes]:
    for line in whole_lines(files.lines):
        if line.endswith(b"\n"):
            yield line[:-1]


def _levels(leaves: bytes) -> list[bytes]:
    """All nodes by their height, side by side; the last level is the root. One without a neighbour
    goes up as it is: RFC 6962's own tree."""
    levels, pair = [leaves], 2 * HASH_BYTES
    while len(level := levels[-1]) > HASH_BYTES:
        whole = len(level) - len(level) % pair
        above = [sha256(b"\x01" + level[i : i + pair]).digest() for i in range(0, whole, pair)]
        levels.append(b"".join(above) + level[whole:])
    return levels


def _path(levels: list[bytes], index: int) -> Iterator[bytes]:
    """The neighbours from a leaf up to the root: what `tree.inclusion_proof` finds slowly."""
    for level in levels:
        beside = (index ^ 1) * HASH_BYTES
        if beside < len(level):
            yield level[beside : beside + HASH_BYTES]
        index >>= 1

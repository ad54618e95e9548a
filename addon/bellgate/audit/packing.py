"""Chosen records of a log -> an evidence pack that a stranger can check with `verify.py` alone.

Which records are chosen, and why, is the caller's business; here they are read, proven and put into
a folder or a zip file. The log may be written meanwhile: what counts is its checkpoint when it was
read. A pack is only made of a log that is what its checkpoint says.

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
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from bellgate.audit.days import days_of, expired_leaf, leaf_of, whole_lines
from bellgate.audit.note import BadNote, Checkpoint, Verifier
from bellgate.audit.tree import node_hash, root_of

# Read and never imported: it is a program for others.
_VERIFIER: Final = Path(__file__).with_name("verify.py")

README: Final = """\
This folder holds records of the log {origin}, and what anybody needs to check them.

    python3 verify.py --checkpoint FILE

FILE is a checkpoint that left the school's machine at the time: the e-mail that the head and the
chair of governors got, saved as it is. verify.py needs Python 3.8 or newer and nothing else. It is
under 200 lines, to be read; who does not trust this copy takes one from where Bellgate is published
or uses any program for RFC 6962 and C2SP checkpoints (https://c2sp.org/tlog-checkpoint).

What it shows: each record is, byte for byte, what it was when that checkpoint left the machine.
What it does not show: that the chosen records are all there are on the matter, and who sat at a
device. A device is not a person.

    records.jsonl   the records, one a line, exactly as they are in the log
    proof.json      the path of hashes from each record to the root of the log
    leaves          the hashes of all {size} records of the log; nothing can be read from them
    checkpoint      the log's own signed checkpoint (Ed25519), and its key in verifier.pub
"""


class CannotPack(ValueError):
    """No pack can be made of this log; the text says why."""


@dataclass(slots=True)
class _Read:
    """A log as far as its checkpoint speaks of it, and the chosen lines."""

    leaves: list[bytes] = field(default_factory=list)
    chosen: dict[int, bytes] = field(default_factory=dict)
    expired: list[int] = field(default_factory=list)


def write_pack(log: Path, sequences: Collection[int], to: Path) -> Checkpoint:
    """Write a pack of the records with these numbers; `to` is a new folder, or ends in `.zip`.

    Returns the checkpoint that the pack speaks of. Raises CannotPack.
    """
    parts, checkpoint = parts_of(log, sequences)
    if to.suffix == ".zip":
        with zipfile.ZipFile(to, "x", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(f"{to.stem}/{name}", content)
    else:
        to.mkdir()
        for name, content in parts.items():
            (to / name).write_bytes(content)
    return checkpoint


def parts_of(log: Path, sequences: Collection[int]) -> tuple[dict[str, bytes], Checkpoint]:
    """The files of a pack by their names, and the checkpoint that they speak of."""
    # The checkpoint first: the lines are then at least as new.
    note, vkey = _text(log / "checkpoint"), _text(log / "verifier.pub")
    try:
        checkpoint = Verifier.from_vkey(vkey).open(note)
    except BadNote as e:
        raise CannotPack(f"the log's checkpoint is not to be believed: {e}") from e
    read = _read(log, checkpoint, frozenset(sequences))
    proof = {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": b64encode(checkpoint.root).decode(),
        "records": _proofs(read),
        "expired": read.expired,
    }
    named = {"origin": checkpoint.origin, "size": checkpoint.size}
    return {
        "records.jsonl": b"".join(line + b"\n" for line in read.chosen.values()),
        "proof.json": json.dumps(proof, indent=1).encode() + b"\n",
        "leaves": b"".join(read.leaves),
        "checkpoint": note.encode(),
        "verifier.pub": vkey.encode(),
        "verify.py": _VERIFIER.read_bytes(),
        "README.txt": README.format(**named).encode(),
    }, checkpoint


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, UnicodeDecodeError) as e:
        raise CannotPack(f"{path.name} of the log is missing or no text") from e


def _read(log: Path, checkpoint: Checkpoint, wanted: frozenset[int]) -> _Read:
    """The log's lines up to the checkpoint; what they lead to must be what was signed."""
    beyond = [n for n in wanted if not 0 <= n < checkpoint.size]
    if beyond:
        raise CannotPack(f"there is no record {min(beyond)} among the {checkpoint.size} signed")
    read = _Read()
    for number, line in enumerate(islice(_lines(log), checkpoint.size)):
        read.leaves.append(leaf_of(line))
        if number in wanted:
            if expired_leaf(line):
                read.expired.append(number)
            else:
                read.chosen[number] = line
    if len(read.leaves) < checkpoint.size or root_of(read.leaves) != checkpoint.root:
        raise CannotPack("the log is not what was signed: see `bellgate audit verify`")
    return read


def _lines(log: Path) -> Iterator[bytes]:
    for files in days_of(log):
        for line in whole_lines(files.lines):
            if line.endswith(b"\n"):
                yield line[:-1]


def _proofs(read: _Read) -> list[dict[str, object]]:
    levels = _levels(read.leaves) if read.chosen else []
    return [
        {"sequence": n, "path": [b64encode(step).decode() for step in _path(levels, n)]}
        for n in read.chosen
    ]


def _levels(leaves: list[bytes]) -> list[list[bytes]]:
    """All nodes by their height. One without a neighbour goes up as it is: RFC 6962's own tree."""
    levels = [leaves]
    while len(level := levels[-1]) > 1:
        above = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        levels.append(above + level[len(above) * 2 :])
    return levels


def _path(levels: list[list[bytes]], index: int) -> Iterator[bytes]:
    """The neighbours from a leaf up to the root: what `tree.inclusion_proof` finds slowly."""
    for level in levels:
        if (beside := index ^ 1) < len(level):
            yield level[beside]
        index >>= 1

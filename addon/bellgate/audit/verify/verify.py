#!/usr/bin/env python3
"""Are the records in this evidence pack the ones that were written at the time?

    python3 verify.py --checkpoint MAILED   MAILED: the e-mail with the checkpoint, as it was saved
    python3 verify.py                       only whether the pack agrees with itself

Only what a stranger needs to judge a pack may live in this one file. It goes into every pack, runs
(and prints) by itself on Python 3.8 or newer, and imports nothing of what wrote the log.

Each record's bytes are hashed, and the hash is followed up its path to the root of the log's Merkle
tree (RFC 6962, SHA-256), which must be the one in the checkpoint that left the school's machine at
the time. No key is needed for that. Exit status: 0 good, 1 not good, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import base64
import email
import email.policy
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

# Three lines of a checkpoint, also inside a longer text, indented, or quoted in an answer.
NOTE = re.compile(
    r"^[> \t]*(bellgate/\S+)[ \t]*\r?\n[> \t]*(0|[1-9]\d*)[ \t]*\r?\n"
    r"[> \t]*([A-Za-z0-9+/]{43}=)[ \t]*\r?$",
    re.MULTILINE | re.ASCII,
)
ASKED = "is that report_sha256 of the record in the log that this pack was made?"


class Refused(Exception):
    """The pack is not good; the text says why."""


class Checkpoint(NamedTuple):
    """What a log was at one moment: which log, how many records, and the root over them all."""

    origin: str
    size: int
    root: bytes


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaves (RFC 6962, 2.1): subtrees of the same height are joined as they fill."""
    peaks: list[bytes] = []
    for number, leaf in enumerate(leaves):
        while number & 1:
            leaf, number = node(peaks.pop(), leaf), number >> 1  # noqa: PLW2901
        peaks.append(leaf)
    root = peaks.pop() if peaks else hashlib.sha256(b"").digest()
    while peaks:
        root = node(peaks.pop(), root)
    return root


def root_by_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """Where a path leads from a leaf; None where it is no path for that place in that tree."""
    last, steps = size - 1, iter(path)
    while last:
        if index & 1 or index < last:
            step = next(steps, None)
            if step is None:
                return None
            leaf = node(step, leaf) if index & 1 else node(leaf, step)
        # Else nothing stands beside it at this height: it goes up as it is.
        index, last = index >> 1, last >> 1
    return leaf if next(steps, None) is None else None


def checkpoints_in(content: bytes) -> list[Checkpoint]:
    """All checkpoints in a file: a note by itself, or an e-mail as it was saved."""
    texts = [content.decode("utf-8", "replace")]
    for part in email.message_from_bytes(content, policy=email.policy.default).walk():
        raw = part.get_payload(decode=True)
        if part.get_content_maintype() == "text" and isinstance(raw, bytes):
            texts.append(raw.decode("utf-8", "replace"))
    found = {m.groups() for text in texts for m in NOTE.finditer(text)}
    return [Checkpoint(o, int(size), base64.b64decode(root)) for o, size, root in sorted(found)]


def note_of(pack: Path) -> Checkpoint:
    """The checkpoint that lies in the pack, which proof.json must repeat."""
    said = json.loads((pack / "proof.json").read_bytes())
    claimed = Checkpoint(said["origin"], number(said["size"]), base64.b64decode(said["root"]))
    if checkpoints_in((pack / "checkpoint").read_bytes()) != [claimed]:
        raise Refused("proof.json and the checkpoint in the pack speak of different logs")
    return claimed


def number(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise Refused(f"{value!r:.40} is no number of a record")
    return value


def leaves_in(pack: Path, size: int) -> Iterator[bytes]:
    """The first hashes of the whole log, which the pack brings along."""
    with (pack / "leaves").open("rb") as file:
        for _ in range(size):
            yield file.read(32)


def records_in(pack: Path, own: Checkpoint) -> Iterator[int]:
    """The number of each record of the pack, once its path leads to the pack's own root."""
    lines = (pack / "records.jsonl").read_bytes().split(b"\n")
    if lines.pop() != b"":
        raise Refused("records.jsonl is torn off in its last line")
    paths = json.loads((pack / "proof.json").read_bytes())["records"]
    if len(paths) != len(lines):
        raise Refused(f"records.jsonl has {len(lines)} records, proof.json has {len(paths)}")
    before = -1
    for where, (line, place) in enumerate(zip(lines, paths), 1):  # noqa: B905 - the same length
        sequence, at = number(place["sequence"]), f"records.jsonl:{where}: "
        if not before < sequence < own.size:
            raise Refused(f"{at}record {sequence} is not in its place")
        if number(json.loads(line)["event"]["sequence"]) != sequence:
            raise Refused(f"{at}it carries another number than {sequence}")
        leaf = hashlib.sha256(b"\x00" + line).digest()
        path = [base64.b64decode(step, validate=True) for step in place["path"]]
        if root_by_path(leaf, sequence, own.size, path) != own.root:
            raise Refused(f"{at}it is not record {sequence} of the log that was signed")
        before = sequence
        yield sequence


def check(pack: Path, mailed: Path | None) -> list[str]:
    """What was found, in words."""
    own = note_of(pack)
    numbers = list(records_in(pack, own))
    if (pack / "leaves").stat().st_size != 32 * own.size:
        raise Refused(f"leaves does not hold {own.size} hashes")
    if root_of(leaves_in(pack, own.size)) != own.root:
        raise Refused("leaves does not lead to the root that was signed")
    said = [f"{len(numbers)} of the {own.size} records of the log {own.origin}."]
    if mailed is None:
        said += ["The pack agrees with itself, and ONLY with itself: so would one made anew."]
        said += ["Give --checkpoint FILE, which left the school's machine at the time (by e-mail)."]
    else:
        said.append(check_mailed(pack, own, numbers, mailed))
    damaged = json.loads((pack / "proof.json").read_bytes()).get("damaged", [])
    if damaged:
        raise Refused("\n".join([*said, *(f"DAMAGED: {each}" for each in damaged)]))
    said += ["Checked is records.jsonl ALONE: not report.pdf, nor any other file of the pack."]
    if (pack / "report.pdf").is_file():
        sha256 = hashlib.sha256((pack / "report.pdf").read_bytes()).hexdigest()
        said += [f"report.pdf has the SHA-256 {sha256}:", ASKED]
    return said


def check_mailed(pack: Path, own: Checkpoint, numbers: list[int], mailed: Path) -> str:
    found = [c for c in checkpoints_in(mailed.read_bytes()) if c.origin == own.origin]
    ours = sorted(found, key=lambda c: c.size)
    if not ours:
        raise Refused(f"the file that was given holds no checkpoint of the log {own.origin}")
    reachable = [c for c in ours if c.size <= own.size]
    if not reachable:
        raise Refused("the checkpoint is newer than the pack: give an older one")
    # One list of hashes leads to the mailed root and to the pack's own, and each record's path to
    # the latter, at its place: so each record is under the mailed root, too.
    for checkpoint in reachable:
        if root_of(leaves_in(pack, checkpoint.size)) != checkpoint.root:
            raise Refused(f"the log's first {checkpoint.size} records are NOT what was mailed")
    covered = reachable[-1].size
    later = [str(n) for n in numbers if n >= covered]
    if later:
        shown = ", ".join(later[:10]) + (", …" if len(later) > 10 else "")
        raise Refused(
            f"the checkpoint covers {len(numbers) - len(later)} records of the pack; "
            f"{len(later)} came after it and are not proven by it: {shown}"
        )
    return f"Each record is as it was when the checkpoint of {covered} records left the machine."


def main() -> int:
    parser = argparse.ArgumentParser(description="Check an evidence pack of Bellgate.")
    parser.add_argument("--checkpoint", type=Path, metavar="MAILED", help="it left the machine")
    parser.add_argument("pack", type=Path, nargs="?", default=Path(__file__).parent)
    given = parser.parse_args()
    try:
        print(*check(given.pack, given.checkpoint), sep="\n")
        return 0
    except Refused as e:
        print(f"REFUSED: {e}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        print(f"REFUSED: pack (unzipped?) or checkpoint cannot be read ({type(e).__name__}: {e})")
    return 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Are the records in this evidence pack the ones that were written at the time?

    python3 verify.py --checkpoint MAILED   MAILED: the e-mail with the checkpoint, saved as it is
    python3 verify.py                       shows only whether the pack agrees with itself

Only what a stranger needs to judge a pack may live in this one file. It goes into every pack, runs
(and prints) by itself on Python 3.8 or newer, and imports nothing of what wrote the log.

Each record's bytes are hashed, and the hash is followed up its path to the root of the log's Merkle
tree (RFC 6962, SHA-256), which must lead on from the one in the checkpoint that left the school's
machine at the time. No key is needed for that. And each record of a device or person carries its
number among theirs, so that one left out in between is noticed.
Exit status: 0 good, 1 not good, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import base64
import email
import email.policy
import hashlib
import html
import json
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

# The three lines of a checkpoint, once quotation marks, blanks and empty lines are taken away.
NOTE = re.compile(r"^(bellgate/\S+)\n(0|[1-9]\d{0,17})\n([A-Za-z0-9+/]{43}=)$", re.M | re.A)
EDGES = " \t>|\xa0\u200b\ufeff\x00"
LINE_ENDS = re.compile(r"[\r\n\v\f\x85\u2028\u2029]+")
NEW_LINE = re.compile(r"<(?:br|/p|/div|/tr|/li|/pre|/blockquote)\b[^<>]*>", re.I)
TAG = re.compile(r"<[^<>]*>")
MOST_MAIL, MOST_PACK = 16 << 20, 1 << 30
"""Bytes: no e-mail and no file of a pack is longer."""
ASKED = "is that the report_sha256 in the log's own record of this pack?"
NO_MORE = "It does not show whether others before or after them are left out."


class Refused(Exception):
    """The pack is not good, or cannot be judged; the text says why."""


class Checkpoint(NamedTuple):
    """What a log was at one moment: which log, how many records, and the root over them all."""

    origin: str
    size: int
    root: bytes


class Record(NamedTuple):
    """A record of the pack: its number in the log, and what it says."""

    number: int
    said: dict[str, Any]


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
    """Where a path leads from a leaf; None if it does not fit that place in that tree."""
    last, steps = size - 1, iter(path)
    while last:
        if index & 1 or index < last:
            step = next(steps, None)
            if step is None:
                return None
            leaf = node(step, leaf) if index & 1 else node(leaf, step)
        # Otherwise it has no neighbour at this height, and goes up as it is.
        index, last = index >> 1, last >> 1
    return leaf if next(steps, None) is None else None


def content_of(path: Path, most: int) -> bytes:
    """A file's bytes. What is no ordinary file, or too long for what it should be, is refused."""
    there = path.stat()
    if not stat.S_ISREG(there.st_mode) or there.st_size > most:
        raise Refused(f"{path.name} is not a file from a pack or an e-mail, or too long for one")
    with path.open("rb") as file:
        return file.read(most)


def json_of(text: bytes) -> Any:
    # No number of a log is longer, and longer ones take Python for ever.
    return json.loads(text, parse_int=lambda digits: int(digits[:19]))


def decoded(content: bytes) -> Iterator[str]:
    """Bytes as text, in whatever a mail program may have saved them, Outlook's .msg included."""
    yield content.decode("utf-8", "replace")
    if b"\x00" in content:
        for start in (0, 1):
            yield content[start:].decode("utf-16-le", "replace")
            yield content[start:].decode("utf-16-be", "replace")


def texts_in(content: bytes) -> Iterator[str]:
    parts = [content]
    for text in decoded(content):
        message = email.message_from_string(text.lstrip("\ufeff\r\n"), policy=email.policy.compat32)
        raws = (part.get_payload(decode=True) for part in message.walk())
        parts += [raw for raw in raws if isinstance(raw, bytes)]
    for text in (text for part in parts for text in decoded(part)):
        yield text
        yield html.unescape(TAG.sub("", NEW_LINE.sub("\n", text)))


def checkpoints_in(content: bytes) -> list[Checkpoint]:
    """All checkpoints in a file: a note by itself, or an e-mail, quoted however often."""
    found: set[Any] = set()
    for text in texts_in(content):
        lines = (line.strip(EDGES) for line in LINE_ENDS.split(text))
        found.update(m.groups() for m in NOTE.finditer("\n".join(filter(None, lines))))
    return [Checkpoint(o, int(size), base64.b64decode(root)) for o, size, root in sorted(found)]


def note_of(pack: Path, proof: Any) -> Checkpoint:
    """The checkpoint in the pack, which proof.json must repeat."""
    claimed = Checkpoint(proof["origin"], number(proof["size"]), base64.b64decode(proof["root"]))
    if checkpoints_in(content_of(pack / "checkpoint", 1 << 16)) != [claimed]:
        raise Refused("proof.json and the checkpoint in the pack do not describe the same log")
    return claimed


def number(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise Refused(f"{value!r:.40} is not a record number")
    return value


def records_in(pack: Path, proof: Any, own: Checkpoint) -> Iterator[Record]:
    """Each record of the pack, once its path leads to the pack's own root."""
    lines = content_of(pack / "records.jsonl", MOST_PACK).split(b"\n")
    if lines.pop() != b"":
        raise Refused("records.jsonl breaks off in its last line")
    places = proof["records"]
    if len(places) != len(lines):
        raise Refused(f"records in records.jsonl: {len(lines)}; in proof.json: {len(places)}")
    before = -1
    for where, (line, place) in enumerate(zip(lines, places), 1):  # noqa: B905 - the same length
        sequence, at = number(place["sequence"]), f"records.jsonl:{where}: "
        if not before < sequence < own.size:
            raise Refused(f"{at}record {sequence} is out of place")
        said = json_of(line)
        if number(said["event"]["sequence"]) != sequence:
            raise Refused(f"{at}its own number is not {sequence}")
        leaf = hashlib.sha256(b"\x00" + line).digest()
        path = [base64.b64decode(step, validate=True) for step in place["path"]]
        if root_by_path(leaf, sequence, own.size, path) != own.root:
            raise Refused(f"{at}it is not record {sequence} of the signed log")
        before = sequence
        yield Record(sequence, said)


def leaves_in(pack: Path, own: Checkpoint) -> bytes:
    """The hashes of the whole log, which the pack brings along, and which lead to its root."""
    leaves = content_of(pack / "leaves", 4 * MOST_PACK)
    if len(leaves) != 32 * own.size:
        raise Refused(f"leaves does not hold {own.size} hashes")
    if root_of(first(leaves, own.size)) != own.root:
        raise Refused("leaves does not lead to the root that was signed")
    return leaves


def first(leaves: bytes, size: int) -> Iterator[bytes]:
    return (leaves[at : at + 32] for at in range(0, 32 * size, 32))


def check(pack: Path, mailed: Path | None) -> list[str]:
    """What was found, in words."""
    proof = json_of(content_of(pack / "proof.json", MOST_PACK))
    own = note_of(pack, proof)
    records = list(records_in(pack, proof, own))
    leaves = leaves_in(pack, own)
    subject = next(iter(dict(proof.get("subject", {})).items()), ("", ""))
    theirs = [r for r in records if is_of(r.said, *subject)]
    said = [f"This pack holds {len(records)} of the {own.size} records of the log {own.origin}."]
    if mailed is None:
        said += ["The pack agrees with itself, but ONLY with itself: so would one made up later."]
        said += ["Give --checkpoint FILE: the one that left the school's machine at the time."]
    else:
        covered = covered_by(leaves, own, mailed)
        said += proven(records, theirs, subject[1], covered)
    damage = [f"DAMAGED: {each}" for each in proof.get("damaged", [])]
    try:
        said += left_out(records, theirs, proof.get("deleted_elsewhere", []), *subject)
    except Refused as gap:
        said += [str(gap)]
        if not damage:
            raise
    if damage:
        raise Refused("\n".join(["the log was not whole when this was made", *said, *damage]))
    said += ["Only records.jsonl was checked: NOT report.pdf, nor any other file in the pack."]
    if (pack / "report.pdf").exists():
        sha256 = hashlib.sha256(content_of(pack / "report.pdf", MOST_PACK)).hexdigest()
        said += [f"report.pdf has the SHA-256 {sha256}:", ASKED]
    return said


def covered_by(leaves: bytes, own: Checkpoint, mailed: Path) -> int:
    """How many of the log's first records the mailed checkpoint covers; all of them must fit it."""
    found = checkpoints_in(content_of(mailed, MOST_MAIL))
    ours = [c for c in found if c.origin == own.origin]
    if not ours:
        raise Refused(f"the file given holds no checkpoint of the log {own.origin}")
    # One list of hashes leads to the mailed root and to the pack's own, and each record's path to
    # the latter, at its place: so each record is under the mailed root, too.
    reachable = [c for c in ours if c.size <= own.size]
    for checkpoint in reachable:
        if root_of(first(leaves, checkpoint.size)) != checkpoint.root:
            raise Refused(f"the log's first {checkpoint.size} records do NOT fit what was mailed")
    if not reachable:
        raise Refused("the checkpoint is newer than the pack: give an older one")
    return max(c.size for c in reachable)


def proven(records: list[Record], theirs: list[Record], name: str, covered: int) -> Iterator[str]:
    newer = [str(r.number) for r in records if r.number >= covered]
    yield f"{len(records) - len(newer)} of them are proven by the checkpoint of {covered} records:"
    yield "each is, byte for byte, what it was when that left the machine."
    if name:
        late = sum(r.number >= covered for r in theirs)
        yield f"Of the records of {name}, that is {len(theirs) - late} of {len(theirs)}."
    if newer:
        shown = ", ".join(newer[:10]) + (", ..." if len(newer) > 10 else "")
        yield f"{len(newer)} are newer, and proven only by the pack's own checkpoint: {shown}."
        yield "A later e-mail may prove them too."


def is_of(said: dict[str, Any], kind: str, name: str) -> bool:
    """Whether a record is one that its device or person counts as theirs."""
    holder = said.get({"device": "device", "person": "user"}.get(kind, ""), {})
    return holder.get("id") == name and "attribution" in said["bellgate"]


def left_out(
    records: list[Record], theirs: list[Record], elsewhere: list[str], kind: str, name: str
) -> Iterator[str]:
    """Whether records of theirs are missing between those that are there, by their own numbers.

    What was deleted of a log that was set aside, a later log names, which is not in this pack.
    """
    counted = [(r.number, r.said["bellgate"].get("nth", {}).get(kind)) for r in theirs]
    if not counted or any(nth is None for _, nth in counted):
        yield "It does not show whether records were left out: these carry no numbers of their own."
        return
    emptied, gone, claimed = bytearray(theirs[-1].number), 0, 0
    runs = [(run, 2) for run in map(run_of, elsewhere)]
    runs += [(run, 1) for record in records for run in deleted_by(record.said)]
    for (low, high), by in runs:
        emptied[low : high + 1] = bytes([by]) * len(emptied[low : high + 1])
    for (before, last), (after, nth) in zip(counted, counted[1:]):  # noqa: B905, RUF007
        missing = number(nth) - number(last) - 1
        proven_due = emptied.count(1, before, after)
        due = proven_due + emptied.count(2, before, after)
        if not 0 <= missing <= due:
            raise Refused(
                f"between the records {before} and {after}, {name}'s number {last} is followed by "
                f"{nth}, and {due} of the lines between were deleted when due: the pack leaves "
                "records out"
            )
        gone += missing
        claimed += max(0, missing - proven_due)
    yield f"It has the numbers {counted[0][1]} to {counted[-1][1]} of {name}, and none is left out."
    if gone:
        yield f"{gone} of these are not there: at least as many lines were deleted when due."
    if claimed:
        yield f"For {claimed} of them only the pack says so: the record of it is in a later log."
    yield NO_MORE


def deleted_by(said: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """The numbers, from and to, of the lines that a record says were deleted when due."""
    ours = said["bellgate"]
    if said["event"]["action"] == "deleted" and "log" not in ours:
        yield from map(run_of, ours.get("ranges", []))


def run_of(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return number(int(low[:18])), number(int((high or low)[:18]))


def say(text: str) -> None:
    """Printable ASCII alone: a terminal obeys other signs."""
    for line in text.split("\n"):
        print("".join(c if " " <= c <= "~" else "?" for c in line))


def main() -> int:
    parser = argparse.ArgumentParser(description="Check an evidence pack of Bellgate.")
    parser.add_argument("--checkpoint", type=Path, metavar="MAILED", help="as it was mailed")
    parser.add_argument("pack", type=Path, nargs="?", default=Path(__file__).parent)
    given = parser.parse_args()
    try:
        say("\n".join(check(given.pack, given.checkpoint)))
        return 0
    except Refused as e:
        say(f"REFUSED: {e}")
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as e:
        say(f"REFUSED: cannot read the pack (unzipped?) or checkpoint ({type(e).__name__}: {e})")
    except MemoryError:
        say("REFUSED: it is too large to be a pack, or this machine too small")
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""Another reader of the formats, to hold ours against: RFC 6962 and the signed notes of C2SP.

Written from the specifications alone, the slow way in which they define things; it shares no code
with Bellgate and imports none of it. No test lives here.
"""

import base64
import hashlib
import json
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def tree_hash(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, over the hashes of the entries."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return entries[0]
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return hashlib.sha256(b"\x01" + tree_hash(entries[:k]) + tree_hash(entries[k:])).digest()


def leads_to(leaf: bytes, m: int, n: int, path: list[bytes]) -> bytes | None:
    """The root that PATH(m, D[n]) of RFC 6962, 2.1.1 leads to, by its recursive definition."""
    if not 0 <= m < n:
        return None
    if n == 1:
        return leaf if not path else None
    if not path:
        return None
    k = 1
    while k * 2 < n:
        k *= 2
    *rest, last = path
    if m < k:
        left = leads_to(leaf, m, k, rest)
        return None if left is None else hashlib.sha256(b"\x01" + left + last).digest()
    right = leads_to(leaf, m - k, n - k, rest)
    return None if right is None else hashlib.sha256(b"\x01" + last + right).digest()


def opened_note(note: str, vkey: str) -> tuple[str, int, bytes] | None:
    """c2sp.org/signed-note and c2sp.org/tlog-checkpoint: origin, size and root, if well signed."""
    name, key_id, key = vkey.strip().split("+", 2)
    raw = base64.b64decode(key)
    text, separator, signatures = note.rpartition("\n\n")
    for line in signatures.splitlines() if separator else ():
        dash, signer, encoded = line.split(" ")
        signature = base64.b64decode(encoded)
        if (dash, signer, signature[:4].hex()) == ("\u2014", name, key_id):
            try:
                Ed25519PublicKey.from_public_bytes(raw[1:]).verify(
                    signature[4:], text.encode() + b"\n"
                )
            except InvalidSignature:
                return None
            origin, size, root = text.split("\n")[:3]
            return origin, int(size), base64.b64decode(root)
    return None


def pack_is_good(files: dict[str, bytes], mailed: str, vkey: str) -> bool:
    """Whether every record of a pack is under the root that was mailed. `vkey` was known before."""
    try:
        proof = json.loads(files["proof.json"])
        own = opened_note(files["checkpoint"].decode(), vkey)
        known = opened_note(mailed, vkey)
        if own is None or known is None or own[0] != known[0] or known[1] > own[1]:
            return False
        if (proof["origin"], proof["size"], base64.b64decode(proof["root"])) != own:
            return False
        packed = files["leaves"]
        leaves = [packed[at : at + 32] for at in range(0, len(packed), 32)]
        if len(leaves) != own[1] or tree_hash(leaves) != own[2]:
            return False
        if tree_hash(leaves[: known[1]]) != known[2] or not files["records.jsonl"].endswith(b"\n"):
            return False
        records = files["records.jsonl"][:-1].split(b"\n")
        numbers = [each["sequence"] for each in proof["records"]]
        if len(records) != len(numbers) or numbers != sorted(set(numbers)):
            return False
        for record, each in zip(records, proof["records"], strict=True):
            number, path = each["sequence"], [base64.b64decode(step) for step in each["path"]]
            leaf = hashlib.sha256(b"\x00" + record).digest()
            if json.loads(record)["event"]["sequence"] != number or number >= known[1]:
                return False
            if leads_to(leaf, number, own[1], path) != own[2]:
                return False
    except (ValueError, KeyError, TypeError):
        return False
    return True


def emptied_without_a_reason(log: Path) -> list[tuple[str, int]]:
    """Every emptied line (file, line) that no `deleted` record before it in name names."""
    named: set[int] = set()
    emptied: list[tuple[int, str, int]] = []
    number = 0
    for path in sorted(log.glob("????-??-??.jsonl")):
        for line, text in enumerate(path.read_text().splitlines(), 1):
            record = json.loads(text)
            if set(record) == {"leaf"}:
                emptied.append((number, path.name, line))
            elif record["event"]["action"] == "deleted" and "log" not in record["bellgate"]:
                for text_of_range in record["bellgate"]["ranges"]:
                    first, *last = text_of_range.split("-")
                    named |= set(range(int(first), int((last or [first])[0]) + 1))
            number += 1
    return [(name, line) for n, name, line in emptied if n not in named]

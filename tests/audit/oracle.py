"""The verdict of aics-tlog (PyPI) on packs; `agreement.py` runs it in an environment of its own.

One pack a line on standard input, `good` or `bad` a line on standard output. Only aics-tlog's own
functions judge here: signed notes, roots and paths. No test lives here.
"""

import base64
import json
import sys
from typing import Any

import aics_tlog
from aics_tlog.tree import _build_levels


def opened(note: str, vkey: str) -> Any:
    result = aics_tlog.verify_checkpoint(
        aics_tlog.parse_note(note), aics_tlog.parse_vkey(vkey.strip())
    )
    if not result.ok:
        raise ValueError(result.error)
    return result


def tree(leaves: list[bytes]) -> bytes:
    return _build_levels(leaves)[-1][0] if leaves else aics_tlog.EMPTY_HASH


def good(asked: dict[str, Any]) -> bool:
    files = {name: base64.b64decode(text) for name, text in asked["files"].items()}
    proof = json.loads(files["proof.json"])
    own, mailed = (
        opened(n, asked["vkey"]) for n in (files["checkpoint"].decode(), asked["mailed"])
    )
    leaves = [files["leaves"][at : at + 32] for at in range(0, len(files["leaves"]), 32)]
    records = files["records.jsonl"].split(b"\n")
    said = (proof["origin"], proof["size"], base64.b64decode(proof["root"]))
    return (
        records.pop() == b""
        and len(records) == len(proof["records"])
        and (own.origin, own.size, own.root) == said
        and len(leaves) == own.size >= mailed.size
        and mailed.origin == own.origin
        and tree(leaves) == own.root
        and tree(leaves[: mailed.size]) == mailed.root
        and all(
            each["sequence"] < mailed.size
            and json.loads(record)["event"]["sequence"] == each["sequence"]
            and aics_tlog.verify_leaf_inclusion(
                record,
                each["sequence"],
                own.size,
                [base64.b64decode(step) for step in each["path"]],
                own.root,
            )
            for record, each in zip(records, proof["records"], strict=True)
        )
    )


def main() -> None:
    for line in sys.stdin:
        try:
            verdict = good(json.loads(line))
        except (ValueError, KeyError, TypeError):
            verdict = False
        print("good" if verdict else "bad")


if __name__ == "__main__":
    main()

"""Made-up logs, packs of them, and ways to tamper with a pack. No test lives here.

`PYTHONPATH=addon python -m tests.audit.agreement [--oracle PYTHON] [LOGS]` asks one more reader: a
Python that has aics-tlog (PyPI; it needs a newer cryptography than mitmproxy allows, so it has an
environment of its own), whose verdict on every pack and tampering must be the same.
"""

import base64
import json
import random
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from unittest import mock

from bellgate.audit import LogPaths
from bellgate.audit.log.line import line_of
from bellgate.audit.log.note import Checkpoint, Signer
from bellgate.audit.log.recovery import open_log
from bellgate.audit.log.tree import inclusion_proof, leaf_hash, root_of
from bellgate.audit.record.record import event_record
from bellgate.audit.verify.one_log import verify_log
from bellgate.audit.verify.proof import parts_of
from tests.audit.independent import pack_is_good
from tests.audit.world import EDITION, LONDON, QUARTER_PAST_TEN

Files = dict[str, bytes]

# By its file, as it is run: imported by name it would stand in the place of `audit.verify`.
_verifier = runpy.run_path(str(Path(__file__).parents[2] / "addon/bellgate/audit/verify/verify.py"))
Refused, check = _verifier["Refused"], _verifier["check"]


@dataclass(frozen=True)
class Case:
    """One pack, the checkpoint that left the machine, and the log's key."""

    name: str
    files: Files
    mailed: str
    vkey: str
    state: Path


def made_log(state: Path, chance: random.Random) -> list[str]:
    """A log by the real writer's own parts: some batches, some days. Its checkpoints, in order."""
    opened = open_log(LogPaths.of(state), "gateway", LONDON)
    notes, at = [], QUARTER_PAST_TEN
    for _ in range(chance.randint(1, 4)):
        lines = []
        for _ in range(chance.randint(1, 18)):
            at += timedelta(minutes=chance.choice((0, 1, 1, 400)))
            said = "é" * chance.randint(0, 9)
            lines.append(
                line_of(
                    event_record(
                        "bellgate.gate", "heartbeat", said, edition=EDITION, at=at,
                        clock="synchronised",
                    )
                )
            )  # fmt: skip
        batch = opened.store.prepare(lines)
        opened.store.commit(batch)
        notes.append(batch.note)
    opened.store.close()
    return notes


def made_case(state: Path, seed: int) -> Case:
    chance = random.Random(seed)
    notes = made_log(state, chance)
    mailed = chance.choice(notes)
    covered = int(mailed.splitlines()[1])
    chosen = chance.sample(range(covered), chance.randint(1, min(covered, 12)))
    files, _ = parts_of(LogPaths.of(state).log, chosen)
    return Case("untouched", files, mailed, files["verifier.pub"].decode(), state)


def tampered(case: Case, seed: int) -> Case:
    chance = random.Random(seed)
    how = chance.choice(WAYS)
    files = dict(case.files)
    how(files, case, chance)
    return Case(how.__name__, files, case.mailed, case.vkey, case.state)


def change_a_record(files: Files, _: Case, chance: random.Random) -> None:
    data = bytearray(files["records.jsonl"])
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    files["records.jsonl"] = bytes(data)


def take_a_record_out(files: Files, _: Case, chance: random.Random) -> None:
    lines = files["records.jsonl"].splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    files["records.jsonl"] = b"".join(lines)


def say_another_number(files: Files, _: Case, chance: random.Random) -> None:
    proof = json.loads(files["proof.json"])
    chance.choice(proof["records"])["sequence"] += chance.choice((-1, 1, 1000))
    files["proof.json"] = json.dumps(proof).encode()


def change_a_path(files: Files, case: Case, chance: random.Random) -> None:
    proof = json.loads(files["proof.json"])
    path = chance.choice(proof["records"])["path"]
    if path and chance.random() < 0.7:
        path[chance.randrange(len(path))] = base64.b64encode(chance.randbytes(32)).decode()
    else:
        path.append(base64.b64encode(chance.randbytes(32)).decode())
    files["proof.json"] = json.dumps(proof).encode()


def change_a_hash(files: Files, _: Case, chance: random.Random) -> None:
    data = bytearray(files["leaves"])
    data[chance.randrange(len(data))] ^= 1
    files["leaves"] = bytes(data)


def cut_the_hashes(files: Files, _: Case, chance: random.Random) -> None:
    files["leaves"] = files["leaves"][: chance.randrange(len(files["leaves"]))]


def claim_another_size(files: Files, _: Case, chance: random.Random) -> None:
    proof = json.loads(files["proof.json"])
    proof["size"] += chance.choice((-1, 1))
    files["proof.json"] = json.dumps(proof).encode()


def make_it_anew_as_a_whole(files: Files, case: Case, chance: random.Random) -> None:
    """With every right on the machine: the record changed, all hashed and signed with its key."""
    proof = json.loads(files["proof.json"])
    numbers = [each["sequence"] for each in proof["records"]]
    lines = files["records.jsonl"].splitlines()
    at = chance.randrange(len(lines))
    record = json.loads(lines[at])
    record["message"] += " and something more"
    lines[at] = json.dumps(record).encode()
    leaves = [files["leaves"][n : n + 32] for n in range(0, len(files["leaves"]), 32)]
    leaves[numbers[at]] = leaf_hash(lines[at])
    files.update(signed_anew(case, lines, numbers, leaves))


def shift_the_whole(files: Files, case: Case, chance: random.Random) -> None:
    """One record before the chosen ones taken out of the log, and all signed again."""
    leaves = [files["leaves"][n : n + 32] for n in range(0, len(files["leaves"]), 32)]
    leaves[0] = chance.randbytes(32)
    proof = json.loads(files["proof.json"])
    numbers = [each["sequence"] for each in proof["records"]]
    lines = files["records.jsonl"].splitlines()
    if 0 in numbers:
        del lines[0]
        numbers.remove(0)
    files.update(signed_anew(case, lines, numbers, leaves))


def signed_anew(case: Case, lines: list[bytes], numbers: list[int], leaves: list[bytes]) -> Files:
    root = root_of(leaves)
    origin = case.mailed.splitlines()[0]
    checkpoint = Checkpoint(origin, len(leaves), root)
    paths = [
        {"sequence": n, "path": [base64.b64encode(h).decode() for h in inclusion_proof(n, leaves)]}
        for n in numbers
    ]
    proof = {
        "origin": origin,
        "size": len(leaves),
        "root": base64.b64encode(root).decode(),
        "records": paths,
    }
    return {
        "records.jsonl": b"".join(line + b"\n" for line in lines),
        "proof.json": json.dumps(proof).encode(),
        "leaves": b"".join(leaves),
        "checkpoint": Signer.at(LogPaths.of(case.state).key).sign(checkpoint).encode(),
    }


WAYS: tuple[Callable[[Files, Case, random.Random], None], ...] = (
    change_a_record,
    take_a_record_out,
    say_another_number,
    change_a_path,
    change_a_hash,
    cut_the_hashes,
    claim_another_size,
    make_it_anew_as_a_whole,
    shift_the_whole,
)


def ours_accepts(case: Case, folder: Path) -> bool:
    for name, content in case.files.items():
        (folder / name).write_bytes(content)
    (folder / "mailed.txt").write_text(case.mailed)
    try:
        check(folder, folder / "mailed.txt")
    except (Refused, OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


def cases(logs: int, tamperings: int, top: Path) -> Iterator[Case]:
    """So many packs, and then tamperings with them, each its own log's."""
    for seed in range(logs):
        state = top / str(seed)
        # What a log is, not whether it lasts: so nothing waits for the disk.
        with mock.patch("os.fsync"), mock.patch("os.fdatasync"):
            case = made_case(state, seed)
        assert verify_log(LogPaths.of(state).log).ok
        yield case
        if seed < tamperings:
            yield tampered(case, seed)


def main() -> None:
    words = sys.argv[1:]
    oracle = words[words.index("--oracle") + 1] if "--oracle" in words else None
    logs = int(words[-1]) if words and words[-1].isdecimal() else 1000
    seen, refused = 0, 0
    asked: list[tuple[Case, bool]] = []
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        top = Path(folder)
        (top / "pack").mkdir()
        for case in cases(logs, logs * 2 // 5, top):
            ours = ours_accepts(case, top / "pack")
            theirs = pack_is_good(case.files, case.mailed, case.vkey)
            assert ours == theirs == (case.name == "untouched"), (case.name, ours, theirs)
            seen, refused = seen + 1, refused + (not ours)
            asked.append((case, ours))
    print(f"{seen} packs, of them {refused} tampered with and refused by both")
    if oracle:
        lines = [json.dumps(as_text(case)) for case, _ in asked]
        script = Path(__file__).with_name("oracle.py")
        ran = subprocess.run(
            [oracle, script], input="\n".join(lines), text=True, stdout=subprocess.PIPE, check=True
        )
        verdicts = [line == "good" for line in ran.stdout.split()]
        assert verdicts == [ours for _, ours in asked]
        print(f"aics-tlog says the same of all {len(verdicts)}")


def as_text(case: Case) -> dict[str, object]:
    return {
        "files": {n: base64.b64encode(c).decode() for n, c in case.files.items()},
        "mailed": case.mailed,
        "vkey": case.vkey,
    }


if __name__ == "__main__":
    main()

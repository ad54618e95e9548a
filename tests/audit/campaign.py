"""The fault campaign: the real writer under injected faults, and what must hold after each.

    PYTHONPATH=addon python -m tests.audit.campaign           a sample, as in tests/run
    PYTHONPATH=addon python -m tests.audit.campaign --full    every place of every fault

Faults of system calls are injected with strace, into each open, write, sync, rename and truncation
of the log's own files. A power cut is the image of a mounted file system, copied while the writer
is stopped in the middle: what had not reached the device is gone. After each fault the log is
opened again, and what was acknowledged must be there. Needs root and strace. No test lives here.
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bellgate.audit import LogPaths, entries
from bellgate.audit.verify.one_log import verify_log
from tests.audit.world import decision, fill, journal

ENVIRONMENT = {**os.environ, "PYTHONPATH": "addon:."}
CALLS = ("openat", "write", "pwrite64", "fdatasync", "fsync", "rename", "ftruncate")
FAULTS = ("error=EIO", "error=ENOSPC", "signal=KILL")
IMAGE_MB = 48


class Lost(AssertionError):
    """The promise was broken: an acknowledged record is gone, or the log is not good."""


@dataclass(frozen=True)
class Case:
    """One fault: in which call of that name it happens first, and whether it stays."""

    call: str
    fault: str
    nth: int
    lasting: bool = False

    @property
    def injection(self) -> str:
        return f"inject={self.call}:{self.fault}:when={self.nth}{'+' if self.lasting else ''}"


def faulty(state: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "tests.audit.faulty", str(state), *words]


def files_of(state: Path) -> list[Path]:
    """Every path that the writer touches: strace looks at these alone."""
    log, days = state / "log", ("2026-11-23", "2026-11-24")
    names = [log / f"{day}.{kind}" for day in days for kind in ("jsonl", "leaves")]
    small = [log / "checkpoint", log / "verifier.pub", log / "resume", state / "last-checkpoint"]
    small.append(state / "secrets" / "log.key")
    drafts = [path.with_name(path.name + ".new") for path in small]
    return [state, log, state / "log.lock", state / "secrets", *names, *small, *drafts]


def strace(state: Path, output: Path, *options: str) -> list[str]:
    paths = [word for path in files_of(state) for word in ("-P", str(path))]
    return ["strace", "-f", "-qq", "-o", str(output), "-e", f"trace={','.join(CALLS)}", *paths,
            *options, *faulty(state, "steps")]  # fmt: skip


def a_crashed_log(state: Path) -> dict[int, str]:
    """What every case begins with: three good records and a torn line. Returns what was told."""
    log = fill(state, 3)
    with (log / "2026-11-23.jsonl").open("ab") as file:
        file.write(b'{"@timestamp":"2026-11-23T10:15')
    return {n: f"n{n}.facebook.com" for n in range(3)}


def told(output: bytes) -> dict[int, str]:
    """What was acknowledged, by number. A line that the kill tore off was not told."""
    found: dict[int, str] = {}
    for line in output.split(b"\n")[:-1]:
        number, host = line.decode().split(" ")
        if int(number) in found:
            raise Lost(f"record {number} was acknowledged twice")
        found[int(number)] = host
    return found


def counted(top: Path) -> Counter[str]:
    """How often one thread at most makes each call: so many places there are for a fault."""
    state = top / "counted"
    a_crashed_log(state)
    subprocess.run(strace(state, top / "trace"), env=ENVIRONMENT, check=True, capture_output=True)
    by_thread: Counter[tuple[str, str]] = Counter()
    for line in (top / "trace").read_text().splitlines():
        if found := re.match(r"(\d+) +(\w+)\(", line):
            by_thread[found[1], found[2]] += 1
    most: Counter[str] = Counter()
    for (_, call), count in by_thread.items():
        most[call] = max(most[call], count)
    return most


def every_case(places: Counter[str]) -> Iterator[Case]:
    for call, count in sorted(places.items()):
        for fault in FAULTS:
            for nth in range(1, count + 1):
                yield Case(call, fault, nth)
                if fault != "signal=KILL":
                    yield Case(call, fault, nth, lasting=True)


def sampled(places: Counter[str], many: int, seed: int = 5) -> list[Case]:
    """Each call with each fault at least once, then by chance."""
    chance = random.Random(seed)
    cases = list(every_case(places))
    chance.shuffle(cases)
    first = {(case.call, case.fault): case for case in reversed(cases)}
    rest = [case for case in cases if case not in first.values()]
    return [*first.values(), *rest][:many]


def try_case(case: Case, top: Path) -> None:
    """One fault, and what must hold after it. Raises Lost."""
    state = top / "state"
    shutil.rmtree(state, ignore_errors=True)
    acknowledged = a_crashed_log(state)
    ran = subprocess.run(
        strace(state, top / "trace", "-e", case.injection),
        env=ENVIRONMENT, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    if b"Traceback" in ran.stderr or ran.returncode not in {0, -signal.SIGKILL, 137}:
        raise Lost(f"{case}: the writer died: {ran.stderr.decode()[-600:]}")
    if "INJECTED" not in (top / "trace").read_text() and case.fault != "signal=KILL":
        raise Lost(f"{case}: the fault never came")
    must_hold(state, {**acknowledged, **told(ran.stdout)}, str(case))


def must_hold(state: Path, acknowledged: dict[int, str], when: str) -> None:
    """As it was left, and opened again: the log is good and has all that was acknowledged."""
    log = LogPaths.of(state).log
    left = verify_log(log)
    # The hashes beside a day that is not over are not synced: opening writes them anew.
    wrong = [p for p in left.problems if not p.file.endswith(".leaves")]
    if wrong or left.size <= max(acknowledged, default=-1):
        raise Lost(f"{when}: as it was left: {left.size} signed, {wrong[:3]}")
    again = journal(state)
    again.decision(decision("again.facebook.com"), "block", "page")
    if again.close():
        raise Lost(f"{when}: it could not be gone on with")
    result, there = verify_log(log), hosts_of(log)
    if not result.ok or result.unsigned:
        raise Lost(f"{when}: opened again: {result.problems[:3]}")
    if (state / "log.1").exists():
        raise Lost(f"{when}: the log was given up")
    gone = {n: host for n, host in acknowledged.items() if there.get(n) != host}
    if gone:
        raise Lost(f"{when}: {len(gone)} acknowledged records are gone: {list(gone.items())[:3]}")


def hosts_of(log: Path) -> dict[int, str]:
    records = (entry.record for entry in entries(log) if entry.record)
    return {r["event"]["sequence"]: r.get("url", {}).get("domain", "") for r in records}


@contextmanager
def mounted(image: Path, at: Path) -> Iterator[Path]:
    at.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop", image, at], check=True)
    try:
        yield at
    finally:
        # At once from the tree; the device itself goes when the last file is closed.
        subprocess.run(["umount", "--lazy", at], check=True)


def new_image(image: Path) -> None:
    with image.open("wb") as file:
        file.truncate(IMAGE_MB << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0", image], check=True)


def power_cuts(cuts: int, top: Path, *words: str, seed: int = 5) -> int:
    """Cut the power so often under load; returns how many records had been acknowledged.

    The writer is stopped for the copy, wherever it is, so that the image is of one moment.
    """
    chance = random.Random(seed)
    new_image(top / "disk.img")
    copies: list[tuple[Path, dict[int, str]]] = []
    with mounted(top / "disk.img", top / "disk") as disk:
        output = (top / "told").open("wb")
        with output, subprocess.Popen(
            faulty(disk / "state", "load", *words), stdout=output, env=ENVIRONMENT
        ) as writer:  # fmt: skip
            try:
                _wait_for_content(top / "told")
                for n in range(cuts):
                    time.sleep(chance.uniform(0.02, 0.3))
                    writer.send_signal(signal.SIGSTOP)
                    os.waitpid(writer.pid, os.WUNTRACED)
                    acknowledged = told((top / "told").read_bytes())
                    shutil.copy(top / "disk.img", top / f"cut{n}.img")
                    copies.append((top / f"cut{n}.img", acknowledged))
                    writer.send_signal(signal.SIGCONT)
            finally:
                writer.kill()
    for n, (image, acknowledged) in enumerate(copies):
        with mounted(image, top / "after") as after:
            must_hold(after / "state", acknowledged, f"power cut {n}")
        image.unlink()
    return max(copies[-1][1])


def _wait_for_content(path: Path) -> None:
    end = time.monotonic() + 30
    while not path.stat().st_size:
        if time.monotonic() > end:
            raise Lost("the writer never acknowledged a record")
        time.sleep(0.02)


def main() -> None:
    full = "--full" in sys.argv[1:]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        places = counted(top)
        cases = list(every_case(places)) if full else sampled(places, 30)
        print(f"Calls in one run: {json.dumps(places)}; {len(cases)} faults", flush=True)
        lost: list[str] = []
        for case in cases:
            try:
                try_case(case, top)
            except Lost as e:
                lost.append(str(e))
                print(e, flush=True)
        cuts = 100 if full else 8
        last = power_cuts(cuts, top)
        print(f"{len(cases)} faults of calls: {len(lost)} broke the promise; {cuts} power cuts up "
              f"to record {last}: none did; {time.monotonic() - began:.0f} s")  # fmt: skip
    raise SystemExit(bool(lost))


if __name__ == "__main__":
    main()

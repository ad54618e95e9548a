"""The audit trail: records a second, synced and signed, and what one costs the gate's thread.

It is written on the disk that matters: TMPDIR says which.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bellgate.audit import Journal
from bellgate.audit.verify.one_log import verify_log
from bellgate.policy.decide import Decision
from tests.audit.world import decision, journal
from tests.bench.table import Row

RECORDS = 200_000
# Less than the queue holds: the bench must not outrun the writer, or records are lost as designed.
WAITING = 15_000


def measure(*, quick: bool = False) -> list[Row]:
    records = 5_000 if quick else RECORDS
    decided = decision()
    with TemporaryDirectory() as folder:
        log = journal(Path(folder))
        # At its best, as the decisions: other programs and the writer's thread want the processor.
        one = min(_of_the_gates_time(log, decided) for _ in range(5))
        began = time.perf_counter()
        for n in range(records):
            if not n % 100:
                while log.state.behind > WAITING:
                    time.sleep(0.005)
            log.decision(decided, "block", "page")
        whole = log.flush(60)
        took = time.perf_counter() - began
        log.close()
        began = time.perf_counter()
        result = verify_log(Path(folder) / "log")
        checked = time.perf_counter() - began
        began = time.perf_counter()
        journal(Path(folder)).close()
        opened = time.perf_counter() - began
        plain = _plain_lines(Path(folder) / "plain", records)
    assert whole
    assert result.ok
    rate = records / took
    return [
        Row("a record, of the gate's own time", one * 1e6, "µs", at_most=25),
        Row(
            "records, signed and synced",
            rate,
            "records/s",
            at_least=20_000,
            compared=f"{rate / plain:.2f} × lines of that size merely written",
        ),
        Row("verifying", result.size / checked, "records/s"),
        Row(f"opening a log of {result.size:,}", opened * 1e3, "ms"),
    ]


def _of_the_gates_time(log: Journal, decided: Decision) -> float:
    began = time.thread_time()
    for _ in range(1_000):
        log.decision(decided, "block", "page")
    one = (time.thread_time() - began) / 1_000
    log.flush(60)
    return one


def _plain_lines(path: Path, lines: int) -> float:
    """Lines a second of a file that nobody signs or syncs."""
    line = b"x" * 1200 + b"\n"
    began = time.perf_counter()
    with path.open("wb", buffering=0) as file:
        for _ in range(lines):
            file.write(line)
    return lines / (time.perf_counter() - began)

"""The audit trail's budgets (DESIGN.md section 10), measured: `python -m tests.bench.audit`.

Run it with `addon` and the root on PYTHONPATH, on the disk that matters: TMPDIR says which.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bellgate.audit import verify
from tests.audit.world import decision, journal

RECORDS = 200_000
# Less than the queue holds: the bench must not outrun the writer, or records are lost as designed.
WAITING = 15_000


def main() -> None:
    decided = decision()
    with TemporaryDirectory() as folder:
        log = journal(Path(folder))
        one = time.thread_time()
        for _ in range(5_000):
            log.decision(decided, "block", "page")
        one = (time.thread_time() - one) / 5_000
        log.flush(60)
        began = time.perf_counter()
        for n in range(RECORDS):
            if not n % 100:
                while log.state.behind > WAITING:
                    time.sleep(0.005)
            log.decision(decided, "block", "page")
        whole = log.flush(60)
        took = time.perf_counter() - began
        log.close()
        began = time.perf_counter()
        result = verify(Path(folder) / "log")
        checked = time.perf_counter() - began
        began = time.perf_counter()
        journal(Path(folder)).close()
        opened = time.perf_counter() - began
    assert whole
    assert result.ok
    print(f"of the gate's thread   {one * 1e6:8.1f} us a record (budget 25)")
    print(f"sustained and synced   {RECORDS / took:8.0f} records/s (budget 20000)")
    print(f"verify                 {result.size / checked:8.0f} records/s")
    print(f"opening {result.size} records {opened * 1e3:6.0f} ms")


if __name__ == "__main__":
    main()

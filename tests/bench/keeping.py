"""A log of sixty days: how long `audit verify` makes a stranger wait, and what a night's work is.

It is written on the disk that matters: TMPDIR says which.
"""

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bellgate.audit import expire
from bellgate.audit.log.line import line_of
from bellgate.audit.log.store import Line
from bellgate.audit.record.record import decision_record, event_record, timestamp
from bellgate.audit.verify.one_log import verify_log
from tests.audit.keeping import Holding, OpenLog, limits
from tests.audit.world import EDITION, decision, journal
from tests.bench.table import Row

RECORDS, DAYS = 2_000_000, 60
BATCH = 20_000
FIRST = datetime(2026, 9, 1, 8, tzinfo=UTC)
# The pupils' month is up, the staff's three are not; one in five is of the staff.
PERIODS = {"pupils": 30, "staff": 90, "guests": 30, "reviewers": 365, "gate": 365}
TODAY = date(2026, 10, 31)


def measure(*, quick: bool = False) -> list[Row]:
    records = 30_000 if quick else RECORDS
    with TemporaryDirectory() as folder:
        log = OpenLog(Path(folder))
        began = time.perf_counter()
        _write(log, records)
        written = time.perf_counter() - began
        first = _verified(log.paths.log, records)
        began = time.perf_counter()
        outcome = expire(log.paths, limits(PERIODS, TODAY), Holding(), log.tell)
        night = time.perf_counter() - began
        began = time.perf_counter()
        again = expire(log.paths, limits(PERIODS, TODAY), Holding(), log.tell)
        idle = time.perf_counter() - began
        log.close()
        rest = _verified(log.paths.log, records)
        began = time.perf_counter()
        journal(Path(folder)).close()
        opened = time.perf_counter() - began
    assert again.emptied == 0
    assert outcome.emptied > records / 4
    return [
        Row(f"writing {records:,} records of {DAYS} days", written, "s"),
        Row("verifying them", first, "s", at_most=60, compared=f"{records / first:,.0f} records/s"),
        Row(f"emptying {outcome.emptied:,} of a month", night, "s"),
        Row("a night with nothing to empty", idle, "s"),
        Row("verifying the rest", rest, "s", at_most=60, compared=f"{records / rest:,.0f} lines/s"),
        Row("opening it again", opened * 1e3, "ms"),
    ]


def _verified(log: Path, records: int) -> float:
    began = time.perf_counter()
    result = verify_log(log)
    took = time.perf_counter() - began
    assert result.ok, result.problems[:3]
    assert result.size >= records
    return took


def _write(log: OpenLog, records: int) -> None:
    """Lines of real sizes, of two groups and the gate; only their times and numbers differ."""
    texts = [line.text for line in _patterns()]
    mark = timestamp(FIRST).encode()
    a_day = records // DAYS
    batch: list[Line] = []
    for n in range(records):
        day, second = divmod(n, a_day)
        at = FIRST + timedelta(days=day, seconds=second * 28_800 // a_day)
        when = timestamp(at)
        text = texts[0 if not n % 50 else 1 if not n % 5 else 2]
        batch.append(Line(when, text.replace(mark, when.encode(), 1)))
        if len(batch) == BATCH:
            log.store.commit(log.store.prepare(batch))
            batch = []
    if batch:
        log.store.commit(log.store.prepare(batch))


def _patterns() -> list[Line]:
    heartbeat = event_record(
        "bellgate.gate", "heartbeat", "alive", edition=EDITION, at=FIRST, clock="synchronised"
    )
    staff = decision("www.facebook.com", FIRST)
    pupil = decision("www.facebook.com", FIRST, ip="10.77.10.21", mac="3c:22:fb:00:00:21")
    made = [heartbeat]
    made += [
        decision_record(each, "block", seen="page", clock="synchronised") for each in (staff, pupil)
    ]
    return [line_of(record) for record in made]

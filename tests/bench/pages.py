"""The index behind the pages: how fast it is rebuilt, and how long each question takes it.

The questions are asked over ten million records of a term, which are put into the index without a
log; the rebuild is of a smaller log that is really there. Cold: in a new connection, after the
kernel forgot the file. It is written on the disk that matters: TMPDIR says which.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import insert

from bellgate.audit.log.line import line_of
from bellgate.audit.log.store import Line
from bellgate.audit.record.record import Seen, decision_record, timestamp
from bellgate.audit.verify.one_log import verify_log
from bellgate.review.index import Index, Search
from bellgate.review.index.database import Database
from bellgate.review.index.files import DayFile, place_of
from bellgate.review.index.gathering import Days, Gathered
from bellgate.review.index.tables import logs
from bellgate.review.visits.attempts import Attempt, RuleNamed
from tests.audit.keeping import OpenLog
from tests.audit.world import LONDON, decision
from tests.bench.table import Row

RECORDS, REBUILT = 10_000_000, 400_000
DAYS, DEVICES, A_VISIT = 75, 400, 5
"""School days of a term; devices; records of a visit, in the mean."""
BATCH = 20_000
ROUNDS = 5
FIRST = date(2026, 9, 1)
GRADES: Final[tuple[Seen, ...]] = ("page", "embedded", "background", "connection")
SERVICES = tuple(f"service-{n:02}" for n in range(20))
GROUPS = (*((f"year-{n}", "pupils") for n in range(1, 7)), ("staff",), ("guests",))
RULE = RuleNamed("Pupils", "rules.yaml:57", "No social media at school", "sha256:" + "ab" * 32)


def measure(*, quick: bool = False) -> list[Row]:
    with TemporaryDirectory() as folder:
        rows = _rebuilt(Path(folder) / "state", 10_000 if quick else REBUILT)
    with TemporaryDirectory() as folder:
        return rows + _asked(Path(folder) / "index.sqlite", 40_000 if quick else RECORDS)


def _rebuilt(state: Path, records: int) -> list[Row]:
    log = OpenLog(state)
    write_log(log, records)
    began = time.perf_counter()
    assert verify_log(log.paths.log).ok
    verified = records / (time.perf_counter() - began)
    index = Index.open(state / "index.sqlite", LONDON, lambda: datetime.now(UTC))
    began = time.perf_counter()
    assert index.rebuild(log.paths) == records
    rate = records / (time.perf_counter() - began)
    began = time.perf_counter()
    assert index.follow(log.paths) == 0
    idle = time.perf_counter() - began
    log.close()
    index.close()
    beside = f"verifying them: {verified:,.0f} records/s"
    return [
        Row(f"rebuilding {records:,} records", rate, "records/s", at_least=20_000, compared=beside),
        Row("a look at a log in which nothing is new", idle * 1e3, "ms"),
    ]


def _asked(file: Path, records: int) -> list[Row]:
    began = time.perf_counter()
    _fill(file, records)
    filled = time.perf_counter() - began
    index = Index.open(file, LONDON, lambda: datetime.now(UTC))
    visits = index.visits(Search()).total
    index.close()
    size = file.stat().st_size / 1e6
    rows = [Row(f"an index of {records:,} records, {visits:,} visits", size, "MB",
                compared=f"filled with {records / filled:,.0f} records/s")]  # fmt: skip
    coldest = 0.0
    for name, ask in _questions():
        cold = _cold(file, ask)
        coldest = max(cold, coldest)
        warm = _warm(file, ask)
        rows.append(Row(name, warm * 1e3, "ms", at_most=300, compared=f"cold {cold * 1e3:,.0f} ms"))
    return [*rows, Row("the slowest of them, cold", coldest * 1e3, "ms", at_most=1000)]


Question = Callable[[Index], object]


def _questions() -> Iterator[tuple[str, Question]]:
    last = FIRST + timedelta(days=DAYS - 1)
    middle = FIRST + timedelta(days=DAYS // 2)
    for said, search in (
        ("everything", Search()),
        ("everything, page 500", Search(page=500)),
        ("a device", Search(device="device-007")),
        ("a person, one service", Search(person="person-007", service="service-03")),
        ("a group and an action", Search(group="year-3", action="answered")),
        ("a service, pages only, page 20", Search(service="service-03", seen="page", page=20)),
        ("a day, a session", Search(first=middle, last=middle, session="morning")),
        ("what nobody did", Search(service="service-19", action="exempted")),
    ):
        yield f"visits: {said}", lambda index, search=search: index.visits(search)  # type: ignore[misc]
    yield "a week", lambda index: index.totals(middle, middle + timedelta(days=6))
    yield "the whole term", lambda index: index.totals(FIRST, last)
    yield "the number of everything", lambda index: index.count(Search())
    yield "the number of a person's", lambda index: index.count(Search(person="person-007"))
    yield "what was deleted, and when its clock was wrong", _deleted_and_steps
    yield "a service over the term", lambda index: index.service("service-03", FIRST, last)
    yield "who was at it on a day", lambda index: index.who("service-19", middle)
    yield "a device over the term", lambda index: index.device("device-007", FIRST, last)
    yield "a person over the term", lambda index: index.person("person-007", FIRST, last)
    yield "what there is to choose from", lambda index: index.on_record(FIRST, last)
    yield "how the index stands", lambda index: index.state()


def _deleted_and_steps(index: Index) -> object:
    return index.deleted(FIRST, FIRST + timedelta(days=DAYS)), index.clock_steps()


def _cold(file: Path, ask: Question) -> float:
    """Once, in a new connection, when nothing of the file is in memory."""
    forget(file)
    index = Index.open(file, LONDON, lambda: datetime.now(UTC))
    began = time.perf_counter()
    ask(index)
    took = time.perf_counter() - began
    index.close()
    return took


def forget(file: Path) -> None:
    """Let the kernel keep nothing of a file in memory."""
    handle = os.open(file, os.O_RDONLY)
    os.fsync(handle)
    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(handle)


def _warm(file: Path, ask: Question) -> float:
    index = Index.open(file, LONDON, lambda: datetime.now(UTC))
    ask(index)
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask(index)
        took.append(time.perf_counter() - began)
    index.close()
    return median(took)


def _fill(file: Path, records: int) -> None:
    """Put a term into an index, by the way that a log takes from its records on."""
    database, days, number = Database.open(file, LONDON, readonly=False), Days(LONDON), 0
    chance = Random(1)
    for day in range(DAYS):
        first = number
        of_day = DayFile(day + 1, 1, (FIRST + timedelta(days=day)).isoformat(), first, first)
        new = Gathered()
        for attempt in _day(day, records // DAYS, number, chance):
            new.take(attempt, place_of(of_day.id, (number - first) * 1_100), days)
            number += 1
            if not number % BATCH:
                _take(database, new, of_day, number)
                new = Gathered()
        _take(database, new, of_day, number)
    _put_log(database, number)
    database.close()


def _take(database: Database, new: Gathered, file: DayFile, number: int) -> None:
    with database.transaction() as (connection, writing):
        lines = number - file.first
        writing.take(connection, new, replace(file, next=number, lines=lines, closed=1))


def _put_log(database: Database, size: int) -> None:
    values = {"id": 1, "origin": "bellgate/bench", "folder": "log", "size": size, "peaks": "[0]",
              "signed": size, "newest": 0, "stamp": ""}  # fmt: skip
    with database.transaction() as (connection, _):
        connection.execute(insert(logs).values(values))


def _day(day: int, records: int, number: int, chance: Random) -> list[Attempt]:
    """A day's attempts, in order of time: visits of some devices at some services."""
    opens = datetime.combine(FIRST + timedelta(days=day), datetime.min.time(), UTC)
    made: list[tuple[float, int, int, Seen, bool]] = []
    while len(made) < records:
        device, service = chance.randrange(DEVICES), int(chance.random() ** 2 * len(SERVICES))
        at, seen = chance.uniform(8.5, 15.5) * 3600, chance.choice(GRADES)
        answers = service == 0 and chance.random() < 0.1
        for _ in range(chance.randint(1, 2 * A_VISIT - 1)):
            made.append((at, device, service, seen, answers))
            at += chance.random() * 120
            answers = False
    made.sort()
    return [_attempt(opens, number + n, each) for n, each in enumerate(made[:records])]


def _attempt(opens: datetime, number: int, made: tuple[float, int, int, Seen, bool]) -> Attempt:
    at, device, service, seen, answers = made
    known = device % 4
    return Attempt(
        number=number,
        at=opens + timedelta(seconds=at),
        action="answered" if answers else "block",
        seen=seen,
        times=1 + number % 3,
        message="",
        device=f"device-{device:03}",
        address=f"10.20.{device // 200}.{device % 200}",
        person=f"person-{device:03}" if known else None,
        roles=GROUPS[device % len(GROUPS)],
        ground="held" if known else "shared",
        claimed=None,
        doubt=None,
        service=SERVICES[service],
        category=f"category-{service % 5}",
        host=f"www{number % 4}.service.example",
        session="morning" if at < 12.5 * 3600 else "afternoon",
        rule=RULE,
        carried_over=False,
        reason=None,
        lasted=timedelta(),
        clock="synchronised",
        until=None,
        nth={},
    )


def write_log(log: OpenLog, records: int, days: int = 4) -> None:
    """A log of real lines over so many days: their times, devices and numbers differ."""
    opens = datetime.combine(FIRST, datetime.min.time(), UTC)
    texts, mark = _patterns(opens), timestamp(opens).encode()
    batch: list[Line] = []
    chance, a_day = Random(2), max(1, records // days)
    text = texts[0]
    for n in range(records):
        day, second = divmod(n, a_day)
        if not n % A_VISIT:
            text = chance.choice(texts)
        when = timestamp(opens + timedelta(days=day, hours=8, seconds=second * 28_000 / a_day))
        batch.append(Line(when, text.replace(mark, when.encode(), 1)))
        if len(batch) == BATCH or n == records - 1:
            log.store.commit(log.store.prepare(batch))
            batch = []


def _patterns(at: datetime) -> list[bytes]:
    found = []
    for device in range(DEVICES):
        for host in ("www.facebook.com", "wordpress.com"):
            for seen in GRADES:
                made = decision_record(decision(host, at), "block", seen=seen, clock="synchronised")
                made["device"] = {"id": f"device-{device:03}"}
                made["user"]["id"] = f"person-{device:03}"
                found.append(line_of(made).text)
    return found

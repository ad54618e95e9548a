"""The pages as they are served: each page by itself, and twenty readers while the gate records.

A log that is really there, its index, `bellgate console` and a gate, each in a process of its own.
The gate records a thousand decisions a second; what its own clients wait is measured with nobody at
the pages and with twenty who turn a page every second. `--long` does it over ten million records.
"""

import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from bellgate.console.accounts import Accounts
from bellgate.console.assembly import index_of
from bellgate.console.school import School as Desk
from bellgate.machine_time import machine_now
from bellgate.running.folders import index_file
from tests.audit.keeping import OpenLog
from tests.bench.pages import DAYS, FIRST, forget, write_log
from tests.bench.table import Row
from tests.console.served import PASSWORD, environment, served
from tests.lab.school import SAMPLE, TOP

READERS, RATE, SECONDS = 20, 1000.0, 60
A_PAGE_EVERY = 1.0
"""Seconds that a reader looks at a page."""
RECORDS, MANY = 400_000, 10_000_000
POLITE = 0.05
"""Seconds between the attempts of the one client whose waiting is measured."""


def measure(*, quick: bool = False) -> list[Row]:
    return _measured(1_000, 1, openings=1) if quick else _measured(RECORDS, SECONDS)


def measure_long() -> list[Row]:
    return _measured(MANY, SECONDS)


def _measured(records: int, seconds: float, *, openings: int = 5) -> list[Row]:
    with TemporaryDirectory(prefix="bellgate-bench-") as folder:
        state, schedules = Path(folder) / "state", Path(folder) / "schedules"
        shutil.copytree(SAMPLE, schedules)
        log = OpenLog(state)
        write_log(log, records, DAYS)
        log.close()
        rows = _indexed(Desk(schedules, state), records)
        # Else each record of a look would wait for what has just been written here at once.
        os.sync()
        (state / "schedules").symlink_to(schedules)
        Accounts(state).add("head", "head", machine_now())
        Accounts(state).set_password("head", PASSWORD, machine_now())
        with served(state) as console:
            address = console.at.removeprefix("http://")
            rows += _each_page(address, Desk(schedules, state), openings)
            rows += _read_while_recording(schedules, state, address, seconds)
        return rows


def _indexed(desk: Desk, records: int) -> list[Row]:
    index, began = index_of(desk), time.perf_counter()
    assert index.rebuild(desk.paths) == records
    rate = records / (time.perf_counter() - began)
    index.close()
    return [Row(f"rebuilding {records:,} records", rate, "records/s", at_least=20_000)]


@dataclass
class Reader:
    """Somebody at a browser: one connection, one session."""

    address: str
    connection: http.client.HTTPConnection = field(init=False)
    cookie: str = ""

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(self.address, timeout=60)

    def get(self, path: str) -> float:
        """Seconds until the whole page was there."""
        began = time.perf_counter()
        status, _ = self._ask("GET", path)
        assert status == 200, f"{path}: {status}"
        return time.perf_counter() - began

    def sign_in(self) -> None:
        _, page = self._ask("GET", "/sign-in")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        form = {"csrf_token": token[1], "name": "head", "password": PASSWORD, "code": ""}
        status, _ = self._ask("POST", "/sign-in", urlencode(form))
        assert status == 303

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        headers = {"Cookie": self.cookie, "Referer": f"http://{self.address}/sign-in"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        if cookie := answer.getheader("Set-Cookie"):
            self.cookie = cookie.partition(";")[0]
        status, page = answer.status, answer.read().decode()
        self.connection.close()  # it opens another for the next page
        return status, page


def _pages() -> list[str]:
    """What a head teacher opens, in a term that is full."""
    middle, last = FIRST + timedelta(days=DAYS // 2), FIRST + timedelta(days=DAYS - 1)
    term = urlencode({"first": FIRST.isoformat(), "last": last.isoformat()})
    return [
        f"/?week={middle}", f"/visits?{term}", f"/visits?{term}&page=400",
        f"/visits?{term}&who=person-000&service=facebook", f"/visits?{term}&group=staff",
        f"/visits?first={middle}&last={middle}&session=morning", f"/services/facebook?{term}",
        f"/services/facebook?{term}&day={middle}", f"/devices/device-000?{term}",
        f"/people/person-000?{term}", "/cases", "/exemptions", "/today", "/timetable",
        "/timetable/try?who=office-pc&site=www.facebook.com", "/now", "/health",
        f"/looked?{_lately()}", "/reports/week", f"/reports/term?{term}", "/reports/year",
        "/account", _a_visit(middle),
    ]  # fmt: skip


def _lately() -> str:
    today = machine_now().date()
    return urlencode({"first": today.isoformat(), "last": today.isoformat()})


def _a_visit(day: date) -> str:
    return f"/visits/{day}/FIRST"


def _each_page(address: str, desk: Desk, openings: int) -> list[Row]:
    """Each at its first opening, when nothing of the index is in memory, and at later ones."""
    rows, reader = [], _signed_in(address)
    for path in _found(reader):
        forget(index_file(desk.base))
        first = reader.get(path)
        later = statistics.median(reader.get(path) for _ in range(openings))
        rows.append(
            Row(path[:72], later * 1e3, "ms", at_most=300, compared=f"cold {first * 1e3:,.0f} ms")
        )
    return rows


def _found(reader: Reader) -> Iterator[str]:
    """The pages, with the address of a visit that there is."""
    for path in _pages():
        if not path.endswith("/FIRST"):
            yield path
            continue
        day = path.split("/")[2]
        _, page = reader._ask("GET", f"/visits?first={day}&last={day}")
        href = re.search(rf'href="(/visits/{day}/-?\d+[^"]*)"', page)
        assert href is not None
        yield href[1]


def _read_while_recording(schedules: Path, state: Path, address: str, seconds: float) -> list[Row]:
    first = _signed_in(address)
    paths = list(_found(first))
    for path in paths:
        first.get(path)  # the last measure left nothing in memory, as no Monday finds it
    with _recording(schedules, state) as port:
        readers = [_signed_in(address) for _ in range(READERS)]
        alone = _polite(port, seconds)
        with ThreadPoolExecutor(READERS + 1) as pool:
            end = time.monotonic() + seconds
            turning = [
                pool.submit(_reads, reader, paths, Random(n), end)
                for n, reader in enumerate(readers)
            ]
            beside = _polite(port, seconds)
            turned = sorted(page for one in turning for page in one.result())
    quiet, busy = statistics.median(alone), statistics.median(beside)
    middle = statistics.median(took for took, _, _ in turned)
    slowest = ", ".join(f"{t * 1e3:,.0f} {path[:20]} {left:.0f} s" for t, path, left in turned[-3:])
    return [
        Row(f"the slowest of {len(turned):,} pages turned by {READERS}", turned[-1][0] * 1e3, "ms",
            at_most=1000, compared=f"median {middle * 1e3:,.0f} ms; before the end: {slowest}"),
        Row("a refusal by the gate meanwhile, median", busy * 1e3, "ms",
            compared=f"nobody at the pages {quiet * 1e3:.1f} ms; "
                     f"worst of a hundred {_worst(beside):.1f} and {_worst(alone):.1f} ms"),
    ]  # fmt: skip


def _worst(times: list[float]) -> float:
    return sorted(times)[len(times) * 99 // 100] * 1e3


@contextmanager
def _recording(schedules: Path, state: Path) -> Iterator[int]:
    gate = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.recording_gate", schedules, state, str(RATE)],
        cwd=TOP, env=environment() | {"PYTHONPATH": f"{TOP / 'addon'}:{TOP}"},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert gate.stdout is not None
        said = gate.stdout.readline().split()
        assert said[:1] == ["recording"], "the gate did not start"
        yield int(said[1])
    finally:
        gate.terminate()
        gate.wait(60)


def _polite(port: int, seconds: float) -> list[float]:
    """Somebody at a closed site, again and again: how long each answer took."""
    took, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as one:
            one.request("GET", "http://nordvpn.com/")
            assert one.getresponse().status == 403
        took.append(time.perf_counter() - began)
        time.sleep(POLITE)
    return took


def _signed_in(address: str) -> Reader:
    reader = Reader(address)
    reader.sign_in()
    return reader


def _reads(
    reader: Reader, paths: list[str], chance: Random, end: float
) -> list[tuple[float, str, float]]:
    """How long each page took, which it was, and how many seconds before the end."""
    took = []
    # Twenty people do not open their first page at the same moment.
    time.sleep(chance.random() * A_PAGE_EVERY)
    while time.monotonic() < end:
        path, left = chance.choice(paths), end - time.monotonic()
        took.append((reader.get(path), path, left))
        time.sleep(A_PAGE_EVERY)
    return took

"""Durability, proved: a sample of the fault campaign, and the planted bug that it must find.

All of it: `PYTHONPATH=addon python -m tests.audit.campaign --full` (campaign.py says what it does).
"""

import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from bellgate.audit import LogPaths, entries
from bellgate.audit.log.day_files import days_of
from bellgate.audit.verify.one_log import verify_log
from tests.audit.campaign import (
    CALLS,
    FAULTS,
    Case,
    Lost,
    counted,
    every_case,
    must_hold,
    power_cuts,
    sampled,
    try_case,
)
from tests.audit.test_full_disk import small_disk, wait_until
from tests.audit.world import QUARTER_PAST_TEN, Clock, decision, journal

__all__ = ["small_disk"]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    paths = counted(tmp_path_factory.mktemp("counted"))
    # Each call is really made: a place that nobody comes by proves nothing.
    assert set(paths) == set(CALLS)
    assert len(list(every_case(paths))) > 300
    return sampled(paths, len(CALLS) * len(FAULTS))


@pytest.mark.parametrize("nth", range(len(CALLS) * len(FAULTS)))
def test_a_fault_in_a_system_call_loses_no_acknowledged_record(
    tmp_path: Path, cases: list[Case], nth: int
) -> None:
    try_case(cases[nth], tmp_path)


def test_a_power_cut_loses_no_acknowledged_record(tmp_path: Path) -> None:
    assert power_cuts(5, tmp_path) > 10


def test_without_the_sync_a_power_cut_loses_records_and_that_is_found(tmp_path: Path) -> None:
    with pytest.raises(Lost, match="power cut"):
        power_cuts(5, tmp_path, "no-sync")


def test_the_disk_fills_under_load_and_there_is_room_again(small_disk: Path) -> None:
    """Records come all the while, from two threads; each is either kept or told to be lost."""
    log = journal(small_disk, limit=40)
    acknowledged: dict[int, str] = {}
    lost: list[str] = []
    end = threading.Event()

    def note(number: int | None, host: str) -> None:
        if number is None:
            lost.append(host)
        else:
            acknowledged[number] = host

    def write(name: str) -> None:
        count = 0
        while not end.wait(0.02):
            host, count = f"{name}{count}.facebook.com", count + 1
            log.decision(
                decision(host), "block", "page",
                acknowledge=lambda number, host=host: note(number, host),  # type: ignore[misc]
            )  # fmt: skip

    writers = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for writer in writers:
        writer.start()
    filler = small_disk / "filler"
    for _ in range(2):
        filler.write_bytes(b"x" * (400 << 10))
        with suppress(OSError), filler.open("ab") as file:  # until the disk is full
            while True:
                file.write(b"x" * 4096)
                file.flush()
        wait_until(log, False)
        filler.unlink()
        wait_until(log, True)
    end.set()
    for writer in writers:
        writer.join()
    assert log.close() == 0
    assert acknowledged
    must_hold(small_disk, acknowledged, "a full disk under load")


def test_the_clock_is_stepped_back_a_day(tmp_path: Path) -> None:
    """The records go on in the day's file that is open, in their order; none is lost."""
    clock = Clock(QUARTER_PAST_TEN)
    log = journal(tmp_path, clock)
    acknowledged: dict[int, str] = {}
    for step in (timedelta(), timedelta(days=-1), timedelta(days=2)):
        clock.advance(step)
        for n in range(2):
            host = f"n{n}.{clock.at.day}.facebook.com"
            log.decision(
                decision(host, clock.at), "block", "page",
                acknowledge=lambda n, host=host: acknowledged.update({n: host}),  # type: ignore[misc,dict-item]
            )  # fmt: skip
        assert log.flush()
    log.close()
    folder = LogPaths.of(tmp_path).log
    assert [files.day for files in days_of(folder)] == ["2026-11-23", "2026-11-24"]
    times = [e.record["@timestamp"][:10] for e in entries(folder) if e.record]
    assert times == ["2026-11-23"] * 2 + ["2026-11-22"] * 2 + ["2026-11-24"] * 2
    assert verify_log(folder).ok
    must_hold(tmp_path, acknowledged, "a clock stepped back")

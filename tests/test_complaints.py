"""What fails again and again fills no journal."""

import logging
import time
from pathlib import Path

import pytest

from bellgate.complaints import Lasting, NowAndThen
from bellgate.gateway.addresses import AddressTable
from tests.lab.school import wait_for

FULL = OSError(28, "No space left on device")


def test_a_trouble_is_said_when_it_begins_for_each_reason_and_when_it_is_over() -> None:
    trouble = Lasting("It fails", "It does not fail any more")
    assert trouble.went_well() is None, "nothing was wrong"
    said = [trouble.failed(FULL), trouble.failed(FULL), trouble.failed(ValueError("odd"))]
    assert said == [
        "It fails ([Errno 28] No space left on device)", None, "It fails (ValueError: odd)",
    ]  # fmt: skip
    assert trouble.failed(FULL) is None, "also where two reasons take turns"
    assert [trouble.went_well(), trouble.went_well()] == ["It does not fail any more", None]
    assert trouble.failed(FULL) is not None, "it begins anew"


def test_reasons_that_differ_each_time_are_not_said_for_ever() -> None:
    trouble = Lasting("It fails", "It does not")
    said = [trouble.failed(ValueError(f"at {n}")) for n in range(1_000)]
    assert len([line for line in said if line]) == 10


def test_what_has_no_end_is_said_every_ten_minutes() -> None:
    failures = NowAndThen()
    assert [failures.is_due("It failed", at) for at in (0, 1, 599, 600, 601)] == [
        True, False, False, True, False,
    ]  # fmt: skip
    assert failures.is_due("Another", 1)


def test_a_lease_file_that_cannot_be_read_is_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    leases = tmp_path / "leases"
    leases.mkdir()
    table = AddressTable([leases])
    with caplog.at_level(logging.WARNING, logger="bellgate"):
        table.start()
        wait_for(lambda: bool(caplog.messages), "the line")
        time.sleep(2.5)
        leases.rmdir()
        leases.write_text("0 3c:22:fb:00:00:31 10.77.20.131 * *\n")
        wait_for(lambda: len(caplog.messages) > 1, "its end")
        table.close()
    assert caplog.messages == [
        f"The lease file {leases} cannot be read ([Errno 21] Is a directory: '{leases}')",
        f"The lease file {leases} is read again",
    ]

"""Each thing that goes wrong is told once, and once when it is over, to whose business it is."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bellgate.gateway.connection_room import Table
from bellgate.running.alerts.signs import Copied
from bellgate.running.alerts.trouble import KINDS
from bellgate.schedules.settings import AlertSettings
from tests.audit.world import journal
from tests.lab.post_box import PostBox, address, read, serving
from tests.running.alerts.gate import (
    DAY,
    HEAD,
    HOUR,
    IT,
    MINUTE,
    MONDAY,
    WELL,
    GateClock,
    Months,
    settings_with,
)

Told = list[tuple[list[str], str]]

WRONG: dict[str, dict[str, Any]] = {
    "files": {"files": 'The mistake is school.yaml:14: terms: "2026-9-2" is not a date.'},
    "dates": {"last_day": date(2026, 9, 30)},
    "certificate": {"certificate_ends": datetime(2026, 9, 30, tzinfo=UTC)},
    "copy": {"copies": {"The list vpn": Copied(None, "the server answers 404 Not Found")}},
    "log": {"log": "No space left on device"},
    "anchors": {"anchors": {"e-mail": "the server did not answer in time"}},
    "filter": {"filter": "10.77.1.5:3128: Connection refused"},
    "clock": {"clock_is_set": False},
    "disk": {"disk_used": 0.93},
    "table": {"table": Table(235_000, 262_144)},
}
TO_HEAD = {"dates", "log", "anchors"}


def told(box: PostBox) -> Told:
    """To whom each letter went, and what it was about."""
    return [(e.rcpt_tos, str(read(e)["Subject"]).partition(": ")[2]) for e in box.letters]


def bodies(box: PostBox) -> list[str]:
    return [read(each).get_content().replace("\r\n", "\n") for each in box.letters]


def well_again(what: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(WELL, name) for name in what}


@pytest.mark.parametrize("name", WRONG)
def test_it_is_told_once_and_once_when_it_is_over(months: Months, box: PostBox, name: str) -> None:
    kind, wrong = KINDS[name], WRONG[name]
    months.go_on(HOUR)
    months.go_on(kind.after, **wrong)
    assert box.letters == [], "it is not told before it has lasted"
    months.go_on(5 * MINUTE)
    subject = "The list vpn" if name == "copy" else ""
    people = sorted([HEAD, IT]) if name in TO_HEAD else [IT]
    assert told(box) == [(people, kind.title.format(subject=subject))]
    # Not again for a week, nor after a restart; and the end is told when it has lasted, too.
    months.go_on(3 * DAY, every=5 * MINUTE)
    months.restart()
    months.go_on(4 * DAY, every=5 * MINUTE)
    assert len(box.letters) == 1
    months.go_on(59 * MINUTE, **well_again(wrong))
    assert len(box.letters) == 1
    months.go_on(2 * DAY, every=5 * MINUTE)
    assert told(box)[1:] == [(people, f"over: {kind.over.format(subject=subject)}")]
    assert len(months.recorded("alerted")) == 2


def test_every_kind_is_tried_here() -> None:
    assert set(WRONG) | {"restarted"} == set(KINDS)
    assert {name for name, kind in KINDS.items() if kind.for_head} == TO_HEAD


def test_a_gate_that_was_killed_is_told_of_once_a_day_of_it(months: Months, box: PostBox) -> None:
    months.go_on(HOUR)
    months.restart()
    months.go_on(2 * HOUR)
    assert box.letters == [], "who stops it properly knows that"
    months.dies()
    months.go_on(5 * MINUTE)
    assert told(box) == [([IT], "The gate stopped by itself, and was started again")]
    assert "Its last sign of life was at 12:00:00 on Monday 7 September 2026." in " ".join(
        bodies(box)[0].split()
    )
    # However often it dies within a day of the last time.
    for _ in range(40):
        months.dies()
        months.go_on(HOUR, every=20 * MINUTE)
    assert len(box.letters) == 1
    months.go_on(2 * DAY, every=10 * MINUTE)
    months.restart()
    months.go_on(2 * DAY, every=10 * MINUTE)
    over = "over: The gate has run for a day without stopping by itself"
    assert told(box)[1:] == [([IT], over)]


def test_a_month_in_which_nothing_is_wrong_is_silent(months: Months, box: PostBox) -> None:
    months.go_on(30 * DAY)
    months.restart()
    months.go_on(DAY)
    assert box.letters == []
    assert months.recorded("alerted") == months.recorded("error") == []


def test_what_wavers_for_a_month_is_no_flood(months: Months, box: PostBox) -> None:
    """Gone for seventy minutes, and back: the worst that an end after an hour could meet."""
    while months.clock.at < MONDAY + 30 * DAY:
        months.go_on(10 * MINUTE, disk_used=0.93)
        months.go_on(70 * MINUTE, disk_used=0.5)
    assert 2 <= len(box.letters) <= 4
    months.go_on(2 * DAY, disk_used=0.5)
    assert len(box.letters) % 2 == 0, "and its end is told"


def test_a_disk_that_is_just_at_its_limit_does_not_waver(months: Months, box: PostBox) -> None:
    for _ in range(20):
        months.go_on(2 * HOUR, every=10 * MINUTE, disk_used=0.905)
        months.go_on(2 * HOUR, every=10 * MINUTE, disk_used=0.895)
    assert len(box.letters) == 1


def test_the_letter_says_what_goes_on_and_what_to_do(months: Months, box: PostBox) -> None:
    months.go_on(2 * MINUTE, **WRONG["disk"])
    months.go_on(2 * HOUR, disk_used=0.5)
    wrong, over = bodies(box)
    assert (
        wrong
        == """\
The gateway's disk is nearly full. 93 % of the disk that holds
/var/lib/bellgate is used.

Since: 09:01:00 on Monday 7 September 2026.

Meanwhile: Everything goes on as usual. When it is full the record cannot be
written, and sites that are only logged are closed.

What to do: Make room on that disk, or move the state folder to a larger
one. Never delete files of the record: what is due is deleted automatically
(`retention` in school.yaml).

You will hear about this once more, when it is over.

Bellgate on gateway, Bury C of E Primary School
"""
    )
    assert (
        over
        == """\
The gateway's disk has room again.

What was wrong: The gateway's disk is nearly full. 93 % of the disk that
holds /var/lib/bellgate is used.

It lasted from 09:01:00 on Monday 7 September 2026 to 09:02:00 on Monday 7
September 2026.

You do not need to do anything.

Bellgate on gateway, Bury C of E Primary School
"""
    )


def test_while_the_mail_server_is_away_it_is_on_its_way(tmp_path: Path, box: PostBox) -> None:
    """Two days without a server: then one letter of each trouble, its newest."""
    log = journal(tmp_path / "state")
    months = Months(tmp_path / "state", log, settings_with("127.0.0.1:1"), GateClock())
    months.go_on(2 * HOUR, **WRONG["disk"], **WRONG["files"])
    months.go_on(DAY, every=5 * MINUTE, disk_used=0.5)
    months.restart()
    assert len(months.recorded("error")) == 3, "once for each notice"
    controller = serving(box)
    months.settings = settings_with(address(controller))
    months.go_on(2 * HOUR)
    controller.stop()
    log.close()
    assert sorted(told(box)) == [
        ([IT], "The school's files have mistakes, so no change to them is in force"),
        ([IT], "over: The gateway's disk has room again"),
    ]


def test_who_is_refused_is_tried_again_and_the_other_gets_one(months: Months, box: PostBox) -> None:
    box.unknown = {HEAD}
    months.go_on(5 * HOUR, **WRONG["log"])
    assert [who for who, _ in told(box)] == [[IT]]
    box.unknown = set()
    months.go_on(2 * HOUR)
    assert [who for who, _ in told(box)] == [[IT], [HEAD]]
    assert not any("@" in said for said in months.recorded("error") + months.recorded("alerted"))


def test_what_nobody_heard_is_told_once_somebody_is_named(months: Months, box: PostBox) -> None:
    named = months.settings
    months.settings = replace(named, alerts=AlertSettings(), weekly_to=())
    months.go_on(DAY, every=5 * MINUTE, **WRONG["clock"])
    months.settings = named
    months.go_on(5 * MINUTE)
    assert told(box) == [([IT], "The gateway's clock is not set by a time server")]


def test_a_clock_put_back_tells_nothing_twice(months: Months, box: PostBox) -> None:
    months.go_on(2 * HOUR, **WRONG["files"])
    months.clock.at -= 400 * DAY
    months.go_on(2 * HOUR, every=5 * MINUTE)
    assert len(box.letters) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system with room for 1 MiB. Needs root, and fails without."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_on_a_full_disk_a_gate_that_dies_again_and_again_tells_nothing_twice(
    small_disk: Path, tmp_path: Path, box: PostBox, server: str
) -> None:
    """What was told is kept although there is no room for a new file."""
    log = journal(tmp_path / "log")
    months = Months(small_disk, log, settings_with(server), GateClock())
    months.go_on(5 * MINUTE)
    with (small_disk / "filler").open("wb") as file, pytest.raises(OSError, match="No space"):
        while True:
            os.write(file.fileno(), b"x" * 4096)
    months.go_on(5 * MINUTE, log="No space left on device", disk_used=1.0)
    for _ in range(30):
        months.dies()
        months.go_on(2 * MINUTE)
    assert len(box.letters) == 3, "the log, the disk, and that it dies"
    assert months.recorded("error") == []
    log.close()


def test_copies_are_dead_three_days_after_they_were_last_good(months: Months, box: PostBox) -> None:
    last_good = MONDAY - timedelta(days=2)
    copies = {"The calendar": Copied(last_good, "the server cannot be reached")}
    months.go_on(23 * HOUR, every=10 * MINUTE, copies=copies)
    assert box.letters == []
    months.go_on(2 * HOUR, every=10 * MINUTE)
    assert told(box) == [([IT], "The calendar could not be brought up to date for three days")]
    assert "Since: 09:00:00 on Saturday 5 September 2026." in bodies(box)[0]


def test_status_knows_what_is_wrong(months: Months) -> None:
    months.go_on(5 * MINUTE, **WRONG["disk"])
    [wrong] = months.alerts.wrong
    assert wrong == {
        "alert": "disk",
        "title": "The gateway's disk is nearly full",
        "since": "2026-09-07T09:01:00+01:00",
    }
    months.go_on(2 * HOUR, disk_used=0.5)
    assert months.alerts.wrong == []

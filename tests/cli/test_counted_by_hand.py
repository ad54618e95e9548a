"""Every number of the first two pages of a pack, counted a second time from the log's lines alone.

Nothing of `review` is used here: attempts, visits, days and silence are counted anew, the slow way.
What is left of the pages when these sentences are taken out holds no number but dates, names and
fixed words.
"""

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from tests.cli import weeks
from tests.cli.test_commands import bellgate
from tests.cli.test_pack import WEEK
from tests.cli.weeks import LAPTOP, MONDAY, SEEN

Line = dict[str, Any]
WORDS = {
    "page": "{} were for a page on one of these sites",
    "embedded": "{} were made because another page contained something",
    "background": "{} were made in the background by a browser or an app",
    "connection": "{} showed only a connection",
}
FIVE = timedelta(minutes=5)
SESSIONS = (("08:30", "12:15"), ("13:00", "15:45"))
NOT_COUNTED = (
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", r"\d{1,2} (November|Nov|Sep) 2026", r"\d\d:\d\d:\d\d",
    r"UTC\+00:00", r"stf-00\d\d", r"staff-?laptop-07", r"Version 2026-09", r"under 350 lines",
    r"RFC 6962", r"C2SP", r"SHA-256", r"80 and 443", r"Page \d of \d", r"gateway-1",
    r"[0-9a-f]{64}",
)  # fmt: skip


def at(line: Line) -> datetime:
    return datetime.fromisoformat(line["@timestamp"])


def clock(day: datetime, text: str) -> datetime:
    hours, minutes = map(int, text.split(":"))
    return day + timedelta(hours=hours, minutes=minutes)


@dataclass
class Counted:
    """What the lines of some records come to."""

    lines: list[Line]

    @property
    def times(self) -> int:
        return sum(line["bellgate"]["repeat"] for line in self.lines)

    def seen(self, grade: str) -> int:
        return Counted([x for x in self.lines if x["bellgate"]["seen"] == grade]).times

    @property
    def visits(self) -> list[list[Line]]:
        found: list[list[Line]] = []
        for line in sorted(self.lines, key=at):
            if found and at(line) - at(found[-1][-1]) <= FIVE:
                found[-1].append(line)
            else:
                found.append([line])
        return found

    def visits_with(self, grade: str) -> int:
        return sum(any(x["bellgate"]["seen"] == grade for x in visit) for visit in self.visits)

    @property
    def days(self) -> set[str]:
        return {line["@timestamp"][:10] for line in self.lines}

    def beside(self, start: datetime, end: datetime) -> int:
        return sum(at(v[0]) - FIVE <= end and start <= at(v[-1]) + FIVE for v in self.visits)


def n(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def usual(theirs: Counted, whose: str = "") -> list[str]:
    """What stands in every pack in which all was refused and in session; `whose` the visits with a
    page were, where several had the device."""
    seen = {grade: theirs.seen(grade) for grade in SEEN}
    by_itself = seen["embedded"] + seen["background"]
    found = [
        f"{n(theirs.times, 'attempt')} to reach Facebook were recorded, in "
        f"{n(len(theirs.visits), 'visit')} on {n(len(theirs.days), 'day')}. "
        "All were during sessions (table D).",
        *(words.format(seen[grade]) for grade, words in WORDS.items() if seen[grade]),
        f"{by_itself} of the {n(theirs.times, 'attempt')} came from something contained in another",
        f"For {seen['connection']} of the {n(theirs.times, 'attempt')}, only connections",
    ]
    # By the sample's timetable, in winter.
    playtime = [x for x in theirs.lines if "10:30" <= f"{at(x):%H:%M}" < "10:45"]
    if at_break := Counted(playtime).times:
        found.append(
            f"According to the times shown, {at_break} of the {n(theirs.times, 'attempt')} fell"
        )
    if seen["page"]:
        visits = n(theirs.visits_with("page"), "visit")
        found.append(f"In {visits}{whose}, the browser asked for a page on the site itself "
                     f"({n(seen['page'], 'attempt')} in all).")  # fmt: skip
    return found


def grades(theirs: Counted) -> list[str]:
    """The ends of the rows of the table: attempts and visits."""
    ends = ("tabs.", "known.", "messages.", "it.")
    return [
        f"{end} {theirs.seen(grade)} {theirs.visits_with(grade)} "
        for grade, end in zip(SEEN, ends, strict=True)
    ]


def signed(lines: list[Line], made: int) -> str:
    """The pack's checkpoint is the one before the record of the pack itself."""
    numbers = [i for i, x in enumerate(lines) if x["event"]["action"] == "exported"]
    return f"Whole log {numbers[made]:,} records"


def of(lines: list[Line], person: str | None, device: str | None = None) -> Counted:
    return Counted(
        [
            line
            for line in lines
            if line["event"]["dataset"] == "bellgate.decision"
            and (device is None or line["device"]["id"] == device)
            and (device is not None or line["user"].get("id") == person)
        ]
    )


def pages_of(
    state: Path, file: Path, *who: str, schedules: Path = weeks.SAMPLE
) -> tuple[str, list[Line]]:
    done = bellgate(
        "pack", *who, *WEEK, "--state", state, "--schedules", schedules, "--output", file
    )
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(file) as pack:
        pdf = pypdfium2.PdfDocument(pack.read(f"{file.stem}/report.pdf"))
    text = " ".join(page.get_textpage().get_text_range() for page in list(pdf)[:2])
    # A hyphen at the end of a line comes out as this, a break that nobody sees as nothing.
    text = text.replace("\ufffe", "-").replace("\u200b", "").replace("\xa0", " ")
    return " ".join(text.split()), weeks.lines_of(state)


def nothing_else(text: str, expected: list[str]) -> None:
    for sentence in expected:
        assert sentence in text, sentence
        text = text.replace(sentence, " ", 1)
    for pattern in NOT_COUNTED:
        text = re.sub(pattern, " ", text)
    left = re.findall(r".{0,40}\d+.{0,40}", text)
    assert left == []


@pytest.fixture
def week(tmp_path: Path) -> Callable[[Callable[[Path], None]], Path]:
    def make(scenario: Callable[[Path], None]) -> Path:
        scenario(tmp_path / "state")
        return tmp_path / "state"

    return make


def test_a_handover(week: Any, tmp_path: Path) -> None:
    state, folder = week(weeks.handover), weeks.holders(tmp_path / "schedules")
    text, lines = pages_of(state, tmp_path / "p.zip", "--person", "stf-0042", schedules=folder)
    theirs, others = of(lines, "stf-0042"), of(lines, "stf-0099")
    quiet = 5 - len(theirs.days)
    nothing_else(text, [
        *usual(theirs), *grades(theirs),
        f"{n(others.times, 'attempt')} from the same device are attributed to another holder",
        f"{n(others.times, 'attempt')} not attributed to this person",
        f"On {quiet} of the 5 school days, nothing was recorded about",
        signed(lines, 0),
        f"numbers 1 to {len(theirs.lines)}. Table E",
    ])  # fmt: skip

    text, lines = pages_of(state, tmp_path / "d.zip", "--device", LAPTOP, schedules=folder)
    every, nobodys = of(lines, None, LAPTOP), of(lines, None)
    pages = [each.visits_with("page") for each in (theirs, others, nobodys)]
    whose = f" ({pages[0]} of one holder, {pages[1]} of another holder)"
    assert pages[2] == 0
    nothing_else(text, [
        *usual(every, whose), *grades(every),
        f"{n(nobodys.times, 'attempt')}, in {n(len(nobodys.visits), 'visit')}, are attributed to",
        f"{n(theirs.times, 'attempt')} in {n(len(theirs.visits), 'visit')} are attributed to the "
        f"first of these holders, and {n(others.times, 'attempt')} in "
        f"{n(len(others.visits), 'visit')} to the second.",
        f"Tue 24 Nov 2026 {theirs.times} {len(theirs.visits)} another holder",
        f"Wed 25 Nov 2026 still has it {others.times} {len(others.visits)} attributed to nobody",
        f"– – {nobodys.times} {len(nobodys.visits)} What",
        f"For {theirs.times + others.times} of the {n(every.times, 'attempt')}, the device was on",
        f"{n(nobodys.times, 'attempt')} are attributed to nobody, because the evidence did "
        "not reliably identify the device",
        f"On {5 - len(every.days)} of the 5 school days, nothing was recorded about",
        signed(lines, 1),
        f"numbers 1 to {len(every.lines)}. Table E",
    ])  # fmt: skip


def test_an_outage(week: Any, tmp_path: Path) -> None:
    text, lines = pages_of(week(weeks.outage), tmp_path / "p.zip", "--person", "stf-0042")
    theirs = of(lines, "stf-0042")
    alive = ("heartbeat", "started", "records-lost")
    beats = sorted(at(x) for x in lines if x["event"]["action"] in alive)
    [(start, end)] = [
        (a, b)
        for a, b in pairwise(beats)
        for day in (MONDAY + timedelta(days=d) for d in range(5))
        for first, last in SESSIONS
        if b - a > timedelta(minutes=2.5) and clock(day, first) <= a and b <= clock(day, last)
    ]
    minutes = (end - start) // timedelta(minutes=1)
    [lost] = [x["bellgate"] for x in lines if x["event"]["action"] == "records-lost"]
    beside_lost = theirs.beside(*(datetime.fromisoformat(lost[name]) for name in ("from", "to")))
    assert (minutes, lost["lost"], beside_lost) == (47, 17, 1)
    quiet = 5 - len(theirs.days)
    nothing_else(text, [
        *usual(theirs), *grades(theirs),
        f"{n(lost['lost'], 'record')} were lost. Nobody can tell whom they were about. 1 visit "
        "falls during or close to",
        f"For {minutes} minutes of session time the gate may not have been watching (table B). "
        f"{n(theirs.beside(start, end), 'visit')} fall during or close to that time",
        f"For {minutes} minutes of session time in all, the gate may not have been watching "
        "(table B), so",
        f"On {quiet} of the 5 school days, the gate was watching throughout and recorded nothing",
        
        signed(lines, 0),
        f"numbers 1 to {len(theirs.lines)}. Table E",
    ])  # fmt: skip


def test_a_clock_that_was_an_hour_wrong_and_an_objection(week: Any, tmp_path: Path) -> None:
    state = week(weeks.wrong_clock)
    said = "I was in the hall from 10 to 11"
    assert (
        bellgate("people", "object", "stf-0042", "--text", said, "--state", state).returncode == 0
    )
    text, lines = pages_of(state, tmp_path / "p.zip", "--person", "stf-0042")
    theirs = of(lines, "stf-0042")
    [step] = [n for n, x in enumerate(lines) if x["event"]["action"] == "clock-stepped"]
    start = max(n for n, x in enumerate(lines[:step]) if x["event"]["action"] == "started")
    before = Counted([x for x in theirs.lines if start < x["event"]["sequence"] < step])
    hours = -int(lines[step]["bellgate"]["seconds"]) // 3600
    # By the right clock it beat each minute: so nothing on these pages speaks of silence.
    assert "not watching" not in text
    nothing_else(text, [
        *usual(theirs), *grades(theirs), said,
        f"the gateway’s clock was put back by {hours} hour, to ",
        f"For {n(before.times, 'attempt')} before that, in "
        f"{n(len(before.visits), 'visit')} (",
        f"the times shown may be up to {hours} hour later than the true ones.",
        f"On {5 - len(theirs.days)} of the 5 school days, nothing was recorded about",
        signed(lines, 0),
        f"numbers 1 to {len(theirs.lines)}. Table E",
    ])  # fmt: skip

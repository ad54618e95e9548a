"""The weekly report: on Monday at seven, once to each, and nobody is named."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bellgate.audit import Journal, LogPaths
from bellgate.review.index import Index, Search
from bellgate.running.demo.folder import SCHEDULES, SEED, make
from bellgate.running.folders import index_file
from bellgate.running.week_in_totals import Report
from bellgate.running.weekly import Weekly, week_to_report
from bellgate.running.weekly_run import apart
from bellgate.schedules.settings import Settings
from tests.audit.world import journal
from tests.cli.test_commands import bellgate
from tests.lab.post_box import PostBox, address, read, serving
from tests.running.alerts.gate import DAY, HEAD, HOUR, GateClock, StandIn, settings_with

LONDON = ZoneInfo("Europe/London")
NOVEMBER = datetime(2026, 11, 16, 12, tzinfo=UTC)


@dataclass
class Making:
    """Makes reports, and keeps what was asked for."""

    session_time: timedelta = timedelta(hours=27)
    asked: list[date] = field(default_factory=list)

    def __call__(self, first: date, now: datetime, given_up: Callable[[], bool]) -> Report:
        self.asked.append(first)
        return Report("Bury C of E Primary School", first, "12 visits\n", self.session_time)


@pytest.fixture
def box() -> PostBox:
    return PostBox()


@pytest.fixture
def settings(box: PostBox) -> Iterator[Settings]:
    controller = serving(box)
    yield settings_with(address(controller))
    controller.stop()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Journal]:
    log = journal(tmp_path / "state")
    yield log
    log.close()


def go_on(
    log: Journal, clock: GateClock, settings: Settings, making: Making, time: timedelta
) -> None:
    state = log.paths.log.parent
    weekly = Weekly(
        state, state, gate=StandIn(clock),  # type: ignore[arg-type]
        journal=log, settings=lambda: settings, make=making,
    )  # fmt: skip
    end = clock.at + time
    while clock.at < end:
        clock.at += timedelta(minutes=10)
        weekly.look()


def test_the_week_before_is_due_on_monday_at_seven() -> None:
    def due(day: int, hour: int, minute: int = 0) -> date:
        moment = datetime(2026, 11, day, hour, minute, tzinfo=LONDON)
        return week_to_report(moment.astimezone(UTC), LONDON)

    assert due(23, 6, 59) == date(2026, 11, 9)
    assert due(23, 7) == date(2026, 11, 16)
    assert due(29, 23, 59) == date(2026, 11, 16)


def test_each_gets_one_a_week_also_over_a_restart(
    log: Journal, box: PostBox, settings: Settings
) -> None:
    clock, making = GateClock(NOVEMBER), Making()
    go_on(log, clock, settings, making, 6 * DAY)
    assert making.asked == [], "the weeks before the first start are nobody's business"
    go_on(log, clock, settings, making, 3 * DAY)
    go_on(log, clock, settings, making, 7 * DAY)
    assert making.asked == [date(2026, 11, 16), date(2026, 11, 23)]
    assert [e.rcpt_tos for e in box.letters] == [[HEAD], [HEAD]]
    subject = "Bellgate Bury C of E Primary School: the week from Monday 16 November 2026"
    assert str(read(box.letters[0])["Subject"]) == subject


def test_a_week_of_holidays_has_none(log: Journal, box: PostBox, settings: Settings) -> None:
    clock, making = GateClock(NOVEMBER), Making(session_time=timedelta())
    go_on(log, clock, settings, making, 14 * DAY)
    assert (len(making.asked), box.letters) == (2, [])


def test_one_that_is_refused_is_tried_again(log: Journal, box: PostBox, settings: Settings) -> None:
    clock, making = GateClock(NOVEMBER), Making()
    both = replace(settings, weekly_to=(HEAD, "deputy@example.sch.uk"))
    box.unknown = {HEAD}
    go_on(log, clock, both, making, 7 * DAY)
    assert [e.rcpt_tos for e in box.letters] == [["deputy@example.sch.uk"]]
    box.unknown = set()
    go_on(log, clock, both, making, 2 * HOUR)
    assert [e.rcpt_tos for e in box.letters][1:] == [[HEAD]]


@pytest.fixture(scope="module")
def term(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up school's term."""
    place = tmp_path_factory.mktemp("made-up") / "term"
    make(place, date(2026, 11, 28), SEED, lambda _done, _all: None)
    return place


def test_the_report_has_the_weeks_totals_and_no_name(term: Path) -> None:
    """As the gate makes it: in a process of its own."""
    schedules, monday = term / SCHEDULES, date(2026, 10, 12)
    now = datetime(2026, 10, 19, 7, tzinfo=LONDON).astimezone(UTC)
    report = apart(schedules, term, monday, now, lambda: False)
    index = Index.open(index_file(term), LONDON, lambda: now)
    index.follow(LogPaths.of(term))
    week = index.totals(monday, monday + timedelta(days=6))
    visits = [*index.every_visit(Search(first=monday, last=monday + timedelta(days=6)))]
    index.close()
    assert f"{week.whole.attempted} visits to sites that the rules cover." in report.text
    assert ("staff", "office") in week.within
    assert "a site that hides its name" in report.text and "no-name" not in report.text
    for path, split in week.within.items():
        row = f"{'  ' * len(path)}{path[-1]} +{split.attempted}"
        assert re.search(rf"^{row}$", report.text, re.MULTILINE)
    said = " ".join(report.text.split())
    assert "1 was permitted after somebody gave a purpose" in said
    assert "It counts under that rule, and not as use of session time." in said
    assert "was cut at the bell, or ended, twice. Nothing new was tried" in said
    assert report.session_time > timedelta(hours=25)
    # Nobody, and nothing that somebody could be known by.
    known = {v.person for v in visits} | {v.device for v in visits} | {v.address for v in visits}
    assert len(known) > 20
    assert not [name for name in known if name and name in report.text]


def test_a_week_before_the_record_is_reported_as_not_measured(term: Path) -> None:
    done = bellgate("report", "--week", "2026-08-05", "--state", term,
                    "--schedules", term / SCHEDULES)  # fmt: skip
    nothing = "Nothing was measured on these days: the record begins on Wednesday 2 September 2026."
    assert nothing in " ".join(done.stdout.split()) and "0 visits" not in done.stdout


def test_the_command_shows_the_same(term: Path) -> None:
    done = bellgate("report", "--week", "2026-10-14", "--state", term,
                    "--schedules", term / SCHEDULES)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Monday 12 October 2026 to Sunday 18 October 2026" in done.stdout
    assert "By service:" in done.stdout

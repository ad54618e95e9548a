"""`bellgate calendar` and `week` as people and programs see them."""

import json
import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
from click.testing import CliRunner, Result

from bellgate.cli.main import bellgate
from bellgate.console.week_page import week_page
from bellgate.policy.academic_year import academic_year, groups_apart
from bellgate.policy.decide import Policy
from bellgate.running.folders import calendars_folder
from bellgate.schedules.fetch import Refreshed
from bellgate.schedules.fetched_copies import Copy, keep, kept
from bellgate.schedules.load import load
from tests.schedules.small_catalogue import small_catalogue

ROOT = Path(__file__).parent.parent.parent
SAMPLE = ROOT / "schedules"
CALENDARS = ROOT / "tests" / "corpus" / "calendars"


def ran(*words: str, folder: Path = SAMPLE, columns: int | None = None) -> Result:
    env = {"COLUMNS": str(columns) if columns else "", "STATE_DIRECTORY": "/nonexistent"}
    return CliRunner().invoke(bellgate, ["--schedules", str(folder), *words], env=env)


def squeezed(text: str) -> str:
    return re.sub(r"[ \u2500─]+", " ", text)


@pytest.fixture(scope="module")
def policy() -> Policy:
    found = load(SAMPLE, catalogue=small_catalogue()).policy
    assert found is not None
    return found


def test_every_date_with_what_holds_and_why() -> None:
    told = squeezed(ran("calendar", "--year", "2026-27").stdout)
    for line in (
        "Bury C of E Primary School: 2026-27",
        "Tue 01 Sep pupils, guests no school not in a term",
        "staff morning 08:30–12:15, afternoon 13:00–15:45 playtime 10:30–10:45 INSET day (school.",
        "Mon 26 Oct pupils, staff, guests no school half-term of Autumn 2026 (school.yaml:",
        "Mon 03 May pupils, staff, guests no school Early May bank holiday (school.yaml:",
        "Sun 25 Oct pupils, staff, guests no school a Sunday (school.yaml:",
        "clocks go back: 02:00 becomes 01:00",
        "pupils 190 380",
        "staff 195 390",
        "Sunday 28 March 2027: clocks go forward: 01:00 becomes 02:00",
    ):
        assert line in told, line
    assert len(re.findall(r"(?m)^ *(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d \w\w\w ", told)) == 365
    assert "warning" not in told


def test_a_group_that_the_files_say_is_part_time_is_no_warning() -> None:
    """A nursery of mornings, and one that is not there on Thursdays."""
    told = ran("calendar", "--year", "2026-27", folder=CALENDARS / "02-staggered-years")
    assert "warning: nursery" not in told.stdout
    assert "warning: reception" in told.stdout


def test_what_the_councils_calendar_was_taken_for_event_by_event() -> None:
    folder = CALENDARS / "10-leicestershire"
    told = ran("calendar", "--year", "2026-27", folder=folder).stdout
    told = told[told.index("What term-dates.ics says:") :]
    assert "  Mon 31 May to Fri 4 Jun 2027  half-term: closed to everyone (Half-term, line" in told
    assert "  Wed 26 Aug 2026  INSET day: closed to pupils (Teacher training day, line" in told
    fields = json.loads(ran("calendar", "--json", "--year", "2026", folder=folder).stdout)
    assert fields["calendar"][0] == {
        "source": "term-dates.ics:7",
        "words": "Teacher training day",
        "first": "2026-08-26",
        "last": "2026-08-26",
        "taken_for": "INSET day: closed to pupils",
    }
    assert "INSET day: closed to pupils (Teacher training day" in ran("check", folder=folder).stdout


def test_totals_that_are_off_are_told_plainly() -> None:
    told = ran("calendar", "--year", "2026-27", folder=CALENDARS / "04-snow-in-the-afternoon")
    assert (
        "warning: pupils: in school on 189 days, not 190, and for 377 sessions, not 380"
        in told.stdout
    )
    assert "189 of 190" in told.stdout
    fields = json.loads(
        ran(
            "calendar", "--json", "--year", "2026", folder=CALENDARS / "04-snow-in-the-afternoon"
        ).stdout
    )
    assert fields["totals"][0] == {
        "group": "pupils",
        "days": 189,
        "sessions": 377,
        "days_wanted": 190,
        "sessions_wanted": 380,
    }


def with_events(folder: Path, *events: tuple[str, str]) -> Path:
    """The Leicestershire school, with a calendar of days and titles of its own."""
    shutil.copytree(CALENDARS / "10-leicestershire", folder)
    lines = [
        f"BEGIN:VEVENT\nDTSTART;VALUE=DATE:{day}\nSUMMARY:{title}\nEND:VEVENT"
        for day, title in events
    ]
    head = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN"
    (folder / "term-dates.ics").write_text("\n".join([head, *lines, "END:VCALENDAR", ""]))
    return folder


TWO_TERMS = (
    ("20260902", "Autumn term begins"),
    ("20261218", "Autumn term ends"),
    ("20270105", "Spring term begins"),
    ("20270324", "Spring term ends"),
)
SUMMER = (("20270412", "Summer term begins"), ("20270720", "Summer term ends"))


def test_check_warns_of_a_term_that_is_missing(tmp_path: Path) -> None:
    told = ran(
        "check", "--at", "2026-10-01 10:00", folder=with_events(tmp_path / "two", *TWO_TERMS)
    )
    assert (
        "warning: pupils: in school on 135 days in 2026-27, not 190; no school from 2027-03-25"
        in (told.stdout)
    )
    whole = with_events(tmp_path / "three", *TWO_TERMS, *SUMMER)
    assert "in school on" not in ran("check", "--at", "2026-10-01 10:00", folder=whole).stdout
    # A feed that has dropped what is over lacks nothing that is still to come.
    rest = with_events(tmp_path / "rest", *SUMMER)
    assert "in school on" not in ran("check", "--at", "2027-04-20 10:00", folder=rest).stdout


def test_with_an_error_check_shows_how_the_calendar_was_read(tmp_path: Path) -> None:
    broken = with_events(tmp_path / "school", *TWO_TERMS, SUMMER[1])
    told = ran("check", "--at", "2026-10-01 10:00", folder=broken)
    assert told.exit_code == 1
    assert "What term-dates.ics says, as far as it could be read:" in told.stdout
    assert "  Tue 5 Jan 2027  first day in school (Spring term begins, line" in told.stdout


def test_what_check_warns_of_in_the_events_stands_in_the_calendar(tmp_path: Path) -> None:
    school = with_events(tmp_path / "school", *TWO_TERMS, *SUMMER, ("20261127", "Bags2School"))
    warning = '"Bags2School" (2026-11-27) is not understood and changes nothing'
    assert f"warning: {warning}" in ran("check", "--at", "2026-10-01 10:00", folder=school).stdout
    assert f"warning: {warning} (term-dates.ics:" in (
        ran("calendar", "--year", "2026-27", folder=school, columns=200).stdout
    )
    told = json.loads(ran("calendar", "--year", "2026-27", "--json", folder=school).stdout)
    assert [w for w in told["warnings"] if w.startswith(warning)]


def test_dates_that_run_out_are_told_in_the_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bellgate.cli.moments.day", lambda *_: date(2027, 6, 20))
    told = ran("calendar", "--year", "2026-27").stdout
    assert "warning: terms: the last term ends on 2027-07-21, and nothing follows it" in told


@pytest.mark.parametrize("year", ["2026-27", "2026/27", "2026-2027", "2026"])
def test_ways_to_write_a_year(year: str) -> None:
    assert json.loads(ran("calendar", "--year", year, "--json").stdout)["year"] == "2026-27"


@pytest.mark.parametrize("year", ["27", "2026-28", "next", "2026-27-28"])
def test_what_is_no_year(year: str) -> None:
    assert ran("calendar", "--year", year).exit_code == 2


def test_a_narrow_terminal_cuts_nothing_off() -> None:
    told = ran("week", "--from", "2026-11-23", columns=44).stdout
    assert max(map(len, told.splitlines())) <= 44
    for word in (
        "Mon 23 Nov",
        "afternoon 13:00–15:45",
        "playtime 10:30–10:45",
        "INSET day",
        "a Sunday",
    ):
        assert word in " ".join(told.split()), word


def test_a_wide_one_has_columns() -> None:
    told = squeezed(ran("week", "--from", "2026-11-27", columns=150).stdout)
    assert "Day Groups Sessions Breaks Why" in told
    assert "Fri 27 Nov pupils no school INSET day (school.yaml:" in told


def test_an_unknown_group() -> None:
    result = ran("calendar", "--for", "pupil")
    assert result.exit_code == 2


@pytest.mark.parametrize(
    "school", ["01-two-lunches", "02-staggered-years", "06-saturday-school", "09-council-calendar"]
)
def test_the_export_read_back_is_the_timetable(school: str, tmp_path: Path) -> None:
    file = tmp_path / "year.ics"
    result = ran("calendar", "--year", "2026-27", "--ics", str(file), folder=CALENDARS / school)
    assert result.exit_code == 0
    policy = load(CALENDARS / school, catalogue=small_catalogue()).policy
    assert policy is not None
    events = icalendar.Calendar.from_ical(file.read_bytes()).walk("VEVENT")
    assert len({str(e["UID"]) for e in events}) == len(events)
    year = academic_year(policy.year, 2026)
    for group in groups_apart(policy):
        exported = sorted(
            (e.start, e.end)
            for e in events
            if " session: " in e["SUMMARY"]
            and group.name in e["SUMMARY"].partition(" session: ")[2].split(", ")
        )
        enforced = [
            (s.start, s.end)
            for s in policy.timetable(group).sessions
            if year.first <= s.start.date() <= year.last
        ]
        assert exported == enforced


def test_closed_days_are_exported_whole() -> None:
    told = ran("calendar", "--year", "2026-27", "--ics", "-").stdout_bytes
    days = {
        str(e["SUMMARY"]): (str(e.start), str(e.end))
        for e in icalendar.Calendar.from_ical(told).walk("VEVENT")
        if " session: " not in e["SUMMARY"]
    }
    everyone = "no school for pupils, staff, guests"
    assert days[f"half-term of Autumn 2026: {everyone}"] == ("2026-10-26", "2026-10-31")
    assert days[f"Snow: {everyone}"] == ("2027-02-02", "2027-02-04")
    assert days["INSET day: no school for pupils"] == ("2026-11-27", "2026-11-28")
    assert not any("Saturday" in summary for summary in days)


def test_an_export_that_cannot_be_written(tmp_path: Path) -> None:
    result = ran("calendar", "--ics", str(tmp_path))
    assert result.exit_code == 1 and "cannot be written" in result.stderr


def test_the_page_of_a_week_says_what_week_says(policy: Policy) -> None:
    page = week_page(policy, date(2026, 11, 23), today=date(2026, 11, 24))
    assert page.startswith("<!doctype html>")
    text = squeezed(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.partition("<body>")[2])))
    for words in (
        "Bury C of E Primary School",
        "23 November to 29 November 2026",
        "Monday 23 November",
        "morning 08:30–12:15 · afternoon 13:00–15:45 · playtime 10:30–10:45",
        "pupils No school INSET day school.yaml:",
        "pupils, staff, guests No school a Sunday",
    ):
        assert words in text, (words, text)
    assert page.count('class="today"') == 1
    assert page == week_page(policy, date(2026, 11, 23), today=date(2026, 11, 24))


def test_the_page_loads_nothing_and_holds_no_script(policy: Policy) -> None:
    page = week_page(policy, date(2026, 10, 19))
    assert "clocks go back: 02:00 becomes 01:00" in page
    assert not re.search(r"<script|https?://|url\(|@import| on\w+=|\bstyle=", page)


def test_what_people_write_is_escaped(tmp_path: Path) -> None:
    for file in SAMPLE.glob("*.yaml"):
        text = file.read_text().replace("Bury C of E Primary School", "<b>Bury & Co</b>")
        (tmp_path / file.name).write_text(text.replace("name: Snow", "name: <i>Snow</i>"))
    policy = load(tmp_path, catalogue=small_catalogue()).policy
    assert policy is not None
    page = week_page(policy, date(2027, 2, 1))
    assert "&lt;b&gt;Bury &amp; Co&lt;/b&gt;" in page and "&lt;i&gt;Snow" in page
    assert "<i>Snow" not in page


def test_the_part_for_another_page(policy: Policy) -> None:
    part = week_page(policy, date(2026, 11, 23), whole=False)
    assert part.lstrip().startswith('<section class="week">')
    assert "<html" not in part


def test_a_bar_is_as_long_as_its_session(policy: Policy) -> None:
    page = week_page(policy, date(2026, 11, 23), groups=[policy.groups["staff"]])
    # From 8 to 16 o'clock: the morning starts half an hour in and lasts three and three quarters.
    assert '<rect class="session" x="6.25" y="0" width="46.87" height="6"/>' in page


def test_a_folder_without_an_address_has_nothing_to_fetch() -> None:
    result = ran("calendar", "--refresh")
    assert result.exit_code == 1
    assert "school.yaml does not fetch a calendar" in result.stderr


NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def fetching(tmp_path: Path) -> tuple[Path, Path, str]:
    """A folder that fetches its calendar, a state folder, and the address."""
    address = "https://council.example/term-dates.ics"
    folder = tmp_path / "schedules"
    shutil.copytree(ROOT / "tests" / "corpus" / "good" / "calendar-only", folder)
    school = folder / "school.yaml"
    school.write_text(school.read_text().replace("term-dates.ics", address))
    (folder / "term-dates.ics").rename(tmp_path / "council.ics")
    return folder, tmp_path / "state", address


def test_check_says_which_copy_of_the_calendar_is_in_use(fetching: tuple[Path, Path, str]) -> None:
    folder, state, address = fetching
    before = ran("--state", str(state), "check", folder=folder)
    assert before.exit_code == 1
    assert "school.yaml:8: term_dates: the calendar has not been fetched yet" in before.stdout
    content = (state.parent / "council.ics").read_bytes()
    keep(calendars_folder(state), Copy(address, content, NOW - timedelta(days=3), NOW))
    after = ran("--state", str(state), "check", folder=folder)
    assert after.exit_code == 0
    assert (
        f"Term dates: {address}, as fetched on Thursday 2026-11-19 12:00, "
        "confirmed on Sunday 2026-11-22 12:00"
    ) in after.stdout
    week = ran("--state", str(state), "week", "--from", "2026-11-23", folder=folder)
    assert "Autumn term (council.example/term-dates.ics:8)" in week.stdout


def test_a_refresh_that_fails_says_why_and_goes_on(
    fetching: tuple[Path, Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, state, address = fetching
    content = (state.parent / "council.ics").read_bytes()
    keep(calendars_folder(state), Copy(address, content, NOW, NOW))

    def nobody(*_: object, **__: object) -> Refreshed:
        return Refreshed("failed", kept(calendars_folder(state), address), "nobody is there")

    monkeypatch.setattr("bellgate.schedules.fetch.refresh", nobody)
    result = ran("--state", str(state), "calendar", "--refresh", "--year", "2026-27", folder=folder)
    assert result.exit_code == 0
    assert "the calendar was not fetched: nobody is there" in result.stderr
    assert "the last good copy stays" in result.stderr
    assert "Autumn term" in result.stdout

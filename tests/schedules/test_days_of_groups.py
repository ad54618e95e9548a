"""A date cuts or adds to each group's own day: a school with a nursery of mornings, and a date."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellgate.policy.day_shape import DayShape
from bellgate.schedules.load import Loaded, load_files
from tests.schedules.edited import edited
from tests.schedules.small_catalogue import small_catalogue
from tests.schedules.small_school import FILES

SCHOOL = """\
school: Small School
terms:
  - name: Autumn 2026
    first_day: 2026-09-02
    last_day: 2026-12-18
sessions:
  morning: 08:50-12:00
  afternoon: 13:00-15:15
breaks:
  playtime: 10:30-10:45
days_for:
  nursery:
    sessions:
      morning: 09:00-11:30
  staff:
    sessions:
      morning: 08:30-12:15
      afternoon: 13:00-15:45
dates:
  - date: 2026-11-25
    name: That day
"""
GROUPS = b"""\
groups:
  pupils: {}
  nursery: {part_of: pupils}
  staff: {}
  guests: {}
unknown_devices: pupils
"""
THAT_DAY = date(2026, 11, 25)
MORNING = "morning 08:50-12:00"


def school(*lines: str) -> Loaded:
    """The school with that day as these lines say."""
    text = SCHOOL + "".join(f"    {line}\n" for line in lines)
    files = {**FILES, "school.yaml": text.encode(), "devices.yaml": GROUPS}
    return load_files(files, today=date(2026, 11, 22), catalogue=small_catalogue())


def sessions(loaded: Loaded, group: str, day: date = THAT_DAY) -> str:
    assert loaded.policy is not None, loaded.problems
    chain = loaded.policy.groups[group].chain
    windows = loaded.policy.year.day(chain, day).sessions
    return ", ".join(f"{w.name} {w.start:%H:%M}-{w.end:%H:%M}" for w in windows)


@pytest.mark.parametrize(
    ("line", "pupils", "nursery", "staff"),
    [
        (
            "ends: 14:00",
            f"{MORNING}, afternoon 13:00-14:00",
            "morning 09:00-11:30",
            "morning 08:30-12:15, afternoon 13:00-14:00",
        ),
        ("ends: 12:00", "morning 08:50-12:00", "morning 09:00-11:30", "morning 08:30-12:00"),
        (
            "starts: 10:00",
            "morning 10:00-12:00, afternoon 13:00-15:15",
            "morning 10:00-11:30",
            "morning 10:00-12:15, afternoon 13:00-15:45",
        ),
        (
            "starts: 12:30",
            "afternoon 13:00-15:15",
            "",
            "afternoon 13:00-15:45",
        ),
    ],
)
def test_a_short_day_cuts_each_groups_own_day(
    line: str, pupils: str, nursery: str, staff: str
) -> None:
    loaded = school(line)
    found = tuple(sessions(loaded, group) for group in ("pupils", "nursery", "staff"))
    assert found == (pupils, nursery, staff)


def test_only_for_whom_it_says() -> None:
    loaded = school("for: staff", "ends: 14:00")
    assert sessions(loaded, "pupils") == "morning 08:50-12:00, afternoon 13:00-15:15"
    assert sessions(loaded, "staff") == "morning 08:30-12:15, afternoon 13:00-14:00"


def test_an_extra_session_is_added_to_each_groups_own_day() -> None:
    loaded = school("for: staff", "extra:", "  evening: 16:00-20:00")
    assert sessions(loaded, "staff").endswith("afternoon 13:00-15:45, evening 16:00-20:00")
    assert "evening" not in sessions(loaded, "pupils")


def test_where_it_meets_the_own_day_no_moment_is_in_two_sessions() -> None:
    loaded = school("extra:", "  club: 11:45-16:00")
    assert sessions(loaded, "pupils") == (
        "morning 08:50-12:00, afternoon 13:00-15:15, club 12:00-13:00, club 15:15-16:00"
    )


def test_the_break_after_the_end_is_gone_too() -> None:
    loaded = school("ends: 10:40")
    assert loaded.policy is not None
    (playtime,) = loaded.policy.year.day(("pupils",), THAT_DAY).breaks
    assert f"{playtime.end:%H:%M}" == "10:40"


@pytest.fixture(scope="module")
def own() -> DayShape:
    """The school's own day."""
    policy = school("closed_to: staff").policy
    assert policy is not None
    return policy.year.shape


@given(one=st.times(), other=st.times())
def test_a_cut_never_makes_a_day_longer(own: DayShape, one: time, other: time) -> None:
    cut = own.between(one, other)
    for window in cut.sessions or ():
        assert any(
            w.name == window.name and w.start <= window.start < window.end <= w.end
            for w in own.sessions or ()
        )


def warnings(loaded: Loaded) -> list[str]:
    return [p.message for p in loaded.warnings if p.message.startswith("dates:")]


def test_a_date_that_makes_some_groups_day_longer_is_warned_of_by_name() -> None:
    loaded = school("sessions:", "  morning: 08:50-12:00", "  afternoon: 13:00-14:00")
    assert warnings(loaded) == [
        "dates: That day (2026-11-25) makes a day longer: nursery to 14:00, otherwise to 11:30"
    ]
    assert warnings(school("ends: 14:00")) == []


def test_whom_for_names_has_the_hours_that_are_written_for_it() -> None:
    assert not warnings(school("for: nursery", "sessions:", "  morning: 09:00-14:00"))
    assert warnings(school("for: pupils", "sessions:", "  morning: 09:00-14:00"))


@pytest.mark.parametrize(
    ("lines", "pupils"),
    [
        (["ends: 12:30"], "08:50-12:30"),
        (["ends: 11:00"], "08:50-11:00"),
        (["ends: 16:00"], "08:50-15:15"),
        (["starts: 12:30"], "12:30-15:15"),
        (["starts: 09:30", "ends: 13:00"], "09:30-13:00"),
        (["ends: 12:30", "extra: {evening: 18:00-19:00}"], "08:50-19:00"),
    ],
)
def test_the_school_day_lasts_until_people_go_also_between_two_sessions(
    lines: list[str], pupils: str
) -> None:
    """Else lunch would be open to pupils who go home after it."""
    loaded = school(*lines)
    assert loaded.policy is not None, loaded.problems
    timetable = loaded.policy.timetable(loaded.policy.groups["pupils"])
    [day] = [d for d in timetable.days if d.date == THAT_DAY]
    assert day.shape.hours is not None
    first, last = day.shape.hours
    assert f"{first:%H:%M}-{last:%H:%M}" == pupils
    moment = timetable.at(THAT_DAY, time(12, 29))
    assert (moment in timetable.school_days) == (pupils[:5] <= "12:29" < pupils[6:])


@pytest.mark.parametrize(
    ("first", "second", "pupils"),
    [
        (["ends: 14:00"], ["for: pupils", "ends: 14:30"], f"{MORNING}, afternoon 13:00-14:30"),
        (["ends: 14:00"], ["ends: 11:00"], "morning 08:50-11:00"),
        (["ends: 14:00"], ["for: staff", "ends: 15:00"], f"{MORNING}, afternoon 13:00-14:00"),
        (["starts: 10:00"], ["starts: 09:30"], "morning 09:30-12:00, afternoon 13:00-15:15"),
        (["starts: 10:00"], ["ends: 12:00"], "morning 10:00-12:00"),
        (["extra: {evening: 17:00-18:00}"], ["ends: 12:00"], "morning 08:50-12:00"),
        (["ends: 12:00"], ["extra: {evening: 17:00-18:00}"], f"{MORNING}, evening 17:00-18:00"),
        (["ends: 12:00"], ["sessions: {morning: 09:00-13:00}"], "morning 09:00-13:00"),
        (["ends: 14:00"], ["breaks: {late: 11:00-11:15}"], f"{MORNING}, afternoon 13:00-14:00"),
    ],
)  # fmt: skip
def test_of_two_entries_that_speak_of_the_same_thing_the_later_line_holds(
    first: list[str], second: list[str], pupils: str
) -> None:
    loaded = school(*first, *second_entry(second))
    assert sessions(loaded, "pupils") == pupils


def second_entry(lines: list[str]) -> list[str]:
    """A further entry for that day, indented as the lines of the first are."""
    return ["\n  - date: 2026-11-25", "name: Also that day", *lines]


def test_breaks_of_its_own_leave_a_day_that_was_cut_between_two_sessions_as_long() -> None:
    loaded = school("ends: 12:30", *second_entry(["breaks: {late: 11:00-11:15}"]))
    assert loaded.policy is not None, loaded.problems
    day = loaded.policy.year.day(("pupils",), THAT_DAY)
    assert day.shape.hours == (time(8, 50), time(12, 30))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ends: 12:30", "in school until 12:30"),
        ("starts: 12:30", "in school from 12:30"),
        ("ends: 12:00", ""),
        ("ends: 14:00", ""),
    ],
)
def test_where_people_come_or_go_between_two_sessions_is_said(line: str, said: str) -> None:
    loaded = school(line)
    assert loaded.policy is not None, loaded.problems
    assert loaded.policy.year.day(("pupils",), THAT_DAY).shape.in_school_between == said


def test_a_day_that_is_closed_to_everyone_has_no_hours() -> None:
    (problem,) = school("closed_to: everyone", "ends: 13:00").errors
    assert (problem.line, problem.message) == (
        20, "dates: That day (2026-11-25) is closed to everyone, and has other hours"
    )  # fmt: skip
    assert school("closed_to: everyone", "open_to: staff", "ends: 13:00").errors == ()


def test_a_morning_that_was_left_out_is_told() -> None:
    loaded = school("sessions: {afternoon: 13:00-15:00}")
    [told] = [p for p in loaded.problems if "no morning" in p.message]
    assert (told.level, told.message) == (
        "warning",
        "dates: That day (2026-11-25) has no morning: sessions names only afternoon",
    )
    assert told.hint == "write morning too; to change only the end, write ends: and no sessions"
    for early in ("sessions: {morning: 08:50-12:00}", "sessions: {exam: 13:00-15:00}"):
        assert not [p for p in school(early).problems if "has no" in p.message]


def test_a_day_that_ends_before_it_starts_is_wrong() -> None:
    (problem,) = school("starts: 12:00", "ends: 10:00").errors
    assert problem.message == ("dates: That day (2026-11-25) ends (10:00) before it starts (12:00)")
    assert problem.line == 23


def test_a_date_in_the_past_is_never_a_problem_and_one_in_no_term_a_warning() -> None:
    past = SCHOOL.replace("2026-11-25", "2026-08-05") + "    ends: 12:00\n"
    ahead = past.replace("2026-08-05", "2027-08-05")
    files = {**FILES, "devices.yaml": GROUPS}

    def problems(text: str) -> list[str]:
        loaded = load_files(
            {**files, "school.yaml": text.encode()},
            today=date(2026, 11, 22),
            catalogue=small_catalogue(),
        )
        assert loaded.policy is not None
        return [f"{p.level}: {p.message}" for p in loaded.problems if "dates" in p.message]

    assert problems(past) == []
    assert problems(ahead) == [
        "warning: dates: That day changes 2027-08-05, when nobody is in school"
    ]


def test_a_second_change_of_a_groups_day_is_told_where_it_goes() -> None:
    first = "  year-5: {from: 2027-02-22, until: 2027-03-25, breaks: {playtime: 10:15-10:30}}"
    second = "  year-5: {from: 2027-04-12, breaks: {playtime: 11:00-11:15}}"
    (only,) = edited(("school.yaml", "days_for:\n", f"days_for:\n{first}\n{second}\n")).errors
    assert '"year-5" is given twice' in only.message
    assert only.hint is not None
    assert "below weekdays:, with day: Monday to Friday, for: year-5 and from" in only.hint

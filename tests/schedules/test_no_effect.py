"""An entry of `dates` or `weekdays` that changes nobody's day is told, and what was meant by it."""

from tests.schedules.edited import below, edited, policy, told


def on(day: str, *keys: str) -> tuple[str, str, str]:
    """An entry for one date more."""
    lines = "\n".join(f"    {key}" for key in keys)
    return below("school.yaml", "dates:", f"  - date: {day}\n    name: Something\n{lines}")


def weekly(*keys: str) -> tuple[str, str, str]:
    lines = "\n".join(f"    {key}" for key in keys)
    return below("school.yaml", "open_days: Monday to Friday", f"weekdays:\n  -{lines[3:]}")


def test_an_inset_day_moved_from_the_holidays_into_a_term_is_told() -> None:
    (only,) = told(("school.yaml", "- date: 2027-01-04", "- date: 2027-03-01"))
    assert (
        "opens 2027-03-01 to staff, but they are in school then anyway: that changes nothing"
        in only
    )
    assert "pupils, guests stay in: for an INSET day in term write closed_to: pupils" in only


def test_an_inset_day_moved_from_a_term_into_the_holidays_is_told() -> None:
    (only,) = told(("school.yaml", "- date: 2026-11-27", "- date: 2027-04-09"))
    assert "INSET day closes 2027-04-09, when nobody is in school anyway" in only
    assert "for an INSET day outside the terms write open_to: staff" in only


def test_each_direction_put_right_is_told_no_more() -> None:
    assert not told(
        ("school.yaml", "- date: 2027-01-04\n    name: INSET day\n    open_to: staff",
         "- date: 2027-03-01\n    name: INSET day\n    closed_to: pupils"),
        ("school.yaml", "- date: 2026-11-27\n    name: INSET day\n    closed_to: pupils",
         "- date: 2027-04-09\n    name: INSET day\n    open_to: staff"),
    )  # fmt: skip


def test_an_end_after_the_days_own_is_told() -> None:
    (only,) = told(on("2027-03-16", "ends: 16:00"))
    assert "ends 2027-03-16 at 16:00, but school ends at 15:45 anyway: that changes nothing" in only
    assert "to stay longer write extra: and below it after-school: 15:15-16:00" in only


def test_what_is_advised_for_a_later_end_is_right() -> None:
    later = on("2027-03-16", "extra:", "  after-school: 15:15-16:00")
    assert not told(later)
    assert edited(later).policy is not None


def test_an_earlier_start_is_told() -> None:
    (only,) = told(on("2027-03-16", "starts: 08:15"))
    assert "but school starts at 08:30 anyway" in only
    assert "write extra: and below it before-school: 08:15-08:50" in only


def test_hours_for_a_group_that_is_out_are_told() -> None:
    training = on("2026-12-04", "closed_to: pupils")
    (only,) = told(on("2026-12-04", "for: pupils", "ends: 13:00"), training)
    assert "changes 2026-12-04 for pupils, but they are out of school then anyway" in only


def test_a_closing_of_a_group_that_is_out_is_told() -> None:
    (only,) = told(on("2027-07-22", "closed_to: pupils"))
    assert (
        "closes 2027-07-22 to pupils, but they are out of school then anyway (not in a term)"
        in only
    )


def test_every_friday_to_a_later_end_is_told() -> None:
    (only,) = told(weekly("day: Friday", "ends: 16:30"))
    assert "weekdays: the entry ends every Friday at 16:30, but school ends at 15:45" in only


def test_every_friday_open_to_those_who_are_in_is_told() -> None:
    (only,) = told(weekly("day: Friday", "open_to: staff"))
    assert "opens every Friday to staff, but they are in school then anyway" in only


def test_what_changes_one_groups_day_on_one_date_is_not_told() -> None:
    assert not told(on("2027-03-16", "ends: 15:30"))
    assert not told(on("2027-03-15 to 2027-03-21", "closed_to: pupils"))
    assert not told(weekly("day: Mon-Fri", "ends: 15:15"))
    assert not told(weekly("day: Saturday", "open_to: staff"))


def test_what_lies_in_the_past_is_not_told() -> None:
    assert not told(on("2026-11-16", "ends: 16:00"))


def test_hours_on_a_day_that_a_later_line_opens_are_felt() -> None:
    hours_first = (
        "school.yaml",
        "- date: 2027-01-04\n    name: INSET day\n    open_to: staff",
        "- {date: 2027-01-04, name: Short, ends: 12:00}\n"
        "  - {date: 2027-01-04, name: INSET day, open_to: staff}",
    )
    assert not told(hours_first)
    assert policy(hours_first)


def test_an_end_beside_sessions_that_say_it_too_is_not_told() -> None:
    both = on("2027-03-16", "ends: 14:00", "sessions:", "  all: 08:50-14:00")
    assert not [line for line in told(both) if "changes nothing" in line]

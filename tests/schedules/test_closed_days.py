"""A row of dates of which one is on a closed day: the rule holds then, and `check` says so."""

from tests.schedules.edited import below, changes, told


def club(*days: str) -> tuple[str, str, str]:
    when = ", ".join(f"{day} 15:15-16:15" for day in days)
    return below(
        "rules.yaml",
        "rules:",
        f"  - {{name: Club, who: year-5, what: youtube, when: [{when}], do: log, clause: x}}",
    )


def test_a_snow_day_in_a_row_of_dates_is_told() -> None:
    (only,) = told(club("2027-01-27", "2027-02-03", "2027-02-10"))
    assert "Club applies on 2027-02-03 (Snow), when nobody that it is for is in school" in only


def test_dates_that_are_all_in_the_holidays_are_meant() -> None:
    assert not told(club("2027-02-15", "2027-02-16", "2027-02-17"))
    assert not told(club("2027-02-15"))


def test_a_long_row_of_dates_is_told_in_short_and_what_changes_of_it_alone() -> None:
    days = [f"2027-01-{day:02}" for day in (6, 13, 20, 27)] + ["2027-02-10", "2027-02-24"]
    (new,) = changes((), (club(*days),))
    assert new.endswith(
        "logs youtube for year-5 (2027-01-06 15:15-16:15 and 5 more, the last "
        "2027-02-24 15:15-16:15)"
    )
    (moved,) = changes((club(*days),), (club(*days[:5], "2027-02-25"),))
    assert moved == (
        "rule Club now applies at other times: with 2027-02-25 15:15-16:15, "
        "without 2027-02-24 15:15-16:15"
    )

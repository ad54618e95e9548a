"""Dates as people write them, and the hint that says how the files have them."""

import pytest

from bellgate.schedules.problem import Unclear
from bellgate.schedules.rule_times import when_problem
from bellgate.schedules.rule_words import Vocabulary
from bellgate.schedules.scalars import calendar_date, date_range

KNOWN = Vocabulary(frozenset(), frozenset(), frozenset(), frozenset({"morning"}))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2026-29-11", "there is no month 29: 29 November 2026 is written 2026-11-29"),
        ("11/29/2026", "there is no month 29: 29 November 2026 is written 2026-11-29"),
        ("29/11/2026", "with the day first, 29/11/2026 is written 2026-11-29"),
        ("29.11.26", "with the day first, 29.11.26 is written 2026-11-29"),
        ("3-4-2027", "with the day first, 3-4-2027 is written 2027-04-03"),
        ("2026/11/29", "2026/11/29 is written 2026-11-29"),
        ("2026-1-5", "2026-1-5 is written 2026-01-05"),
        ("20261129", "20261129 is written 2026-11-29"),
        ("Friday 27th November 2026", "Friday 27th November 2026 is written 2026-11-27"),
        ("Nov 27, 2026", "Nov 27, 2026 is written 2026-11-27"),
        ("1st of Sept 2026", "1st of Sept 2026 is written 2026-09-01"),
        ("29 November", "write the year too, such as 2026-11-29"),
        ("29/11", "write the year too, such as 2026-11-29"),
        ("2026-02-30", "February 2026 has 28 days"),
        ("31/02/2026", "February 2026 has 28 days"),
        ("2026-13-13", "there is no month 13"),
        # Nothing that could be told to be one.
        ("2026-11", "write year-month-day: 2026-11-27"),
        ("next Friday", "write year-month-day: 2026-11-27"),
    ],
)
def test_a_date(text: str, hint: str) -> None:
    with pytest.raises(Unclear) as wrong:
        calendar_date(text)
    assert wrong.value.hint == hint
    # The right date is right.
    if " is written " in hint:
        assert calendar_date(hint.rpartition(" ")[2])


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("26/10/2026 - 30/10/2026", "2026-10-26 to 2026-10-30"),
        ("26-30 October 2026", "2026-10-26 to 2026-10-30"),
        ("26th to 30th October 2026", "2026-10-26 to 2026-10-30"),
        ("Mon 26 Oct 2026 until Fri 30 Oct 2026", "2026-10-26 to 2026-10-30"),
        ("2026-10-26 to 30/10/2026", "2026-10-26 to 2026-10-30"),
    ],
)
def test_two_dates(text: str, right: str) -> None:
    with pytest.raises(Unclear) as wrong:
        date_range(text)
    assert wrong.value.hint == f"write it as {right}"
    assert date_range(right)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("25/11/2026 10:00-11:00", "write it as 2026-11-25 10:00-11:00"),
        ("29 November 2026, 10:00-11:00", "write it as 2026-11-29 10:00-11:00"),
        ("25/11/2026 to 27/11/2026", "write it as 2026-11-25 to 2026-11-27"),
        ("25 November", "write the year too, such as 2026-11-25"),
        ("2026-29-11", "there is no month 29: 29 November 2026 is written 2026-11-29"),
        ("10 to 11", "write dates as 2026-11-25, and hours as 09:00-15:00"),
    ],
)
def test_in_a_rule(text: str, hint: str) -> None:
    wrong = when_problem(text, KNOWN)
    assert wrong is not None
    assert wrong.hint == hint

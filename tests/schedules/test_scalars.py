"""Text -> values: what is taken, what is refused, and what the refusal says would be right."""

from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellgate.schedules import scalars
from bellgate.schedules.problem import Unclear
from bellgate.schedules.scalars import Duration, Range


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (scalars.clock_time, "08:50", time(8, 50)),
        (scalars.clock_time, "8:50", time(8, 50)),
        (scalars.time_range, "08:50-12:00", Range(time(8, 50), time(12))),
        (scalars.time_range, "08:50 – 12:00", Range(time(8, 50), time(12))),
        (scalars.time_range, "08:50 to 12:00", Range(time(8, 50), time(12))),
        (scalars.calendar_date, "2028-02-29", date(2028, 2, 29)),
        (scalars.date_range, "2026-11-27", Range(date(2026, 11, 27), date(2026, 11, 27))),
        (
            scalars.date_range,
            "2027-02-02 to 2027-02-03",
            Range(date(2027, 2, 2), date(2027, 2, 3)),
        ),
        (scalars.duration, "45 minutes", Duration(45, "minute")),
        (scalars.duration, "1 year", Duration(1, "year")),
        (scalars.rate, "50 a second", 50.0),
        (scalars.rate, "90 per minute", 1.5),
        (scalars.truth, "Yes", True),
        (scalars.truth, "false", False),
        (scalars.mac_address, "3C-22-FB-00-00-21", "3c:22:fb:00:00:21"),
        (scalars.mac_address, "3c22.fb00.0021", "3c:22:fb:00:00:21"),
        (scalars.mac_address, "3c22fb000021", "3c:22:fb:00:00:21"),
        (scalars.mac_address, "3c:22:fb:0:0:21", "3c:22:fb:00:00:21"),
        (scalars.ip_address, "2001:DB8::0:1", "2001:db8::1"),
        (scalars.domain, "WWW.Example.ORG.", "www.example.org"),
        (scalars.domain, "bücher.example", "xn--bcher-kva.example"),
        (scalars.weekdays, "Monday to Friday", frozenset(range(5))),
        (scalars.weekdays, "Mon-Fri", frozenset(range(5))),
        (scalars.weekdays, "Fri-Mon", frozenset({4, 5, 6, 0})),
        (scalars.weekdays, "Tues", frozenset({1})),
        (scalars.weekdays, "lessons", None),
    ],
)
def test_taken(parse: Callable[[str], Any], text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "says"),
    [
        (scalars.clock_time, "24:00", "not a time of day"),
        (scalars.clock_time, "8.50", "not a time of day"),
        (scalars.time_range, "12:00-08:50", "ends before it starts (12:00-08:50)"),
        (scalars.time_range, "08:50-08:50", "ends before it starts"),
        (scalars.time_range, "08:50", "not a start and an end"),
        (scalars.calendar_date, "27/11/2026", "2026-11-27"),
        (scalars.calendar_date, "2026-02-30", "there is no such day"),
        (scalars.calendar_date, "0001-01-01", "a year that cannot be right"),
        (scalars.date_range, "2026-11-27 to 2062-11-28", "longer than a year"),
        (scalars.duration, "0 days", "not a length of time"),
        (scalars.duration, "a while", "45 minutes"),
        (scalars.truth, "on", "true, false, yes or no"),
        (scalars.mac_address, "3c:22:fb:00:00", "not a MAC address"),
        (scalars.mac_address, "ff:ff:ff:ff:ff:ff", "no single device can have"),
        (scalars.mac_address, "01:00:5e:00:00:01", "no single device can have"),
        (scalars.ip_address, "10.77.20.0/24", "belongs under networks"),
        (scalars.ip_address, "010.1.1.1", "not an IP address"),
        (scalars.ip_network, "10.77.10.5/24", "did you mean 10.77.10.0/24?"),
        (scalars.domain, "https://user@Example.org:443/a?b", "write example.org, just the host"),
        (
            scalars.domain,
            "*.example.org",
            "write example.org: it means that name and everything under it",
        ),
        (scalars.domain, ".example.org", "write example.org"),
        (scalars.domain, "example.org:8080", "the port does not matter"),
        (scalars.domain, "example", "not a domain"),
        (scalars.domain, "exam ple.org", "not a domain"),
        (scalars.domain, "10.0.0.1", "only names can be listed"),
    ],
)
def test_refused_with_what_would_be_right(
    parse: Callable[[str], Any], text: str, says: str
) -> None:
    with pytest.raises(Unclear) as refused:
        parse(text)
    assert says in f"{refused.value.message} ({refused.value.hint})"


PARSERS = [
    scalars.clock_time,
    scalars.time_range,
    scalars.calendar_date,
    scalars.date_range,
    scalars.duration,
    scalars.rate,
    scalars.whole_number,
    scalars.truth,
    scalars.mac_address,
    scalars.ip_address,
    scalars.ip_network,
    scalars.domain,
    scalars.weekdays,
]


@given(st.one_of(st.text(max_size=40), st.text("0123456789:-/. abto*@xn", max_size=30)))
def test_nothing_else_is_ever_raised(text: str) -> None:
    for parse in PARSERS:
        try:
            parse(text)
        except Unclear as refused:
            assert refused.message


@pytest.mark.parametrize(
    ("length", "day", "later"),
    [
        (Duration(1, "year"), date(2028, 2, 29), date(2029, 2, 28)),
        (Duration(1, "month"), date(2027, 1, 31), date(2027, 2, 28)),
        (Duration(3, "month"), date(2026, 11, 30), date(2027, 2, 28)),
        (Duration(2, "week"), date(2026, 12, 25), date(2027, 1, 8)),
        (Duration(1, "year"), date(2017, 4, 1), date(2018, 4, 1)),
    ],
)
def test_lengths_as_people_count_them(length: Duration, day: date, later: date) -> None:
    assert length.after(day) == later


@pytest.mark.parametrize(
    ("parse", "text", "hint"),
    [
        (scalars.time_range, "08:50—12:00", "— is an em dash: write a plain hyphen, 08:50-12:00"),
        (scalars.time_range, "08:50−12:00", "− is a minus sign: write a plain hyphen, 08:50-12:00"),
        (scalars.hours, "20:00—06:00", "— is an em dash: write a plain hyphen, 08:50-12:00"),
        (scalars.calendar_date, "2026–10–26", "– is an en dash: write a plain hyphen, 2026-11-27"),
        (
            scalars.date_range,
            "2026-10-26 – 2026-10-30",
            "write to between the dates: 2026-10-26 to 2026-10-30",
        ),
        (
            scalars.date_range,
            "2026-10-26 - 2026-10-30",
            "write to between the dates: 2026-10-26 to 2026-10-30",
        ),
    ],
)
def test_what_only_looks_like_a_hyphen_is_named(
    parse: Callable[[str], Any], text: str, hint: str
) -> None:
    with pytest.raises(Unclear) as refused:
        parse(text)
    assert refused.value.hint == hint

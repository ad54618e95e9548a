"""What councils and schools write in their calendars, and what each is taken for."""

from datetime import date

import pytest

from bellgate.policy.when import Term
from bellgate.schedules.year.calendar_meanings import meaning_of, year_of
from bellgate.schedules.year.icalendar_file import Calendar, Event

FIVE = frozenset(range(5))


def event(words: str, first: str = "2026-10-26", last: str | None = None, line: int = 1) -> Event:
    return Event(line, words, date.fromisoformat(first), date.fromisoformat(last or first))


@pytest.mark.parametrize(
    ("words", "days", "meaning"),
    [
        ("INSET day", 1, "INSET day"),
        ("Inset Day - school closed to pupils", 1, "INSET day"),
        ("Staff Training Day", 1, "INSET day"),
        ("Teacher training", 1, "INSET day"),
        ("Non-pupil day", 1, "INSET day"),
        ("Professional development day (no pupils)", 1, "INSET day"),
        ("In-service days", 2, "INSET day"),
        ("School development day", 1, "INSET day"),
        ("Half term", 5, "half-term"),
        ("October half-term holiday", 5, "half-term"),
        ("Halfterm", 9, "half-term"),
        ("Half term begins", 1, "first day of half-term"),
        ("Half Term ends", 1, "last day of half-term"),
        ("School closes for half-term", 1, "last day before half-term"),
        ("Break up for half term", 1, "last day before half-term"),
        ("School reopens after half term", 1, "first day after half-term"),
        ("Autumn first half term", 40, None),
        ("Autumn Term", 100, "term"),
        ("Term 3", 30, "term"),
        ("Spring term 2027", 60, "term"),
        ("Spring Term", 1, None),
        ("Autumn term starts", 1, "first day of term"),
        ("Start of Summer Term", 1, "first day of term"),
        ("First day of term", 1, "first day of term"),
        ("Pupils return to school", 1, "first day of term"),
        ("Schools open", 1, "first day of term"),
        ("Last day of term", 1, "last day of term"),
        ("End of Autumn Term", 1, "last day of term"),
        ("School breaks up for Easter", 1, "last day of term"),
        ("Schools close for summer", 1, "last day of term"),
        ("Early May Bank Holiday", 1, "bank holiday"),
        ("Good Friday", 1, "bank holiday"),
        ("Christmas holidays", 14, "closure"),
        ("Easter break", 10, "closure"),
        ("School closed - polling station", 1, "closure"),
        ("Occasional Day", 1, "closure"),
        ("School closes for polling day", 1, "closure"),
        ("Snow closure", 1, "closure"),
        ("School open evening", 1, None),
        ("Schools open day", 1, None),
        ("School closes early", 1, None),
        ("Parents’ evening", 1, None),
        ("Harvest festival", 1, None),
        ("Year 5 trip", 1, None),
        ("Summer fair", 1, None),
    ],
)
def test_told_by_their_words(words: str, days: int, meaning: str | None) -> None:
    start = date(2026, 9, 7)
    one = Event(1, words, start, date.fromordinal(start.toordinal() + days - 1))
    assert meaning_of(one, {}) == meaning


def test_the_schools_own_words_come_first() -> None:
    own = {"Baker": "closure", "Baker day": "INSET day", "half term": "nothing"}
    assert meaning_of(event("BAKER  day".replace("  ", " ")), own) == "INSET day"
    assert meaning_of(event("Mr Baker leaves"), own) == "closure"
    assert meaning_of(event("Bakery visit"), own) is None
    assert meaning_of(event("October half term"), own) == "nothing"


WRITTEN = (Term("Autumn 2026", date(2026, 9, 2), date(2026, 12, 18)),)


def year(*events: Event, written: tuple[Term, ...] = WRITTEN) -> object:
    return year_of(Calendar("t.ics", events), {}, written, FIVE)


def test_a_half_term_of_the_calendar_joins_a_term_of_school_yaml() -> None:
    found = year_of(
        Calendar("t.ics", (event("Half term", "2026-10-26", "2026-10-30", 7),)), {}, WRITTEN, FIVE
    )
    (term,) = found.terms
    assert term.half_term == (date(2026, 10, 26), date(2026, 10, 30))
    assert str(term.half_term_source) == "t.ics:7"
    assert not found.problems


@pytest.mark.parametrize(
    ("events", "line", "says"),
    [
        ([event("Half term", "2026-08-03", "2026-08-07", 4)], 4, "it is not in any term"),
        ([event("Autumn term", "2026-09-03", "2026-12-18", 5)], 5, "overlaps Autumn 2026"),
        ([event("Term starts", "2027-01-05", line=6)], 6, "no last day of term follows it"),
        ([event("Term ends", "2027-03-25", line=7)], 7, "no first day of term stands before it"),
        ([event("Half term begins", "2026-10-26", line=8)], 8, "no end of the half-term follows"),
        ([event("Quiz", "2026-10-26", line=9)], 9, '"Quiz" (2026-10-26) is not understood'),
    ],
)
def test_what_could_not_be_told_is_told_with_its_line(
    events: list[Event], line: int, says: str
) -> None:
    (problem,) = year_of(Calendar("t.ics", tuple(events)), {}, WRITTEN, FIVE).problems
    assert (problem.line, problem.level) == (line, "warning")
    assert says in problem.message


def test_training_days_over_a_weekend_leave_it_free() -> None:
    found = year_of(
        Calendar("t.ics", (event("INSET days", "2026-09-03", "2026-09-07"),)), {}, WRITTEN, FIVE
    )
    assert [d.first.day for d in found.dates] == [3, 4, 7]

"""The shipped table against the library that it is taken from, and how it is read."""

from datetime import date
from pathlib import Path

import holidays
import pytest

from bellgate.schedules.year import bank_holidays as module
from bellgate.schedules.year.bank_holidays import bank_holidays, known_to
from tests.renewing import same_as_kept

NATIONS = {"England": "ENG", "Wales": "WLS", "Scotland": "SCT", "Northern Ireland": "NIR"}
YEARS = range(2020, 2041)
# As gov.uk and the people of a school call them.
CALLED = {
    "May Day": "Early May bank holiday",
    "Spring Bank Holiday": "Spring bank holiday",
    "Summer Bank Holiday": "Summer bank holiday",
    "Late Summer Bank Holiday": "Summer bank holiday",
    "New Year Holiday": "2nd January",
    "Saint Andrew's Day": "St Andrew's Day",
    "Saint Patrick's Day": "St Patrick's Day",
    "Battle of the Boyne": "Battle of the Boyne (Orangemen's Day)",
}
HEAD = """# Bank holidays in the United Kingdom: date | nations | name
# Made from the `holidays` library by tests/schedules/test_bank_holidays.py; not edited by hand.
"""


def made() -> str:
    found: dict[tuple[date, str], list[str]] = {}
    for nation, code in NATIONS.items():
        library = holidays.country_holidays("GB", subdiv=code, years=YEARS, language="en_GB")
        for day, names in library.items():
            for name in names.split("; "):
                plain = name.removesuffix(" (observed)")
                called = CALLED.get(plain, plain)
                if plain != name:
                    called += " (substitute day)"
                found.setdefault((day, called), []).append(nation)
    rows = [f"{day} | {', '.join(nations)} | {name}" for (day, name), nations in found.items()]
    return HEAD + "".join(f"{row}\n" for row in sorted(rows))


def test_the_table_is_what_the_library_says() -> None:
    same_as_kept(Path(module.__file__).parent / module.TABLE, made())


@pytest.mark.parametrize(
    ("nation", "day", "name"),
    [  # gov.uk/bank-holidays
        ("England", date(2027, 5, 3), "Early May bank holiday"),
        ("England", date(2026, 12, 28), "Boxing Day (substitute day)"),
        ("Wales", date(2027, 8, 30), "Summer bank holiday"),
        ("Scotland", date(2026, 11, 30), "St Andrew's Day"),
        ("Scotland", date(2027, 1, 4), "2nd January (substitute day)"),
        ("Northern Ireland", date(2027, 3, 17), "St Patrick's Day"),
    ],
)
def test_days_that_gov_uk_gives(nation: str, day: date, name: str) -> None:
    assert bank_holidays(nation, day, day) == ((day, name),)


def test_a_nation_keeps_to_its_own() -> None:
    assert bank_holidays("England", date(2026, 11, 30), date(2026, 11, 30)) == ()
    assert bank_holidays("Scotland", date(2027, 3, 29), date(2027, 3, 29)) == ()
    assert known_to() == date(2040, 12, 31)

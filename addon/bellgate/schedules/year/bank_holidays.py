"""Bank holidays by nation, from a table that ships with the package.

The table is taken from the `holidays` library by tests/schedules/test_bank_holidays.py, which fails
when they differ. Asking the library itself would load its 250 countries at each start: a third of
the time of a quick command, and megabytes in a gate that never looks at them again.
"""

from datetime import date
from functools import cache
from importlib import resources

TABLE = "bank-holidays.txt"


@cache
def _table() -> tuple[tuple[date, frozenset[str], str], ...]:
    text = (resources.files("bellgate.schedules.year") / TABLE).read_text("utf-8")
    rows = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            day, nations, name = line.split(" | ")
            rows.append((date.fromisoformat(day), frozenset(nations.split(", ")), name))
    return tuple(rows)


def bank_holidays(nation: str, first: date, last: date) -> tuple[tuple[date, str], ...]:
    """The days between two dates (both included) that are bank holidays in a nation, in order."""
    return tuple(
        (day, name) for day, nations, name in _table() if first <= day <= last and nation in nations
    )


def somewhere_a_bank_holiday(first: date, last: date) -> frozenset[date]:
    """The days between two dates (both included) that are a bank holiday in some nation."""
    return frozenset(day for day, _, _ in _table() if first <= day <= last)


def known_to() -> date:
    """The last date that the table speaks of."""
    return date(_table()[-1][0].year, 12, 31)

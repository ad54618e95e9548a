"""A search -> conditions on the index's columns.

The same columns stand in `visits` and, but for whose they are, in `kinds`; so the same conditions
find visits and count them.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, false, or_

from bellgate.policy.wall_clock import WEEKDAYS
from bellgate.review.index.answers import IN_SESSION, OWN_TIME, Search
from bellgate.review.index.rows import ALL_GRADES, bit_of
from bellgate.review.index.tables import visits
from bellgate.review.index.words import NOTHING, Kind, lists_with, numbers_of

Condition = ColumnElement[bool]


def is_whose(search: Search) -> bool:
    """Whether one person, device or address is asked for."""
    return any((search.person, search.device, search.address))


def conditions(connection: Connection, search: Search, table: FromClause) -> list[Condition]:
    """What must hold in `visits`, or in `kinds` where nobody in particular is asked for."""
    found = [*_of_the_time(search, table), *_of_the_kind(connection, search, table)]
    if is_whose(search):
        found += _whose(connection, search)
    return found


def days_of_search(search: Search, table: FromClause) -> list[Condition]:
    return list(_of_the_time(search, table))


def _of_the_time(search: Search, table: FromClause) -> Iterator[Condition]:
    if search.first is not None:
        yield table.c.day >= search.first.toordinal()
    if search.last is not None:
        yield table.c.day <= search.last.toordinal()
    if search.weekday is not None:
        # Day 1 of the calendar was a Monday.
        yield table.c.day % len(WEEKDAYS) == (search.weekday + 1) % len(WEEKDAYS)


def _of_the_kind(connection: Connection, search: Search, table: FromClause) -> Iterator[Condition]:
    if search.service is not None:
        yield table.c.what.in_(numbers_of(connection, search.service, "service", "site"))
    session = search.session
    if session in (OWN_TIME, IN_SESSION):
        outside = table.c.session == NOTHING
        yield outside if session == OWN_TIME else ~outside
        session = None
    for name, text in (("category", search.category), ("session", session)):
        if text is not None:
            kind: Kind = "category" if name == "category" else "session"
            yield table.c[name].in_(numbers_of(connection, text, kind))
    if search.group is not None:
        yield table.c.roles.in_(lists_with(connection, "roles", search.group))
    if search.seen is not None:
        yield table.c.grade == ALL_GRADES.index(search.seen)
    if search.action is not None:
        yield table.c.mask.op("&")(bit_of(search.action)) != 0


def _whose(connection: Connection, search: Search) -> Iterator[Condition]:
    asked: tuple[tuple[str | None, Any, Kind], ...] = (
        (search.person, visits.c.person, "person"),
        (search.device, visits.c.who, "device"),
        (search.address, visits.c.who, "address"),
    )
    for text, column, kind in asked:
        if text is not None:
            numbers = numbers_of(connection, text, kind)
            # One number, compared as such: the database goes straight to it.
            yield or_(*(column == number for number in numbers)) if numbers else false()

"""Sums from the counts: a week, a service over a term. No visit is read."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from bellgate.policy.action import Outcome
from bellgate.review.index.answers import ServiceDay, Split, Week
from bellgate.review.index.rows import ALL_GRADES, actions_in
from bellgate.review.index.tables import kinds
from bellgate.review.index.words import Words, numbers_of
from bellgate.review.visits.visits import GRADES

_DAYS: int = 7
"""Days of a week."""


def week(connection: Connection, first: date, words: Words) -> Week:
    sessions: dict[tuple[date, str | None], Split] = {}
    groups: dict[tuple[str, ...], Split] = {}
    services: dict[str, Split] = {}
    actions: dict[Outcome, int] = {}
    carried = unsound = 0
    for row in _rows(connection, first, first + timedelta(days=_DAYS - 1)):
        if not row.sound:
            unsound += row.visits
            continue
        split = by_grade(row.grade, row.visits)
        session = words.text(connection, row.session)
        _add(sessions, (date.fromordinal(row.day), session), split)
        _add(groups, words.list(connection, row.roles), split)
        _add(services, what_is(connection, row.what, words), split)
        for action in actions_in(row.mask):
            actions[action] = actions.get(action, 0) + row.visits
        carried += row.carried
    return Week(first, sessions, groups, services, actions, carried, unsound)


def service(connection: Connection, id: str, first: date, last: date) -> list[ServiceDay]:
    found: dict[int, ServiceDay] = {}
    numbers = numbers_of(connection, id, "service", "site")
    for row in _rows(connection, first, last, kinds.c.what.in_(numbers)):
        day = found.get(row.day) or ServiceDay(date.fromordinal(row.day), Split(), Split(), 0, 0, 0)
        found[row.day] = _with(day, row)
    return [found[day] for day in sorted(found)]


def by_grade(grade: int, visits: int) -> Split:
    """So many visits whose grade has a number."""
    return Split(**{ALL_GRADES[grade]: visits})


def attempts_in(row: Row[Any]) -> Split:
    return Split(**{grade: row._mapping[grade] for grade in GRADES})


def what_is(connection: Connection, number: int, words: Words) -> str:
    """A service's id, a site, or that they were many."""
    kind, text = words.word(connection, number)
    return "many sites" if kind == "many" else text


def _with(day: ServiceDay, row: Row[Any]) -> ServiceDay:
    if not row.sound:
        return ServiceDay(
            day.day, day.visits, day.attempts, day.in_session, day.carried_over,
            day.unsound + row.visits,
        )  # fmt: skip
    return ServiceDay(
        day.day,
        day.visits + by_grade(row.grade, row.visits),
        day.attempts + attempts_in(row),
        day.in_session + (row.visits if row.session else 0),
        day.carried_over + row.carried,
        day.unsound,
    )


def _rows(
    connection: Connection, first: date, last: date, *where: ColumnElement[bool]
) -> Iterator[Row[Any]]:
    """The counts of these days, summed up over what nobody asks for here."""
    k = kinds.c
    keys = (k.day, k.session, k.what, k.roles, k.grade, k.mask, k.sound)
    sums = (k.visits, k.page, k.embedded, k.background, k.connection, k.carried)
    asked = (
        select(*keys, *(func.sum(each).label(each.name) for each in sums))
        .where(k.day >= first.toordinal(), k.day <= last.toordinal(), *where)
        .group_by(*keys)
    )
    yield from connection.execute(asked)


def _add[K](found: dict[K, Split], key: K, split: Split) -> None:
    found[key] = found.get(key, Split()) + split


def grades_of(found: Mapping[int, int]) -> Split:
    """Visits by the number of their grade."""
    return sum((by_grade(grade, visits) for grade, visits in found.items()), Split())

"""Sums from the counts: some days together, a service over a term. No visit is read."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Row, func, select

from bellgate.review.index.answers import ServiceDay, Split, Totals
from bellgate.review.index.rows import ALL_GRADES
from bellgate.review.index.tables import KIND_SUMS, kinds
from bellgate.review.index.words import Words, numbers_of
from bellgate.review.visits.visits import GRADES

_k: Final = kinds.c
_VISITS: Final = ("visits",)
"""Sums that need no attempts."""


def totals(connection: Connection, first: date, last: date, words: Words) -> Totals:
    sessions: dict[tuple[date, str | None], Split] = {}
    groups: dict[tuple[str, ...], Split] = {}
    services: dict[str, Split] = {}
    for row in _sums(connection, first, last, _k.day, _k.session, _k.grade):
        day, session = date.fromordinal(row.day), words.text(connection, row.session)
        _add(sessions, (day, session), by_grade(row.grade, row.visits))
    # Both in one walk: each is a good part of the time that a term takes.
    for row in _sums(connection, first, last, _k.roles, _k.what, _k.grade):
        visits = by_grade(row.grade, row.visits)
        _add(groups, words.list(connection, row.roles), visits)
        _add(services, what_is(connection, row.what, words), visits)
    return Totals(first, last, sessions, groups, services)


def service(connection: Connection, id: str, first: date, last: date) -> list[ServiceDay]:
    is_it = _k.what.in_(numbers_of(connection, id, "service", "site"))
    found: dict[int, ServiceDay] = {}
    for row in _sums(
        connection, first, last, _k.day, _k.session, _k.grade, where=is_it, summed=KIND_SUMS
    ):
        day = found.get(row.day) or _nothing_on(row.day)
        found[row.day] = replace(
            day,
            visits=day.visits + by_grade(row.grade, row.visits),
            attempts=day.attempts + attempts_in(row),
            own_time=day.own_time
            + (by_grade(row.grade, row.visits).attempted if not row.session else 0),
        )
    for row in _sums(connection, first, last, _k.day, where=is_it, sound=False):
        found[row.day] = replace(found.get(row.day) or _nothing_on(row.day), unsound=row.visits)
    return [found[day] for day in sorted(found)]


def _nothing_on(day: int) -> ServiceDay:
    return ServiceDay(date.fromordinal(day), Split(), Split(), 0, 0)


def by_grade(grade: int, visits: int) -> Split:
    """So many visits whose grade has a number."""
    return Split(**{ALL_GRADES[grade]: visits})


def attempts_in(row: Row[Any]) -> Split:
    return Split(**{grade: row._mapping[grade] for grade in GRADES})


def what_is(connection: Connection, number: int, words: Words) -> str:
    """A service's id, a site, or that they were many."""
    kind, text = words.word(connection, number)
    return "many sites" if kind == "many" else text


def _sums(
    connection: Connection,
    first: date,
    last: date,
    *keys: Column[int],
    where: ColumnElement[bool] | None = None,
    sound: bool = True,
    summed: Sequence[str] = _VISITS,
) -> Iterator[Row[Any]]:
    """The counts of these days by what is asked for. Each question is a short walk through them:
    what SQL adds up here, Python would add up a hundred times slower."""
    sums = (func.sum(kinds.c[name]).label(name) for name in summed)
    asked: Any = (
        select(*keys, *sums)
        .where(_k.day >= first.toordinal(), _k.day <= last.toordinal(), _k.sound == int(sound))
        .group_by(*keys)
    )
    yield from connection.execute(asked if where is None else asked.where(where))


def _add[K](found: dict[K, Split], key: K, split: Split) -> None:
    found[key] = found.get(key, Split()) + split

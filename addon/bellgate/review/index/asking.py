"""Visits by a search: one page, all of them, or one visit.

Where nobody in particular is asked for, the counts of each day say on which days the rows of a page
are, so that no more than those days are read, however long the log is.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, Select, select

from bellgate.review.index.answers import PAGE, Counts, Found, Search, VisitRow
from bellgate.review.index.counting import by_day, count
from bellgate.review.index.filters import conditions, is_whose
from bellgate.review.index.gathering import moment
from bellgate.review.index.tables import details, logs, visits
from bellgate.review.index.words import Words
from bellgate.review.pack.question import CURRENT
from bellgate.review.visits.visits import GRADES

_NEWEST_FIRST: Final = (visits.c.day.desc(), visits.c.first.desc(), visits.c.number.desc())
_TOGETHER: Final = 500
"""Rows of a long answer that are read at once."""
_WHOLE: Final = (
    select(visits, details, logs.c.folder)
    .join_from(visits, details, details.c.id == visits.c.id)
    .join(logs, logs.c.id == visits.c.log)
)


def found(connection: Connection, search: Search, words: Words) -> Found:
    page = max(1, search.page)
    first = (page - 1) * PAGE
    if is_whose(search):
        counts, ids = _of_somebody(connection, search, first)
    else:
        counts, ids = _of_anybody(connection, search, first)
    return Found(tuple(rows_by_id(connection, ids, words)), counts, page)


def every(connection: Connection, search: Search, words: Words) -> Iterator[VisitRow]:
    """A day at a time, so that memory does not grow with the answer."""
    where = conditions(connection, search, visits)
    if is_whose(search):
        ids = connection.scalars(select(visits.c.id).where(*where).order_by(*_NEWEST_FIRST)).all()
        yield from _in_parts(connection, ids, words)
        return
    for day in by_day(connection, search):
        of_day = select(visits.c.id).where(*where, visits.c.day == day).order_by(*_NEWEST_FIRST)
        yield from _in_parts(connection, connection.scalars(of_day).all(), words)


def one(
    connection: Connection, day: date, number: int, log: str | None, words: Words
) -> VisitRow | None:
    v = visits.c
    asked = _WHOLE.where(v.day == day.toordinal(), v.number == number)
    if log is not None:
        asked = asked.where(logs.c.folder == log)
    rows = connection.execute(asked).all()
    if not rows:
        return None
    # The current log's, else that of the newest of those set aside.
    newest = max(rows, key=lambda row: (row.folder == CURRENT, row.log))
    return visit_row(connection, newest, words)


def rows_by_id(connection: Connection, ids: Sequence[int], words: Words) -> list[VisitRow]:
    """In the order of the numbers."""
    rows = {row.id: row for row in connection.execute(_WHOLE.where(visits.c.id.in_(ids)))}
    return [visit_row(connection, rows[id], words) for id in ids if id in rows]


def places_of(connection: Connection, row: VisitRow) -> bytes:
    """Where its records stand; nothing where the visit is no longer there."""
    asked = (
        select(details.c.places)
        .join(visits, visits.c.id == details.c.id)
        .join(logs, logs.c.id == visits.c.log)
        .where(
            visits.c.day == row.day.toordinal(),
            visits.c.number == row.number,
            logs.c.folder == row.log,
        )
    )
    return connection.scalar(asked) or b""


def visit_row(connection: Connection, row: Row[Any], words: Words) -> VisitRow:
    who, whose = words.word(connection, row.who)
    what, service = words.word(connection, row.what)
    rule = words.list(connection, row.rule)
    return VisitRow(
        day=date.fromordinal(row.day),
        number=row.number,
        log=row.folder,
        first=_utc(row.first),
        last=_utc(row.last),
        device=whose if who == "device" else None,
        address=whose if who == "address" else None,
        person=words.text(connection, row.person),
        roles=words.list(connection, row.roles),
        grounds=words.list(connection, row.grounds),
        claimed=words.text(connection, row.claimed),
        doubt=words.text(connection, row.doubt),
        service=service if what == "service" else None,
        host=service if what == "site" else None,
        category=words.text(connection, row.category),
        session=words.text(connection, row.session),
        rule_name=rule[0] if rule else None,
        rule_source=rule[1] if rule else None,
        seen={grade: n for grade in GRADES if (n := row._mapping[grade])},
        actions=orjson.loads(row.actions),
        carried_over=row.carried,
        hosts=row.hosts,
        records=row.records,
        sound=bool(row.sound),
    )


def _utc(microseconds: int) -> datetime:
    return moment(microseconds).astimezone(UTC)


def _of_somebody(
    connection: Connection, search: Search, first: int
) -> tuple[Counts, Sequence[int]]:
    where = conditions(connection, search, visits)
    return count(connection, search), connection.scalars(_page(where, first)).all()


def _of_anybody(connection: Connection, search: Search, first: int) -> tuple[Counts, Sequence[int]]:
    """The days before those of the page are passed over by their counts."""
    where = conditions(connection, search, visits)
    days = by_day(connection, search)
    before, ids = 0, list[int]()
    for day, counts in days.items():
        if before + counts.shown > first and len(ids) < PAGE:
            start = max(0, first - before)
            of_day = _page([*where, visits.c.day == day], start, PAGE - len(ids))
            ids += connection.scalars(of_day)
        before += counts.shown
    return sum(days.values(), Counts()), ids


def _page(where: Sequence[Any], first: int, many: int = PAGE) -> Select[Any]:
    return select(visits.c.id).where(*where).order_by(*_NEWEST_FIRST).limit(many).offset(first)


def _in_parts(connection: Connection, ids: Sequence[int], words: Words) -> Iterator[VisitRow]:
    for at in range(0, len(ids), _TOGETHER):
        yield from rows_by_id(connection, ids[at : at + _TOGETHER], words)

"""How many visits a search finds: from the counts of each day where nobody in particular is asked
for, else from the visits themselves."""

from typing import Any, Final

from sqlalchemy import Connection, FromClause, Integer, and_, case, func, literal, select

from bellgate.policy.action import OUTCOMES
from bellgate.review.index.answers import Counts, Search
from bellgate.review.index.filters import conditions, is_whose
from bellgate.review.index.rows import ALL_GRADES, bit_of
from bellgate.review.index.tables import kinds, visits
from bellgate.review.index.words import NOTHING

_NO_ATTEMPT: Final = ALL_GRADES.index("nothing")
_CAME_THROUGH: Final = sum(bit_of(name) for name, kind in OUTCOMES.items() if kind.came_through)


def count(connection: Connection, search: Search) -> Counts:
    if not is_whose(search):
        return sum(by_day(connection, search).values(), Counts())
    where = conditions(connection, search, visits)
    return _counts(connection.execute(select(*_sums(visits, literal(1))).where(*where)).one())


def by_day(connection: Connection, search: Search) -> dict[int, Counts]:
    """The days (as ordinals) on which there is anything, newest first. Nobody in particular is
    asked for."""
    asked = (
        select(*_sums(kinds, kinds.c.visits), kinds.c.day)
        .where(*conditions(connection, search, kinds))
        .group_by(kinds.c.day)
        .order_by(kinds.c.day.desc())
    )
    return {row.day: _counts(row) for row in connection.execute(asked)}


def _sums(table: FromClause, number: Any) -> list[Any]:
    """The columns of `Counts`, in its order. `number` is how many visits a row stands for."""
    c = table.c
    sound = c.sound == 1
    visit = and_(sound, c.grade != _NO_ATTEMPT)
    kinds_of_rows = (
        visit,
        and_(visit, c.session == NOTHING),
        and_(visit, c.mask.op("&")(bit_of("answered")) != 0),
        and_(sound, c.grade == _NO_ATTEMPT),
        c.sound != 1,
        and_(visit, c.mask.op("&")(_CAME_THROUGH) == 0),
    )
    return [func.sum(case((is_it, number), else_=literal(0, Integer))) for is_it in kinds_of_rows]


def _counts(row: Any) -> Counts:
    return Counts(*(int(number or 0) for number in row[:6]))

"""How the index stands: how far it follows each log, and what is wrong."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Row, select

from bellgate.review.index.answers import Followed, IndexState
from bellgate.review.index.database import said
from bellgate.review.index.files import known_files
from bellgate.review.index.gathering import moment
from bellgate.review.index.tables import logs

FOLLOWED = "followed"
REBUILT = "rebuilt"


def state(connection: Connection) -> IndexState:
    rows = connection.execute(select(logs).order_by(logs.c.id)).all()
    followed = tuple(_followed(connection, row) for row in rows)
    rebuilt = _when(connection, REBUILT)
    problems = tuple(f"{log.log}: {log.problem}" for log in followed if log.problem is not None)
    return IndexState(followed, _when(connection, FOLLOWED), rebuilt, rebuilt is None, problems)


def _followed(connection: Connection, row: Row[Any]) -> Followed:
    days = sorted(known_files(connection, row.id).values(), key=lambda file: file.day)
    unsound = sum(file.unsound for file in days)
    # A day that ends before the next one begins has lost what is between.
    missing = sum(max(0, after.first - before.end) for before, after in pairwise(days))
    said_of_it = [
        row.problem,
        f"{_lines(unsound)} not what was signed" if unsound else None,
        f"{_lines(missing)} missing" if missing else None,
    ]
    return Followed(
        row.folder,
        row.origin,
        min(days[-1].end, row.signed) if days else 0,
        row.signed,
        moment(row.newest) if row.newest else None,
        unsound,
        "; ".join(each for each in said_of_it if each is not None) or None,
    )


def _lines(number: int) -> str:
    return "1 line is" if number == 1 else f"{number:,} lines are"


def _when(connection: Connection, name: str) -> datetime | None:
    text = said(connection, name)
    return datetime.fromisoformat(text) if text else None

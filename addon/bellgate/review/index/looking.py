"""What reviewers did, what the gate did, when it was watching, and what there is to choose from."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from bellgate.audit.record.retention import OF_THE_GATE
from bellgate.review.index.answers import PAGE, GateEvent, Looked, LookedPage, OnRecord, Watched
from bellgate.review.index.gathering import microseconds, moment
from bellgate.review.index.life import Stretch, by_the_right_clock, gaps_between
from bellgate.review.index.tables import devices, events, kinds, logs, looks, stretches
from bellgate.review.index.words import Words
from bellgate.review.visits.gaps import Sign, Step, steps_of

_TURNS: Final = ("started", "clock-stepped")


def looked(
    connection: Connection,
    first: date | None,
    last: date | None,
    page: int,
    *,
    user: str | None,
    target: str | None,
    action: str | None,
) -> LookedPage:
    where = []
    if action is not None:
        where.append(looks.c.action == action)
    if user is not None:
        where.append(looks.c.user == user)
    if target is not None:
        where.append(_is_about(target))
    if first is not None:
        where.append(looks.c.day >= first.toordinal())
    if last is not None:
        where.append(looks.c.day <= last.toordinal())
    total = connection.scalar(select(func.count()).select_from(looks).where(*where)) or 0
    page = max(1, page)
    rows = (
        select(looks, logs.c.folder)
        .join(logs, logs.c.id == looks.c.log)
        .where(*where)
        .order_by(looks.c.at.desc(), looks.c.number.desc())
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return LookedPage(tuple(map(_looked, connection.execute(rows))), total, page)


def _is_about(word: str) -> ColumnElement[bool]:
    """A person or a device that was looked at, or that the words of a search name."""
    device = f'"device":{orjson.dumps(word).decode()}'
    query = orjson.dumps(f"who is {word}").decode()
    search = or_(
        looks.c.facts.contains(f'"query":{query}', autoescape=True),
        looks.c.facts.contains(f'"query":{query[:-1]},', autoescape=True),
    )
    return or_(
        looks.c.target == word,
        looks.c.facts.contains(device, autoescape=True),
        and_(looks.c.action.in_(("searched", "exported")), search),
    )


def objections_of(connection: Connection, person: str) -> Iterator[Looked]:
    """In order of time, whenever they were made."""
    asked = (
        select(looks, logs.c.folder)
        .join(logs, logs.c.id == looks.c.log)
        .where(looks.c.target == person, looks.c.action == "objected")
        .order_by(looks.c.at, looks.c.number)
    )
    return map(_looked, connection.execute(asked))


def gate_events(
    connection: Connection, first: date, last: date, incidents: bool
) -> list[GateEvent]:
    asked = (
        select(events, logs.c.folder)
        .join(logs, logs.c.id == events.c.log)
        .where(events.c.day >= first.toordinal(), events.c.day <= last.toordinal())
        .order_by(events.c.at, events.c.number)
    )
    if incidents:
        asked = asked.where(events.c.incident == 1)
    return [
        GateEvent(
            row.number, row.folder, moment(row.at), row.action, row.message,
            bool(row.incident), orjson.loads(row.facts), bool(row.sound),
        )
        for row in connection.execute(asked)
    ]  # fmt: skip


def watched(connection: Connection, since: datetime, until: datetime) -> Watched:
    """By all logs together: where one was set aside, the next one goes on."""
    log_of = {row.folder: row.id for row in connection.execute(select(logs.c.id, logs.c.folder))}
    steps = clock_steps(connection)
    found = _stretches(connection, since, until, steps, log_of)
    found += list(by_the_right_clock(found, steps, log_of))
    whole = (microseconds(since), microseconds(until))
    return Watched(
        since,
        until,
        tuple(gaps_between(found, since, until, whole)),
        tuple(step for step in steps if step.touches(since, until)),
        _blank(connection),
    )


def on_record(connection: Connection, first: date, last: date, words: Words) -> OnRecord:
    found: dict[str, set[str]] = {}
    d, k = devices.c, kinds.c
    for columns in ((d.who,), (d.claimed,), (d.person,), (k.what, k.category, k.session, k.roles)):
        day = columns[0].table.c.day
        asked = select(*columns).distinct().where(day >= first.toordinal(), day <= last.toordinal())
        for row in connection.execute(asked):
            for number in row:
                kind, text = words.word(connection, number)
                found.setdefault(kind, set()).add(text)
    groups = {group for text in found.get("roles", ()) for group in orjson.loads(text)}

    def listed(kind: str) -> tuple[str, ...]:
        return tuple(sorted(found.get(kind, ())))

    return OnRecord(
        devices=listed("device"),
        addresses=listed("address"),
        persons=listed("person"),
        services=listed("service"),
        categories=listed("category"),
        groups=tuple(sorted(groups)),
        sessions=listed("session"),
    )


def clock_steps(connection: Connection) -> list[Step]:
    """Every step of any log's clock: few, and an old one may bear on what is dated now."""
    asked = (
        select(events, logs.c.folder)
        .join(logs, logs.c.id == events.c.log)
        .where(events.c.action.in_(_TURNS), events.c.sound == 1)
    )
    signs = [
        Sign(
            moment(row.at), row.action, "", row.folder, row.number,
            orjson.loads(row.facts).get("seconds", 0),
        )
        for row in connection.execute(asked)
    ]  # fmt: skip
    return steps_of(signs)


def _stretches(
    connection: Connection,
    since: datetime,
    until: datetime,
    steps: list[Step],
    log_of: dict[str, int],
) -> list[Stretch]:
    """Those that reach into the time, and those that a wrong clock timed."""
    s = stretches.c
    within = (s.end >= microseconds(since)) & (s.start < microseconds(until))
    wrong = (
        (s.log == log_of[step.log]) & (s.low >= step.since) & (s.low < step.number)
        for step in steps
    )
    asked = select(s.log, s.start, s.end, s.low, s.high, s.stops).where(or_(within, *wrong))
    return [Stretch(*row) for row in connection.execute(asked)]


def deleted(connection: Connection, first: date, last: date) -> dict[str, date]:
    """Whose records of these days were deleted when due, and the newest such day of each."""
    found: dict[str, date] = {}
    for day, why in _deletions(connection):
        if first <= day <= last:
            whose = why.partition(":")[0]
            found[whose] = max(day, found.get(whose, day))
    return found


def _blank(connection: Connection) -> dict[date, str]:
    """The days whose gate records were deleted when due."""
    deletions = _deletions(connection)
    return {day: why for day, why in deletions if why.startswith(f"{OF_THE_GATE}:")}


def _deletions(connection: Connection) -> Iterator[tuple[date, str]]:
    """Of which day something was deleted when due, and why, as `guests: 30 days`."""
    asked = select(events.c.facts).where(events.c.action == "deleted", events.c.sound == 1)
    for facts in connection.scalars(asked):
        said = orjson.loads(facts)
        if said.get("day") and said.get("why"):
            yield date.fromisoformat(said["day"]), str(said["why"])


def _looked(row: Row[Any]) -> Looked:
    return Looked(
        row.number, row.folder, moment(row.at), row.user, row.action, row.target, row.reason,
        row.message, orjson.loads(row.facts), bool(row.sound),
    )  # fmt: skip

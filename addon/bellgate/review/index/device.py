"""What is on record of one device: whose it was, where it was, and what speaks against that."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, select

from bellgate.review.index.answers import (
    AddressUsed,
    Claimed,
    DevicePage,
    Doubted,
    HeldOnRecord,
    Split,
)
from bellgate.review.index.tables import devices, visits
from bellgate.review.index.totals import by_grade
from bellgate.review.index.words import Words, numbers_of

_d: Final = devices.c


def device(connection: Connection, name: str, first: date, last: date, words: Words) -> DevicePage:
    numbers = numbers_of(connection, name, "device")
    days = (_d.day >= first.toordinal(), _d.day <= last.toordinal())
    held = tuple(_held(connection, numbers, first, last, words))
    return DevicePage(
        name,
        held,
        tuple(_addresses(connection, _d.who.in_(numbers), days, words)),
        tuple(_claimed(connection, _d.claimed.in_(numbers), days, words)),
        tuple(_doubts(connection, _d.who.in_(numbers), days, words)),
        sum((each.visits for each in held), Split()),
    )


def _held(
    connection: Connection, numbers: list[int], first: date, last: date, words: Words
) -> Iterator[HeldOnRecord]:
    """Visits in order of time, as long as they are the same person's. One day may end one stretch
    and begin another."""
    v = visits.c
    asked = (
        select(v.day, v.person, v.grade)
        .where(
            v.who.in_(numbers), v.day >= first.toordinal(), v.day <= last.toordinal(), v.sound == 1
        )
        .order_by(v.day, v.first, v.number)
    )
    for person, of_person in groupby(connection.execute(asked), key=lambda row: row.person):
        rows = list(of_person)
        yield HeldOnRecord(
            words.text(connection, person),
            date.fromordinal(rows[0].day),
            date.fromordinal(rows[-1].day),
            sum((by_grade(row.grade, 1) for row in rows), Split()),
        )


def _addresses(
    connection: Connection, whose: ColumnElement[bool], days: Any, words: Words
) -> Iterator[AddressUsed]:
    asked = (
        select(_d.address, func.min(_d.day), func.max(_d.day), func.sum(_d.records))
        .where(whose, *days, _d.address > 0)
        .group_by(_d.address)
        .order_by(func.min(_d.day), _d.address)
    )
    for address, low, high, records in connection.execute(asked):
        text = words.text(connection, address) or ""
        yield AddressUsed(text, date.fromordinal(low), date.fromordinal(high), int(records))


def _claimed(
    connection: Connection, whose: ColumnElement[bool], days: Any, words: Words
) -> Iterator[Claimed]:
    keys = (_d.day, _d.address, _d.ground)
    asked = (
        select(*keys, func.sum(_d.records), func.sum(_d.attempts))
        .where(whose, *days)
        .group_by(*keys)
        .order_by(*keys)
    )
    for day, address, ground, records, attempts in connection.execute(asked):
        yield Claimed(
            date.fromordinal(day),
            words.text(connection, address),
            words.text(connection, ground) or "",
            int(records),
            int(attempts),
        )


def _doubts(
    connection: Connection, whose: ColumnElement[bool], days: Any, words: Words
) -> Iterator[Doubted]:
    keys = (_d.day, _d.doubt)
    asked = (
        select(*keys, func.sum(_d.records), func.sum(_d.attempts))
        .where(whose, *days, _d.doubt > 0)
        .group_by(*keys)
        .order_by(*keys)
    )
    for day, doubt, records, attempts in connection.execute(asked):
        text = words.text(connection, doubt) or ""
        yield Doubted(date.fromordinal(day), text, int(records), int(attempts))

"""A term of one person at a glance, and what of their devices could not be attributed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sqlalchemy import Connection, func, or_, select

from bellgate.review.index.answers import Looked, PersonPage, PersonWeek, Split, Unattributed
from bellgate.review.index.looking import objections_of
from bellgate.review.index.tables import devices, visits
from bellgate.review.index.totals import by_grade, what_is
from bellgate.review.index.words import Words, numbers_of
from bellgate.review.pack.question import Held
from bellgate.review.pack.report_words import why_nobodys


def person(
    connection: Connection,
    id: str,
    first: date,
    last: date,
    *,
    held: Sequence[Held],
    spans: "Spans",
    words: Words,
) -> PersonPage:
    """`spans` says on which days, as ordinals, the person held each of their devices."""
    numbers = numbers_of(connection, id, "person")
    weeks = _weeks(connection, numbers, first, last, words)
    names = _devices(connection, numbers, first, last, words)
    names = sorted({*names, *(each.device for each in held if each.person == id)})
    objections: tuple[Looked, ...] = tuple(objections_of(connection, id))
    return PersonPage(
        id,
        weeks,
        tuple(names),
        tuple(_unattributed(connection, names, first, last, spans=spans, words=words)),
        objections,
    )


Spans = dict[str, list[tuple[int, int]]]
"""By device, days from the first to the last as ordinals. A device that is not there was the
person's at any time."""


def spans_of(id: str, held: Iterable[Held], first_and_last: Iterable[tuple[int, int]]) -> Spans:
    """`first_and_last` are the days of each of `held`, in their order."""
    found: Spans = {}
    for each, days in zip(held, first_and_last, strict=True):
        theirs = found.setdefault(each.device, [])
        if each.person == id:
            theirs.append(days)
    return {device: days for device, days in found.items() if days}


def _weeks(
    connection: Connection, numbers: list[int], first: date, last: date, words: Words
) -> tuple[PersonWeek, ...]:
    v = visits.c
    keys = (v.day, v.what, v.session, v.grade)
    asked = (
        select(*keys, func.count())
        .where(v.person.in_(numbers), v.sound == 1)
        .where(v.day >= first.toordinal(), v.day <= last.toordinal())
        .group_by(*keys)
    )
    found: dict[tuple[date, str], Split] = {}
    own_time: Counter[tuple[date, str]] = Counter()
    for day, what, session, grade, count in connection.execute(asked):
        on = date.fromordinal(day)
        key = (on - timedelta(days=on.weekday()), what_is(connection, what, words))
        split = by_grade(grade, count)
        found[key] = found.get(key, Split()) + split
        own_time[key] += 0 if session else split.attempted
    return tuple(PersonWeek(*key, found[key], own_time[key]) for key in sorted(found))


def _devices(
    connection: Connection, numbers: list[int], first: date, last: date, words: Words
) -> list[str]:
    v = visits.c
    asked = (
        select(v.who)
        .distinct()
        .where(v.person.in_(numbers), v.day >= first.toordinal(), v.day <= last.toordinal())
    )
    named = (words.word(connection, who) for who in connection.scalars(asked))
    return [text for kind, text in named if kind == "device"]


def _unattributed(
    connection: Connection,
    names: Iterable[str],
    first: date,
    last: date,
    *,
    spans: Spans,
    words: Words,
) -> list[Unattributed]:
    d, found = devices.c, list[Unattributed]()
    for name in names:
        numbers = numbers_of(connection, name, "device")
        if not numbers:
            continue
        days = spans.get(name, [(first.toordinal(), last.toordinal())])
        held = or_(*((d.day >= low) & (d.day <= high) for low, high in days))
        theirs = or_(d.who.in_(numbers), d.claimed.in_(numbers))
        asked = (
            select(d.claimed, d.ground, func.sum(d.records), func.sum(d.attempts))
            .where(theirs, d.person == 0, held)
            .where(d.day >= first.toordinal(), d.day <= last.toordinal())
            .group_by(d.claimed, d.ground)
        )
        reasons: dict[str, tuple[int, int]] = {}
        for claimed, ground, records, attempts in connection.execute(asked):
            # Asked for by its name, so it is known.
            said = words.text(connection, ground) or "unknown"
            reason = why_nobodys(said, claimed=bool(claimed), device_known=True)
            before = reasons.get(reason, (0, 0))
            reasons[reason] = (before[0] + int(records), before[1] + int(attempts))
        found += [Unattributed(name, reason, *reasons[reason]) for reason in sorted(reasons)]
    return found

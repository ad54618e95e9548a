"""A visit -> its rows, and what it adds to the counts. Back again: answers.py's VisitRow.

Pure but for the words, which are given their numbers on the way.
"""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from bellgate.policy.action import OUTCOMES, Outcome
from bellgate.review.index.answers import Grade
from bellgate.review.index.gathering import Days, Whose, microseconds
from bellgate.review.index.tables import DEVICE_KEYS, KIND_KEYS
from bellgate.review.index.words import Words, listed
from bellgate.review.visits.visits import GRADES, Visit

ALL_GRADES: Final[tuple[Grade, ...]] = (*GRADES, "nothing")
"""A grade's place here is its number in the index."""
_BITS: Final[Mapping[str, int]] = {action: 1 << n for n, action in enumerate(OUTCOMES)}

Values = dict[str, Any]
"""A row, by its columns."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What stands of one visit in `visits` and in `details`."""

    visit: Values
    detail: Values


def bit_of(action: Outcome) -> int:
    """An action's bit in a visit's mask."""
    return _BITS[action]


def rows_of(
    visit: Visit,
    whose: Whose,
    *,
    id: int,
    log: int,
    places: Mapping[int, int],
    words: Words,
    days: Days,
) -> Rows:
    """`places` says where each of its records stands."""
    attempts = visit.attempts
    numbers = [attempt.number for attempt in attempts]
    told = next((a for a in attempts if a.tried), attempts[0])
    counts: Values = {grade: visit.seen.get(grade, 0) for grade in GRADES}
    row: Values = {
        "id": id,
        "log": log,
        "number": numbers[0],
        "sound": int(whose.sound),
        "day": days.of(visit.first),
        "first": microseconds(visit.first),
        "last": microseconds(visit.last),
        "start": microseconds(attempts[0].at),
        "begun": microseconds(attempts[0].at - attempts[0].lasted),
        "end": microseconds(attempts[-1].at),
        "low": min(numbers),
        "high": max(numbers),
        **whose_numbers(whose, words),
        "category": words.number("category", told.category),
        "session": words.number("session", told.session),
        "roles": words.number("roles", listed(told.roles)),
        "grade": ALL_GRADES.index(visit.grade or "nothing"),
        "mask": sum(_BITS[action] for action in visit.actions),
        **counts,
        "carried": visit.carried_over,
    }
    rule = [told.rule.name, told.rule.source] if told.rule else None
    detail: Values = {
        "id": id,
        "rule": words.number("rule", listed(rule) if rule else None),
        "grounds": words.number("grounds", listed(visit.grounds)),
        "claimed": words.number("device", next((a.claimed for a in attempts if a.claimed), None)),
        "doubt": words.number("doubt", next((a.doubt for a in attempts if a.doubt), None)),
        "hosts": len(visit.hosts),
        "records": len(attempts),
        "actions": orjson.dumps(visit.actions).decode(),
        "places": array("q", (n for number in numbers for n in (number, places[number]))).tobytes(),
    }
    return Rows(row, detail)


def whose_numbers(whose: Whose, words: Words) -> Values:
    if whose.service is not None:
        what = words.number("service", whose.service)
    elif whose.host is not None:
        what = words.number("site", whose.host)
    else:
        what = words.number("many", "")
    return {
        "who": who_number(whose.device, whose.address, words),
        "person": words.number("person", whose.person),
        "what": what,
    }


def who_number(device: str | None, address: str | None, words: Words) -> int:
    if device is not None:
        return words.number("device", device)
    if address is not None:
        return words.number("address", address)
    return words.number("nobody", "")


def places_in(packed: bytes) -> list[tuple[int, int]]:
    """Number and place of each record of a visit, in order of time."""
    flat = array("q", packed)
    return list(zip(flat[::2], flat[1::2], strict=True))


class Counts:
    """Sums by key, to be added to a table in one go."""

    def __init__(self, keys: tuple[str, ...], sums: tuple[str, ...]) -> None:
        self._keys, self._sums = keys, sums
        self._found: dict[tuple[int, ...], list[int]] = {}

    def add(self, key: tuple[int, ...], values: Iterable[int], sign: int = 1) -> None:
        counts = self._found.get(key)
        if counts is None:
            self._found[key] = [sign * value for value in values]
        else:
            for place, value in enumerate(values):
                counts[place] += sign * value

    def rows(self) -> list[Values]:
        """Those that are not all zero."""
        return [
            dict(zip((*self._keys, *self._sums), (*key, *counts), strict=True))
            for key, counts in self._found.items()
            if any(counts)
        ]


def kind_key(row: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(row[name] for name in KIND_KEYS)


def kind_sums(row: Mapping[str, Any]) -> tuple[int, ...]:
    return (
        1, row["page"], row["embedded"], row["background"], row["connection"], row["carried"],
    )  # fmt: skip


def sighting_key(sighting: tuple[Any, ...], file: int, words: Words) -> tuple[int, ...]:
    """In the order of DEVICE_KEYS."""
    day, device, address, person, claimed, ground, doubt, action, seen = sighting
    numbers = {
        "who": who_number(device, address, words),
        "day": day,
        "file": file,
        "person": words.number("person", person),
        "address": words.number("address", address),
        "claimed": words.number("device", claimed),
        "ground": words.number("ground", ground),
        "doubt": words.number("doubt", doubt),
        "action": _BITS[action],
        "seen": GRADES.index(seen),
    }
    return tuple(numbers[name] for name in DEVICE_KEYS)

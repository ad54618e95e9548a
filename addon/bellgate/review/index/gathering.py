"""Records -> what the index keeps of them: attempts by whose and what, counts, events. Pure.

A record that is what was signed is as our own writer made it. Any other may hold anything anywhere:
of it only what can be read as an attempt or an event is taken.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import orjson

from bellgate.audit.record.event_kinds import DECISION, EVENTS, GATE, REVIEW
from bellgate.policy.wall_clock import instant_of
from bellgate.review.index.reading import Taken
from bellgate.review.visits.attempts import Attempt
from bellgate.review.visits.visits import GRADES

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MOST: Final = 1 << 31
"""No count that our writer makes is as large."""
# What stands under `bellgate` in every record and says nothing about this one.
_EVERYWHERE: Final = frozenset({"salt", "list", "nth"})


class Whose(NamedTuple):
    """Whose visits these attempts belong to: one person's or nobody's, of one device, at one
    service."""

    sound: bool
    person: str | None
    device: str | None
    address: str | None
    """None where the device is known."""
    service: str | None
    host: str | None
    """None where it is a service."""

    @classmethod
    def of(cls, attempt: Attempt, sound: bool) -> "Whose":
        return cls(
            sound,
            attempt.person,
            attempt.device,
            None if attempt.device else attempt.address,
            attempt.service,
            None if attempt.service else attempt.host,
        )


class Sighting(NamedTuple):
    """What a count of one device's records is kept by. `day` is an ordinal."""

    day: int
    device: str | None
    address: str | None
    person: str | None
    claimed: str | None
    ground: str
    doubt: str | None
    action: str
    seen: str


class Sign(NamedTuple):
    """A sign of life: when (microseconds), its number, and what the gate did."""

    at: int
    number: int
    action: str


@dataclass(slots=True)
class Gathered:
    """What a batch of one file's records comes to."""

    attempts: dict[Whose, list[Attempt]] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)
    """By number, where the record stands."""
    sightings: dict[Sighting, list[int]] = field(default_factory=dict)
    """Records, attempts, and connections carried over."""
    events: list[dict[str, Any]] = field(default_factory=list)
    looks: list[dict[str, Any]] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    newest: int = 0
    """The time of the newest record that is sound (microseconds)."""

    def take(self, attempt: Attempt, place: int, days: "Days") -> None:
        """A sound attempt: counted, and of its visit."""
        _count(self.sightings, attempt, days)
        self.newest = microseconds(attempt.at)
        self.add(Whose.of(attempt, sound=True), attempt, place)

    def add(self, whose: Whose, attempt: Attempt, place: int) -> None:
        self.attempts.setdefault(whose, []).append(attempt)
        self.places[attempt.number] = place


class Days:
    """Which of the school's days a moment is of. Most moments are of the day before's answer."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._start = self._end = _EPOCH
        self._day = 0

    def of(self, at: datetime) -> int:
        """As an ordinal."""
        if not self._start <= at < self._end:
            day = at.astimezone(self._zone).date()
            self._start = instant_of(day, time(), self._zone)
            self._end = instant_of(day + timedelta(days=1), time(), self._zone)
            self._day = day.toordinal()
        return self._day


def microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def moment(microseconds_since: int) -> datetime:
    return _EPOCH + microseconds_since * _MICROSECOND


def gathered(taken: Iterable[Taken], days: Days) -> Gathered:
    """What a batch of records comes to."""
    found = Gathered()
    for each in taken:
        if each.sound:
            _gather(found, each, days)
        else:
            # It may be of any shape: what cannot be read is counted with its file, and no more.
            with suppress(KeyError, TypeError, ValueError, AttributeError, OverflowError):
                _gather(found, each, days)
    return found


def _gather(found: Gathered, taken: Taken, days: Days) -> None:
    record = taken.record
    dataset = record["event"]["dataset"]
    if dataset == DECISION:
        attempt = Attempt.of(record)
        if attempt is not None:
            if taken.sound:
                found.take(attempt, taken.place, days)
            else:
                attempt = replace(_plain(attempt), number=taken.number)
                found.add(Whose.of(attempt, sound=False), attempt, taken.place)
            return
    elif dataset not in (GATE, REVIEW):
        raise ValueError(dataset)
    at = datetime.fromisoformat(record["@timestamp"])
    row = _row(record, taken, at, days)
    if taken.sound:
        found.newest = row["at"]
        if dataset == GATE:
            found.signs.append(Sign(row["at"], taken.number, row["action"]))
    if dataset == REVIEW:
        found.looks.append(row | _who_looked(record))
    elif row["action"] != "heartbeat":
        kind = EVENTS.get((dataset, row["action"]))
        found.events.append(row | {"incident": int(kind is not None and kind.incident)})


def _row(record: Mapping[str, Any], taken: Taken, at: datetime, days: Days) -> dict[str, Any]:
    """What is kept of any event."""
    ours = {k: v for k, v in record["bellgate"].items() if k not in _EVERYWHERE}
    return {
        "number": taken.number,
        "sound": int(taken.sound),
        "at": microseconds(at),
        "day": days.of(at),
        "action": _text(record["event"]["action"]),
        "message": _text(record["message"]),
        "facts": orjson.dumps(ours).decode(),
    }


def _who_looked(record: Mapping[str, Any]) -> dict[str, Any]:
    user = record.get("user", {})
    target = user.get("target", {})
    reason = record["event"].get("reason")
    return {
        "user": _text(user.get("id"), missing=True),
        "target": _text(target.get("id"), missing=True),
        "reason": _text(reason, missing=True),
    }


def _count(sightings: dict[Sighting, list[int]], attempt: Attempt, days: Days) -> None:
    sighting = Sighting(
        days.of(attempt.at),
        attempt.device,
        attempt.address,
        attempt.person,
        attempt.claimed,
        attempt.ground,
        attempt.doubt,
        attempt.action,
        attempt.seen,
    )
    counts = sightings.get(sighting)
    if counts is None:
        counts = sightings[sighting] = [0, 0, 0]
    counts[0] += 1
    counts[1] += attempt.tried
    counts[2] += attempt.times if attempt.carried_over else 0


def _plain(attempt: Attempt) -> Attempt:
    """The same, if it could be one of ours. Raises TypeError, ValueError."""
    texts = (
        attempt.device, attempt.address, attempt.person, attempt.claimed, attempt.doubt,
        attempt.service, attempt.category, attempt.host, attempt.session,
    )  # fmt: skip
    for text in (attempt.message, attempt.ground, *attempt.roles, attempt.action):
        _text(text)
    for each in texts:
        _text(each, missing=True)
    if attempt.rule is not None:
        _text(attempt.rule.name)
        _text(attempt.rule.source)
    if attempt.seen not in GRADES or not 0 < attempt.times < _MOST:
        raise ValueError(attempt.seen)
    if not isinstance(attempt.times, int) or attempt.at.tzinfo is None:
        raise TypeError(attempt.times)
    _ = attempt.tried, microseconds(attempt.at - attempt.lasted)
    return attempt


def _text(value: object, *, missing: bool = False) -> Any:
    """A text as it is. Raises TypeError where it is none."""
    if isinstance(value, str) or (missing and value is None):
        return value
    raise TypeError(value)

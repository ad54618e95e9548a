"""The made-up term, day by day, onto a journal: what is ordinary, and what the story adds."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Final

from bellgate.policy.decide import Policy
from bellgate.running.demo import days, story
from bellgate.running.demo.made_up_gate import MadeUpGate
from bellgate.running.demo.story import Moment, Setting

_BEAT: Final = timedelta(minutes=1)
SHORTEST: Final = date(2026, 11, 20)
"""The term goes on until here at least: by then everything in the story has happened."""
_OFF_SINCE: Final = 4
"""Days before today on which the made-up term ends."""


def last_day(today: date) -> date:
    """A few days before today, within the term; never before the end of the story."""
    end = min(max(today - timedelta(days=_OFF_SINCE), SHORTEST), story.LAST)
    while not story.is_switched_on(end):
        end -= timedelta(days=1)
    return end


def school_days(last: date) -> list[date]:
    """The days on which the gateway was switched on."""
    whole = (last - story.FIRST).days + 1
    every = (story.FIRST + timedelta(days=n) for n in range(whole))
    return [day for day in every if story.is_switched_on(day)]


def a_day(day: date, gate: MadeUpGate, later: Policy, seed: int) -> None:
    """Everything of a day, in order of the clock on the wall. Chance hangs on the seed and the day
    alone, so that a day is the same whatever the others are."""
    policy = gate.policy
    chance = Random(f"{seed} {day}")
    setting = Setting(day, policy.year.zone, policy.directory.devices, chance)
    opens, shuts = days.opening(day, setting.zone)
    tried = days.ordinary(day, setting.devices, setting.zone, chance)
    moments: list[Moment] = [_try(each) for each in tried]
    moments += story.happenings(setting)
    moments += _signs_of_life(setting, gate, opens, shuts)
    if day == story.CHANGE:
        moments.append(_change(setting.at("12:40"), later))
    outage = story.outage_on(day)
    if outage is not None:
        away, back = map(setting.at, outage)
        moments = [(at, do) for at, do in moments if not away <= at < back]
    numbered = zip(moments, count(), strict=False)
    for (_, do), _ in sorted(numbered, key=lambda each: (each[0][0], each[1])):
        do(gate)


def _signs_of_life(
    setting: Setting, gate: MadeUpGate, opens: datetime, shuts: datetime
) -> Iterator[Moment]:
    """The start, a heartbeat each minute, the bells, a clock that is put right, and the stop."""
    wrong = story.wrong_clock_on(setting.day)
    if wrong is not None:
        ahead, right = wrong[0], setting.at(wrong[1])
        yield opens, lambda gate: _be_wrong(gate, ahead)
        yield right, lambda gate: gate.clock_put_right(right)
    yield _did(opens, "started", f"The gate of {gate.policy.edition.school} started")
    outage = story.outage_on(setting.day)
    if outage is not None:
        back = setting.at(outage[1])
        yield _did(back, "started", f"The gate of {gate.policy.edition.school} started")
    at = opens + _BEAT
    while at < shuts:
        yield _did(at, "heartbeat", "The gate is running: 12 connections open", connections=12)
        at += _BEAT
    for bell in gate.policy.bells:
        if opens <= bell < shuts:
            yield _bell(bell)
    yield _did(shuts, "stopped", "The gate stopped")


def _be_wrong(gate: MadeUpGate, ahead: timedelta) -> None:
    gate.wrong_by = ahead
    gate.journal.clock = "unsynchronised"


def _try(tried: days.Tried) -> Moment:
    return tried.at, lambda gate: gate.tried(tried)


def _bell(at: datetime) -> Moment:
    return at, lambda gate: gate.bell(at)


def _change(at: datetime, later: Policy) -> Moment:
    return at, lambda gate: gate.adopt(later, at)


def _did(at: datetime, action: str, message: str, **facts: object) -> Moment:
    return at, lambda gate: gate.did(action, message, at, **facts)


Progress = Callable[[int, int], None]
"""Called with the days that are written, and all of them."""


def write(gate: MadeUpGate, school_days: list[date], later: Policy, seed: int) -> Iterator[date]:
    """Writes day after day, each as it is asked for. `later` comes into force on its own day.

    Raises NotWritten.
    """
    for day in school_days:
        a_day(day, gate, later, seed)
        yield day
    gate.flush()

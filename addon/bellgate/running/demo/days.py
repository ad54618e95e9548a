"""One ordinary day at the made-up school: who tries what, and when. Pure: chance is an argument."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from bellgate.audit.record.record import Seen
from bellgate.policy.facts import Connection, Doubt
from bellgate.policy.wall_clock import instant_of
from bellgate.policy.who import Device
from bellgate.running.demo import habits

_OPENS, _SHUTS = time(7), time(18)
_VISITS: Final = 0.9
"""Visits of a device on an ordinary day, in the mean."""
_GUESTS: Final = 3
"""Phones of guests on a day, at most."""
_PUBLIC: Final = "203.0.113.80"


@dataclass(frozen=True, slots=True)
class Tried:
    """A connection that somebody made."""

    at: datetime
    connection: Connection
    seen: Seen


@dataclass(frozen=True, slots=True)
class Where:
    """Where a device is, and what the gateway knows of its MAC."""

    ip: str
    mac: str | None
    doubt: Doubt | None = None


def opening(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when to when the gateway is switched on."""
    return instant_of(day, _OPENS, zone), instant_of(day, _SHUTS, zone)


def at_home(device: Device, number: int) -> Where:
    """Where a device usually is: each has its own address on its group's network."""
    network = 20 if device.group in ("staff", "office") else 10
    return Where(f"10.20.{network}.{number + 10}", device.macs[0])


def ordinary(day: date, devices: tuple[Device, ...], zone: ZoneInfo, chance: Random) -> list[Tried]:
    """Everything that is tried on a day, in no order."""
    found: list[Tried] = []
    for number, device in enumerate(devices):
        many = (
            chance.choices((0, 1, 2, 3), weights=(4, 4, 2, 1))[0]
            if chance.random() < _VISITS
            else 0
        )
        of_staff = device.group in ("staff", "office")
        for _ in range(many):
            habit = habits.chosen(chance, habits.OF_STAFF if of_staff else habits.OF_PUPILS)
            found += visit(habit, _moment(day, zone, chance), at_home(device, number), chance)
    for _ in range(chance.randint(0, _GUESTS)):
        phone = Where(
            f"10.20.30.{chance.randint(20, 60)}", f"02:00:5e:00:54:{chance.randint(0, 255):02x}"
        )
        habit = habits.chosen(chance, habits.OF_GUESTS)
        found += visit(habit, _moment(day, zone, chance), phone, chance)
    return found


def visit(habit: habits.Habit, start: datetime, where: Where, chance: Random) -> Iterator[Tried]:
    for each in habit(chance):
        at = start + timedelta(seconds=round(each.after, 3))
        yield Tried(at, connection(each.host, where), each.seen)


def connection(host: str | None, where: Where) -> Connection:
    """A connection to a host; to one that hides its name where that is None."""
    return Connection(
        source_ip=where.ip,
        protocol="tls",
        names=(host,) if host is not None else (),
        mac=where.mac,
        server_name=host,
        destination_ip=_PUBLIC,
        destination_port=443,
        doubt=where.doubt,
    )


def _moment(day: date, zone: ZoneInfo, chance: Random) -> datetime:
    """Some time between eight and four, in lessons more often than at lunch."""
    seconds = chance.choice(
        (chance.uniform(8, 16), chance.uniform(8.9, 11.9), chance.uniform(13, 15.2))
    )
    start = instant_of(day, time(), zone)
    noon = instant_of(day, time(12), zone)
    return noon + timedelta(hours=seconds - 12) if noon > start else start

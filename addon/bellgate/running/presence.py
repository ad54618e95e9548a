"""Which devices were on the school's networks, for the technician: kept seven days, and no longer.

Only that a device was there: no site, no time of use. Written whole, so that a crash leaves the old
state or the new one; what is older than a week goes with the next writing, also after a stop.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bellgate.disk import write_whole
from bellgate.running.jobs import Job

FILE = "devices-seen.json"
KEPT = timedelta(days=7)
EVERY = 30.0
"""Seconds between two looks."""
WRITTEN = timedelta(minutes=10)
"""Between two writings where nobody new came."""
MOST = 5_000
"""Devices; a hostile network can show any number of them."""

Present = Iterable[tuple[str, str, str]]
"""MAC, address and name of whoever is there."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One device by its MAC, from the first time to the last."""

    mac: str
    first: datetime
    last: datetime
    addresses: tuple[str, ...] = ()
    name: str = ""


def joined(known: dict[str, Seen], present: Present, now: datetime) -> dict[str, Seen]:
    """What is known after a look; whoever was not there for a week is forgotten."""
    found = {mac: seen for mac, seen in known.items() if now - seen.last < KEPT}
    for mac, ip, name in present:
        before = found.get(mac)
        if before is None and len(found) >= MOST:
            continue
        before = before or Seen(mac, now, now)
        # The newest address first; a device has few, an attacker any number.
        addresses = tuple(dict.fromkeys((ip, *before.addresses)))[:8]
        found[mac] = replace(before, last=now, addresses=addresses, name=name or before.name)
    return found


def read(state: Path, now: datetime) -> tuple[Seen, ...]:
    """Who was seen in the last week, the newest first. A file that makes no sense says nothing."""
    return tuple(
        sorted(
            (seen for seen in _kept(state).values() if now - seen.last < KEPT),
            key=lambda seen: seen.last,
            reverse=True,
        )
    )


class Presence:
    """Looks now and then who is there, in a thread of its own."""

    def __init__(
        self,
        state: Path,
        present: Callable[[], Present],
        *,
        now: Callable[[], datetime],
        failed: Callable[[Exception], None],
    ) -> None:
        self._state, self._present, self._now = state, present, now
        self._known = _kept(state)
        self._written = datetime.min.replace(tzinfo=UTC)
        self._job = Job(self.look, EVERY, "presence", failed=failed, at_once=True)

    def __enter__(self) -> "Presence":
        self._job.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._job.stop()

    def look(self) -> None:
        """Look once; write where somebody came or went, and now and then."""
        now = self._now()
        before = self._known
        self._known = joined(before, self._present(), now)
        if self._known.keys() != before.keys() or now - self._written >= WRITTEN:
            fields = [_fields(seen) for seen in self._known.values()]
            write_whole(self._state / FILE, json.dumps(fields), 0o600)
            self._written = now


def _kept(state: Path) -> dict[str, Seen]:
    try:
        found = [_seen(fields) for fields in json.loads((state / FILE).read_bytes())]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {seen.mac: seen for seen in found}


def _fields(seen: Seen) -> dict[str, object]:
    return {
        "mac": seen.mac,
        "first": seen.first.isoformat(),
        "last": seen.last.isoformat(),
        "addresses": list(seen.addresses),
        "name": seen.name,
    }


def _seen(fields: dict[str, str | list[str]]) -> Seen:
    return Seen(
        str(fields["mac"]),
        datetime.fromisoformat(str(fields["first"])),
        datetime.fromisoformat(str(fields["last"])),
        tuple(fields["addresses"]),
        str(fields["name"]),
    )

"""What passes undecided from one device, while somebody looks: for ten minutes, after a reason.

It is kept in memory and nowhere else, and forgotten when the ten minutes are over; of all other
devices nothing is noted. The gate notes what goes through it; the sentry brings what the kernel
carries. Three questions of the gate's socket: {"kind":"look","record":{…}} begins, after the record
of who looks and why; {"kind":"looked","device":"…"} is answered by what was seen and for how long
it goes on; {"kind":"passing","seen":{…}} is the sentry's, and is answered by the devices that are
looked at. Both sides stand here.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Final

from bellgate.audit.log.gate_socket import Question, Refused, ask
from bellgate.audit.log.paths import LogPaths
from bellgate.audit.record.record import timestamp
from bellgate.policy.decide import Decision
from bellgate.running.acting import Actor, NotRecorded
from bellgate.running.jobs import Job

FOR_SECONDS: Final = 600.0
"""How long one reason holds."""
EVERY: Final = 1.0
"""Seconds between two of the sentry's questions."""
_MOST: Final = 300
"""Sites of one device at most; the one longest not asked for goes first."""
_UNNAMED: Final = "(no name shown)"


@dataclass(slots=True)
class Site:
    """A site that let a device through without a record."""

    host: str
    last: str
    """As a record's `@timestamp`."""
    times: int


class Passing:
    """The devices that are looked at, and what passed from each. Any thread may call it."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        """`elapsed` counts seconds, and nobody sets it."""
        self._elapsed = elapsed
        self._until: dict[str, float] = {}
        self._sites: dict[str, OrderedDict[str, Site]] = {}
        self._lock = Lock()

    def note(self, decision: Decision) -> None:
        """A connection went on without a record."""
        # Nearly always nobody looks, and every connection comes this way.
        if not self._until or decision.who.device is None:
            return
        host, device = decision.host or _UNNAMED, decision.who.device.name
        self._add(device, Site(host, timestamp(decision.instant), 1))

    def look_at(self, devices: Mapping[str, float]) -> None:
        """Begin to look at each, or go on, for so many seconds; at no other any longer."""
        now = self._elapsed()
        with self._lock:
            self._until = {device: now + left for device, left in devices.items()}
            self._sites = {d: s for d, s in self._sites.items() if d in self._until}

    def left(self) -> dict[str, float]:
        """Seconds for which each is looked at; what is over is forgotten."""
        now = self._elapsed()
        with self._lock:
            self._until = {d: until for d, until in self._until.items() if until > now}
            self._sites = {d: s for d, s in self._sites.items() if d in self._until}
            return {d: until - now for d, until in self._until.items()}

    def of(self, device: str) -> list[Site]:
        """The newest first."""
        with self._lock:
            return list(reversed(self._sites.get(device, OrderedDict()).values()))

    def handed_on(self) -> dict[str, list[tuple[str, str, int]]]:
        """What was noted since, for the gate; it is forgotten here."""
        with self._lock:
            taken, self._sites = self._sites, {}
        return {
            d: [(s.host, s.last, s.times) for s in sites.values()] for d, sites in taken.items()
        }

    def taken(self, seen: Mapping[str, Any]) -> None:
        """What another process noted."""
        for device, sites in seen.items():
            for host, last, times in sites:
                self._add(str(device), Site(str(host), str(last), int(times)))

    def _add(self, device: str, site: Site) -> None:
        with self._lock:
            if self._until.get(device, 0.0) <= self._elapsed():
                return
            sites = self._sites.setdefault(device, OrderedDict())
            before = sites.pop(site.host, None)
            if before is not None:
                site.times += before.times
            sites[site.host] = site
            if len(sites) > _MOST:
                sites.popitem(last=False)


def answers(passing: Passing) -> dict[str, Question]:
    """The gate's side: what it answers, by the kind of the question."""

    def look(asked: Mapping[str, Any]) -> bool:
        device = asked["record"]["bellgate"]["device"]
        if not asked["record"]["event"].get("reason"):
            raise Refused("what passes is shown only for a reason")
        passing.look_at(passing.left() | {str(device): FOR_SECONDS})
        return True

    def looked(asked: Mapping[str, Any]) -> dict[str, Any] | None:
        device = str(asked["device"])
        left = passing.left().get(device)
        if left is None:
            return None
        sites = [(s.host, s.last, s.times) for s in passing.of(device)]
        return {"seconds_left": left, "sites": sites}

    def passing_(asked: Mapping[str, Any]) -> dict[str, float]:
        passing.taken(asked["seen"])
        return passing.left()

    return {"look": look, "looked": looked, "passing": passing_}


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody sees who looks at a device."""

    seconds_left: float
    sites: tuple[tuple[str, datetime, int], ...]
    """Each site, when last, how often; the newest first."""


def begin_to_look(actor: Actor, device: str, reason: str) -> None:
    """Have the gate note what passes from a device. Raises NotRecorded, and NotDone."""
    said = f"{actor.by} looked at what passes undecided from {device}"
    facts = {"page": "/now", "device": device}
    record = actor.record("viewed", said, reason=reason, facts=facts)
    if actor.asked_with({"kind": "look"}, record) is None:
        raise NotRecorded("no gate is running")


def look(paths: LogPaths, device: str) -> Look | None:
    """What was seen until now; None where nobody looks at it, or no gate can be asked."""
    try:
        answer = ask(paths, {"kind": "looked", "device": device})
    except (Refused, OSError):
        return None
    if answer is None or not answer.get("ok") or answer["looked"] is None:
        return None
    said = answer["looked"]
    sites = ((str(h), datetime.fromisoformat(last), int(n)) for h, last, n in said["sites"])
    return Look(float(said["seconds_left"]), tuple(sites))


class HandsOn:
    """The sentry's side, between entry and exit: what it noted goes to the gate each second."""

    def __init__(
        self, paths: LogPaths, passing: Passing, failed: Callable[[Exception], None]
    ) -> None:
        self._paths, self._passing = paths, passing
        self._job = Job(self.look, EVERY, "passing", failed=failed)

    def __enter__(self) -> "HandsOn":
        self._job.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._job.stop()

    def look(self) -> None:
        """Once. Without a gate nobody looks."""
        question = {"kind": "passing", "seen": self._passing.handed_on()}
        try:
            answer = ask(self._paths, question)
        except (Refused, OSError):
            answer = None
        there = answer is not None and answer.get("ok")
        self._passing.look_at(answer["passing"] if answer is not None and there else {})

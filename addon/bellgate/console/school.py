"""The school that the pages are about: its folders, policy, clock, log and index, asked for in one
place. Read anew when something changed, so that a page never shows yesterday's files."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from threading import RLock
from time import monotonic
from typing import Any, Final
from zoneinfo import ZoneInfo

from bellgate.audit import LogPaths, Refused, ask
from bellgate.gate.clock import MachineClock
from bellgate.machine_time import machine_now
from bellgate.policy.decide import Policy
from bellgate.policy.wall_clock import instant_of
from bellgate.review.index import Index
from bellgate.running.acting import Actor
from bellgate.running.confided import Confided
from bellgate.running.folders import calendars_folder, last_good_folder, lists_folder, log_base
from bellgate.running.known_policy import known
from bellgate.running.watched import Watch, record_begins, watched_in
from bellgate.schedules.granted import Granted
from bellgate.schedules.load import Loaded, load

LOOKED_AGAIN: Final = 2.0
"""Seconds for which what was read of the folder is taken as it is."""


class NoPolicy(Exception):
    """Neither the folder nor a last good copy gives a policy."""


@dataclass
class School:
    """One school's folders, and what is in them now."""

    schedules: Path
    state: Path
    simulated: bool = False
    machine_now: Callable[[], datetime] = machine_now
    _lock: RLock = field(default_factory=RLock)
    _read: tuple[float, object, Loaded, Loaded] | None = None

    @property
    def paths(self) -> LogPaths:
        return LogPaths.of(self.state, simulated=self.simulated)

    @property
    def base(self) -> Path:
        """The folder of what belongs to the real or to the simulated gate."""
        return log_base(self.state, simulated=self.simulated)

    @property
    def confided(self) -> Confided:
        """The names and objections, which the gate keeps."""
        return Confided(self.state, self.paths)

    @property
    def granted(self) -> Granted:
        return Granted(self.base)

    @property
    def policy(self) -> Policy:
        """The policy to go by. Raises NoPolicy."""
        policy = self.loaded.policy
        assert policy is not None
        return policy

    @property
    def zone(self) -> ZoneInfo:
        return self.policy.year.zone

    @property
    def today(self) -> date:
        return self.now().astimezone(self.zone).date()

    @property
    def loaded(self) -> Loaded:
        """What the policy to go by came from. Raises NoPolicy."""
        return self._looked()[1]

    @property
    def folder(self) -> Loaded:
        """What came of the schedules folder itself, problems and all. Raises NoPolicy."""
        return self._looked()[0]

    def now(self) -> datetime:
        """The time that the pages are for: a simulated gate's own, where one runs."""
        if self.simulated:
            status = self.status()
            if status is not None:
                return datetime.fromisoformat(status["now"])
        return self.machine_now()

    def status(self) -> dict[str, Any] | None:
        """What the running gate says of itself; None where none runs or it does not answer."""
        try:
            answer = ask(self.paths, {"kind": "status"})
        except (Refused, OSError):
            return None
        return answer["status"] if answer and answer.get("ok") else None

    def watch(self, index: Index, first: date, last: date) -> Watch:
        """What was watched of some days, as far as they are over. Raises NoPolicy."""
        zone = self.zone
        since, until = (instant_of(d, time(), zone) for d in (first, last + timedelta(days=1)))
        return watched_in(self.policy, self.paths, index, since, until, now=self.now())

    @property
    def record_begins(self) -> date | None:
        """The day of the first record there is."""
        return record_begins(self.paths)

    def acting(self, by: str) -> Actor:
        """Somebody at a page, about to do something that is recorded. Raises NoPolicy."""
        clock = "simulated" if self.simulated else MachineClock().state
        return Actor(self.paths, self.policy.edition, by, self.now(), clock)

    @contextmanager
    def still(self) -> Iterator[None]:
        """One after the other: for what is read, changed and written again."""
        with self._lock:
            yield

    def look_again(self) -> None:
        """Something was changed from a page: what was read is not taken as it is any longer."""
        with self._lock:
            self._read = None

    def _looked(self) -> tuple[Loaded, Loaded]:
        with self._lock:
            if self._read is not None and monotonic() - self._read[0] < LOOKED_AGAIN:
                return self._read[2], self._read[3]
            as_it_is = self._fingerprint()
            if self._read is None or self._read[1] != as_it_is:
                folder = self._load()
                good = known(self.schedules, self.state, lambda: folder)
                if good is None:
                    raise NoPolicy("the schedules have problems, and there is no last good copy")
                self._read = (monotonic(), as_it_is, folder, good)
            else:
                self._read = (monotonic(), *self._read[1:])
            return self._read[2], self._read[3]

    def _load(self) -> Loaded:
        return load(
            self.schedules,
            today=self.machine_now().date(),
            cache=calendars_folder(self.state),
            shelf=lists_folder(self.state),
            judge_lists=False,
            last_good=last_good_folder(self.state),
        )

    def _fingerprint(self) -> object:
        """Changes whenever a file that the policy hangs on does, or the day."""
        places = (self.schedules, last_good_folder(self.state), calendars_folder(self.state))
        files = [f for place in places if place.is_dir() for f in sorted(place.iterdir())]
        seen = []
        for file in files:
            try:
                stat = file.stat()
            except OSError:
                continue
            seen.append((str(file), stat.st_mtime_ns, stat.st_size, stat.st_ino))
        return (self.machine_now().date(), seen)

"""What a pack is asked: about whom, for which days, why and by whom. Pure; the time is given."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bellgate.audit.record.event_kinds import DECISION
from bellgate.policy.wall_clock import instant_of

CURRENT = "log"
"""The name of the log that is being written."""


@dataclass(frozen=True, slots=True)
class Held:
    """That a device was given to somebody (a pseudonym), from an instant to before another."""

    device: str
    person: str
    start: datetime
    end: datetime | None = None

    def holds(self, instant: datetime) -> bool:
        return self.start <= instant and (self.end is None or instant < self.end)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, by whom and why: a person or a device, from a day to a day, inclusive.

    The days are the school's own, in its zone. `names` are further names by which an exemption may
    mean the subject: its groups and devices. `held` are all holders of the device, or of the
    devices that the person ever held. `log` is the folder of the log to search.
    """

    person: str | None
    device: str | None
    first: date
    last: date
    reason: str
    by: str
    at: datetime
    zone: ZoneInfo
    simulated: bool = False
    names: frozenset[str] = frozenset()
    held: tuple[Held, ...] = ()
    log: str = CURRENT

    @property
    def since(self) -> datetime:
        return instant_of(self.first, time(), self.zone)

    @property
    def until(self) -> datetime:
        """The first instant not asked about: nothing can be said about what is still to come."""
        return min(self._end, self.at)

    @property
    def cut_short(self) -> bool:
        """Whether the last day was still going on when the question was asked."""
        return self.at < self._end

    @property
    def subject(self) -> str:
        return self.person or self.device or ""

    @property
    def words(self) -> str:
        """The query as it can be repeated."""
        who = f"user.id is {self.person}" if self.person else f"device.id is {self.device}"
        where = "" if self.log == CURRENT else f" in the folder {self.log}"
        return (
            f"every record in the set {DECISION}{where} whose {who}, with a time from "
            f"{self.since.isoformat()} up to but not including {self.until.isoformat()}"
        )

    @property
    def _end(self) -> datetime:
        return instant_of(self.last + timedelta(days=1), time(), self.zone)

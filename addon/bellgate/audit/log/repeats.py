"""Attempts -> which of them become records. Pure: the time is an argument, nothing is written.

A device that tries again and again is one fact, not a thousand. Of one device, host and decision
the first attempt becomes a record at once; the further ones of that minute are counted, and the
count becomes one record when the minute or the session ends. Every attempt is in exactly one
record's `repeat`, so the sum over the records is the number of attempts. The same goes for ends:
what was carried is added up. Of one device there are so many records in an hour and no more: beyond
that its attempts are one count a minute for each rule, over all services.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from bellgate.audit.record.record import Seen
from bellgate.policy.action import Outcome
from bellgate.policy.decide import Decision
from bellgate.policy.what import NOTHING

MINUTE: Final = timedelta(minutes=1)
HOSTS: Final = 20
"""Hosts in a minute of one device and service; beyond them, records are counted by service."""
HOUR: Final = timedelta(hours=1)
MOST_IN_AN_HOUR: Final = 1_000
"""Records of one device; a class at work comes to some dozens."""
_NOW: Final = timedelta(0)
_DEVICES: Final = 10_000
"""Of which the records in this hour are counted; beyond them, the oldest begins anew."""

_Group = tuple[object, ...]
_Device = tuple[str | None, str | None]
"""A device by its name, else by its address."""


class Counted(NamedTuple):
    """A record to be made: `times` attempts, the last of which was `decision`."""

    decision: Decision
    action: Outcome
    seen: Seen
    times: int
    named: bool
    """False: counted by service, over many hosts."""
    end: "End | None" = None
    """Of `closed` and `cut`: added up over all of them."""


class End(NamedTuple):
    """How connections ended: the bytes and the time of all, if anybody's business, and why."""

    carried: int | None = None
    lasted: timedelta | None = None
    carried_over: bool = False
    reason: str | None = None

    def with_more(self, other: "End") -> "End":
        """Both ends together; they are of one kind."""
        carried = None if other.carried is None else (self.carried or 0) + other.carried
        lasted = None if other.lasted is None else (self.lasted or _NOW) + other.lasted
        return other._replace(carried=carried, lasted=lasted)


@dataclass(slots=True)
class _Window:
    start: datetime
    group: _Group
    last: Counted | None = None

    def count(
        self, decision: Decision, action: Outcome, seen: Seen, named: bool, end: End | None
    ) -> None:
        """One more, of which the others are alike."""
        times = 1
        if self.last is not None:
            times += self.last.times
            if end is not None and self.last.end is not None:
                end = self.last.end.with_more(end)
        self.last = Counted(decision, action, seen, times, named, end)


@dataclass(slots=True)
class _Hour:
    start: datetime
    records: int = 0


class Repeats:
    """The minutes that are running. At most `limit` at once: a full table ends its oldest early."""

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        # In the order in which they began, which is the order in which they end.
        self._windows: OrderedDict[tuple[_Group, str | None], _Window] = OrderedDict()
        self._hosts: dict[_Group, int] = {}
        self._hours: OrderedDict[_Device, _Hour] = OrderedDict()

    def seen(
        self,
        decision: Decision,
        action: Outcome,
        seen: Seen,
        now: datetime,
        end: End | None = None,
    ) -> list[Counted]:
        """Count one attempt; return what is to be recorded at once: most often it, or nothing."""
        records = self.due(now)
        who, rule = decision.who, decision.verdict.rule
        device: _Device = (
            who.device.name if who.device is not None else None,
            None if who.device is not None else decision.connection.source_ip,
        )
        ruled = rule.source if rule is not None else None
        # Who signs in to a device within a minute answers for no attempt of whoever was before.
        whose = (who.person, who.accounting, who.ground)
        if self._has_spent_its_hour(device, now):
            # One count for all that the rule says, of what was seen at the least.
            decision = replace(decision, what=NOTHING)
            return records + self._count_only(
                (device, None, ruled, action, None, whose), decision, action, now, end
            )
        how = end._replace(carried=None, lasted=None) if end is not None else None
        group = (device, decision.service, ruled, action, seen, how, whose)
        named = True
        window = self._windows.get((group, decision.host))
        if window is None and self._hosts.get(group, 0) >= HOSTS:
            named = False
            window = self._windows.get((group, _MANY))
        if window is not None:
            window.count(decision, action, seen, named, end)
            return records
        if len(self._windows) >= self._limit:
            records += self._end_oldest()
        self._windows[group, decision.host if named else _MANY] = _Window(now, group)
        if named:
            self._hosts[group] = self._hosts.get(group, 0) + 1
        self._hours[device].records += 1
        records.append(Counted(decision, action, seen, 1, named, end))
        return records

    def _has_spent_its_hour(self, device: _Device, now: datetime) -> bool:
        hour = self._hours.get(device)
        if hour is None or not _NOW <= now - hour.start < HOUR:
            self._hours.pop(device, None)
            if len(self._hours) >= _DEVICES:
                self._hours.popitem(last=False)
            hour = self._hours[device] = _Hour(now)
        return hour.records >= MOST_IN_AN_HOUR

    def _count_only(
        self, group: _Group, decision: Decision, action: Outcome, now: datetime, end: End | None
    ) -> list[Counted]:
        """Count an attempt that is no record of its own."""
        records: list[Counted] = []
        window = self._windows.get((group, _MANY))
        if window is None:
            if len(self._windows) >= self._limit:
                records = self._end_oldest()
            window = self._windows[group, _MANY] = _Window(now, group)
        window.count(decision, action, "connection", False, end)
        return records

    def due(self, now: datetime) -> list[Counted]:
        """The counts of the minutes that are over."""
        records: list[Counted] = []
        while self._windows:
            elapsed = now - next(iter(self._windows.values())).start
            # Less than nothing: the clock went back, and that minute would never end.
            if _NOW <= elapsed < MINUTE:
                break
            records += self._end_oldest()
        return records

    def flush(self) -> list[Counted]:
        """All counts, at a bell or when the gate stops: no count reaches into another session."""
        records: list[Counted] = []
        while self._windows:
            records += self._end_oldest()
        return records

    def _end_oldest(self) -> list[Counted]:
        (group, host), window = self._windows.popitem(last=False)
        if host != _MANY:
            left = self._hosts[group] - 1
            if left:
                self._hosts[group] = left
            else:
                del self._hosts[group]
        if window.last is None:
            return []
        hour = self._hours.get(group[0])  # type: ignore[call-overload]
        if hour is not None:
            hour.records += 1
        return [window.last]


# No host name: `host_name` in the policy never gives a star.
_MANY: Final = "*"

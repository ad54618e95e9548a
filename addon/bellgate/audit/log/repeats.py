"""Attempts -> which of them become records. Pure: the time is an argument, nothing is written.

A device that tries again and again is one fact, not a thousand. Of one device, host and decision
the first attempt becomes a record at once; the further ones of that minute are counted, and the
count becomes one record when the minute or the session ends. Every attempt is in exactly one
record's `repeat`, so the sum over the records is the number of attempts.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from bellgate.audit.record.record import Seen
from bellgate.policy.action import Outcome
from bellgate.policy.decide import Decision

MINUTE: Final = timedelta(minutes=1)
HOSTS: Final = 20
"""Hosts in a minute of one device and service; beyond them, records are counted by service."""
_NOW: Final = timedelta(0)

_Group = tuple[object, ...]


class Counted(NamedTuple):
    """A record to be made: `times` attempts, the last of which was `decision`."""

    decision: Decision
    action: Outcome
    seen: Seen
    times: int
    named: bool
    """False: counted by service, over many hosts."""


@dataclass(slots=True)
class _Window:
    start: datetime
    group: _Group
    last: Counted | None = None
    further: int = 0


class Repeats:
    """The minutes that are running. At most `limit` at once: a full table ends its oldest early."""

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        # In the order in which they began, which is the order in which they end.
        self._windows: OrderedDict[tuple[_Group, str | None], _Window] = OrderedDict()
        self._hosts: dict[_Group, int] = {}

    def seen(self, decision: Decision, action: Outcome, seen: Seen, now: datetime) -> list[Counted]:
        """Count one attempt; return what is to be recorded at once: most often it, or nothing."""
        records = self.due(now)
        who, rule = decision.who, decision.verdict.rule
        group = (
            who.device.name if who.device is not None else None,
            None if who.device is not None else decision.connection.source_ip,
            decision.service,
            rule.source if rule is not None else None,
            action,
            seen,
        )
        named = True
        window = self._windows.get((group, decision.host))
        if window is None and self._hosts.get(group, 0) >= HOSTS:
            named = False
            window = self._windows.get((group, _MANY))
        if window is not None:
            window.further += 1
            window.last = Counted(decision, action, seen, window.further, named)
            return records
        if len(self._windows) >= self._limit:
            records += self._end_oldest()
        self._windows[group, decision.host if named else _MANY] = _Window(now, group)
        if named:
            self._hosts[group] = self._hosts.get(group, 0) + 1
        records.append(Counted(decision, action, seen, 1, named))
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
        return [window.last] if window.last is not None else []


# No host name: `host_name` in the policy never gives a star.
_MANY: Final = "*"

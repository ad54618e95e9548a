"""What became of a connection, put into the journal's words. Decides nothing, waits for nothing.

Also the grade of what was seen: it may only be lower than the truth, never higher, for a record is
held against somebody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from bellgate.audit.log.journal import Journal
from bellgate.audit.log.repeats import End
from bellgate.audit.record.record import Seen, timestamp
from bellgate.audit.record.seen import seen_by_name
from bellgate.gate.clock import Clock
from bellgate.gate.observed import Count
from bellgate.gate.retries import Retries
from bellgate.gate.shares import Shares
from bellgate.policy.action import is_open
from bellgate.policy.decide import Decision, Policy
from bellgate.policy.exemptions import Exemption
from bellgate.policy.facts import Connection
from bellgate.policy.probe import is_probe

Done = Literal["passed", "refused"]

# How a browser says that it fetches ahead of any wish: by the standard, and as older ones did.
_AHEAD = ("sec-purpose", "purpose", "x-purpose", "x-moz")

# What a browser asks for without showing any of it: a script's request, a worker, a report.
_UNSEEN = ("empty", "serviceworker", "report")


def seen_in(decision: Decision, headers: Mapping[str, str] | None = None) -> Seen:
    """What was really seen. `headers` (lower-case names) where a request could be read.

    Source: Fetch Metadata. Only a browser sends these, and only to a secure address; without them
    nothing more than the connection was visible, but for what the catalogue knows of the name.
    Sec-Fetch-User is left out of it: Chromium sends it for tabs that it restores by itself, and
    not for a bookmark that somebody opened. So it tells neither for a person nor against one.
    """
    headers = headers or {}
    # A prefetched or prerendered page navigates, too. Plain HTTP says no more than this.
    if any(name in headers for name in _AHEAD):
        return "background"
    dest = headers.get("sec-fetch-dest")
    if dest is None:
        return seen_by_name(decision)
    if dest == "document" and headers.get("sec-fetch-mode") == "navigate":
        return "page"
    if headers.get("sec-fetch-site") in ("cross-site", "same-site") and dest not in _UNSEEN:
        return "embedded"
    return "background"


class Recording:
    """The gate's side of the journal."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self.retries = Retries()

    @property
    def healthy(self) -> bool:
        """Whether what is recorded now can be expected to last."""
        return self._journal.healthy

    def decided(self, decision: Decision, seen: Seen) -> None:
        """A connection was refused, asked about or logged; repeats within a minute are counted."""
        action = decision.action
        if is_probe(decision):
            return
        if not is_open(action):
            self.retries.note(decision, self._clock.elapsed())
        if action != "allow":
            self._journal.attempt(decision, action, seen, decision.instant)

    def closed(self, decision: Decision, *, bytes_passed: int, lasted: timedelta) -> None:
        """A logged connection ended, or its rule stopped; nothing later is counted."""
        end = End(bytes_passed, lasted)
        self._journal.attempt(decision, "closed", seen_in(decision), decision.instant, end)

    def cut(
        self, decision: Decision, seen: Seen, *, carried_over: bool, reason: str | None = None
    ) -> None:
        """A connection was cut. What it carried in people's own time is nobody's business."""
        if is_probe(decision):
            return
        end = End(carried_over=carried_over, reason=reason)
        self._journal.attempt(decision, "cut", seen, decision.instant, end)

    def answered(self, decision: Decision, exemption: Exemption, seen: Seen) -> None:
        """Somebody said on the page what a service is for, and until when it is open for that."""
        opened = replace(decision, verdict=replace(decision.verdict, until=exemption.until))
        self._journal.decision(
            opened, "answered", seen, answer=exemption.reason, exemption=exemption.id
        )

    def error(
        self,
        error: Exception,
        where: str,
        *,
        source_ip: str,
        names: tuple[str, ...],
        service: str | None,
        done: Done | None,
    ) -> None:
        """Our own code failed on a connection."""
        host = names[0] if names else None
        fate = f"{host or 'the connection'} was {done}" if done else "nothing was decided yet"
        self._journal.gate(
            "error",
            f"Bellgate failed in {where} ({type(error).__name__}): {fate}",
            host=host,
            service=service,
            connection=Connection(source_ip, "other"),
            done=done,
        )

    def observed(self, counts: Iterable[Count], now: datetime | None = None) -> None:
        """What would have been closed or recorded, had the gate not only observed."""
        for count in counts:
            would = "recorded" if is_open(count.action) else "closed"
            times = f"{count.attempts:,} attempt{'' if count.attempts == 1 else 's'}"
            self._journal.gate(
                "observed",
                f"Would have {would} {count.called} for {count.group}: {times}",
                at=now,
                service=count.service,
                called=count.called,
                group=count.group,
                would=count.action,
                attempts=count.attempts,
                since=timestamp(count.since),
            )

    def started(self, policy: Policy, listening: str) -> None:
        self._journal.gate("started", f"The gate of {policy.edition.school} started on {listening}")

    def stopped(self) -> None:
        self._journal.end_minutes()
        self._journal.gate("stopped", "The gate stopped")

    def bell(self, policy: Policy, now: datetime) -> None:
        """The bell rang: what each group is in from now on."""
        self._journal.end_minutes()
        sessions = {}
        for name, group in policy.groups.items():
            span = policy.timetable(group).session_at(now)
            sessions[name] = span.name if span else None
        said = ", ".join(f"{g} {s or 'no session'}" for g, s in sessions.items())
        self._journal.gate("bell", f"Bell: {said}", at=now, sessions=sessions)

    def due(self, now: datetime) -> None:
        """Write the counts of the minutes that are over, and keep the clock's state current."""
        self._journal.clock = self._clock.state
        self._journal.due(now)

    def heartbeat(self, now: datetime, open_connections: int, shares: Shares) -> None:
        self._journal.gate(
            "heartbeat",
            f"The gate is running: {open_connections} connections open",
            at=now,
            connections=open_connections,
            refused_for_their_number=shares.refused,
        )

    def clock_stepped(self, now: datetime, by: timedelta) -> None:
        self._journal.end_minutes()
        seconds = round(by.total_seconds(), 3)
        way = "forward" if seconds > 0 else "back"
        said = f"The clock was put {way} by {abs(seconds):,.10g} seconds"
        self._journal.gate("clock-stepped", said, at=now, seconds=seconds)

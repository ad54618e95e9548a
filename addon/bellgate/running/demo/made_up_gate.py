"""What the gate would have recorded of what is tried, by the real policy and the real journal.

Moments are what the wall's clock says; where the gate's own clock is wrong, its records say so much
more or less. Nothing is decided here, and no record is made by hand.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from bellgate.audit import Journal
from bellgate.audit.log.repeats import End
from bellgate.audit.record.event_kinds import DECISION
from bellgate.audit.record.record import event_record
from bellgate.policy.decide import Policy, decide
from bellgate.policy.difference import differences
from bellgate.policy.exemptions import Exemption, in_force
from bellgate.running.demo.days import Tried

_FLUSH_EVERY: Final = 4_000
"""Records after which the journal is waited for: what it cannot queue it would count as lost."""
_PATIENCE_SECONDS: Final = 60.0


class NotWritten(OSError):
    """The journal could not write what it was given."""


class MadeUpGate:
    """One gate over a term, on one journal."""

    def __init__(self, journal: Journal, policy: Policy) -> None:
        self.journal, self.policy = journal, policy
        self.wrong_by = timedelta()
        """By how much its clock is ahead."""
        self.exemptions: tuple[Exemption, ...] = ()
        self._since_flush = 0

    def tried(self, tried: Tried) -> None:
        """What the rules leave open is not recorded, as ever."""
        at = self._now(tried.at)
        decision = decide(self.policy, tried.connection, at, in_force(self.exemptions, at))
        action = decision.action
        if action != "allow":
            self.journal.attempt(decision, action, tried.seen, at)
        self._wrote()

    def cut_at_the_bell(self, tried: Tried, times: int) -> None:
        """So many connections that were opened before the bell, and are closed from now on."""
        at = self._now(tried.at)
        decision = decide(self.policy, tried.connection, at)
        for _ in range(times):
            self.journal.attempt(decision, "cut", tried.seen, at, End(carried_over=True))
        self._wrote()

    def ended(self, tried: Tried, *, lasted: timedelta, carried: int) -> None:
        """A connection that was let through and recorded has ended."""
        at = self._now(tried.at)
        decision = decide(self.policy, tried.connection, at)
        self.journal.attempt(decision, "closed", tried.seen, at, End(carried, lasted))
        self._wrote()

    def answered(self, tried: Tried, id: str, purpose: str) -> None:
        """Somebody says on the page what it is for, and it is open for as long as the rule says."""
        at = self._now(tried.at)
        decision = decide(self.policy, tried.connection, at)
        rule, service = decision.rule, decision.service
        assert rule is not None and rule.ask_for is not None and service is not None
        until = at + rule.ask_for
        whose = decision.who.person or decision.device or tried.connection.source_ip
        self.exemptions += (Exemption(id, (whose,), (service,), at, until, "the page", purpose),)
        opened = replace(decision, verdict=replace(decision.verdict, until=until))
        self.journal.decision(opened, "answered", tried.seen, answer=purpose, exemption=id)
        self._wrote()

    def exempted(self, exemption: Exemption, *, revoked: bool = False, at: datetime) -> None:
        """Somebody opens a service for a time, or takes that back."""
        what, whom = ", ".join(exemption.what), ", ".join(exemption.who)
        if revoked:
            said = f"The exemption of {what} for {whom} was taken back by {exemption.by}"
            self.exemptions = tuple(e for e in self.exemptions if e.id != exemption.id)
        else:
            said = f"{what} is open for {whom} until {exemption.until:%H:%M on %d %B}, "
            said += f"by {exemption.by}: {exemption.reason}"
            self.exemptions += (exemption,)
        facts = {
            "exemption": exemption.id,
            "who": list(exemption.who),
            "what": list(exemption.what),
            "until": exemption.until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "revoked": revoked or None,
        }
        self.journal.submit(
            event_record(
                DECISION,
                "exempted",
                said,
                edition=self.journal.edition,
                at=self._now(at),
                clock=self.journal.clock,
                user=exemption.by,
                reason=None if revoked else exemption.reason,
                facts=facts,
            )
        )
        self._wrote()

    def bell(self, at: datetime) -> None:
        self.journal.end_minutes()
        now, sessions = self._now(at), {}
        for name, group in self.policy.groups.items():
            span = self.policy.timetable(group).session_at(now)
            sessions[name] = span.name if span else None
        said = ", ".join(f"{name} {session or 'no session'}" for name, session in sessions.items())
        self.did("bell", f"Bell: {said}", at, sessions=sessions)

    def adopt(self, policy: Policy, at: datetime) -> None:
        """Changed files come into force."""
        self.journal.end_minutes()
        before, changes = self.policy.edition, differences(self.policy, policy)
        self.policy, self.journal.edition = policy, policy.edition
        said = f"The policy was changed: {'; '.join(changes)}"
        after, listed = policy.edition.hash, list(changes)
        self.did("policy-changed", said, at, before=before.hash, after=after, changes=listed)

    def clock_put_right(self, at: datetime) -> None:
        self.journal.end_minutes()
        by, self.wrong_by = -self.wrong_by, timedelta()
        way = "forward" if by > timedelta() else "back"
        seconds = by.total_seconds()
        said = f"The clock was put {way} by {abs(seconds):,.10g} seconds"
        self.did("clock-stepped", said, at, seconds=seconds)
        self.journal.clock = "synchronised"

    def did(self, action: Any, message: str, at: datetime, **facts: Any) -> None:
        """Something that the gate did, or that happened to it."""
        now = self._now(at)
        self.journal.due(now)
        self.journal.gate(action, message, at=now, **facts)
        self._wrote()

    def looked(self, action: Any, message: str, at: datetime, facts: Mapping[str, Any]) -> None:
        """Something that a reviewer did."""
        self.journal.review(action, message, at=self._now(at), **facts)
        self._wrote()

    def flush(self) -> None:
        """Raises NotWritten."""
        self._since_flush = 0
        if not self.journal.flush(_PATIENCE_SECONDS):
            raise NotWritten(self.journal.state.problem or "the log could not be written")

    def _now(self, at: datetime) -> datetime:
        return at + self.wrong_by

    def _wrote(self) -> None:
        self._since_flush += 1
        if self._since_flush >= _FLUSH_EVERY:
            self.flush()

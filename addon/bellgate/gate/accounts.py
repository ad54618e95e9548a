"""The account of a connection: what is recorded of it from its first answer to its end.

Fates are chosen in `fate`; here it is written down what became of them, and what was carried.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bellgate.audit.record.record import Seen
from bellgate.gate.clock import Clock
from bellgate.gate.connections import ClientConnection, Logged
from bellgate.gate.judge import Judge
from bellgate.gate.records import Recording, seen_in
from bellgate.policy.action import is_open
from bellgate.policy.decide import Decision
from bellgate.policy.probe import is_probe


class Accounts:
    """Keeps every connection's account, and hands what belongs on record to the recording."""

    def __init__(self, judge: Judge, clock: Clock, recording: Recording) -> None:
        self.recording = recording
        self.passed = 0
        """Connections since the start that went on without a record."""
        self.noticed: Callable[[Decision], None] = lambda _: None
        """Told of each of these."""
        self._judge = judge
        self._clock = clock

    def let_through(self, connection: ClientConnection, decision: Decision) -> None:
        """Record what a rule says to record of a connection or request that is let through."""
        logged = connection.logged
        if logged and logged.decision.what.subject != decision.what.subject:
            self.stop_logging(connection)
            logged = None
        if decision.action == "allow" and not (connection.let_through or is_probe(decision)):
            self.passed += 1
            self.noticed(decision)
        connection.let_through = True
        if decision.action == "log" and logged is None:
            connection.logged = Logged(decision, self._clock.elapsed(), connection.bytes)
            self.recording.decided(decision, seen_in(decision))

    def refused(
        self, connection: ClientConnection, decision: Decision, seen: Seen | None = None
    ) -> None:
        """Record a refusal, once it is known what was seen of it.

        Begun in people's own time and said in full only after the bell, it is carried over: only
        a first request, for a later one is asked when it is asked.
        """
        seen = seen or seen_in(decision)
        begun = self._judge.again(decision, connection.opened)
        if not connection.let_through and is_open(begun.action):
            self.recording.cut(decision, seen, carried_over=True)
        else:
            self.recording.decided(decision, seen)

    def stop_logging(self, connection: ClientConnection) -> None:
        """The logged connection ended, or its rule did: record how much went over it."""
        logged, connection.logged = connection.logged, None
        if logged is None:
            return
        since, until = logged.decision.instant, logged.decision.until
        now = self._clock.now()
        lasted = timedelta(seconds=self._clock.elapsed() - logged.since)
        if until is not None:
            # Noticed late, after a stall, it ended with its rule all the same: what is later is
            # nobody's business.
            now, lasted = min(now, until), min(lasted, until - since)
        self.recording.closed(
            replace(logged.decision, instant=now, who=self._judge.who_is_left(logged.decision)),
            bytes_passed=connection.bytes - logged.from_byte,
            lasted=lasted,
        )

    def still_open(
        self, connection: ClientConnection, before: Decision, decision: Decision
    ) -> None:
        """The bell rang, and an open connection may stay so, perhaps by another rule."""
        if connection.current is None:
            return
        logged = connection.logged
        if logged and (decision.action != "log" or decision.rule != logged.decision.rule):
            self.stop_logging(connection)
        self.let_through(connection, decision)
        connection.current = replace(decision, instant=before.instant)

    def was_cut(self, connection: ClientConnection, before: Decision, decision: Decision) -> None:
        """Record a cut. Opened when these same rules had it open, it was carried over."""
        self.stop_logging(connection)
        if before.exemption is not None:
            # It was opened in session, by an exemption: neither their own time nor a breach.
            ended = "what opened it has ended"
            self.recording.cut(decision, seen_in(decision), carried_over=False, reason=ended)
            return
        carried_over = is_open(self._judge.again(before, before.instant).action)
        self.recording.cut(decision, seen_in(decision), carried_over=carried_over)

    def farewell(self, connection: ClientConnection) -> None:
        """A connection has ended: write what is still to be written of it."""
        connection.in_time()
        if connection.unrecorded is not None:
            self.refused(connection, connection.unrecorded)
            connection.unrecorded = None
        self.stop_logging(connection)

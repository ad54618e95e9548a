"""The bell: what is forbidden from now on is cut, whenever it was opened.

One step, run at each boundary and every second besides. It may be run at any time and any number
of times: it compares the clock with the moment it last acted at, so a stall, a sleep or a stepped
clock is repaired by the next one.
"""

from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime, timedelta

from bellgate.audit.record.event_kinds import HEARTBEAT
from bellgate.gate.connections import ClientConnection
from bellgate.gate.gate import Gate
from bellgate.policy.action import is_open
from bellgate.policy.decide import Decision
from bellgate.policy.exemptions import in_force

_A_STEP = timedelta(seconds=2)
"""What the clock may be off by before it counts as stepped."""


class Bell:
    """Steps through the day with the gate's clock. `cut` closes a connection by its client id.

    `later` runs what is not urgent, once what was cut is closed: nobody's connection waits for the
    words about another's.
    """

    def __init__(
        self,
        gate: Gate,
        cut: Callable[[str], None],
        later: Callable[[Callable[[], None]], object],
    ) -> None:
        self._gate = gate
        self._cut = cut
        self._later = later
        self._policy = gate.policy
        self._last = gate.clock.now()
        self._last_elapsed = gate.clock.elapsed()
        self._exempted = in_force(gate.judge.exemptions, self._last)
        self._heartbeat = self._last

    def step(self) -> None:
        """Bring the gate up to now. If we crash here, the restarted gate has nothing open."""
        gate = self._gate
        now, elapsed, policy = gate.clock.now(), gate.clock.elapsed(), gate.policy
        gate.stepped = elapsed
        expected = self._last + timedelta(seconds=elapsed - self._last_elapsed)
        # In either direction: a clock that was put back has rung, too.
        # By the old policy's bells: one that rings while the files are changed is not lost.
        bells = self._policy.bells
        rang = bisect_right(bells, self._last) != bisect_right(bells, now)
        exempted = in_force(gate.judge.exemptions, now)
        changed = policy is not self._policy or exempted != self._exempted
        self._exempted = exempted
        self._policy, self._last, self._last_elapsed = policy, now, elapsed
        cut = self._cut_what_is_forbidden(now) if rang or changed else ()

        def write() -> None:
            if abs(now - expected) > _A_STEP:
                gate.recording.clock_stepped(now, by=now - expected)
            if rang:
                gate.recording.bell(policy, now)
            for connection, before, decision in cut:
                gate.accounts.was_cut(connection, before, decision)
            if rang or changed or gate.judge.observed.due(now):
                gate.recording.observed(gate.judge.observed.take(), now)
            gate.recording.due(now)
            if not timedelta(0) <= now - self._heartbeat < HEARTBEAT:
                self._heartbeat = now
                gate.recording.heartbeat(now, len(gate.connections), gate.shares)

        self._later(write)

    def _cut_what_is_forbidden(
        self, now: datetime
    ) -> list[tuple[ClientConnection, Decision, Decision]]:
        """Ask every open connection's question again, and act where the answer is another."""
        cut = []
        for client_id, connection in self._gate.connections:
            try:
                before = self._gate.judge.question(connection)
                if before is None or not is_open(before.action):
                    continue  # said nothing yet, or refused already: it is answered when it asks
                decision = self._gate.judge.again(before, now)
                if is_open(decision.action):
                    self._gate.accounts.still_open(connection, before, decision)
                else:
                    connection.current = decision
                    self._cut(client_id)
                    cut.append((connection, before, decision))
            except Exception as error:  # noqa: BLE001 - one failure must not keep the others open
                if not self._gate.failures.failed_at_the_bell(error, connection):
                    self._cut(client_id)
        return cut

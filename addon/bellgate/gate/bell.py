"""The bell: what is forbidden from now on is cut, whenever it was opened.

One step, run at each boundary and every second besides. It may be run at any time and any number
of times: it compares the clock with the stretch of time it last acted on, so a stall, a sleep or a
stepped clock is repaired by the next one.
"""

import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bellgate.gate.connections import Open
from bellgate.gate.gate import Gate
from bellgate.policy.decide import OPEN
from bellgate.policy.exemptions import in_force

_HEARTBEAT = timedelta(minutes=1)
_A_STEP = timedelta(seconds=2)


class Bell:
    """Steps through the day with the gate's clock. `cut` closes a connection by its client id."""

    def __init__(self, gate: Gate, cut: Callable[[str], None]) -> None:
        self._gate = gate
        self._cut = cut
        self._last = gate.clock.now()
        self._policy = gate.policy
        self._stretch = bisect_right(gate.policy.bells, self._last)
        self._exempted = in_force(gate.exemptions, self._last)
        self._last_real = time.monotonic()
        self._heartbeat = self._last

    def step(self) -> None:
        """Bring the gate up to now. If we crash here, the restarted gate has nothing open."""
        now = self._gate.clock.now()
        self._notice_a_stepped_clock(now)
        policy = self._gate.policy
        exempted = in_force(self._gate.exemptions, now)
        # By the old policy's bells: one that rings while the files are changed is not lost.
        rung = bisect_right(self._policy.bells, now) != self._stretch
        if rung:
            self._gate.recording.bell(policy, now)
        if rung or policy is not self._policy or exempted != self._exempted:
            self._ring(now, at_a_bell=rung)
        self._policy, self._stretch = policy, bisect_right(policy.bells, now)
        self._exempted = exempted
        self._gate.recording.due(now)
        if not timedelta(0) <= now - self._heartbeat < _HEARTBEAT:
            self._heartbeat = now
            self._gate.recording.heartbeat(now, len(self._gate.connections), self._gate.shares)

    def _ring(self, now: datetime, *, at_a_bell: bool) -> None:
        """Ask every open connection's question again, and act where the answer is another."""
        for client_id, connection in self._gate.connections:
            if connection.current is not None and connection.unrecorded is None:
                self._reconsider(client_id, connection, now, at_a_bell=at_a_bell)

    def _reconsider(
        self, client_id: str, connection: Open, now: datetime, *, at_a_bell: bool
    ) -> None:
        before = connection.current
        assert before is not None
        if before.action not in OPEN:
            return
        decision = self._gate.again(before)
        connection.current = decision
        if decision.action in OPEN:
            if connection.logged and decision.action != "log":
                self._gate.stop_logging(connection)
            self._gate.let_through(connection, decision)
            return
        self._gate.stop_logging(connection)
        self._cut(client_id)
        ended = before.exemption is not None and decision.exemption is None
        self._gate.recording.cut(
            replace(decision, instant=now),
            carried_over=at_a_bell and not ended,
            reason="what opened it has ended" if ended else None,
        )

    def _notice_a_stepped_clock(self, now: datetime) -> None:
        real = time.monotonic()
        expected = self._last + timedelta(seconds=real - self._last_real)
        if abs(now - expected) > _A_STEP:
            self._gate.recording.clock_stepped(now, by=now - expected)
        self._last, self._last_real = now, real

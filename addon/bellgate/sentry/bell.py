"""The bell over the kernel's connections: what is forbidden from now on is cut at both ends.

One step, run a few times a second. It may be run at any time and any number of times: it compares
the clock with the moment it last acted at, so a stall, a sleep or a stepped clock is repaired by
the next one. If we crash here, the marks stand, and the next sentry asks every question anew.
"""

from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from bellgate.policy.action import is_open
from bellgate.policy.decide import Decision
from bellgate.policy.exemptions import in_force
from bellgate.sentry.connections import Tracked
from bellgate.sentry.handover import Handover
from bellgate.sentry.judge import Judge
from bellgate.sentry.subjects import Subject, Subjects
from bellgate.wire import path_mark

_LET_THROUGH = path_mark.STATE & ~(path_mark.UNANSWERED ^ path_mark.PASSED)
"""The bits in which UNANSWERED and PASSED are the same."""
_LOOKS = 2
"""At each bell, and at the start: the kernel may take note of a server's first answer at the very
moment at which we mark its connection, and write over the mark."""
_ENDED = "what opened it has ended"


class Table(Protocol):
    """What is asked of the kernel's table of connections. Each raises OSError."""

    def with_state(self, state: int, mask: int = ...) -> list[Tracked]: ...
    def cut(self, connections: list[Tracked]) -> None: ...


class Bell:
    """`rings` is called once something else may be restricted."""

    def __init__(
        self,
        judge: Judge,
        subjects: Subjects,
        table: Table,
        handover: Handover,
        *,
        now: Callable[[], datetime],
        rings: Callable[[datetime], None],
    ) -> None:
        self._judge, self._subjects = judge, subjects
        self._table, self._handover = table, handover
        self._now, self._rings = now, rings
        self._policy = judge.policy
        self._last = now()
        self._exempted = in_force(judge.exemptions, self._last)
        self._looks = _LOOKS
        self.cut = 0
        """Connections since the start."""

    def step(self) -> None:
        """Bring the kernel's connections up to now. Raises OSError; the next step tries again."""
        now, policy = self._now(), self._judge.policy
        bells = self._policy.bells
        rang = bisect_right(bells, self._last) != bisect_right(bells, now)
        exempted = in_force(self._judge.exemptions, now)
        changed = policy is not self._policy or exempted != self._exempted
        if rang or changed:
            self._looks = _LOOKS
        if self._looks:
            if self._looks == _LOOKS:
                self._rings(now)
            self._cut_what_is_forbidden(now)
            self._looks -= 1
        self._policy, self._last, self._exempted = policy, now, exempted

    def cut_half_read(self) -> None:
        """End what a sentry before us had begun to read: the rest alone says nothing."""
        self._table.cut(self._table.with_state(path_mark.UNDECIDED))

    def cut_unvetted(self) -> int:
        """End what went by while nobody was there: what it asked for is not known. How many."""
        unvetted = self._table.with_state(path_mark.UNVETTED)
        self._table.cut(unvetted)
        return sum(not each.is_over for each in unvetted)

    def forget_what_is_over(self, since: datetime) -> None:
        """Keep only what open connections asked for. Raises OSError where the kernel does."""
        held = {path_mark.number_in(each.mark) for each in self._let_through()}
        self._subjects.keep_only(held, since)

    def _let_through(self) -> list[Tracked]:
        return self._table.with_state(path_mark.PASSED, _LET_THROUGH)

    def _cut_what_is_forbidden(self, now: datetime) -> None:
        """Ask every open connection's question again, and act where the answer is another."""
        doomed: list[tuple[Tracked, Subject | None, Decision]] = []
        for each in self._let_through():
            subject = self._subjects.get(path_mark.number_in(each.mark))
            decision = self._judge.again(subject, each, now)
            # What is to be recorded from now on goes by the gate: its client comes back there.
            if decision.action != "allow":
                doomed.append((each, subject, decision))
        if not doomed:
            return
        self._table.cut([each for each, _, _ in doomed])
        # What had ended before the bell was open at no moment at which it was forbidden.
        still_open = [one for one in doomed if not one[0].is_over]
        self.cut += len(still_open)
        for each, subject, decision in still_open:
            if not is_open(decision.action):
                self._record(each, subject, decision)

    def _record(self, each: Tracked, subject: Subject | None, decision: Decision) -> None:
        """Opened when these same rules had it open, it was carried over."""
        if subject is None or subject.exempted:
            reason = _ENDED if subject is not None else None
            self._handover.cut(decision, carried_over=False, reason=reason)
            return
        begun = self._judge.again(subject, each, subject.instant)
        self._handover.cut(decision, carried_over=is_open(begun.action))

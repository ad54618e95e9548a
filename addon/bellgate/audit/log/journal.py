"""The facade that the gate and the commands use: what happened -> a record on its way to the log.

Nothing is decided or written here: it joins `record`, `repeats`, `line` and `writer`, and keeps
what every record needs to know (the policy in force, the state of the clock).
"""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from bellgate.audit.log.line import line_of
from bellgate.audit.log.paths import LogPaths
from bellgate.audit.log.promise import Promise
from bellgate.audit.log.repeats import Counted, End, Repeats
from bellgate.audit.log.store import Line
from bellgate.audit.log.writer import Acknowledge, Outage, State, Voice, Writer
from bellgate.audit.record.event_kinds import GATE, REVIEW, GateAction, ReviewAction
from bellgate.audit.record.not_done import not_done
from bellgate.audit.record.record import (
    ClockState,
    Record,
    Seen,
    Success,
    decision_record,
    event_record,
    whole_seconds,
)
from bellgate.policy.action import Outcome
from bellgate.policy.decide import Decision, Edition
from bellgate.policy.facts import Connection


class Journal:
    """The one writer of a log. Raises LogInUse where another process writes it already.

    `now` is the gate's clock: it times only what the log says of its own accord (records lost, a
    log that was broken) and what is handed in without a time. None of the methods waits for the
    disk but `flush` and `close`. Any thread may call them, except that the minutes of repeats
    (`attempt`, `due`, `end_minutes`, `close`) belong to the gate's own.
    """

    def __init__(
        self,
        paths: LogPaths,
        edition: Edition,
        now: Callable[[], datetime],
        *,
        clock: ClockState = "synchronised",
        anchored: Iterable[Path] = (),
        sets_aside: bool = True,
        limit: int = 20_000,
    ) -> None:
        self.paths = paths
        self.clock: ClockState = clock
        self._edition = edition
        self._now = now
        self._repeats = Repeats()
        self._writer = Writer(
            paths,
            edition.gateway,
            ZoneInfo(edition.timezone),
            Voice(self._notice, self._outage, self._not_done),
            anchored=tuple(anchored),
            sets_aside=sets_aside,
            limit=limit,
        )

    @property
    def edition(self) -> Edition:
        """The policy that gate records name; set it at every reload."""
        return self._edition

    @edition.setter
    def edition(self, edition: Edition) -> None:
        self._edition = edition
        self._writer.move_to(ZoneInfo(edition.timezone))

    @property
    def healthy(self) -> bool:
        """False while the log cannot be written: then no record, no access."""
        return self._writer.healthy

    @property
    def state(self) -> State:
        return self._writer.state

    def attempt(
        self,
        decision: Decision,
        action: Outcome,
        seen: Seen,
        now: datetime,
        end: End | None = None,
    ) -> None:
        """Record an attempt, or an end, or count it with those alike of the same minute."""
        self._write_counted(self._repeats.seen(decision, action, seen, now, end))

    def due(self, now: datetime) -> None:
        """Record the counts of the minutes that are over; call it about every second."""
        self._write_counted(self._repeats.due(now))

    def end_minutes(self) -> None:
        """Record all counts now: at a bell, at a change of policy or clock, before the end."""
        self._write_counted(self._repeats.flush())

    def decision(
        self,
        decision: Decision,
        action: Outcome,
        seen: Seen,
        *,
        at: datetime | None = None,
        carried: int | None = None,
        lasted: timedelta | None = None,
        carried_over: bool = False,
        answer: str | None = None,
        exemption: str | None = None,
        reason: str | None = None,
        acknowledge: Acknowledge | None = None,
    ) -> None:
        """Record one decision by itself. The arguments are those of `record.decision_record`."""
        record = decision_record(
            decision,
            action,
            seen=seen,
            clock=self.clock,
            at=at,
            carried=carried,
            lasted=lasted,
            carried_over=carried_over,
            answer=answer,
            exemption=exemption,
            reason=reason,
        )
        self.submit(record, acknowledge)

    def gate(
        self,
        action: GateAction,
        message: str,
        *,
        at: datetime | None = None,
        host: str | None = None,
        service: str | None = None,
        connection: Connection | None = None,
        done: Literal["refused", "passed"] | None = None,
        reason: str | None = None,
        **facts: object,
    ) -> None:
        """Record something that the gate did or that happened to it; `facts` go under bellgate."""
        record = event_record(
            GATE,
            action,
            message,
            edition=self._edition,
            at=at or self._now(),
            clock=self.clock,
            host=host,
            service=service,
            connection=connection,
            done=done,
            reason=reason,
            facts=facts,
        )
        self.submit(record)

    def review(
        self,
        action: ReviewAction,
        message: str,
        *,
        at: datetime | None = None,
        user: str | None = None,
        target: str | None = None,
        reason: str | None = None,
        outcome: Success | None = None,
        **facts: object,
    ) -> None:
        """Record what a reviewer did, where the reviewer sits in the same process."""
        record = event_record(
            REVIEW,
            action,
            message,
            edition=self._edition,
            at=at or self._now(),
            clock=self.clock,
            user=user,
            target=target,
            reason=reason,
            outcome=outcome,
            facts=facts,
        )
        self.submit(record)

    def submit(self, record: Record, acknowledge: Acknowledge | Promise | None = None) -> None:
        """Queue a record made by `record.py`; it is used up."""
        self._writer.submit(line_of(record), acknowledge)

    def promise(self, record: Record) -> Promise:
        """Queue a record that somebody waits for, and may give up."""
        promise = Promise()
        self.submit(record, promise)
        return promise

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until all is written and signed; False if it is not. The minutes go on running."""
        return self._writer.flush(timeout)

    def close(self) -> int:
        """Write everything, the running counts too; returns how many records could not be."""
        self.end_minutes()
        return self._writer.close()

    def _write_counted(self, counted: list[Counted]) -> None:
        for decision, action, seen, times, named, end in counted:
            self.submit(
                decision_record(
                    decision,
                    action,
                    seen=seen,
                    clock=self.clock,
                    repeat=times,
                    named=named,
                    **(end or End())._asdict(),
                )
            )

    def _notice(self, message: str) -> Line:
        return line_of(self._own("error", message, {}))

    def _not_done(self, line: Line, number: int) -> Line:
        at, said = self._now(), json.loads(line.text)
        return line_of(not_done(said, number, edition=self._edition, at=at, clock=self.clock))

    def _outage(self, outage: Outage) -> Line:
        until = self._now()
        since = until
        # The oldest that waited may be the very one that is no record.
        with suppress(ValueError, TypeError):
            since = datetime.fromisoformat(outage.since or "")
        message = (
            f"The log could not be written from {since:%H:%M:%S} to {until:%H:%M:%S} UTC "
            f"({outage.why}): {outage.lost} records lost, {outage.delayed} written late"
        )
        facts = {
            "lost": outage.lost,
            "delayed": outage.delayed,
            "from": whole_seconds(since),
            "to": whole_seconds(until),
        }
        return line_of(self._own("records-lost", message, facts, outage.why))

    def _own(
        self, action: GateAction, message: str, facts: dict[str, object], reason: str | None = None
    ) -> Record:
        return event_record(
            GATE,
            action,
            message,
            edition=self._edition,
            at=self._now(),
            clock=self.clock,
            reason=reason,
            facts=facts,
        )

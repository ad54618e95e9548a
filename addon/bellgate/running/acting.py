"""Somebody who does something: the record of it first, safe in the log, and then the thing itself.

For commands and pages alike. If we stop in between, the log tells of something that was not done;
never the other way round. What fails after its record is taken back by a further one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack

from bellgate.audit import LogInUse, LogPaths, Refused, ask, event_record, hand_over
from bellgate.audit.log.gate_socket import number_of
from bellgate.audit.record.event_kinds import REVIEW, Dataset
from bellgate.audit.record.not_done import not_done
from bellgate.audit.record.record import ClockState, Record, Success
from bellgate.policy.decide import Edition


class NotRecorded(Exception):
    """The record could not be left, so nothing may be done; the text says why."""


class NotDone(Exception):
    """The record is there, and the gate did not do what it says; a further record says so, and the
    text why."""


class Deed(TypedDict, total=False):
    """What else may be said of something that somebody does: as in `event_record`."""

    dataset: Dataset
    """Reviewers' own, if left out."""
    target: str | None
    reason: str | None
    outcome: Success | None
    facts: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, on which log, under which edition, when and by which clock."""

    paths: LogPaths
    edition: Edition
    by: str
    now: datetime
    clock: ClockState

    def leave(self, action: str, message: str, **deed: Unpack[Deed]) -> "Left":
        """Leave a record of what is about to be done. Raises NotRecorded."""
        record = self.record(action, message, **deed)
        return Left(self, record, self.submit(record))

    def record(self, action: str, message: str, **deed: Unpack[Deed]) -> Record:
        """The record of it, not yet in the log."""
        dataset = deed.pop("dataset", REVIEW)
        return event_record(
            dataset,
            action,
            message,
            edition=self.edition,
            at=self.now,
            clock=self.clock,
            user=self.by,
            **deed,  # type: ignore[misc]  # the dataset is taken out
        )

    def asked_with(self, question: Mapping[str, object], record: Record) -> dict[str, Any] | None:
        """The gate's answer to a question, after its record; None where no gate runs, and then
        nothing was recorded. Raises NotRecorded, and NotDone."""
        try:
            answer = ask(self.paths, {**question, "record": record})
        except (Refused, OSError) as error:
            # Unanswered, it may be in the log all the same.
            answer = {"error": str(error), "sequence": number_of(self.paths.log, record)}
        if answer is None or answer.get("ok"):
            return answer
        why, number = str(answer.get("error")), answer.get("sequence")
        if number is None:
            raise NotRecorded(why)
        Left(self, record, int(number)).take_back()
        raise NotDone(why)

    def submit(self, record: Record) -> int:
        """The number of the record, once it is safe. Raises NotRecorded."""
        try:
            return hand_over(self.paths, record, self.edition, lambda: self.now)
        except (Refused, LogInUse, OSError) as error:
            raise NotRecorded(str(error)) from error


@dataclass(frozen=True, slots=True)
class Left:
    """A record that somebody left, safe in the log before anything is done."""

    actor: Actor
    record: Record
    number: int

    def take_back(self) -> None:
        """Record that it did not take effect. Raises NotRecorded."""
        actor = self.actor
        after = not_done(
            self.record, self.number, edition=actor.edition, at=actor.now, clock=actor.clock
        )
        actor.submit(after)

    @contextmanager
    def taking_effect(self) -> Iterator[None]:
        """What it says is done in here. Where it cannot be, a further record says so."""
        try:
            yield
        except BaseException:
            self.take_back()
            raise

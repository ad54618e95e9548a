"""What the sentry has to say for the record, on its way to the gate, which alone writes the log.

A refusal is held for half a minute, and handed over with the moment of it: the gate writes it only
where no retry of the same device at the same host came to it meanwhile, for both are one attempt.
What waits stands in a small file: a killed sentry hands it over when it is back. If we crash
between the gate's answer and its note in the file, a record may be handed over twice.
Nothing here holds up a packet: a thread of its own speaks to the gate.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from bellgate.audit.log.gate_socket import Refused, ask
from bellgate.audit.log.paths import LogPaths
from bellgate.audit.log.repeats import Counted, End, Repeats
from bellgate.audit.record.event_kinds import GATE, GateAction
from bellgate.audit.record.record import ClockState, Record, decision_record, event_record
from bellgate.audit.record.seen import seen_by_name
from bellgate.policy.action import OUTCOMES, Outcome
from bellgate.policy.decide import Decision, Edition
from bellgate.policy.probe import is_probe
from bellgate.sentry.kept_lines import KeptLines

HELD_SECONDS: Final = 30.0
"""How long a refusal is held, so that its retry can come to the gate."""
_MOST_WAITING: Final = 20_000
"""Records; further ones are counted as lost."""
_TOGETHER: Final = 8
"""Records on their way at the same time: half of what the gate listens to at once."""
_LOOK_SECONDS: Final = 0.5
_TRY_AGAIN_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    number: int
    record: Record
    ready: float
    """When it may be handed over, by the clock that nobody sets."""
    refused: float | None
    """When a refusal was made that its retry makes one attempt with."""


class Handover:
    """The minutes of repeats belong to one thread; all else may be called by any."""

    def __init__(
        self,
        paths: LogPaths,
        edition: Edition,
        kept: KeptLines,
        *,
        now: Callable[[], datetime],
        elapsed: Callable[[], float],
        clock: Callable[[], ClockState],
    ) -> None:
        self.edition = edition
        self._paths, self._kept = paths, kept
        self._now, self._elapsed, self._clock = now, elapsed, clock
        self._repeats = Repeats()
        self._lock = threading.Lock()
        self._at_once: deque[_Waiting] = deque()
        self._held: deque[_Waiting] = deque()
        self._last = 0
        self.how_it_is: Callable[[], dict[str, Any]] = dict
        """What the gate is to know of the sentry, for `status`."""
        self.lost = 0
        """Records for which there was no room."""
        self._lost_told = 0
        self.away_since: float | None = elapsed()
        """Since when the gate does not answer; None while it does."""
        self._together = ThreadPoolExecutor(_TOGETHER, thread_name_prefix="bellgate-handover")
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="bellgate-handover", daemon=True)
        self._take_up_what_was_left()

    def __len__(self) -> int:
        return len(self._at_once) + len(self._held)

    def start(self) -> None:
        self._thread.start()

    def stop(self, patience: float = 3.0) -> None:
        """Hand over what can be, also what was held; what is left stays in the file."""
        self._write(self._repeats.flush())
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(patience)
        self._together.shutdown(wait=False, cancel_futures=True)
        self._kept.close()

    def refused(self, decision: Decision) -> None:
        """A connection was refused, or asked about."""
        action = decision.action
        assert action != "allow"
        if is_probe(decision):
            return
        seen = seen_by_name(decision)
        self._write(self._repeats.seen(decision, action, seen, decision.instant))

    def cut(self, decision: Decision, *, carried_over: bool, reason: str | None = None) -> None:
        """An open connection was cut."""
        if is_probe(decision):
            return
        end = End(carried_over=carried_over, reason=reason)
        seen = seen_by_name(decision)
        self._write(self._repeats.seen(decision, "cut", seen, decision.instant, end))

    def due(self) -> None:
        """Write the counts of the minutes that are over."""
        self._write(self._repeats.due(self._now()))

    def end_minutes(self) -> None:
        """Write all counts now: at a bell, and before another policy is in force."""
        self._write(self._repeats.flush())

    def event(
        self, action: GateAction, message: str, *, at: datetime | None = None, **facts: object
    ) -> None:
        """Something that the sentry did, or that happened to it."""
        record = event_record(
            GATE,
            action,
            message,
            edition=self.edition,
            at=at or self._now(),
            clock=self._clock(),
            facts=facts,
        )
        self._put(record, held=False)

    def _write(self, counted: list[Counted]) -> None:
        for decision, action, seen, times, named, end in counted:
            record = decision_record(
                decision,
                action,
                seen=seen,
                clock=self._clock(),
                repeat=times,
                named=named,
                **(end or End())._asdict(),
            )
            self._put(record, held=_has_a_retry(action))

    def _put(self, record: Record, *, held: bool) -> None:
        now = self._elapsed()
        with self._lock:
            if len(self) >= _MOST_WAITING:
                self.lost += 1
                return
            self._last += 1
            refused = now if held else None
            ready = now + HELD_SECONDS if held else now
            waiting = _Waiting(self._last, record, ready, refused)
            self._kept.add(_line(waiting))
            (self._held if held else self._at_once).append(waiting)

    def _take_up_what_was_left(self) -> None:
        left: dict[int, Any] = {}
        for line in self._kept.read():
            if isinstance(line, dict) and isinstance(line.get("record"), dict):
                left[line["number"]] = line
            elif isinstance(line, dict):
                left.pop(line.get("done", 0), None)
        now = self._elapsed()
        for number, line in left.items():
            self._last = max(self._last, number)
            refused = line.get("refused")
            # Of another start of the machine, its half minute is over.
            if isinstance(refused, float) and refused <= now:
                ready = refused + HELD_SECONDS
                self._held.append(_Waiting(number, line["record"], ready, refused))
            else:
                self._at_once.append(_Waiting(number, line["record"], now, None))
        self._kept.replace(map(_line, (*self._at_once, *self._held)))

    def _go_on(self) -> None:
        pause = 0.0
        while not self._end.wait(pause):
            pause = _LOOK_SECONDS if self._hand_over_what_is_ready() else _TRY_AGAIN_SECONDS
        self._hand_over_what_is_ready()

    def _hand_over_what_is_ready(self) -> bool:
        """Whether the gate answered. At the end everything is ready."""
        try:
            if ask(self._paths, {"kind": "here", "sentry": self.how_it_is()}) is None:
                raise Refused("no gate is running")
            self.away_since = None
            while some := self._ready():
                self._hand_over(some)
        except (Refused, OSError, ValueError):
            if self.away_since is None:
                self.away_since = self._elapsed()
            return False
        if self.lost > self._lost_told:
            lost, self._lost_told = self.lost - self._lost_told, self.lost
            self.event(
                "records-lost",
                f"The gate was away, and the sentry had no room for {lost} records",
                lost=lost,
            )
        return True

    def _ready(self) -> list[_Waiting]:
        """Some that may be handed over, the oldest first."""
        now, ending = self._elapsed(), self._end.is_set()
        with self._lock:
            some = _until_an_event(islice(self._at_once, _TOGETHER))
            some += [w for w in islice(self._held, _TOGETHER) if ending or w.ready <= now]
        return some[:_TOGETHER]

    def _hand_over(self, some: list[_Waiting]) -> None:
        """Several at a time, for each waits until it is safe. Raises what the first one met."""
        failures = list(self._together.map(self._one_handed_over, some))
        for failure in failures:
            if failure is not None:
                raise failure

    def _one_handed_over(self, waiting: _Waiting) -> Exception | None:
        try:
            self._ask_to_write(waiting)
        except (Refused, OSError, ValueError) as error:
            return error
        with self._lock:
            (self._at_once if waiting.refused is None else self._held).remove(waiting)
            self._kept.add({"done": waiting.number})
            if self._kept.is_long and not self._at_once and not self._held:
                self._kept.replace(())
        return None

    def _ask_to_write(self, waiting: _Waiting) -> None:
        question: dict[str, Any] = {"kind": "record", "record": waiting.record}
        if waiting.refused is not None:
            question["refused"] = waiting.refused
        answer = ask(self._paths, question)
        if answer is None:
            raise Refused("no gate is running")
        if not answer.get("ok") and not answer.get("never"):
            raise Refused(str(answer.get("error")))


def _has_a_retry(action: Outcome) -> bool:
    kind = OUTCOMES[action]
    return kind.is_attempt and kind.rule_said == "closed"


def _until_an_event(waiting: Iterable[_Waiting]) -> list[_Waiting]:
    """An event goes alone, so that what came before it stands before it, and the rest after."""
    found: list[_Waiting] = []
    for one in waiting:
        is_event = one.record["event"]["dataset"] == GATE
        if is_event and found:
            break
        found.append(one)
        if is_event:
            break
    return found


def _line(waiting: _Waiting) -> dict[str, Any]:
    return {"number": waiting.number, "record": waiting.record, "refused": waiting.refused}

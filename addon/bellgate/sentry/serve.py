"""The sentry at work: one loop over the kernel's queue, our name server's answers, and the clock.

Nothing is decided here. What fails on one packet is refused and recorded; what fails for good ends
the sentry, and whatever would come to it is reset until it is back.
"""

import gc
import logging
import select
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bellgate.complaints import Lasting, NowAndThen, is_ours
from bellgate.disk import write_whole
from bellgate.policy.decide import Decision
from bellgate.policy.walk import clock_time
from bellgate.sentry.bell import Bell
from bellgate.sentry.connections import ConnectionTable
from bellgate.sentry.core import Core, Verdict
from bellgate.sentry.handover import Handover
from bellgate.sentry.heard import HeardAnswers
from bellgate.sentry.judge import Judge
from bellgate.sentry.leads import Leads
from bellgate.sentry.named import Named
from bellgate.sentry.packets import Packet, PacketQueue
from bellgate.sentry.sets import KernelSets, TableGone
from bellgate.sentry.subjects import Subjects
from bellgate.wire import path_mark
from bellgate.wire.opening import Opening
from bellgate.wire.segments import Segment

logger = logging.getLogger(__name__)

_STEP_SECONDS, _SECOND, _TIDY_SECONDS = 0.25, 1.0, 300.0
_IN_A_ROW: Final = 256
"""Packets that are answered before the clock is looked at."""
_GATE_LOST_SECONDS = 30.0
_SIGN_MILLISECONDS: Final = 30_000
"""How long the kernel takes us to be there after each word of ours."""
_FRESH = timedelta(minutes=2)
"""How long a number is kept before a connection must hold it."""


class CannotServe(Exception):
    """What the sentry needs of the kernel could not be had, in one line."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the sentry and the kernel's rules meet, and where its own sign of life stands."""

    table: str
    queue: int
    log_group: int
    alive: Path


class Sentry:
    """Made of its parts; `run` serves until a signal ends it."""

    def __init__(
        self,
        places: Places,
        *,
        judge: Judge,
        leads: Leads,
        subjects: Subjects,
        handover: Handover,
        now: Callable[[], datetime],
        elapsed: Callable[[], float],
        on_second: Callable[[], None] = lambda: None,
        noticed: Callable[[Decision], None] = lambda _: None,
    ) -> None:
        self._places = places
        self._judge, self._leads, self._subjects = judge, leads, subjects
        self._handover = handover
        self._now, self._elapsed = now, elapsed
        self._on_second = on_second
        self._noticed = noticed
        self._core = Core(self._ask)
        try:
            self._queue = PacketQueue(places.queue)
            self._heard = HeardAnswers(places.log_group)
            self._table = ConnectionTable()
            self._sets = KernelSets(places.table)
        except OSError as error:
            raise CannotServe(_in_words(error)) from error
        self._named = Named(leads, self._sets, judge.policy, now())
        self._bell = Bell(
            judge, subjects, self._table, handover, now=now, rings=self._what_is_restricted
        )
        self._generation = -1
        self._gate_lost = False
        self._failures = NowAndThen()
        self._troubles: dict[str, Lasting] = {}
        self._rules_gone = Lasting(
            "The kernel's rules for the sentry are not there",
            "The kernel's rules for the sentry are there again",
        )
        self._since = now()
        handover.how_it_is = self.how_it_is
        self._ending = False

    def run(self, on_ready: Callable[[], None]) -> None:
        """Serve until SIGINT, SIGTERM or SIGHUP. Raises CannotServe."""
        lost = self._lost_since()
        try:
            self._named.begin(self._elapsed())
            self._look_at_the_rules()
            self._bell.cut_half_read()
            unvetted = self._bell.cut_unvetted()
            self._bell.step()
        except OSError as error:
            raise CannotServe(_in_words(error)) from error
        self._record_gap(lost, unvetted)
        # What stays is not walked through for garbage, or every some thousandth packet would wait.
        gc.collect()
        gc.freeze()
        with _signals(self._end) as woken:
            poll = select.poll()
            for source in (self._queue.fileno(), self._heard.fileno(), woken):
                poll.register(source, select.POLLIN)
            on_ready()
            self._serve(poll)
        self._leave()

    def how_it_is(self) -> dict[str, Any]:
        """Since when it is there, and what it did: for `status`."""
        counts = self._core.counts
        return {
            "since": clock_time(self._since, self._judge.policy.year.zone),
            "packets": counts.packets,
            "passed": counts.passed,
            "refused": counts.refused,
            "cut": self._bell.cut,
            "named": len(self._named),
            "waiting": len(self._handover),
            "lost": self._handover.lost,
        }

    def _serve(self, poll: select.poll) -> None:
        step = second = tidy = self._elapsed()
        while not self._ending:
            now = self._elapsed()
            if now >= step:
                step = now + _STEP_SECONDS
                self._guarded("the bell", self._bell.step)
                self._guarded("the counts", self._handover.due)
            if now >= second:
                second = now + _SECOND
                self._each_second()
            if now >= tidy:
                tidy = now + _TIDY_SECONDS
                self._guarded("what is over", self._tidy)
            ready = poll.poll(max(0.0, step - self._elapsed()) * 1000)
            if any(source == self._heard.fileno() for source, _ in ready):
                self._hear()
            for _ in range(_IN_A_ROW):
                packet = self._queue.next()
                if packet is None:
                    break
                self._answer(packet)

    def _answer(self, packet: Packet) -> None:
        try:
            verdict = self._core.verdict(packet.data, packet.mark, packet.card)
        except Exception as error:  # noqa: BLE001 - a packet must not end the sentry
            # The gate decides it on the next try: our own failure opens nothing.
            self._record_failure(error)
            verdict = Verdict(path_mark.REFUSE)
        self._queue.answer(packet, verdict.mark)
        if verdict.reset is not None:
            self._table.send(verdict.reset.to, verdict.reset.packet)

    def _ask(self, segment: Segment, card: str | None, opening: Opening) -> int | None:
        # What was answered before this packet came is read first, or names would seem to mislead.
        self._hear()
        ruling = self._judge.rule(segment, card, opening)
        if ruling.fate == "passes":
            self._noticed(ruling.decision)
            return self._subjects.number_of(ruling.decision)
        if ruling.fate == "refused":
            self._handover.refused(ruling.decision)
        return None

    def _hear(self) -> None:
        for answer in self._heard.waiting():
            try:
                self._named.heard(answer, self._elapsed())
            except TableGone as error:
                self._put_on_record(self._rules_gone.failed(error), error)
            except Exception as error:  # noqa: BLE001 - nor may one answer
                said = f"The sentry failed on an answer ({type(error).__name__})"
                self._now_and_then(said, error)

    def _what_is_restricted(self, now: datetime) -> None:
        self._handover.end_minutes()
        self._handover.edition = self._judge.policy.edition
        self._named.ring(self._judge.policy, now, self._elapsed())

    def _each_second(self) -> None:
        self._on_second()
        self._guarded("the kernel's sets", self._keep_the_sets)
        self._guarded("its sign of life", self._say_that_we_live)

    def _keep_the_sets(self) -> None:
        """Raises OSError, as everything does that puts something into them."""
        self._look_at_the_rules()
        self._sets.renew_sign("watched", _SIGN_MILLISECONDS)
        self._look_after_the_gate()
        self._generation = self._sets.generation()
        if (over := self._rules_gone.went_well()) is not None:
            logger.warning(over)

    def _say_that_we_live(self) -> None:
        draft = self._places.alive.with_suffix(".new")
        draft.write_text(self._now().isoformat())
        draft.replace(self._places.alive)

    def _look_at_the_rules(self) -> None:
        """Where rules were changed, ours may be new and their sets empty. Raises OSError."""
        if self._sets.generation() != self._generation:
            self._named.fill(self._elapsed())
            self._sets.put_sign("gate_lost", self._gate_lost)
            self._generation = self._sets.generation()

    def _look_after_the_gate(self) -> None:
        since = self._handover.away_since
        lost = since is not None and self._elapsed() - since > _GATE_LOST_SECONDS
        if lost != self._gate_lost:
            self._sets.put_sign("gate_lost", lost)
            self._gate_lost = lost

    def _tidy(self) -> None:
        self._leads.tidy(self._elapsed())
        self._named.tidy(self._elapsed())
        self._bell.forget_what_is_over(self._now() - _FRESH)

    def _lost_since(self) -> datetime | None:
        """When a sentry before us was last there; None where none was."""
        try:
            return datetime.fromisoformat(self._places.alive.read_text())
        except (OSError, ValueError):
            return None

    def _record_gap(self, lost: datetime | None, unvetted: int) -> None:
        if lost is None:
            return
        now = self._now()
        said = "The sentry was not there"
        self._handover.event("sentry-lost", said, at=min(lost, now))
        cut = ""
        if unvetted:
            were = (
                "1 connection that went by unvetted was"
                if unvetted == 1
                else (f"{unvetted} connections that went by unvetted were")
            )
            cut = f"; {were} cut"
        seconds = round(max(0.0, (now - lost).total_seconds()))
        self._handover.event(
            "sentry-back",
            f"The sentry is back after {seconds} second{'' if seconds == 1 else 's'}{cut}",
            seconds=seconds,
            unvetted=unvetted,
        )

    def _record_failure(self, error: Exception) -> None:
        said = f"The sentry failed on a connection ({type(error).__name__}): it was refused"
        self._now_and_then(said, error)

    def _now_and_then(self, said: str, error: Exception) -> None:
        self._put_on_record(said if self._failures.is_due(said, self._elapsed()) else None, error)

    def _put_on_record(self, said: str | None, error: Exception) -> None:
        if said is not None:
            logger.error(said, exc_info=error if is_ours(error) else None)
            self._handover.event("error", said)

    def _guarded(self, what: str, work: Callable[[], None]) -> None:
        """Whatever goes wrong in it, the packets are answered, and the next time is another try."""
        trouble = self._troubles.get(what)
        try:
            work()
        except Exception as error:  # noqa: BLE001 - nor may what runs beside the packets
            if isinstance(error, TableGone):
                trouble = self._rules_gone
            elif trouble is None:
                trouble = self._troubles[what] = _failing(what)
            self._put_on_record(trouble.failed(error), error)
            return
        if trouble is not None and (over := trouble.went_well()) is not None:
            logger.warning(over)

    def _end(self, *_: object) -> None:
        self._ending = True

    def _leave(self) -> None:
        """If we crash here, nothing is lost that is not lost to a kill."""
        write_whole(self._places.alive, self._now().isoformat(), 0o600)
        self._queue.close()
        self._heard.close()
        self._handover.stop()
        self._table.close()
        self._sets.close()


def _failing(what: str) -> Lasting:
    return Lasting(f"The sentry fails at {what}", f"The sentry does not fail at {what} any more")


@contextmanager
def _signals(end: Callable[..., None]) -> Iterator[int]:
    """Signals that end us, from entry to exit; a descriptor that wakes whoever waits for it."""
    woken, wakes = socket.socketpair()
    woken.setblocking(False)
    wakes.setblocking(False)
    before = signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = {
        number: signal.signal(number, end)
        for number in numbers
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield woken.fileno()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        woken.close()
        wakes.close()


def _in_words(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "the kernel's queue is taken, or this user may not have it: is a sentry running?"
    if isinstance(error, FileNotFoundError):
        return "the kernel's rules for the sentry are not loaded"
    return f"the kernel refused the sentry: {error}"

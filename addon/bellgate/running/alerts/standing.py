"""Alerts joined to a running gate: a look every minute, and what it finds sent by another thread.

Never for a simulated gate. What is sent is recorded; what could not be is recorded once for each
notice, and tried again.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Final

from bellgate.audit import Journal
from bellgate.gate.gate import Gate
from bellgate.outside.again import Again
from bellgate.running.alerts import kept as memory
from bellgate.running.alerts.kept import Kept, Pending
from bellgate.running.alerts.letters import Sender, title_of
from bellgate.running.alerts.sending import WEBHOOK, Post, Sent, due, hearers
from bellgate.running.alerts.signs import Ended, Signs, troubles_in
from bellgate.running.alerts.told import Notice, stepped
from bellgate.running.alerts.trial import tried
from bellgate.running.jobs import Job
from bellgate.schedules.settings import Settings

LOOK: Final = 60.0
"""Seconds between two looks; the first comes after one of these, when the jobs have had their
turn."""
SEND: Final = 5.0
"""Seconds between two looks at whether something is to be sent."""


class Alerts:
    """From entry to exit. `signs` looks at the gate; the settings are those in force."""

    def __init__(
        self,
        state: Path,
        *,
        gate: Gate,
        journal: Journal,
        settings: Callable[[], Settings],
        signs: Callable[[datetime], Signs],
        last_sign: datetime | None,
    ) -> None:
        self._state, self._gate, self._journal = state, gate, journal
        self._settings, self._signs, self._last_sign = settings, signs, last_sign
        self._kept = memory.read(state)
        self._lock = Lock()
        self._again = Again()
        self._complained: set[Notice] = set()
        self._written: object = _lasting(self._kept)
        self._unkept = ""
        self._jobs = tuple(
            Job(look, every, f"alerts-{name}", failed=self._failed)
            for name, look, every in (("look", self.look, LOOK), ("send", self.send, SEND))
        )

    def __enter__(self) -> "Alerts":
        if self._gate.clock.state == "simulated":
            return self
        self.begin()
        for job in self._jobs:
            job.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._gate.clock.state == "simulated":
            return
        for job in self._jobs:
            job.stop()
        # A gate that falls over an error of its own stopped by itself, too.
        if kind is None or issubclass(kind, SystemExit):
            self.end()

    @property
    def wrong(self) -> list[dict[str, str]]:
        """What was told and is not over: for `status`."""
        sender = self._sender
        return [
            {
                "alert": one.trouble.kind.name,
                "title": title_of(Notice(one.trouble, one.since)),
                "since": one.since.astimezone(sender.zone).isoformat(timespec="seconds"),
            }
            for one in self._kept.standing.values()
            if one.told and one.over is None
        ]

    def tried(self) -> list[dict[str, object]]:
        """Send a trial every way that the settings in force name, and say what came of each."""
        post = Post(self._settings(), self._state)
        return tried(post, self._sender, self._gate.clock.now())

    def begin(self) -> None:
        """A gate that is still marked as running when the next one starts stopped by itself."""
        with self._lock:
            ended = self._kept.ended
            if self._kept.running:
                ended = Ended(self._last_sign, self._gate.clock.now())
            self._put(replace(self._kept, running=True, ended=ended))

    def end(self) -> None:
        with self._lock:
            self._put(replace(self._kept, running=False))

    def look(self) -> None:
        """Look once: what is told from now on is on its way, and is remembered as told."""
        now, settings = self._gate.clock.now(), self._settings()
        signs = replace(self._signs(now), ended=self._kept.ended)
        with self._lock:
            kept = self._kept
            troubles = troubles_in(signs, now, self._sender.zone, kept.standing)
            standing, notices = stepped(
                kept.standing, troubles, now, lambda kind: bool(hearers(settings, kind))
            )
            fresh = {
                notice.key: Pending(notice, hearers(settings, notice.trouble.kind))
                for notice in notices
            }
            self._put(replace(kept, standing=standing, pending={**kept.pending, **fresh}))

    def send(self) -> None:
        """Send what is on its way, to whom it may be tried now."""
        now, settings = self._gate.clock.now(), self._settings()
        post, sender = Post(settings, self._state), self._sender
        for key, one, may in list(due(self._kept.pending, settings, self._again, now)):
            sent = post.send(one, may, sender, now)
            for who in sent.reached:
                self._again.reached(who)
            for who in sent.failed:
                self._again.failed(who, now)
            self._arrived(key, one, sent)
            self._record(one.notice, sent)

    def _arrived(self, key: str, one: Pending, sent: Sent) -> None:
        """Who got it is not tried again. A newer notice may have taken its place meanwhile."""
        left = (one.to - sent.reached) & hearers(self._settings(), one.notice.trouble.kind)
        with self._lock:
            pending = dict(self._kept.pending)
            if pending.get(key) != one:
                return
            if left:
                pending[key] = replace(one, to=left)
            else:
                del pending[key]
                self._complained.discard(one.notice)
            self._put(replace(self._kept, pending=pending))

    def _record(self, notice: Notice, sent: Sent) -> None:
        title, alert = title_of(notice), notice.trouble.kind.name
        state = "wrong" if notice.until is None else "over"
        if sent.reached:
            self._journal.gate(
                "alerted", f"Told {_counted(sent)}: {title}", alert=alert, state=state
            )
        if sent.failed and notice not in self._complained:
            self._complained.add(notice)
            why = "; ".join(sorted(set(sent.failed.values())))
            said = f"An alert did not reach everybody ({title}): {why}. It is tried again"
            self._journal.gate("error", said, reason=why)

    def _put(self, kept: Kept) -> None:
        """Remembered in memory first: what the disk refuses is not told twice by this gate, and is
        tried again at the next look. Under the lock."""
        self._kept = kept
        lasting = _lasting(kept)
        if lasting == self._written:
            return
        try:
            memory.keep(self._state, kept)
            self._written, self._unkept = lasting, ""
        except OSError as error:
            why = error.strerror or str(error)
            if why != self._unkept:
                self._unkept = why
                said = f"What was reported cannot be saved, so a restart may report it again: {why}"
                self._journal.gate("error", said, reason=why)

    @property
    def _sender(self) -> Sender:
        return Sender.of(self._gate.policy.edition)

    def _failed(self, error: Exception) -> None:
        self._journal.gate("error", f"Looking after alerts failed: {error}", reason=str(error))


def _lasting(kept: Kept) -> object:
    """What a restart must find; that a trouble was seen once more need not be written each time."""
    standing = {
        key: (one.since, one.told, one.over, one.returns) for key, one in kept.standing.items()
    }
    return standing, kept.pending, kept.running, kept.ended


def _counted(sent: Sent) -> str:
    """`2 people by e-mail and the webhook`."""
    people = len(sent.reached - {WEBHOOK})
    said = [f"{people} {'person' if people == 1 else 'people'} by e-mail"] if people else []
    return " and ".join([*said, *(["the webhook"] if WEBHOOK in sent.reached else [])])

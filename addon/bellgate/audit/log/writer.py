"""The thread that writes the log, and the bounded queue before it.

Only queueing, batching, health and acknowledgement live here; what a batch is on the disk is
`store.py`'s. A record is acknowledged when the checkpoint that covers it is on the disk.
"""

from base64 import b64encode
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Event, Lock, Thread
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from bellgate.audit.log.note import BadNote
from bellgate.audit.log.paths import Lock as LogLock
from bellgate.audit.log.paths import LogInUse, LogPaths
from bellgate.audit.log.promise import Promise
from bellgate.audit.log.recovery import open_log
from bellgate.audit.log.store import Batch, Line, LogDamaged, Store

Acknowledge = Callable[[int | None], None]
"""Called in the writer's thread with the record's number, or None if it was lost."""

GATHER: Final = 0.1
"""Seconds for which records are gathered, so that one sync serves many; with the writing itself it
leaves room within the 250 ms in which a record is to be acknowledged."""
RETRY: Final = 0.5
"""Seconds between two tries to write to a disk that failed."""
BATCH: Final = 10_000
"""Records signed and synced together at most."""
PLENTY: Final = 1_000
"""With so many records waiting, gathering more would only put off their acknowledgement."""


class Outage(NamedTuple):
    """A time in which records could not be written. `since` is the oldest one's, if there was."""

    since: str | None
    why: str
    lost: int
    delayed: int
    """Kept in memory meanwhile, and written late."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How the log speaks for itself: what becomes a record without anybody handing one in."""

    notice: Callable[[str], Line]
    outage: Callable[[Outage], Line]
    not_done: Callable[[Line, int], Line]
    """Of a record that was written after whoever waited for it had given up."""


_Waiting = tuple[Line, Acknowledge | Promise | None]


@dataclass(slots=True)
class _Pending:
    batch: Batch
    lines: list[_Waiting]


@dataclass(slots=True)
class _Trouble:
    since: str | None
    why: str
    lost: int = 0

    def began(self, when: str | None) -> None:
        """At the time of the oldest record that could not be written when it came."""
        if when is not None and (self.since is None or when < self.since):
            self.since = when


@dataclass(frozen=True, slots=True)
class State:
    """How the log stands: what is signed for, what waits, and what is wrong."""

    size: int = 0
    root: str = ""
    origin: str = ""
    behind: int = 0
    healthy: bool = False
    problem: str | None = None


class Writer:
    """Owns the log from construction to `close`. Raises LogInUse if somebody else does.

    A disk that refuses is no reason to raise: the writer is not `healthy` then, keeps up to `limit`
    records in memory, counts those beyond as lost, and tries again until it works.
    """

    def __init__(
        self,
        paths: LogPaths,
        gateway: str,
        zone: ZoneInfo,
        voice: Voice,
        *,
        anchored: tuple[Path, ...] = (),
        sets_aside: bool = True,
        limit: int = 20_000,
    ) -> None:
        self._paths, self._gateway, self._zone = paths, gateway, zone
        self._voice, self._anchored, self._limit = voice, anchored, limit
        self._sets_aside = sets_aside
        self._queue: deque[_Waiting] = deque()
        self._wake, self._hurry = Event(), Event()
        self._stepped = Condition()
        self._counting = Lock()
        self._busy = self._closing = False
        self._lock: LogLock | None = None
        self._store: Store | None = None
        self._pending: _Pending | None = None
        self._trouble: _Trouble | None = None
        self._size, self._root = 0, b""
        self._step()
        self._thread = Thread(target=self._run, name="bellgate-log", daemon=True)
        self._thread.start()

    @property
    def healthy(self) -> bool:
        """False while records cannot be written, or more come than can be."""
        return self._trouble is None and self._thread.is_alive()

    @property
    def state(self) -> State:
        store, trouble = self._store, self._trouble
        return State(
            self._size,
            b64encode(self._root).decode(),
            store.origin if store is not None else "",
            self._behind,
            self.healthy,
            trouble.why if trouble is not None else None,
        )

    def submit(self, line: Line, acknowledge: Acknowledge | Promise | None = None) -> None:
        """Queue a line; returns at once, whatever the disk does."""
        if len(self._queue) >= self._limit or self._closing:
            self._lose(line, acknowledge, "more records came than could be written")
            return
        self._queue.append((line, acknowledge))
        if not self._wake.is_set():
            self._wake.set()

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until nothing is left to write; False if the disk refuses or it takes too long."""
        self._wake.set()
        self._hurry.set()
        with self._stepped:
            done = self._stepped.wait_for(lambda: not self._behind and not self._busy, timeout)
        return done and self.healthy

    def move_to(self, zone: ZoneInfo) -> None:
        """From the next day's file on, days end at another zone's midnight."""
        self._zone = zone
        if self._store is not None:
            self._store.zone = zone

    def close(self) -> int:
        """Write what is left and let go of the log; returns how many records could not be."""
        self._closing = True
        self._wake.set()
        self._hurry.set()
        self._thread.join()
        return self._behind

    @property
    def _behind(self) -> int:
        pending = self._pending
        return len(self._queue) + (len(pending.lines) if pending is not None else 0)

    def _run(self) -> None:
        works = self._trouble is None
        while True:
            if works:
                self._wake.wait()
            self._hurry.wait(GATHER if works else RETRY)
            self._hurry.clear()
            self._wake.clear()
            closing = self._closing
            try:
                works = self._step()
            except LogInUse as e:
                works = self._fail(str(e))
            with self._stepped:
                self._stepped.notify_all()
            if closing and (not works or not self._behind):
                break
            if self._queue:
                self._wake.set()
                if closing or len(self._queue) >= PLENTY:
                    self._hurry.set()
        if self._store is not None:
            self._store.close()
        if self._lock is not None:
            self._lock.release()

    def _step(self) -> bool:
        """Open the log if it is not open, and write one batch; whether the disk let us.

        Where it did not, the batch stays as it is, to be written again with the same bytes.
        """
        self._busy = True
        try:
            self._take_back()
            store = self._store or self._open()
            if self._pending is None:
                self._pending = self._next(store)
            if self._pending is not None:
                store.commit(self._pending.batch)
            self._succeed()
        except LogDamaged as e:
            self._let_go()
            return self._fail(str(e))
        except (OSError, BadNote) as e:
            return self._fail(str(e))
        except LogInUse:
            raise
        except Exception as e:  # noqa: BLE001 - whatever it is, the log is not given up for it
            return self._fail(f"{type(e).__name__}: {e}")
        finally:
            self._busy = False
        return True

    def _next(self, store: Store) -> _Pending | None:
        """The next lines, ready to be written. One that cannot be made ready is lost, and no other:
        what fails together is tried in ever smaller parts."""
        many = min(len(self._queue), BATCH)
        taken = [w for w in (self._queue.popleft() for _ in range(many)) if not _is_given_up(w)]
        while taken:
            try:
                return _Pending(store.prepare([line for line, _ in taken]), taken)
            except Exception as e:  # noqa: BLE001 - one line must not stop all that come after it
                part = len(taken) // 2
                self._queue.extendleft(reversed(taken[part:]))
                taken = taken[:part]
                if not taken:
                    # Raises where it is not the line's fault.
                    store.prepare([])
                    line, acknowledge = self._queue.popleft()
                    self._lose(line, acknowledge, f"a record was none: {type(e).__name__}: {e}")
        return None

    def _open(self) -> Store:
        if self._lock is None:
            self._lock = LogLock.take(self._paths)
        opened = open_log(
            self._paths, self._gateway, self._zone, self._anchored, sets_aside=self._sets_aside
        )
        store = self._store = opened.store
        self._size, self._root = store.size, store.root
        # Before everything that waits: a new log's first record names the break.
        self._queue.extendleft((self._voice.notice(n), None) for n in reversed(opened.notices))
        return store

    def _take_back(self) -> None:
        """A batch that the disk refuses is put together anew without what was given up, unless
        somebody may have seen the checkpoint that was signed for it."""
        pending, store = self._pending, self._store
        if pending is None or store is None or not any(map(_is_given_up, pending.lines)):
            return
        if store.take_back(pending.batch):
            self._let_go()

    def _let_go(self) -> None:
        """The files are not what was written to them. Opening them anew keeps them aside as they
        are, and begins a log for what still waits; its first record names the break."""
        if self._store is not None:
            self._store.close()
            self._store = None
        pending, self._pending = self._pending, None
        if pending is not None:
            self._queue.extendleft(reversed(pending.lines))

    def _succeed(self) -> None:
        pending, self._pending = self._pending, None
        delayed = self._behind
        if pending is not None:
            self._size, self._root = pending.batch.size, pending.batch.root
            delayed += len(pending.lines)
            for number, (line, acknowledge) in enumerate(pending.lines, pending.batch.first):
                if acknowledge is not None and not _tell(acknowledge, number):
                    self._queue.append((self._voice.not_done(line, number), None))
                    self._wake.set()
        with self._counting:
            trouble, self._trouble = self._trouble, None
        if trouble is not None:
            outage = Outage(trouble.since, trouble.why, trouble.lost, delayed)
            self._queue.append((self._voice.outage(outage), None))
            self._wake.set()

    def _fail(self, why: str) -> bool:
        with self._counting:
            if self._trouble is None:
                self._trouble = _Trouble(None, why)
            self._trouble.why = why
            self._trouble.began(self._oldest())
        return False

    def _oldest(self) -> str | None:
        if self._pending is not None:
            return self._pending.lines[0][0].when
        return self._queue[0][0].when if self._queue else None

    def _lose(self, line: Line, acknowledge: Acknowledge | Promise | None, why: str) -> None:
        with self._counting:
            if self._trouble is None:
                self._trouble = _Trouble(line.when, why)
            self._trouble.lost += 1
            self._trouble.began(line.when)
        if acknowledge is not None:
            _tell(acknowledge, None)


def _tell(acknowledge: Acknowledge | Promise, number: int | None) -> bool:
    """False where somebody had given up waiting."""
    if isinstance(acknowledge, Promise):
        return acknowledge.keep(number)
    # Whoever waited may be gone (a closed event loop); the log goes on for the others.
    with suppress(Exception):
        acknowledge(number)
    return True


def _is_given_up(waiting: _Waiting) -> bool:
    return isinstance(waiting[1], Promise) and waiting[1].given_up

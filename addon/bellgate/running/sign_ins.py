"""Who is signed in, put together: the port, the secret, the names, and what outlasts a restart.

A standing job of the gate's. It looks at the settings, the secret and the names each second, so
that whatever changes there is in force soon after. Of a person it keeps the pseudonym alone. If we
crash, what was kept may be some seconds old: so after a start nobody is named by it until their
session reports again.
"""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from bellgate.disk import write_whole
from bellgate.gateway.addresses import AddressTable
from bellgate.gateway.sign_ins.names import known_names, named
from bellgate.gateway.sign_ins.receiver import Receiver
from bellgate.gateway.sign_ins.sessions import Sessions
from bellgate.machine_time import elapsed, machine_now
from bellgate.review.people import NAMES, People
from bellgate.review.sealed import KEY, Unreadable
from bellgate.review.sign_in_names import FILE as SIGN_IN_NAMES
from bellgate.review.sign_in_names import SignInNames
from bellgate.running.jobs import Job
from bellgate.running.post import secret
from bellgate.schedules.settings import RadiusSettings
from bellgate.wire.accounting import Report

SECRET: Final = "radius-secret"
"""The credential that the access points know, too."""
FILE: Final = "signed-in.json"
QUESTION: Final = "signed-in"
EVERY: Final = 1.0
"""Seconds between two looks at settings, secret and names."""
WRITTEN_SECONDS: Final = 15.0
"""Between two writings of what is kept."""

Settings = Callable[[], RadiusSettings | None]


class SignIns:
    """Between entry and exit, `addresses` knows who is signed in."""

    def __init__(
        self,
        state: Path,
        base: Path,
        addresses: AddressTable,
        *,
        settings: Settings,
        failed: Callable[[Exception], None],
    ) -> None:
        """`base`: where a gate, real or simulated, keeps its own."""
        self._state, self._file, self._addresses = state, base / FILE, addresses
        self._settings = settings
        self._receiver: Receiver | None = None
        self._listens_by: tuple[RadiusSettings, str] | None = None
        self._known: Mapping[str, str] = {}
        self._names_as_of: object = None
        self._problem: str | None = None
        self._written = float("-inf")
        self._kept_version = 0
        # Another process that has a copy must not take this table for one of an earlier start.
        self._start = secrets.token_hex(4)
        self._job = Job(self.look, EVERY, "sign-ins", failed=failed, at_once=True, patience=5)

    def __enter__(self) -> "SignIns":
        if self._settings() is not None:
            self._addresses.sessions = self._kept()
        self._job.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._job.stop()
        self._stop_listening()
        if self._settings() is not None:
            self._keep()

    def look(self) -> None:
        """Bring everything up to the settings, the secret and the names as they are now."""
        settings = self._settings()
        if settings is None:
            self._forget()
            return
        self._read_names(settings)
        self._listen(settings)
        changed = self._addresses.sessions.version != self._kept_version
        if changed and elapsed() - self._written >= WRITTEN_SECONDS:
            self._keep()

    def status(self) -> dict[str, Any] | None:
        """How it is, in numbers; None where gateway.yaml asks for none of it."""
        settings, receiver = self._settings(), self._receiver
        if settings is None:
            return None
        sessions = self._addresses.sessions
        on = list(sessions.on(elapsed()))
        return {
            "listen": str(settings.listen),
            "problem": self._problem,
            "sessions": len(on),
            "named": sum(s.who.person is not None for s in on),
            "packets": dict(receiver.counts) if receiver is not None else {},
            "ignored": dict(sessions.ignored),
        }

    def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What another process is told that has a copy `as_of` an earlier answer; `copy` is null
        where it is still the same."""
        sessions = self._addresses.sessions
        as_of = f"{self._start}-{sessions.version}"
        same = asked["as_of"] == as_of
        return {"as_of": as_of, "copy": None if same else sessions.copy(elapsed())}

    def _heard(self, report: Report, client: str) -> None:
        settings = self._settings()
        who = named(report.user, self._known, settings.realms if settings is not None else ())
        now = elapsed()
        self._addresses.sessions.report(report, client, who, now, machine_now().timestamp())

    def _listen(self, settings: RadiusSettings) -> None:
        word = secret(self._state, SECRET) or ""
        if self._receiver is not None and self._listens_by == (settings, word):
            return
        self._stop_listening()
        if not word:
            self._problem = f"the secret is missing: the credential {SECRET}"
            return
        where = settings.listen
        try:
            self._receiver = Receiver(
                where.host, where.port, settings.clients, word.encode(), self._heard
            )
        except OSError as error:
            self._problem = f"{where} cannot be listened at: {error.strerror}"
            return
        self._listens_by, self._problem = (settings, word), None

    def _stop_listening(self) -> None:
        if self._receiver is not None:
            self._receiver.close()
            self._receiver = None

    def _read_names(self, settings: RadiusSettings) -> None:
        files = [_as_of(self._state / name) for name in (NAMES, SIGN_IN_NAMES, KEY)]
        if (as_of := (settings.realms, files)) == self._names_as_of:
            return
        # Nobody is named by what cannot be read.
        self._known, self._names_as_of = {}, as_of
        try:
            pairs = [(name, id) for id, name in People(self._state).names().items()]
            given = SignInNames(self._state).names()
        except Unreadable:
            self._names_as_of = None
            raise
        pairs += [(name, id) for id, names in given.items() for name in names]
        self._known = known_names(pairs, settings.realms)

    def _forget(self) -> None:
        self._stop_listening()
        if len(self._addresses.sessions):
            self._addresses.sessions = Sessions()
        self._file.unlink(missing_ok=True)

    def _kept(self) -> Sessions:
        try:
            return Sessions.after_restart(self._file.read_text(), elapsed())
        except OSError:
            return Sessions()

    def _keep(self) -> None:
        sessions = self._addresses.sessions
        version, text = sessions.version, sessions.kept(elapsed())
        write_whole(self._file, text, 0o600)
        self._written, self._kept_version = elapsed(), version


def _as_of(path: Path) -> tuple[int, int, int] | None:
    try:
        there = path.stat()
    except OSError:
        return None
    return there.st_ino, there.st_mtime_ns, there.st_size

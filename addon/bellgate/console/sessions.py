"""Who is signed in: kept here, on the server; the browser has a random number and nothing else.

Sessions end with the process. A cookie's name begins with `__Host-`, so that no other page, no
other port's plain page and no parent domain can set it; the number changes when somebody signs in.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, Final

from flask import Flask
from flask.sessions import SessionInterface, SessionMixin
from flask.wrappers import Request, Response

COOKIE: Final = "__Host-bellgate"
IDLE: Final = timedelta(minutes=20)
"""How long somebody may do nothing before they must sign in again."""
AT_MOST: Final = timedelta(hours=10)
"""How long a session lasts, however busy: one day's work."""
MOST: Final = 5_000
"""Sessions kept at most, those of people who never signed in among them; the idlest go first."""


class Session(SessionMixin):
    """One browser's. `changed` says whether it must be kept."""

    def __init__(self, id: str, since: datetime) -> None:
        self.id, self.since, self.seen = id, since, since
        self._facts: dict[str, Any] = {}
        self.modified = False

    def __getitem__(self, key: str) -> Any:
        return self._facts[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._facts[key] = value
        self.modified = True

    def __delitem__(self, key: str) -> None:
        del self._facts[key]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


class Sessions(SessionInterface):
    """All that are open. `now` is the machine's time: a simulated gate's clock signs nobody out."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._open: OrderedDict[str, Session] = OrderedDict()
        self._lock = RLock()

    def open_session(self, app: Flask, request: Request) -> Session:
        now = self._now()
        with self._lock:
            found = self._open.get(request.cookies.get(COOKIE, ""))
            if found is not None and now - found.seen < IDLE and now - found.since < AT_MOST:
                found.seen = now
                self._open.move_to_end(found.id)
                return found
            if found is not None:
                del self._open[found.id]
        return Session(secrets.token_urlsafe(32), now)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, Session)
        if not session.modified and session.id not in self._open:
            return
        with self._lock:
            kept = self._open.get(session.id)
            if kept is None and not session:
                response.delete_cookie(COOKIE, path="/", secure=True, httponly=True)
                return
            self._open[session.id] = session
            while len(self._open) > MOST:
                self._open.popitem(last=False)
        if session.modified:
            response.set_cookie(
                COOKIE, session.id, path="/", secure=True, httponly=True, samesite="Strict"
            )
            session.modified = False

    def renew(self, session: Session) -> None:
        """Another number for the same browser: what somebody planted before is worth nothing."""
        with self._lock:
            self._open.pop(session.id, None)
            session.id = secrets.token_urlsafe(32)
            session.since = self._now()
            session.modified = True

    def end(self, session: Session) -> None:
        with self._lock:
            self._open.pop(session.id, None)
            session.clear()

    def of(self, name: str) -> list[Session]:
        """The open ones of an account, the newest first."""
        with self._lock:
            theirs = [s for s in self._open.values() if s.get("name") == name]
        return sorted(theirs, key=lambda s: s.since, reverse=True)

    def end_others(self, session: Session) -> None:
        """All of the same account but this one."""
        for other in self.of(str(session.get("name"))):
            if other is not session:
                self.end(other)

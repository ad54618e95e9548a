"""The accounting sessions that are on, and what they say of an address. Pure: times are arguments.

A session is on from its first report to its end: a stop, the access point's own start or end, or
20 minutes without a further word. What has ended never comes back, whoever sends its reports once
more. Of two sessions that speak of one card or one address and name different people, neither is
believed. No person's name is kept here, nor a session's own: that may hold one.
"""

import json
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from bellgate.gateway.sign_ins.names import Named, shown
from bellgate.policy.facts import SignIn, SignInDoubt
from bellgate.wire.accounting import Report

PATIENCE_SECONDS: Final = 1260.0
"""How long a session is on without a word: two interim updates ten minutes apart, as RFC 2869 has
them, and a minute."""
FRESH_SECONDS: Final = 300.0
"""How old a report may be that starts something; how far an access point's clock may be off."""
MOST: Final = 8_192
"""Sessions at once. Beyond them, nobody is named until there is room again."""
_MOST_ENDED: Final = 8_192
"""Ended sessions that are remembered, so that they do not come back."""
_MOST_ADDRESSES: Final = 16
"""Of one session."""

Where = Callable[["Session"], bool]
"""Whether a session's device is where a connection came from."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session, as far as it was reported. `key` stands for the name that it was given."""

    key: str
    client: str
    """The address that its reports come from."""
    points: frozenset[str]
    label: str
    """What a record calls it."""
    who: Named
    mac: str | None
    addresses: tuple[str, ...]
    heard: float
    """When it was last known to be on, in seconds of a clock that nobody sets."""
    progress: tuple[int, int] = (0, 0)
    """The newest time and age that it reported; what was sent once before is not newer."""
    is_sure: bool = True
    """False after a restart, until it reports again: its end may have been missed."""
    is_mixed: bool = False
    """It named several persons or cards in turn: none of them is believed any more."""

    @property
    def places(self) -> tuple[str, ...]:
        return (self.mac, *self.addresses) if self.mac else self.addresses


class Sessions:
    """All sessions. One thread reports; others may ask meanwhile, and see the state before or after
    a report."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._at: dict[str, tuple[Session, ...]] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._full_until = float("-inf")
        self._is_sure = True
        self.version = 0
        """Another number after each change."""
        self.ignored: Counter[str] = Counter()
        """Reports that changed nothing, by why."""

    def __len__(self) -> int:
        return len(self._sessions)

    def on(self, now: float) -> Iterator[Session]:
        """The sessions that are on."""
        return (s for s in list(self._sessions.values()) if _lasts(s, now))

    def doubt_all(self) -> None:
        """From now on nothing here is known to be so still."""
        self._is_sure = False

    # Reports

    def report(self, report: Report, client: str, who: Named, now: float, wall: float) -> None:
        """Take in what an access point at `client` says. `wall`: the POSIX time."""
        fresh = report.delay <= FRESH_SECONDS and (
            report.stamp is None or abs(wall - report.stamp) <= FRESH_SECONDS
        )
        if report.status in ("on", "off"):
            if fresh:
                self._end_all(report, client)
            else:
                self.ignored["old"] += 1
            return
        key = key_of(report, client)
        if report.status == "stop":
            self._end(key)
        elif key in self._ended:
            self.ignored["ended before"] += 1
        elif not fresh:
            self.ignored["old"] += 1
        else:
            self._goes_on(key, report, client, who, now)

    def _goes_on(self, key: str, report: Report, client: str, who: Named, now: float) -> None:
        progress = report.stamp or 0, report.age or 0
        known = self._sessions.get(key)
        if known is None:
            if not self._make_room(now):
                self.ignored["too many"] += 1
                return
            self._put(Session(
                key, client, report.points, _label(report, key, who), who, report.mac,
                report.addresses[:_MOST_ADDRESSES], now, progress,
            ))  # fmt: skip
            return
        known = replace(
            known,
            mac=known.mac or report.mac,
            is_mixed=known.is_mixed or _differs(known, report, who),
        )
        if progress < known.progress:
            # Late or sent once more: it is no news, but what contradicts the rest still does.
            self.ignored["said before"] += 1
            self._put(known)
            return
        moves_on = progress > known.progress
        self._put(
            replace(
                known,
                label=_label(report, key, who),
                who=who,
                addresses=_joined(known.addresses, report.addresses),
                heard=now if moves_on else known.heard,
                progress=progress,
                is_sure=known.is_sure or moves_on,
            )
        )

    def _make_room(self, now: float) -> bool:
        if len(self._sessions) < MOST:
            return True
        for session in [s for s in self._sessions.values() if not _lasts(s, now)]:
            self._end(session.key)
        if len(self._sessions) < MOST:
            return True
        # Somebody signed in of whom nothing is kept: whoever was known there before is so no more.
        self._full_until = now + PATIENCE_SECONDS
        self.version += 1
        return False

    def _end_all(self, report: Report, client: str) -> None:
        for session in list(self._sessions.values()):
            same = not report.points or not session.points or report.points & session.points
            if session.client == client and same:
                self._end(session.key)

    def _end(self, key: str) -> None:
        self._ended.pop(key, None)
        self._ended[key] = None
        if len(self._ended) > _MOST_ENDED:
            self._ended.popitem(last=False)
        session = self._sessions.pop(key, None)
        if session is not None:
            self._leave(session)
            self.version += 1

    def _put(self, session: Session) -> None:
        before = self._sessions.get(session.key)
        self._sessions[session.key] = session
        for place in session.places:
            others = (s for s in self._at.get(place, ()) if s.key != session.key)
            self._at[place] = (*others, session)
        if before is not None:
            self._leave(before, but=session.places)
        self.version += 1

    def _leave(self, session: Session, but: tuple[str, ...] = ()) -> None:
        for place in session.places:
            if place in but:
                continue
            left = tuple(s for s in self._at.get(place, ()) if s.key != session.key)
            if left:
                self._at[place] = left
            else:
                self._at.pop(place, None)

    # Questions

    def at(self, ip: str, mac: str | None, is_there: Where, now: float) -> SignIn | None:
        """What is said of a connection from an address and a card; None where nothing is."""
        if now < self._full_until:
            return _doubtful("sign-in-unsure")
        if not self._at:
            return None
        found = {s.key: s for p in (mac, ip) if p for s in self._at.get(p, ()) if _lasts(s, now)}
        about = [s for s in found.values() if s.is_mixed or not s.who.is_machine]
        if not about:
            return None
        if any(s.is_mixed for s in about) or len({s.who for s in found.values()}) > 1:
            return _doubtful("sign-ins-differ")
        if about[0].who.person is None:
            return _doubtful("sign-in-unnamed")
        # The session's own card, in the session's own place: an address alone shows nobody.
        fitting = [s for s in about if s.mac is not None and s.mac == mac and is_there(s)]
        if len(fitting) < len([s for s in about if s.mac is not None]):
            return _doubtful("sign-ins-differ")
        sure = [s for s in fitting if s.is_sure and self._is_sure]
        if not sure:
            return _doubtful("sign-in-unsure")
        newest = max(sure, key=lambda s: (s.heard, s.key))
        return SignIn(newest.who.person, newest.label)

    # From one process to another, and over a restart

    def copy(self, now: float) -> dict[str, Any]:
        """What another process needs to know the same, as JSON can hold it."""
        full = max(0.0, self._full_until - now)
        return {"sessions": [_fields(s, now) for s in self.on(now)], "full": round(full, 3)}

    def kept(self, now: float) -> str:
        """Everything that is to outlast a restart."""
        return json.dumps({**self.copy(now), "ended": list(self._ended)})

    @classmethod
    def after_restart(cls, text: str, now: float) -> "Sessions":
        """What was kept: nobody is named by it until a session reports again. Text that makes no
        sense says nothing."""
        try:
            fields = json.loads(text)
            ended = [str(key) for key in fields["ended"]][-_MOST_ENDED:]
            sessions = cls.copied(fields, now)
        except (ValueError, KeyError, TypeError):
            return cls()
        for session in list(sessions._sessions.values()):
            sessions._put(replace(session, is_sure=False))
        sessions._ended.update(dict.fromkeys(ended))
        return sessions

    @classmethod
    def copied(cls, fields: Mapping[str, Any], now: float) -> "Sessions":
        """What another process has. Raises ValueError, KeyError, TypeError."""
        sessions = cls()
        for line in fields["sessions"]:
            sessions._put(_session(line, now))
        sessions._full_until = now + float(fields["full"])
        return sessions


def key_of(report: Report, client: str) -> str:
    """What stands for a session. Two access points behind one client may choose the same name: then
    what they say contradicts, and nobody is named."""
    return sha256(json.dumps([client, report.session]).encode()).hexdigest()[:32]


def _lasts(session: Session, now: float) -> bool:
    return now - session.heard < PATIENCE_SECONDS


def _doubtful(why: SignInDoubt) -> SignIn:
    return SignIn(doubt=why)


def _label(report: Report, key: str, who: Named) -> str:
    if who.person is not None and shown(report.session, report.user):
        return report.session
    return f"sha256:{key[:16]}"


def _joined(known: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """Of each kind of address the new ones, where there are any."""
    kept = [k for k in known if not any((":" in n) == (":" in k) for n in new)]
    return tuple(dict.fromkeys((*new, *kept)))[:_MOST_ADDRESSES]


def _differs(known: Session, report: Report, who: Named) -> bool:
    """A name that comes later is news, another one a contradiction; a card never changes."""
    persons, cards = {known.who.person, who.person}, {known.mac, report.mac}
    return len(persons - {None}) > 1 or len(cards - {None}) > 1


def _fields(session: Session, now: float) -> dict[str, Any]:
    return {
        "key": session.key,
        "client": session.client,
        "points": sorted(session.points),
        "label": session.label,
        "person": session.who.person,
        "is_machine": session.who.is_machine,
        "mac": session.mac,
        "addresses": list(session.addresses),
        "silent": round(now - session.heard, 3),
        "progress": list(session.progress),
        "is_sure": session.is_sure,
        "is_mixed": session.is_mixed,
    }


def _session(line: Mapping[str, Any], now: float) -> Session:
    stamp, age = map(int, line["progress"])
    mac, person = line["mac"], line["person"]
    return Session(
        str(line["key"]),
        str(line["client"]),
        frozenset(map(str, line["points"])),
        str(line["label"]),
        Named(None if person is None else str(person), bool(line["is_machine"])),
        None if mac is None else str(mac),
        tuple(map(str, line["addresses"])),
        now - max(0.0, float(line["silent"])),
        (stamp, age),
        bool(line["is_sure"]),
        bool(line["is_mixed"]),
    )

"""Where names lead, by the gateway's own name server. The only file here that asks it.

Whatever a client makes of a name is not believed: what the gate dials is what it was told itself. A
device has a turn of its own, so that one that asks for silent names does not make the others wait.
"""

import asyncio
import ipaddress
import socket
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakValueDictionary

from bellgate.gate.shares import Key
from bellgate.policy import probe

_QUESTIONS_AT_ONCE = 8
"""Questions of one device at the same time; the further ones wait for their turn."""
_POOLED_AT_ONCE = 2
"""Of one in a pool, whose name may be invented."""
_DISTRUSTED_SECONDS = 300.0
"""How long one in a pool that asked for a silent name has only the turn that the pool has."""
_SHORTEST_SECONDS, _LONGEST_SECONDS = 5.0, 3600.0
_SILENT_SECONDS = 3.0
"""How long a name that got no answer is not asked for again, and whoever asked for it has one
question fewer: not for long, as the server may come back. A name server goes on waiting where we
have given up, and takes no more questions once it waits for many."""
_PATIENCE_SECONDS = 0.5
"""How long an answer is waited for where an expired one could serve."""
_STALE_SECONDS = 24 * 3600.0
"""How long an expired answer serves while none comes (RFC 8767)."""
_MOST_REMEMBERED = 4096
"""Names; the one that was asked for longest ago goes first."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a name server says of a name: its addresses, none where it has none."""

    addresses: tuple[str, ...]
    lasts: float
    """Seconds."""


class NoAnswer(Exception):
    """No name server answered: nothing is known of the name."""


class Resolver(Protocol):
    """Asks the name server. Raises NoAnswer."""

    async def ask(self, name: str) -> Answer: ...


class NameServer:
    """The one of the machine's own settings, and its hosts file, by c-ares: no thread waits."""

    def __init__(self) -> None:
        # Imported and made in the running loop, whose sockets it uses.
        import aiodns

        self._error = aiodns.error.DNSError
        self._silent = {
            aiodns.error.ARES_ETIMEOUT,
            aiodns.error.ARES_ESERVFAIL,
            aiodns.error.ARES_EREFUSED,
            aiodns.error.ARES_ECONNREFUSED,
            aiodns.error.ARES_ECANCELLED,
            aiodns.error.ARES_EBADRESP,
            aiodns.error.ARES_EFORMERR,
        }
        self._resolver = aiodns.DNSResolver(timeout=1.0, tries=2)

    async def ask(self, name: str) -> Answer:
        """Raises NoAnswer."""
        try:
            found = await self._resolver.getaddrinfo(name, family=socket.AF_UNSPEC)
        except self._error as error:
            if error.args and error.args[0] in self._silent:
                raise NoAnswer(str(error)) from error
            return Answer((), _SHORTEST_SECONDS)
        addresses = tuple(dict.fromkeys(node.addr[0].decode() for node in found.nodes))
        return Answer(addresses, min((node.ttl for node in found.nodes), default=0))


@dataclass(slots=True)
class _Remembered:
    addresses: tuple[str, ...] | None
    """None: no answer came."""
    until: float
    answered: float


class Names:
    """Remembers answers for as long as they last, within bounds. `elapsed` gives seconds."""

    def __init__(
        self,
        resolver: Callable[[], Resolver] = NameServer,
        elapsed: Callable[[], float] = time.monotonic,
        rest: float = _SILENT_SECONDS,
    ) -> None:
        """`rest`: seconds for which whoever asked for a silent name has one question fewer."""
        self._make, self._elapsed, self._rest = resolver, elapsed, rest
        self._resolver: Resolver | None = None
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()
        self._asked: dict[str, asyncio.Task[tuple[str, ...] | None]] = {}
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._silenced: OrderedDict[str, float] = OrderedDict()
        """Those in a pool that asked for a silent name, and until when that counts."""

    async def lead(self, name: str, asker: Key) -> tuple[str, ...] | None:
        """The addresses of a name, none where it has none; None where no answer came.

        `asker` is whose turn it is. An expired answer serves while no new one comes.
        """
        if name in probe.LEADS:
            return probe.LEADS[name]  # no name server but our own knows it
        known = self._remembered.get(name)
        now = self._elapsed()
        if known is not None and now < known.until:
            self._remembered.move_to_end(name)
            return known.addresses
        asked = asyncio.ensure_future(self._asked_in_turn(name, asker))
        if known is None or not known.addresses or now > known.answered + _STALE_SECONDS:
            return await asked
        # It goes on, for whoever comes next.
        done, _ = await asyncio.wait((asked,), timeout=_PATIENCE_SECONDS)
        return asked.result() if done else known.addresses

    async def _asked_in_turn(self, name: str, asker: Key) -> tuple[str, ...] | None:
        asked = self._asked.get(name)
        if asked is not None:
            return await asyncio.shield(asked)
        turn = self._turn_of(asker)
        await turn.acquire()
        found: tuple[str, ...] | None = None
        try:
            asked = self._asked.get(name)
            if asked is None:
                asked = asyncio.ensure_future(self._ask(name))
                self._asked[name] = asked
                asked.add_done_callback(lambda _: self._asked.pop(name, None))
            # Shielded: a client that goes away must not end the question of another.
            found = await asyncio.shield(asked)
        finally:
            if found is not None:
                turn.release()
            else:
                asyncio.get_running_loop().call_later(self._rest, turn.release)
                self._was_silent(asker)
        return found

    def _was_silent(self, asker: Key) -> None:
        if asker.pool is not None:
            self._silenced[asker.own] = self._elapsed() + _DISTRUSTED_SECONDS
            if len(self._silenced) > _MOST_REMEMBERED:
                self._silenced.popitem(last=False)

    def _turn_of(self, asker: Key) -> asyncio.Semaphore:
        """Whose turn a question waits for: the asker's own.

        In a pool, it is the pool's once the asker asked for a silent name: then inventing names for
        oneself brings no more questions, and who joins the pool does not wait for them.
        """
        name, at_once = asker.own, _QUESTIONS_AT_ONCE
        if asker.pool is not None:
            if self._elapsed() < self._silenced.get(asker.own, 0):
                name = asker.pool
            else:
                at_once = _POOLED_AT_ONCE
        return self._turns.setdefault(name, asyncio.Semaphore(at_once))

    async def _ask(self, name: str) -> tuple[str, ...] | None:
        if self._resolver is None:
            self._resolver = self._make()
        before = self._remembered.get(name)
        try:
            answer = await self._resolver.ask(name)
        except NoAnswer:
            now = self._elapsed()
            stale = None
            if before is not None and now < before.answered + _STALE_SECONDS:
                stale = before.addresses
            answered = before.answered if before is not None else -_STALE_SECONDS
            self._remember(name, _Remembered(stale, now + _SILENT_SECONDS, answered))
            return stale
        now = self._elapsed()
        lasts = min(max(answer.lasts, _SHORTEST_SECONDS), _LONGEST_SECONDS)
        self._remember(name, _Remembered(answer.addresses, now + lasts, now))
        return answer.addresses

    def _remember(self, name: str, what: _Remembered) -> None:
        self._remembered[name] = what
        self._remembered.move_to_end(name)
        if len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)


def in_turn(addresses: tuple[str, ...], first: str | None = None) -> tuple[str, ...]:
    """The addresses in the order to try them: `first` where it is one of them, then IPv6 and IPv4
    by turns, of the other kind than the one before (RFC 8305, section 4)."""
    rest = [a for a in addresses if a != first]
    start = [first] if first in addresses and first is not None else []
    kinds = {6: [a for a in rest if ":" in a], 4: [a for a in rest if ":" not in a]}
    turn = 4 if start and ipaddress.ip_address(start[0]).version == 6 else 6
    while kinds[4] or kinds[6]:
        if not kinds[turn]:
            turn = 10 - turn
        start.append(kinds[turn].pop(0))
        turn = 10 - turn
    return tuple(start)

"""The fate of a connection: passed, shown the page, or refused. The one room that chooses it.

For TLS and for plain HTTP alike. Hooks and layers carry out what is chosen here. A new action of a
rule gets its fate in `fate_of`, or the type check fails.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from bellgate.gate.connections import ClientConnection, Shown
from bellgate.gate.dial import several
from bellgate.gate.gate import Gate
from bellgate.gate.names import Names, in_turn
from bellgate.gate.page import Answer, Request, in_words
from bellgate.gate.records import seen_in
from bellgate.gate.upstream import Onward, OnwardHost
from bellgate.policy.action import Action
from bellgate.policy.decide import Decision
from bellgate.policy.facts import address

ConnectionFate = Literal["passed", "page", "refused"]

INSIDE = in_words(403, "This address lies inside the network.\n")
NOT_FOUND = in_words(502, "This site cannot be found: its name leads nowhere.\n")
_A_MOMENT_SECONDS = 0.3


def fate_of(action: Action, can_show_page: Callable[[], bool]) -> ConnectionFate:
    """What an answer means for a connection. Asks `can_show_page` only where that matters."""
    match action:
        case "allow" | "log":
            return "passed"
        case "ask" | "block":
            return "page" if can_show_page() else "refused"
        case _:
            assert_never(action)


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A plain request goes on. `to` is the address to send it to, or several (`dial.several`), or
    the way through the filter."""

    to: str
    site: str = ""
    """`http://www.bbc.co.uk:80`, where it is said to the filter rather than to the site."""
    for_whom: str = ""
    """The device's address, for the filter."""


class Fates:
    """Chooses by the gate's decisions, and has each choice recorded."""

    def __init__(self, gate: Gate, names: Names) -> None:
        self._gate = gate
        self._names = names

    def of_opening(
        self, connection: ClientConnection, shown: Shown, *, tls: bool
    ) -> ConnectionFate:
        """The fate of a connection that opens with something else than plain HTTP.

        The refusal behind a page is recorded with the request for it, which shows more.
        """
        gate = self._gate
        decision = gate.judge.judge(connection, shown)
        fate = fate_of(
            decision.action,
            lambda: tls and gate.closed_sites.can_show_page(connection, decision),
        )
        match fate:
            case "passed":
                gate.accounts.let_through(connection, decision)
            case "page":
                connection.unrecorded = decision
            case "refused":
                gate.accounts.refused(connection, decision)
            case _:
                assert_never(fate)
        return fate

    async def of_request(
        self,
        connection: ClientConnection,
        shown: Shown,
        request: Request,
        *,
        host: str,
    ) -> PassedOn | Answer:
        """The fate of one plain HTTP request for `host`, which is what the client dialled or named:
        passed on, or answered with the page."""
        gate = self._gate
        decision = gate.judge.judge(connection, shown)
        to: str | None = host
        if fate_of(decision.action, _readable) == "passed":
            to = await self._where(connection, decision, host)
            if to is None and address(host) is not None:
                decision = gate.judge.hidden(connection, decision)
        fate = fate_of(decision.action, _readable)
        if fate == "passed":
            if to is None:
                return NOT_FOUND
            port = shown.destination_port or 80
            way = await self._onward(connection, decision, host, port, to)
            if way is None:
                return INSIDE
            gate.accounts.let_through(connection, decision)
            return _passed_on(way)
        gate.accounts.refused(connection, decision, seen_in(decision, request.headers))
        return gate.closed_sites.closed_page(decision, request, f"http://{decision.host or ''}")

    async def where_to(self, connection: ClientConnection, host: str, port: int) -> str | None:
        """What to dial for a passed connection that dialled or named `host`; None: nothing.

        Where a name hides where the connection goes, that is recorded.
        """
        if "," in host or isinstance(host, OnwardHost):
            return host  # a request's, and looked at with it
        decision = connection.current
        if decision is not None:
            to = await self._where(connection, decision, host)
        else:
            # Our own code failed on it, and it passes by its name alone.
            to = await self._named(connection, host)
        if to is None and decision is not None and address(host) is not None:
            hidden = self._gate.judge.hidden(connection, decision)
            self._gate.accounts.refused(connection, hidden)
        if to is None:
            return None
        way = await self._onward(connection, decision, host, port, to)
        return way.as_host if isinstance(way, Onward) else way

    async def _onward(
        self, connection: ClientConnection, decision: Decision | None, host: str, port: int, to: str
    ) -> Onward | str | None:
        """The way to the addresses `to`: themselves, or through the school's filter; None where
        they lie inside.

        The filter is asked for the name, since it decides by names; for an address only where
        there is no name, or one that leads nowhere. It stands where the client does not: so a name
        that leads inside is not for it, either.
        """
        gate = self._gate
        reached = [literal for literal in to.split(",") if gate.may_reach(literal)]
        if not reached:
            return None
        if (way := gate.onward(connection.source_ip, reached[0])) is None:
            return to
        names = decision.connection.names if decision is not None else ()
        name = names[0] if names else host
        if address(name) is None:
            leads = await _in_a_moment(self._names.lead(name, connection.share))
            if leads and not any(map(gate.may_reach, leads)):
                return None
            if leads:
                return way.to(name, port)
        return way.to(reached[0], port)

    def serves(self, port: int, usual: int) -> bool:
        """Whether the regular mode serves a port: the usual one of the protocol, or one named."""
        return port == usual or port in self._gate.ports

    async def _where(
        self, connection: ClientConnection, decision: Decision, host: str
    ) -> str | None:
        """What a client gets that dialled or named `host`: where the name leads that it showed.

        | the client | the name | it gets |
        |---|---|---|
        | named it | leads somewhere | its addresses, by turns |
        | named it | leads nowhere, or no answer came | nothing |
        | dialled an address, hidden names are closed | leads there | that, then its others |
        | | leads elsewhere | where it leads |
        | | leads nowhere, or no answer came | nothing: it hides where it goes |
        | dialled an address, hidden names are open | whatever | that, then the name's others |

        It may have asked another name server than the school's, but what it shows is what it must
        mean; in their own time people dial what they like.
        """
        dialled = address(host)
        names = decision.connection.names
        if dialled is None:
            return await self._named(connection, host)
        if not names:
            return dialled
        asked = self._names.lead(names[0], connection.share)
        if self._gate.judge.must_lead_there(decision):
            return _several(await asked, first=dialled)
        others = await _in_a_moment(asked) or ()
        return several(in_turn((dialled, *others), first=dialled))

    async def _named(self, connection: ClientConnection, host: str) -> str | None:
        """What a client gets that named `host` itself, or dialled it."""
        if address(host) is not None:
            return host
        return _several(await self._names.lead(host, connection.share))


def _passed_on(way: Onward | str) -> PassedOn:
    """Plain requests are said to the filter itself, which many let no tunnel through to port 80."""
    if isinstance(way, str):
        return PassedOn(way)
    to_the_filter = replace(way, connect_to=None).as_host
    return PassedOn(to_the_filter, f"http://{way.connect_to}", way.source_ip)


def _several(addresses: tuple[str, ...] | None, first: str | None = None) -> str | None:
    return several(in_turn(addresses, first)) if addresses else None


async def _in_a_moment(
    asked: Coroutine[None, None, tuple[str, ...] | None],
) -> tuple[str, ...] | None:
    """An answer where it is there at once: else a silent name server would cost everybody time."""
    try:
        return await asyncio.wait_for(asked, _A_MOMENT_SECONDS)
    except TimeoutError:
        return None


def _readable() -> bool:
    """Plain HTTP can always be answered with the page."""
    return True

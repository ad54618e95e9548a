"""The fate of a connection: passed, shown the page, or refused. The one room that chooses it.

For TLS and for plain HTTP alike. Hooks and layers carry out what is chosen here. A new action of a
rule gets its fate in `fate_of`, or the type check fails.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, assert_never

from bellgate.gate.connections import ClientConnection, Shown
from bellgate.gate.dial import Names
from bellgate.gate.gate import Gate
from bellgate.gate.page import Answer, Request
from bellgate.gate.records import seen_in
from bellgate.policy.action import Action
from bellgate.policy.decide import Decision
from bellgate.policy.facts import address

ConnectionFate = Literal["passed", "page", "refused"]


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
    """A plain request goes on. `to` is the host or the address to send it to."""

    to: str


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
        dialled: bool,
    ) -> PassedOn | Answer:
        """The fate of one plain HTTP request for `host`: passed on, or answered with the page.

        `dialled`: `host` is the address that the client dialled, to which its name must lead.
        """
        gate = self._gate
        decision = gate.judge.judge(connection, shown)
        to: str | None = host
        if dialled and fate_of(decision.action, _readable) == "passed":
            to = await self._where(connection, decision, host)
            if to is None:
                decision = gate.judge.hidden(connection, decision)
        fate = fate_of(decision.action, _readable)
        if fate == "passed":
            gate.accounts.let_through(connection, decision)
            return PassedOn(to or host)
        gate.accounts.refused(connection, decision, seen_in(decision, request.headers))
        return gate.closed_sites.closed_page(decision, request, f"http://{decision.host or ''}")

    async def where_to(self, connection: ClientConnection, dialled: str) -> str | None:
        """Where a passed connection is to be sent, that dialled an address and showed a name.

        None: its name leads nowhere, and it is refused.
        """
        decision = connection.current
        if decision is None:
            return dialled
        to = await self._where(connection, decision, dialled)
        if to is None:
            hidden = self._gate.judge.hidden(connection, decision)
            self._gate.accounts.refused(connection, hidden)
        return to

    def within_reach(self, host: str) -> bool:
        """Whether the gate may dial what a client named itself; what a name leads to is looked at
        when it is resolved."""
        literal = address(host)
        return literal is None or self._gate.may_reach(literal)

    async def _where(
        self, connection: ClientConnection, decision: Decision, dialled: str
    ) -> str | None:
        """Where a client gets that dialled an address and showed a name: where the name leads.

        It may have asked another name server than the school's, but what it shows is what it must
        mean. None: a name that leads nowhere hides where the connection goes as well as none does.
        """
        if not self._gate.judge.must_lead_there(decision):
            return dialled
        leads = await self._names.lead(decision.connection.names[0], connection.share)
        if leads is None or dialled in leads:
            return dialled
        return min(leads, key=lambda ip: (":" in ip) != (":" in dialled), default=None)


def _readable() -> bool:
    """Plain HTTP can always be answered with the page."""
    return True

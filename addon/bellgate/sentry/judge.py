"""What becomes of a connection by what it opened with: it passes, is refused, or goes to the gate.

Asks `policy.decide`, the one place where an answer is made. Knows no packet's bytes and no kernel.
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from bellgate.policy.action import is_open
from bellgate.policy.decide import Decision, Policy, carried_out, decide, without_its_names
from bellgate.policy.exemptions import Exemption
from bellgate.policy.facts import Connection, Protocol, Sighting, SignIn, host_name
from bellgate.policy.probe import probed
from bellgate.sentry.connections import Tracked
from bellgate.sentry.leads import Leads
from bellgate.sentry.subjects import Subject
from bellgate.wire.opening import Opening
from bellgate.wire.segments import Segment

SightingOf = Callable[[str, str | None], Sighting]
"""What is known of a source that sends just now, and whose packet came from such a card."""
SignedIn = Callable[[str, Sighting], SignIn | None]
"""Who is signed in at an address, of which so much is known."""
Fate = Literal["passes", "refused", "gate"]

_A_MOMENT_SECONDS: Final = 0.25
_MOST_SOURCES: Final = 4_096
"""Remembered at once; a hostile network can show any number of them."""
_UNKNOWN: Final = "other"
"""What an open connection counts as of which nothing is known: it hides its name."""


_Source = tuple[str, Sighting, SignIn | None]


@dataclass(frozen=True, slots=True)
class Ruling:
    """The answer, and what comes of it here."""

    fate: Fate
    decision: Decision


class Judge:
    """Decides by the policy and the exemptions in force; either may be replaced whole."""

    def __init__(
        self,
        policy: Policy,
        leads: Leads,
        *,
        sighting_of: SightingOf,
        signed_in: SignedIn,
        now: Callable[[], datetime],
        elapsed: Callable[[], float],
    ) -> None:
        self.policy = policy
        self.exemptions: tuple[Exemption, ...] = ()
        self._leads = leads
        self._sighting_of, self._signed_in = sighting_of, signed_in
        self._now, self._elapsed = now, elapsed
        self._sources: dict[tuple[bytes, str | None], tuple[float, _Source]] = {}

    def rule(self, segment: Segment, card: str | None, opening: Opening) -> Ruling:
        """The answer for a connection, now. Whatever has to be read further goes to the gate."""
        connection = self._facts(segment, card, opening)
        decision = self._decided(connection, self._now())
        if not is_open(decision.action):
            # While it only observes, the gate counts it.
            return Ruling("gate" if self.policy.observe else "refused", decision)
        # The gate records what `log` names, and reads each request of plain HTTP.
        if decision.action == "log" or opening.kind == "http":
            return Ruling("gate", decision)
        if opening.kind == "other" and not self._may_hide(decision):
            return Ruling("gate", decision)
        if not self._leads_there(decision, segment.destination):
            return Ruling("gate", decision)
        return Ruling("passes", decision)

    def again(self, subject: Subject | None, tracked: Tracked, instant: datetime) -> Decision:
        """The answer at an instant for a connection that the kernel has open."""
        client = tracked.original
        if subject is None:
            source = _text(client.source)
            sighting = self._sighting_of(source, None)
            signed_in = self._signed_in(source, sighting)
            asked = replace(_connection(source, sighting, _UNKNOWN, (), None), sign_in=signed_in)
        else:
            asked = subject.connection
            asked = asked.later(self._signed_in(asked.source_ip, asked.sighting))
        to, port = _text(client.destination), client.destination_port
        asked = replace(asked, destination_ip=to, destination_port=port)
        return carried_out(self.policy, self._decided(asked, instant))

    def _facts(self, segment: Segment, card: str | None, opening: Opening) -> Connection:
        source, sighting, signed_in = self._source(segment.source, card)
        names = dict.fromkeys(n for n in map(host_name, opening.names) if n is not None)
        protocol: Protocol
        if not opening.whole:
            protocol = "other"
        else:
            protocol = "not-web" if opening.kind == "other" else opening.kind
        to = _text(segment.destination), segment.destination_port
        asked = _connection(source, sighting, protocol, tuple(names), to)
        return replace(asked, sign_in=signed_in) if signed_in is not None else asked

    def _source(self, address: bytes, card: str | None) -> _Source:
        """Who sends, asked again after a moment: a page opens dozens of connections in one."""
        now = self._elapsed()
        known = self._sources.get((address, card))
        if known is None or now >= known[0]:
            if len(self._sources) >= _MOST_SOURCES:
                self._sources.clear()
            source = _text(address)
            sighting = self._sighting_of(source, card)
            signed_in = self._signed_in(source, sighting)
            known = (now + _A_MOMENT_SECONDS, (source, sighting, signed_in))
            self._sources[address, card] = known
        return known[1]

    def _leads_there(self, decision: Decision, address: bytes) -> bool:
        """Whether the names shown lead where the connection goes, where they have to."""
        now = self._elapsed()
        # First what is so for nearly all, and costs least.
        if all(self._leads.leads(name, address, now) for name in decision.connection.names):
            return True
        nameless = without_its_names(self.policy, decision.connection)
        return nameless is None or is_open(self._decided(nameless, decision.instant).action)

    def _may_hide(self, decision: Decision) -> bool:
        """Whether it may go on unread, whatever it turns out to be."""
        hidden = replace(decision.connection, protocol="other")
        return is_open(self._decided(hidden, decision.instant).action)

    def _decided(self, connection: Connection, instant: datetime) -> Decision:
        tried = probed(self.policy, connection, instant)
        return tried or decide(self.policy, connection, instant, self.exemptions)


def _connection(
    source: str,
    sighting: Sighting,
    protocol: Protocol,
    names: tuple[str, ...],
    to: tuple[str, int] | None,
) -> Connection:
    return Connection(
        source,
        protocol,
        names,
        sighting.mac,
        names[0] if names else None,
        to[0] if to else None,
        to[1] if to else None,
        interface=sighting.interface,
        doubt=sighting.doubt,
        duid_mac=sighting.duid_mac,
    )


def _text(address: bytes) -> str:
    family = socket.AF_INET if len(address) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, address)

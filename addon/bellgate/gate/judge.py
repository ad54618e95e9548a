"""What the policy says of a connection, now or at another moment, and what it was told meanwhile.

Asks `policy.decide` and adds two things: no record, no access; and nothing is refused while the
gate only observes. Nothing is recorded or closed here.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bellgate.gate.clock import Clock
from bellgate.gate.connections import ClientConnection, Shown
from bellgate.gate.observed import Observed
from bellgate.gate.records import Recording
from bellgate.gate.surroundings import Surroundings
from bellgate.policy.action import ACTIONS, is_open
from bellgate.policy.decide import Decision, Policy, carried_out, decide, without_its_names
from bellgate.policy.exemptions import Exemption
from bellgate.policy.facts import Connection
from bellgate.policy.probe import is_probe, probed
from bellgate.policy.who import Who

Decide = Callable[[Policy, Connection, datetime, tuple[Exemption, ...]], Decision]

_ON_ITS_WAY = timedelta(seconds=3)
"""How long an exemption that was just granted may take to reach the state folder."""


class Judge:
    """Decides by the policy and the exemptions in force; either may be replaced whole."""

    def __init__(
        self,
        policy: Policy,
        clock: Clock,
        recording: Recording,
        *,
        surroundings: Surroundings,
        decide: Decide = decide,
    ) -> None:
        self.policy = policy
        self.observed = Observed()
        self.exemptions: tuple[Exemption, ...] = ()
        self._clock = clock
        self._recording = recording
        self._surroundings = surroundings
        self._decide = decide

    def exempt(self, kept: Iterable[Exemption]) -> None:
        """Go by the exemptions that are kept in the state folder.

        One just granted on the page may not have got there yet: it is not forgotten meanwhile.
        """
        kept = tuple(kept)
        since = self._clock.now() - _ON_ITS_WAY
        known = {e.id for e in kept}
        fresh = (e for e in self.exemptions if e.start > since and e.id not in known)
        self.exemptions = (*kept, *fresh)

    def grant(self, exemption: Exemption) -> None:
        """Go by one more, from the very next connection on."""
        self.exemptions = (*self.exemptions, exemption)

    def judge(self, connection: ClientConnection, shown: Shown) -> Decision:
        """The answer for what a connection showed, now. Also what it goes by at the next bell."""
        facts, now = self._facts(connection, shown), self._clock.now()
        decision = connection.current = self._decided(facts, now)
        if self.policy.observe and not is_probe(decision):
            self.observed.saw(self._decide(self.policy, facts, now, self.exemptions))
        return decision

    def hidden(self, connection: ClientConnection, decision: Decision) -> Decision:
        """The answer for a connection whose name leads nowhere: it hides where it goes."""
        facts = decision.connection
        nameless = Shown((), facts.protocol, None, facts.destination_ip, facts.destination_port)
        return self.judge(connection, nameless)

    def question(self, connection: ClientConnection) -> Decision | None:
        """What an open connection goes by so far, with the moment it asked; None: nothing said.

        What was let through, or said by CONNECT alone, with nothing behind it yet.
        """
        if connection.unrecorded is not None:
            return None
        if connection.current is not None or connection.connect_name is None:
            return connection.current
        facts = self._facts(connection, Shown((connection.connect_name,), "tls"))
        return self._decided(facts, connection.opened)

    def again(self, decision: Decision, instant: datetime) -> Decision:
        """The same question, asked of the policy as it is now."""
        return self._decided(self._still(decision.connection), instant)

    def who_is_left(self, decision: Decision) -> Who:
        """Whom a decision is about, now that its connection ends: whoever was signed in when it was
        opened may have signed out since."""
        facts = self._still(decision.connection)
        if facts is decision.connection:
            return decision.who
        return self.policy.directory.identify(
            facts.source_ip,
            facts.mac,
            decision.instant,
            interface=facts.interface,
            doubt=facts.doubt,
            duid_mac=facts.duid_mac,
            sign_in=facts.sign_in,
        )

    def _still(self, facts: Connection) -> Connection:
        return facts.later(self._surroundings.signed_in(facts.source_ip, facts.sighting))

    def must_lead_there(self, decision: Decision) -> bool:
        """Whether the name that was shown must lead to the address that was dialled."""
        nameless = without_its_names(self.policy, decision.connection)
        return nameless is not None and not is_open(
            self._decided(nameless, decision.instant).action
        )

    def _facts(self, connection: ClientConnection, shown: Shown) -> Connection:
        sighting, to = connection.sighting, shown.destination_ip
        return Connection(
            connection.source_ip,
            shown.protocol,
            shown.names,
            sighting.mac,
            shown.server_name,
            to,
            shown.destination_port,
            interface=sighting.interface,
            doubt=sighting.doubt,
            duid_mac=sighting.duid_mac,
            destination_connected=to is not None and self._surroundings.is_connected(to),
            sign_in=self._surroundings.signed_in(connection.source_ip, sighting),
        )

    def _decided(self, facts: Connection, instant: datetime) -> Decision:
        """No record, no access: while the log cannot be written, `log` and `ask` are `block`.

        While the gate only observes, whatever it is goes through, and nothing is recorded of it.
        """
        tried = probed(self.policy, facts, instant)
        if tried is not None:
            return tried
        decision = self._decide(self.policy, facts, instant, self.exemptions)
        if self.policy.observe:
            return carried_out(self.policy, decision)
        if ACTIONS[decision.action].needs_record and not self._recording.healthy:
            return replace(decision, verdict=replace(decision.verdict, action="block"))
        return decision

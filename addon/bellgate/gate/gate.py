"""What happens to a connection, from its first byte to its end. Knows no hook and no layer.

The order in which a connection is questioned stands in `welcome` and `judge`; what is allowed is
`policy.decide`'s alone. Nothing here waits: neither for the disk nor for the network.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from bellgate.audit.record import Seen
from bellgate.gate.clock import Clock
from bellgate.gate.connections import Connections, Logged, Open
from bellgate.gate.dial import Destinations
from bellgate.gate.page import NOTHING_SAID, Answer, answer_for, come_again
from bellgate.gate.recording import Done, Recording, seen_in
from bellgate.gate.share import Shares
from bellgate.policy.decide import OPEN, Decision, Policy, decide
from bellgate.policy.facts import Connection, host_name, is_inside
from bellgate.policy.facts import Protocol as WireProtocol

logger = logging.getLogger(__name__)

_DISTRUST_LASTS = timedelta(days=1)
_MOST_DISTRUSTED = 10_000
# More than any device has a use for, and few enough that one cannot take the gate's memory.
_MOST_OPEN_EACH = 4_000


class Certificate(Protocol):
    """What the gate must know of the school's certificate."""

    def permits(self, host: str) -> bool:
        """Whether a page for that host would be believed by a device that trusts the root."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the wire showed at one look: the facts of a decision, but for who it was."""

    names: tuple[str, ...]
    protocol: WireProtocol
    server_name: str | None = None
    destination_ip: str | None = None
    destination_port: int | None = None


class Gate:
    """All that the hooks ask. Everything it needs is handed in; `policy` may be replaced whole."""

    def __init__(
        self,
        *,
        policy: Policy,
        clock: Clock,
        recording: Recording,
        certificate: Certificate,
        destinations: Destinations,
        shares: Shares,
        mac_of: Callable[[str], str | None] = lambda _: None,
        decide: Callable[[Policy, Connection, datetime], Decision] = decide,
    ) -> None:
        self.policy = policy
        self.clock = clock
        self.recording = recording
        self.certificate = certificate
        self.destinations = destinations
        self.shares = shares
        self.connections = Connections()
        self.most_open_each = _MOST_OPEN_EACH
        self._mac_of = mac_of
        self._decide = decide
        self._distrusted: dict[tuple[str, str], datetime] = {}

    def welcome(self, source_ip: str, source_port: int, *, known_only: bool) -> Open | None:
        """A new connection, or None where it is refused before its first byte.

        `known_only`: a proxy that anybody may name must not serve strangers (regular mode).
        """
        now = self.clock.now()
        mac = self._mac_of(source_ip)
        who = self.policy.directory.identify(source_ip, mac, now)
        if known_only and not who.known:
            return None
        # By device, not by address: a device that changes addresses keeps one share.
        key = who.device.name if who.device else source_ip
        if not self.shares.take(key, time.monotonic()):
            return None
        if self.connections.number_of(key) >= self.most_open_each:
            self.shares.refused += 1
            return None
        return Open(source_ip, source_port, mac, now, key)

    def judge(self, connection: Open, shown: Shown) -> Decision:
        """The answer for what a connection showed, now. Also what it goes by at the next bell."""
        if connection.mac is None:
            # A device's very first connection may come before the table heard of its address.
            connection.mac = self._mac_of(connection.source_ip)
        facts = Connection(
            connection.source_ip,
            shown.protocol,
            shown.names,
            connection.mac,
            shown.server_name,
            shown.destination_ip,
            shown.destination_port,
        )
        decision = self.strictly(self._decide(self.policy, facts, self.clock.now()))
        connection.current = decision
        return decision

    def again(self, decision: Decision) -> Decision:
        """The same question, asked of the policy and the clock as they are now."""
        return self.strictly(self._decide(self.policy, decision.connection, self.clock.now()))

    def strictly(self, decision: Decision) -> Decision:
        """No record, no access: while the log cannot be written, `log` and `ask` are `block`."""
        if decision.action in ("log", "ask") and not self.recording.healthy:
            return replace(decision, verdict=replace(decision.verdict, action="block"))
        return decision

    def can_show_page(self, decision: Decision) -> bool:
        """Whether the device would believe the page: else it is refused without a warning."""
        host = decision.connection.server_name
        if host is None or not decision.who.trusts_certificate:
            return False
        until = self._distrusted.get((self._key(decision), host))
        if until is not None and decision.instant < until:
            return False
        return self.certificate.permits(host)

    def distrusted(self, decision: Decision) -> None:
        """The device did not believe the page for this host: no page for it for a day."""
        host = decision.connection.server_name
        if host is None:
            return
        if len(self._distrusted) >= _MOST_DISTRUSTED:
            self._distrusted = {k: t for k, t in self._distrusted.items() if t > decision.instant}
        if len(self._distrusted) < _MOST_DISTRUSTED:
            self._distrusted[self._key(decision), host] = decision.instant + _DISTRUST_LASTS

    def must_lead_there(self, decision: Decision) -> bool:
        """Whether the name that was shown must lead to the address that was dialled.

        A name shown towards somebody else's address hides where the connection goes. So it is held
        to, for whom and when hidden names are closed; in their own time people dial what they like.
        """
        shown = decision.connection
        if not shown.names or shown.destination_ip is None or is_inside(shown.destination_ip):
            return False
        nameless = replace(shown, names=(), server_name=None)
        return self._decide(self.policy, nameless, decision.instant).action not in OPEN

    def let_through(self, connection: Open, decision: Decision) -> None:
        """Record what a rule says to record of a connection or request that is let through."""
        logged = connection.logged
        if logged and logged.decision.what.subject != decision.what.subject:
            self.stop_logging(connection)
            logged = None
        if decision.action == "log" and logged is None:
            connection.logged = Logged(decision, decision.instant, connection.bytes)
            self.recording.decided(decision, seen_in(decision))

    def stop_logging(self, connection: Open) -> None:
        """The logged connection ended, or its rule did: record how much went over it."""
        logged, connection.logged = connection.logged, None
        if logged is not None:
            now = self.clock.now()
            self.recording.closed(
                replace(logged.decision, instant=now),
                bytes_passed=connection.bytes - logged.from_byte,
                lasted=now - logged.since,
            )

    def refused(self, decision: Decision, seen: Seen | None = None) -> None:
        """Record a refusal, once it is known what was seen of it."""
        self.recording.decided(decision, seen or seen_in(decision))

    def page(
        self, connection: Open, shown: Shown, target: str, headers: Mapping[str, str]
    ) -> Answer:
        """The answer to a request on a connection that was opened to show the page.

        Whatever it is, nothing is forwarded: a site that is open by now gets the browser to return.
        """
        host = headers.get("host", "")
        name = host_name(host)
        if name is not None and name not in shown.names:
            shown = replace(shown, names=(*shown.names, name))
        decision = self.judge(connection, shown)
        connection.unrecorded = None
        if decision.action in OPEN:
            return come_again(f"https://{name}{target}" if name and target[:1] == "/" else "/")
        self.refused(decision, seen_in(decision, headers))
        return answer_for(decision, headers, top=f"https://{name or decision.host or ''}/")

    def farewell(self, connection: Open) -> None:
        """A connection has ended: write what is still to be written of it."""
        connection.in_time()
        if connection.unrecorded is not None:
            self.refused(connection.unrecorded)
            connection.unrecorded = None
        self.stop_logging(connection)

    def safe_to_pass(self, names: tuple[str, ...]) -> bool:
        """With our own code failing: whether a connection may go by, judged by its names alone.

        Asks as little as can be: a name in the catalogue or the rules is refused, and so is what
        could not be read. Source: DESIGN.md section 6, "our own code, on one connection".
        """
        try:
            found = [self.policy.index.look_up(name) for name in names]
        except Exception:
            logger.exception("The index failed; refusing")
            return False
        return bool(found) and not any(what.service or what.domains for what in found)

    def failed(
        self,
        error: Exception,
        where: str,
        source_ip: str,
        names: tuple[str, ...],
        *,
        undecided: bool = False,
    ) -> bool:
        """Our code failed on a connection: record it, and say whether it may pass.

        `undecided`: it has not yet said where it wants to go, and is decided when it does.
        """
        passes = not undecided and self.safe_to_pass(names)
        logger.error("Failed in %s", where, exc_info=error)
        try:
            service = None if passes else self._service_of(names)
            done: Done | None = None if undecided else "passed" if passes else "refused"
            self.recording.error(
                error, where, source_ip=source_ip, names=names, service=service, done=done
            )
        except Exception:
            # The record is lost, the answer stands: a failing log must not open a closed site.
            logger.exception("The failure could not be recorded")
        return passes

    def _service_of(self, names: tuple[str, ...]) -> str | None:
        found = (self.policy.index.look_up(name).service for name in names)
        return next((service.id for service in found if service), None)

    def guarded_page(
        self, connection: Open, shown: Shown, target: str, headers: Mapping[str, str]
    ) -> Answer:
        """`page`, for a caller that must not see an exception."""
        try:
            return self.page(connection, shown, target, headers)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not open the site
            self.failed(error, "page", connection.source_ip, shown.names)
            return NOTHING_SAID

    @staticmethod
    def _key(decision: Decision) -> str:
        return decision.device or decision.connection.source_ip

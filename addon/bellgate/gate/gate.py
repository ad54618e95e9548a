"""What happens to a connection, from its first byte to its end. Knows no hook and no layer.

The order in which a connection is questioned stands in `welcome` and `judge`; what is allowed is
`policy.decide`'s alone. Nothing here waits: neither for the disk nor for the network.
"""

import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from bellgate.audit.record.record import Seen
from bellgate.gate.ask_form import PATH, Answered, Asking, asker
from bellgate.gate.clock import Clock
from bellgate.gate.connections import Connections, Logged, Open
from bellgate.gate.dial import Destinations
from bellgate.gate.distrust import Distrust
from bellgate.gate.page import NOTHING_SAID, Answer, Form, Request, answer_for, come_again
from bellgate.gate.records import Done, Recording, seen_in
from bellgate.gate.shares import Shares
from bellgate.policy.action import ACTIONS, is_open
from bellgate.policy.decide import Decision, Policy, decide
from bellgate.policy.exemptions import Exemption
from bellgate.policy.facts import Connection, host_name, is_inside
from bellgate.policy.facts import Protocol as WireProtocol

logger = logging.getLogger(__name__)

Decide = Callable[[Policy, Connection, datetime, tuple[Exemption, ...]], Decision]

_ON_ITS_WAY = timedelta(seconds=3)


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
        grant: Callable[[Exemption], object] = lambda _: None,
        decide: Decide = decide,
    ) -> None:
        self.policy = policy
        self.clock = clock
        self.recording = recording
        self.certificate = certificate
        self.destinations = destinations
        self.shares = shares
        self._pages = shares.of_pages()
        self.connections = Connections()
        self._mac_of = mac_of
        self._grant = grant
        self._asking = Asking()
        self.exemptions: tuple[Exemption, ...] = ()
        self._decide = decide
        self._distrust = Distrust()

    def adopt(self, policy: Policy, destinations: Destinations) -> None:
        """Decide by another policy from the next question on. The bell sees to what is open."""
        self.destinations = destinations
        self.policy = policy

    def share_out(self, rate: float, burst: int) -> None:
        """Go by another share for each device from now on."""
        self.shares.adopt(rate, burst)
        self._pages.follow(self.shares)

    def exempt(self, kept: Iterable[Exemption]) -> None:
        """Go by the exemptions that are kept in the state folder.

        One just granted on the page may not have got there yet: it is not forgotten meanwhile.
        """
        kept = tuple(kept)
        since = self.clock.now() - _ON_ITS_WAY
        known = {e.id for e in kept}
        fresh = (e for e in self.exemptions if e.start > since and e.id not in known)
        self.exemptions = (*kept, *fresh)

    def may_reach(self, ip: str) -> bool:
        """Whether the gate may connect there for a client that named the destination itself."""
        return self.destinations.permits(ip)

    def admits(self, source_ip: str) -> bool:
        """Whether a device may open one more connection. Must not raise, and must be quick."""
        try:
            key = self._share_of(source_ip, self._mac_of(source_ip))
            return self.shares.take(key, self.connections.of(key), self.clock.elapsed())
        except Exception as error:  # noqa: BLE001 - what it shows later is still decided
            self.failed(error, "admits", source_ip, (), undecided=True)
            return True

    def welcome(self, source_ip: str, source_port: int, *, known_only: bool) -> Open | None:
        """A new connection, or None where it is refused before its first byte.

        `known_only`: a proxy that anybody may name must not serve strangers (regular mode).
        """
        now = self.clock.now()
        mac = self._mac_of(source_ip)
        who = self.policy.directory.identify(source_ip, mac, now)
        if known_only and not who.known:
            return None
        return Open(source_ip, source_port, mac, now, self._share_of(source_ip, mac))

    def _share_of(self, source_ip: str, mac: str | None) -> str:
        """By device, not by address: a device that changes addresses keeps one share."""
        device = self.policy.directory.identify(source_ip, mac, self.clock.now()).device
        return device.name if device else mac or source_ip

    def judge(self, connection: Open, shown: Shown) -> Decision:
        """The answer for what a connection showed, now. Also what it goes by at the next bell."""
        facts = Connection(
            connection.source_ip,
            shown.protocol,
            shown.names,
            connection.mac,
            shown.server_name,
            shown.destination_ip,
            shown.destination_port,
        )
        decision = self.strictly(self._decided(facts, self.clock.now()))
        connection.current = decision
        return decision

    def question(self, connection: Open) -> Decision | None:
        """What an open connection goes by so far, with the moment it asked; None: nothing said.

        What was let through, or said by CONNECT alone, with nothing behind it yet.
        """
        if connection.unrecorded is not None:
            return None
        if connection.current is not None or connection.connect_name is None:
            return connection.current
        facts = Connection(connection.source_ip, "tls", (connection.connect_name,), connection.mac)
        return self.strictly(self._decided(facts, connection.opened))

    def again(self, decision: Decision, instant: datetime) -> Decision:
        """The same question, asked of the policy as it is now."""
        return self.strictly(self._decided(decision.connection, instant))

    def still_open(self, connection: Open, before: Decision, decision: Decision) -> None:
        """The bell rang, and an open connection may stay so, perhaps by another rule."""
        if connection.current is None:
            return
        logged = connection.logged
        if logged and (decision.action != "log" or decision.rule != logged.decision.rule):
            self.stop_logging(connection)
        self.let_through(connection, decision)
        connection.current = replace(decision, instant=before.instant)

    def was_cut(self, connection: Open, before: Decision, decision: Decision) -> None:
        """Record a cut. Opened when these same rules had it open, it was carried over."""
        self.stop_logging(connection)
        if before.exemption is not None:
            # It was opened in session, by an exemption: neither their own time nor a breach.
            ended = "what opened it has ended"
            self.recording.cut(decision, seen_in(decision), carried_over=False, reason=ended)
            return
        carried_over = is_open(self.again(before, before.instant).action)
        self.recording.cut(decision, seen_in(decision), carried_over=carried_over)

    def _decided(self, facts: Connection, instant: datetime) -> Decision:
        return self._decide(self.policy, facts, instant, self.exemptions)

    def strictly(self, decision: Decision) -> Decision:
        """No record, no access: while the log cannot be written, `log` and `ask` are `block`."""
        if ACTIONS[decision.action].needs_record and not self.recording.healthy:
            return replace(decision, verdict=replace(decision.verdict, action="block"))
        return decision

    def can_show_page(self, decision: Decision) -> bool:
        """Whether the device would believe the page: else it is refused without a warning."""
        host = decision.connection.server_name
        if host is None or not decision.who.trusts_certificate:
            return False
        if self._distrust.holds(self._key(decision), host, decision.instant):
            return False
        return self.certificate.permits(host)

    def may_show_page(self, connection: Open) -> bool:
        """Whether its device is shown one more page just now; else it is refused like the others,
        and on record all the same."""
        share = connection.share
        shown = self.connections.pages_of(share)
        if not self._pages.take(share, shown, self.clock.elapsed()):
            return False
        self.connections.shows_page(connection)
        return True

    def distrusted(self, decision: Decision) -> None:
        """The device did not believe the page for this host: no page for it for a day."""
        host = decision.connection.server_name
        if host is not None:
            self._distrust.remember(self._key(decision), host, decision.instant)

    def must_lead_there(self, decision: Decision) -> bool:
        """Whether the name that was shown must lead to the address that was dialled.

        A name shown towards somebody else's address hides where the connection goes. So it is held
        to, for whom and when hidden names are closed; in their own time people dial what they like.
        """
        shown = decision.connection
        if not shown.names or shown.destination_ip is None or is_inside(shown.destination_ip):
            return False
        nameless = replace(shown, names=(), server_name=None)
        return not is_open(self._decided(nameless, decision.instant).action)

    def let_through(self, connection: Open, decision: Decision) -> None:
        """Record what a rule says to record of a connection or request that is let through."""
        logged = connection.logged
        if logged and logged.decision.what.subject != decision.what.subject:
            self.stop_logging(connection)
            logged = None
        connection.let_through = True
        if decision.action == "log" and logged is None:
            connection.logged = Logged(decision, self.clock.elapsed(), connection.bytes)
            self.recording.decided(decision, seen_in(decision))

    def stop_logging(self, connection: Open) -> None:
        """The logged connection ended, or its rule did: record how much went over it."""
        logged, connection.logged = connection.logged, None
        if logged is None:
            return
        since, until = logged.decision.instant, logged.decision.until
        now = self.clock.now()
        lasted = timedelta(seconds=self.clock.elapsed() - logged.since)
        if until is not None:
            # Noticed late, after a stall, it ended with its rule all the same: what is later is
            # nobody's business.
            now, lasted = min(now, until), min(lasted, until - since)
        self.recording.closed(
            replace(logged.decision, instant=now),
            bytes_passed=connection.bytes - logged.from_byte,
            lasted=lasted,
        )

    def refused(self, connection: Open, decision: Decision, seen: Seen | None = None) -> None:
        """Record a refusal, once it is known what was seen of it.

        Begun in people's own time and said in full only after the bell, it is carried over: only
        a first request, for a later one is asked when it is asked.
        """
        seen = seen or seen_in(decision)
        if not connection.let_through and is_open(self.again(decision, connection.opened).action):
            self.recording.cut(decision, seen, carried_over=True)
        else:
            self.recording.decided(decision, seen)

    def page(self, connection: Open, shown: Shown, request: Request) -> Answer:
        """The answer to a request on a connection that was opened to show the page.

        Whatever it is, nothing is forwarded: a site that is open by now gets the browser to return.
        """
        name = host_name(request.headers.get("host", ""))
        if name is not None and name not in shown.names:
            shown = replace(shown, names=(*shown.names, name))
        decision = self.judge(connection, shown)
        connection.unrecorded = None
        host = name or decision.host or ""
        if is_open(decision.action):
            target = request.target if request.target[:1] == "/" else "/"
            return come_again(f"https://{host}{target}")
        if decision.action == "ask" and request.method == "POST":
            answered = self._asking.read(decision, request.target, request.body)
            if answered is not None:
                self._answered(decision, answered, seen_in(decision, request.headers))
                return come_again(f"https://{host}{answered.to}", after_a_form=True)
        self.refused(connection, decision, seen_in(decision, request.headers))
        return self.closed_page(decision, request, f"https://{host}")

    def closed_page(self, decision: Decision, request: Request, site: str) -> Answer:
        """The page for a refused request, with its form where the service may be asked for."""
        form = None
        if decision.action == "ask":
            to = request.target if request.method == "GET" else "/"
            host = site.partition("://")[2]
            form = Form(f"https://{host}{PATH}", self._asking.token(decision), to)
        return answer_for(decision, request.headers, top=f"{site}/", form=form)

    def _answered(self, decision: Decision, answered: Answered, seen: Seen) -> None:
        """Somebody said what it is for: record it, then open it, at most to the session's end."""
        rule, session = decision.rule, decision.verdict.session
        assert rule is not None and rule.ask_for is not None
        until = decision.instant + rule.ask_for
        if session is not None:
            until = min(until, session.end)
        exemption = Exemption(
            id=secrets.token_hex(3),
            who=(asker(decision),),
            what=(str(decision.service),),
            start=decision.instant,
            until=until,
            by="the page",
            reason=answered.reason,
        )
        self.recording.answered(decision, exemption, seen)
        self._grant(exemption)
        # In force for the browser's very next connection, whenever the file is read again.
        self.exemptions = (*self.exemptions, exemption)

    def farewell(self, connection: Open) -> None:
        """A connection has ended: write what is still to be written of it."""
        connection.in_time()
        if connection.unrecorded is not None:
            self.refused(connection, connection.unrecorded)
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

    def failed_at_the_bell(self, error: Exception, connection: Open) -> bool:
        """Our code failed on an open connection as the bell rang: whether it may stay open."""
        names = connection.current.connection.names if connection.current else ()
        if not names and connection.connect_name is not None:
            names = (connection.connect_name,)
        return self.failed(error, "the bell", connection.source_ip, names)

    def _service_of(self, names: tuple[str, ...]) -> str | None:
        found = (self.policy.index.look_up(name).service for name in names)
        return next((service.id for service in found if service), None)

    def guarded_page(self, connection: Open, shown: Shown, request: Request) -> Answer:
        """`page`, for a caller that must not see an exception."""
        try:
            return self.page(connection, shown, request)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not open the site
            self.failed(error, "page", connection.source_ip, shown.names)
            return NOTHING_SAID

    @staticmethod
    def _key(decision: Decision) -> str:
        return decision.device or decision.connection.source_ip

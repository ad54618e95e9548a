"""What stands in a closed site's place: who is shown the page, and what each request gets.

The site itself is never contacted, and nothing is ever forwarded over a connection that was opened
to show the page.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bellgate.audit.record.record import Seen
from bellgate.gate.accounts import Accounts
from bellgate.gate.ask_form import PATH, AskForms, OddForm, Purpose, asker, local
from bellgate.gate.clock import Clock
from bellgate.gate.connections import ClientConnection, Connections, Shown
from bellgate.gate.distrust import Distrust
from bellgate.gate.judge import Judge
from bellgate.gate.page import Answer, Form, Request, answer_for, come_again, in_words
from bellgate.gate.records import seen_in
from bellgate.gate.shares import Shares
from bellgate.policy.action import is_open
from bellgate.policy.decide import Decision
from bellgate.policy.exemptions import Exemption
from bellgate.policy.facts import host_name

_ODD_FORM = in_words(
    400, "This form cannot be read. Go back, load the page again, and answer there.\n"
)


class Certificate(Protocol):
    """What the gate must know of the school's certificate."""

    @property
    def expires(self) -> datetime: ...

    def permits(self, host: str) -> bool:
        """Whether a page for that host would be believed by a device that trusts the root."""


class ClosedSites:
    """Shows pages, reads answers to the ask form, and remembers who did not believe a page."""

    def __init__(
        self,
        judge: Judge,
        clock: Clock,
        accounts: Accounts,
        connections: Connections,
        shares: Shares,
        *,
        certificate: Certificate,
        grant: Callable[[Exemption], object],
    ) -> None:
        self.certificate = certificate
        self._judge = judge
        self._clock = clock
        self._accounts = accounts
        self._connections = connections
        self._shares = shares.of_pages()
        self._grant = grant
        self._forms = AskForms()
        self._distrust = Distrust()

    def share_out(self, connections: Shares) -> None:
        """Go by the part of another share of connections from now on."""
        self._shares.follow(connections)

    def can_show_page(self, connection: ClientConnection, decision: Decision) -> bool:
        """Whether the device would believe the page, and may be shown one more just now.

        Else it is refused without a warning, and on record all the same.
        """
        host = decision.connection.server_name
        if host is None or not decision.who.trusts_certificate:
            return False
        if self._distrust.holds(asker(decision), host, decision.instant):
            return False
        return self.certificate.permits(host) and self._has_share(connection)

    def distrusted(self, decision: Decision) -> None:
        """The device did not believe the page for this host: no page for it for a day."""
        host = decision.connection.server_name
        if host is not None:
            self._distrust.remember(asker(decision), host, decision.instant)

    def page(self, connection: ClientConnection, shown: Shown, request: Request) -> Answer:
        """The answer to a request on a connection that was opened to show the page.

        Whatever it is, nothing is forwarded: a site that is open by now gets the browser to return.
        """
        name = host_name(request.headers.get("host", ""))
        if name is not None and name not in shown.names:
            shown = replace(shown, names=(*shown.names, name))
        decision = self._judge.judge(connection, shown)
        connection.unrecorded = None
        host = name or decision.host or ""
        if is_open(decision.action):
            target = local(request.target)
            return come_again(f"https://{host}{target}")
        if decision.action == "ask" and request.method == "POST":
            try:
                purpose = self._forms.read(decision, request.target, request.body)
            except OddForm:
                return _ODD_FORM
            if purpose is not None:
                self._open_for(purpose, decision, seen_in(decision, request.headers))
                return come_again(f"https://{host}{purpose.to}", after_a_form=True)
        self._accounts.refused(connection, decision, seen_in(decision, request.headers))
        return self.closed_page(decision, request, f"https://{host}")

    def closed_page(self, decision: Decision, request: Request, site: str) -> Answer:
        """The page for a refused request, with its form where the service may be asked for.

        `site` is a scheme and a name. Without a name there is nowhere to lead: no link, no form.
        """
        form, host = None, site.partition("://")[2]
        if decision.action == "ask" and host:
            to = request.target if request.method == "GET" else "/"
            form = Form(f"https://{host}{PATH}", self._forms.token(decision), to)
        top = f"{site}/" if host else None
        return answer_for(decision, request.headers, top=top, form=form)

    def _has_share(self, connection: ClientConnection) -> bool:
        share = connection.share
        if not self._shares.take(share, self._connections.pages_for, self._clock.elapsed()):
            return False
        self._connections.shows_page(connection)
        return True

    def _open_for(self, purpose: Purpose, decision: Decision, seen: Seen) -> None:
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
            reason=purpose.reason,
        )
        self._accounts.recording.answered(decision, exemption, seen)
        self._grant(exemption)
        # In force for the browser's very next connection, whenever the file is read again.
        self._judge.grant(exemption)

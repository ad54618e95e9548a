"""A notice on its way to those who have not got it yet: by mail and to the webhook.

Whom the server refuses, or who cannot be reached, is tried again after a minute, two, … an hour. If
we crash after sending and before that is noted, it is sent once more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from bellgate.outside import NotSent, web
from bellgate.outside.again import Again
from bellgate.outside.mail import Letter
from bellgate.running.alerts.kept import Pending
from bellgate.running.alerts.letters import Sender, letter, webhook
from bellgate.running.alerts.trouble import Kind
from bellgate.running.post import mail_server, secret
from bellgate.schedules.settings import Settings

WEBHOOK: Final = "webhook"
WEBHOOK_SECRET: Final = "webhook-secret"
PING_SECRET: Final = "ping-secret"
_SECRET: Final = "{secret}"


class Sent(NamedTuple):
    """What came of one try: who got it, and who did not and why."""

    reached: frozenset[str]
    failed: Mapping[str, str]


def hearers(settings: Settings, kind: Kind) -> frozenset[str]:
    """Who is told of a trouble of this kind."""
    alerts = settings.alerts
    people = (*alerts.mail_to, *(settings.weekly_to if kind.for_head else ()))
    return frozenset((*people, *([WEBHOOK] if alerts.webhook else [])))


@dataclass(frozen=True, slots=True)
class Post:
    """The ways out, as the settings in force have them."""

    settings: Settings
    state: Path

    def send(self, pending: Pending, to: Sequence[str], sender: Sender, now: datetime) -> Sent:
        """To these of those who have not got it."""
        people = [who for who in to if who != WEBHOOK]
        sent = self.mail(letter(pending.notice, sender, now), people)
        if WEBHOOK not in to:
            return sent
        if why := self.tell(webhook(pending.notice, sender)):
            return Sent(sent.reached, {**sent.failed, WEBHOOK: why})
        return Sent(sent.reached | {WEBHOOK}, sent.failed)

    def mail(self, one: Letter, to: Sequence[str]) -> Sent:
        server = mail_server(self.settings.mail, self.state)
        if not to or server is None:
            return Sent(frozenset(), dict.fromkeys(to, "no mail server is named"))
        try:
            refused = server.send(one, to)
        except NotSent as error:
            return Sent(frozenset(), dict.fromkeys(to, str(error)))
        return Sent(frozenset(to) - refused.keys(), refused)

    def tell(self, what: Mapping[str, object]) -> str | None:
        """To the webhook; why it did not get there."""
        try:
            web.told(self._address(self.settings.alerts.webhook, WEBHOOK_SECRET), what)
        except NotSent as error:
            return str(error)
        return None

    def ping(self) -> str | None:
        """Say that the gate is there; why that did not get through."""
        try:
            web.called(self._address(self.settings.alerts.ping, PING_SECRET))
        except NotSent as error:
            return str(error)
        return None

    def _address(self, written: str | None, name: str) -> str:
        """The address with its secret word, which never stands in the schedules folder."""
        if written is None:
            raise NotSent("no address is named")
        if _SECRET not in written:
            return written
        try:
            word = secret(self.state, name)
        except OSError as error:
            raise NotSent(f"the secret {name} cannot be read ({error.strerror})") from error
        if not word:
            raise NotSent(f"the secret {name} is missing")
        return written.replace(_SECRET, word)


def due(
    pending: Mapping[str, Pending], settings: Settings, again: Again, now: datetime
) -> Iterator[tuple[str, Pending, list[str]]]:
    """Each notice with those who may be tried now. Who is named no more is left out."""
    for key, one in pending.items():
        to = one.to & hearers(settings, one.notice.trouble.kind)
        may = sorted(who for who in to if again.may_be_tried(who, now))
        if may or not to:
            yield key, one, may

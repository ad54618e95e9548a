"""A trial of every way out: does an alert reach whom it should? For `bellgate alerts test`.

The running gate sends it, since it alone may have the mail password; without one, the command does.
"""

from datetime import datetime
from typing import Final

from bellgate.audit.log.gate_socket import Refused, ask
from bellgate.audit.log.paths import LogPaths
from bellgate.outside.mail import Letter
from bellgate.running.alerts.letters import Sender
from bellgate.running.alerts.sending import Post

QUESTION: Final = "try-alerts"
_PATIENCE: Final = 180.0
"""Seconds that a gate may take over it: a mail server that hangs has half a minute an answer."""
_TEXT: Final = """\
This is a test: nothing is wrong. Somebody ran `bellgate alerts test` on {gateway}, to
see whether messages from Bellgate reach you.
"""


def ask_gate(paths: LogPaths) -> list[dict[str, object]] | None:
    """What the running gate's trial came to; None where no gate runs. Raises Refused, OSError."""
    answer = ask(paths, {"kind": QUESTION}, seconds=_PATIENCE)
    if answer is None:
        return None
    if not answer.get("ok"):
        raise Refused(str(answer.get("error")))
    outcome: list[dict[str, object]] = answer[QUESTION]
    return outcome


def tried(post: Post, sender: Sender, now: datetime) -> list[dict[str, object]]:
    """Each way out: `to`, whether it got there (`sent`), and `why` not."""
    settings = post.settings
    people = list(dict.fromkeys((*settings.alerts.mail_to, *settings.weekly_to)))
    found: list[dict[str, object]] = []
    if people:
        text = _TEXT.format(gateway=sender.gateway)
        subject = f"Bellgate {sender.school}: a test, nothing is wrong"
        failed = post.mail(Letter(subject, text, now.astimezone(sender.zone)), people).failed
        found += [_outcome(who, failed.get(who)) for who in people]
    if settings.alerts.webhook:
        found.append(_outcome("alerts.webhook", post.tell(_trial(sender))))
    if settings.alerts.ping:
        found.append(_outcome("alerts.ping", post.ping()))
    return found


def _outcome(to: str, why: str | None) -> dict[str, object]:
    return {"to": to, "sent": why is None, "why": why}


def _trial(sender: Sender) -> dict[str, object]:
    title = "A test: nothing is wrong"
    return {
        "text": f"Bellgate {sender.school}: {title}",
        "alert": "trial",
        "state": "over",
        "title": title,
        "school": sender.school,
        "gateway": sender.gateway,
    }

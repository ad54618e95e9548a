"""Asking for a closed service on its page: the form's token, and what comes back.

The token binds the form to the device and the service that it was shown for, so that no other page
and no other device can send it. Nothing is decided or kept here.
"""

import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs, quote

from itsdangerous import BadSignature, URLSafeTimedSerializer

from bellgate.policy.decide import Decision

PATH = "/.well-known/bellgate/answer"
"""Where the form is sent, on the closed site's own host: no other host is needed."""

_LONGEST_REASON = 200
"""Characters of an answer that are kept."""
_IN_A_TARGET = "/?&=%:@!$'()*+,;~-._[]#"
"""What a target may hold as it is."""
_VALID_SECONDS = 15 * 60
"""How long a page may stand open before it is answered."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What somebody wrote: what it is for, and where they were going."""

    reason: str
    to: str


class OddForm(ValueError):
    """A form that no page of ours sends."""


class AskForms:
    """Makes and checks the tokens of one run of the gate. After a restart the page is asked for
    again."""

    def __init__(self) -> None:
        self._signer = URLSafeTimedSerializer(secrets.token_bytes(32), salt="ask")

    def token(self, decision: Decision) -> str:
        return self._signer.dumps(_bound_to(decision))

    def read(self, decision: Decision, target: str, body: bytes) -> Purpose | None:
        """The answer in a form, or None where it is none or was not made for this decision.

        Raises OddForm where its fields are none that the page sends.
        """
        if target != PATH:
            return None
        try:
            fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=5)
        except ValueError as error:
            raise OddForm from error
        reason = " ".join(fields.get("reason", [""])[0].split())
        reason = "".join(c for c in reason if c.isprintable())[:_LONGEST_REASON]
        try:
            bound = self._signer.loads(fields.get("token", [""])[0], max_age=_VALID_SECONDS)
        except BadSignature:
            return None
        if bound != _bound_to(decision) or not reason:
            return None
        return Purpose(reason, local(fields.get("to", ["/"])[0]))


def asker(decision: Decision) -> str:
    """Who answers or distrusts a page: the device by its name, else by its address."""
    return decision.device or decision.connection.source_ip


def _bound_to(decision: Decision) -> list[str | None]:
    return [asker(decision), decision.service]


def local(target: str) -> str:
    """A path on the same host, in ASCII: whatever else it may hold, it sends nobody elsewhere."""
    if not target.startswith("/") or target.startswith(("//", "/\\", PATH)):
        return "/"
    # What stands in a header is ASCII (RFC 3986). What came as other bytes is named by them.
    shown = "".join(c for c in target if c not in "\r\n")
    try:
        return quote(shown.encode("latin-1"), safe=_IN_A_TARGET)
    except UnicodeEncodeError:
        return quote(shown, safe=_IN_A_TARGET)

"""A letter to some people's post boxes, by the school's mail server: the one way to send mail.

Encrypted where the server offers it, its certificate checked; a password is never told without. If
we crash after a server took a letter, whoever sent it does not know, and sends it once more.
"""

import re
import smtplib
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from email.utils import make_msgid
from typing import Final

from bellgate.outside import NotSent

PATIENCE: Final = 30.0
"""Seconds that a server may take for each answer."""
DEFAULT_PORT: Final = 587
"""TCP port for mail submission (RFC 6409)."""
_TLS_PORT: Final = 465
"""TCP port for submission over TLS (RFC 8314)."""
_POLICY: Final = default.clone(max_line_length=200)
"""A subject stays on one line: folded, some programs show a blank before its first word."""
_ADDRESS: Final = re.compile(r"<?[^\s<>]+@[^\s<>:;,]+>?")


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person gets."""

    subject: str
    text: str
    when: datetime
    """In the school's own time."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """The school's mail server, and the address that letters come from: also the user's name where
    the server wants a password."""

    sender: str
    server: str
    """`HOST:PORT`, or `HOST` for port 587."""
    password: Callable[[], str | None] = field(default=lambda: None)
    context: Callable[[], ssl.SSLContext] = field(default=ssl.create_default_context)

    def send(self, letter: Letter, to: Sequence[str]) -> Mapping[str, str]:
        """To these addresses; returns who was refused, and why. Raises NotSent where nobody got it
        for one and the same reason."""
        try:
            with self._connected() as server:
                password = self.password()
                if password is not None:
                    server.login(self.sender, password)
                refused = server.send_message(self.message(letter, to), to_addrs=to)
        except smtplib.SMTPRecipientsRefused as e:
            refused = e.recipients
        except (OSError, smtplib.SMTPException, ValueError) as e:
            raise NotSent(_in_words(e)) from e
        return {who: _reply(code, said) for who, (code, said) in refused.items()}

    def _connected(self) -> smtplib.SMTP:
        host, port = server_of(self.server)
        if port == _TLS_PORT:
            return smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=self.context())
        server = smtplib.SMTP(host, port, timeout=PATIENCE)
        try:
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=self.context())
            elif self.password() is not None:
                raise NotSent("the server offers no encryption, so it is not told the password")
        except BaseException:
            server.close()
            raise
        return server

    def message(self, letter: Letter, to: Sequence[str]) -> EmailMessage:
        """The letter as the server gets it."""
        message = EmailMessage(_POLICY)
        message["Subject"] = letter.subject
        message["From"], message["To"] = self.sender, ", ".join(to)
        message["Date"] = letter.when
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2] or "bellgate")
        # What a machine wrote, so that no holiday note answers it (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        # What is not ASCII must come through servers that know nothing else.
        message.set_content(letter.text, cte="quoted-printable")
        return message


def server_of(text: str) -> tuple[str, int]:
    """`mail.example.sch.uk:587` as host and port. Raises ValueError with words."""
    host, separator, port = text.rpartition(":")
    if not separator or text.endswith("]"):
        return text.strip("[]"), DEFAULT_PORT
    if not host or not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f'"{text}" is not in the form HOST:PORT')
    return host.strip("[]"), int(port)


def _in_words(error: Exception) -> str:
    match error:
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=said):
            return f"the server said {_reply(code, said)}"
        case TimeoutError():
            return "the server did not answer in time"
        case OSError(strerror=str(words)):
            return words
    return _ADDRESS.sub("…", str(error)) or type(error).__name__


def _reply(code: int, said: bytes | str) -> str:
    """What a mail server answered, without the address that it may repeat."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {_ADDRESS.sub('…', text)}"

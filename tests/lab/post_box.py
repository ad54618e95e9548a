"""A real mail server on loopback, and what it was told."""

import socket
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope


class PostBox:
    """What the mail server was told."""

    def __init__(self) -> None:
        self.letters: list[Envelope] = []
        self.passwords: list[bytes] = []
        self.encrypted: list[bool] = []
        self.refuse: str | None = None
        self.unknown: set[str] = set()

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Envelope, who: str, options: Any
    ) -> str:
        if who in self.unknown:
            return f"550 5.1.1 <{who}>: Recipient address rejected"
        envelope.rcpt_tos.append(who)
        return "250 known"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self.refuse:
            return self.refuse
        self.letters.append(envelope)
        self.encrypted.append(session.ssl is not None)
        return "250 kept"

    def authenticate(self, server: Any, session: Any, envelope: Any, how: str, data: Any) -> Any:
        self.passwords.append(data.password)
        return AuthResult(success=data.password == b"right", handled=False)


def serving(box: PostBox, **options: Any) -> Controller:
    class Here(Controller):
        def factory(self) -> SMTP:
            return SMTP(self.handler, enable_SMTPUTF8=False, **options)

    # aiosmtpd connects to itself at its start, so it must be told a port.
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Here(box, hostname="127.0.0.1", port=port)
    controller.start()
    return controller


def address(controller: Controller) -> str:
    return f"127.0.0.1:{controller.port}"


def read(envelope: Envelope) -> EmailMessage:
    """A letter as a mail program reads it."""
    assert isinstance(envelope.content, bytes)
    message = message_from_bytes(envelope.content, policy=default)
    assert isinstance(message, EmailMessage)
    return message

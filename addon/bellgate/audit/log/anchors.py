"""Getting checkpoints off the machine: by e-mail, and into a folder that is somewhere else.

What leaves, where to, and when it is due live here; who runs it is the caller's business, and the
time is an argument. Nothing here is ever in the path of the traffic: sending may take as long as a
mail server likes. If we crash after sending and before that is noted, it is sent once more.
"""

import json
import os
import re
import smtplib
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Final, Protocol

from bellgate.audit.log.note import Checkpoint, read
from bellgate.disk import sync_folder, write_whole

PATIENCE: Final = 30.0
"""Seconds that a mail server may take for each answer."""
DEFAULT_PORT: Final = 587
"""TCP port for mail submission (RFC 6409)."""
_TLS_PORT: Final = 465
"""TCP port for submission over TLS (RFC 8314)."""
PASSWORD: Final = "mail-password"
# Tried again after a minute, two, four … and at last every hour.
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=1)
# The records of the bell itself are to be among those that the checkpoint covers.
_SETTLED: Final = timedelta(seconds=5)
_ADDRESS: Final = re.compile(r"<?[^\s<>]+@[^\s<>:;,]+>?")

_LETTER: Final = """\
Please keep this message. It is the checkpoint of Bellgate's log at {school}
after {size} records, {when}.

Nobody who later changes, removes or adds a record among these can make the log agree with it again.
To check that, save this message as it is and run

    bellgate audit verify --checkpoint FILE

or, with an evidence pack, `python3 verify.py --checkpoint FILE` in the pack's folder.

{note}"""


class NotSent(Exception):
    """A checkpoint did not get there; the text says why, in plain words."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A checkpoint that is to leave, and what a person wants to know of it."""

    note: str
    school: str
    when: datetime
    """In the school's own time."""

    @property
    def checkpoint(self) -> Checkpoint:
        return read(self.note)


class Place(Protocol):
    """Somewhere outside of this machine."""

    @property
    def name(self) -> str:
        """As it stands in records: no e-mail address does."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who each gets it, as that is remembered."""

    def send(self, letter: Letter, to: Sequence[str]) -> Mapping[str, str]:
        """To these of the recipients; returns who was refused, and why. Raises NotSent where
        nobody got it for one and the same reason."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on another disk or machine. It is never made: under a mount that is missing it would
    be made on this very disk."""

    path: Path

    @property
    def name(self) -> str:
        return f"the folder {self.path}"

    @property
    def recipients(self) -> tuple[str, ...]:
        return (self.name,)

    def send(self, letter: Letter, to: Sequence[str]) -> Mapping[str, str]:
        """Raises NotSent."""
        checkpoint = letter.checkpoint
        origin = checkpoint.origin.replace("/", "-")
        try:
            if not self.path.is_dir():
                raise NotSent("it is not there; make it once, where the other disk is mounted")
            write_whole(self.path / f"{origin}-{checkpoint.size:012}.checkpoint", letter.note)
            sync_folder(self.path)
        except OSError as e:
            raise NotSent(e.strerror or str(e)) from e
        return {}

    def anchored(self) -> list[Path]:
        """What was left there before: a log that was rolled back lags behind it."""
        try:
            return sorted(self.path.glob("*.checkpoint"))
        except OSError:
            return []


@dataclass(frozen=True, slots=True)
class Mail:
    """Some people's post boxes, by the school's mail server."""

    to: tuple[str, ...]
    sender: str
    server: str
    password: Callable[[], str | None] = field(default=lambda: None)
    context: Callable[[], ssl.SSLContext] = field(default=ssl.create_default_context)

    @property
    def name(self) -> str:
        return "e-mail"

    @property
    def recipients(self) -> tuple[str, ...]:
        return self.to

    def send(self, letter: Letter, to: Sequence[str]) -> Mapping[str, str]:
        """Raises NotSent."""
        try:
            with self._connected() as server:
                password = self.password()
                if password is not None:
                    server.login(self.sender, password)
                refused = server.send_message(self._message(letter), to_addrs=to)
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

    def _message(self, letter: Letter) -> EmailMessage:
        size, message = letter.checkpoint.size, EmailMessage()
        message["Subject"] = f"Bellgate checkpoint: {letter.school}, {size} records"
        message["From"], message["To"] = self.sender, ", ".join(self.to)
        message["Date"] = letter.when
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2] or "bellgate")
        when = f"{letter.when:%A %d %B %Y, %H:%M}"
        text = _LETTER.format(school=letter.school, size=size, when=when, note=letter.note)
        # The note is not ASCII, and must come through servers that know nothing else.
        message.set_content(text, cte="quoted-printable")
        return message


def server_of(text: str) -> tuple[str, int]:
    """`mail.example.sch.uk:587` as host and port. Raises ValueError with words."""
    host, separator, port = text.rpartition(":")
    if not separator or text.endswith("]"):
        return text.strip("[]"), DEFAULT_PORT
    if not host or not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f'"{text}" is no HOST:PORT')
    return host.strip("[]"), int(port)


def password_from(state: Path) -> str | None:
    """The mail server's password: a systemd credential, or a file that only we can read."""
    folders = [Path(f) for f in [os.environ.get("CREDENTIALS_DIRECTORY", "")] if f]
    for folder in (*folders, state / "secrets"):
        try:
            return (folder / PASSWORD).read_text().strip()
        except FileNotFoundError:
            continue
    return None


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


@dataclass(slots=True)
class _Standing:
    """How long one recipient is let alone, after it was refused."""

    wait: timedelta = timedelta()
    not_before: datetime | None = None


class Anchoring:
    """Sends the newest checkpoint to each recipient once after each session, until it got there."""

    def __init__(self, log: Path, remembered: Path, failed: Callable[[str], None]) -> None:
        self._log, self._remembered, self._failed = log, remembered, failed
        self._standing: dict[str, _Standing] = {}
        self._sent = _times(remembered)

    def step(self, places: Sequence[Place], ended: datetime | None, now: datetime, school: str,
             local: Callable[[datetime], datetime]) -> None:  # fmt: skip
        """Send what is due; `ended` is when the newest session that is over ended."""
        if ended is None or now < ended + _SETTLED:
            return
        for place in places:
            due = [who for who in place.recipients if self._is_due(who, ended, now)]
            if not due:
                continue
            try:
                note = (self._log / "checkpoint").read_text()
                refused = place.send(Letter(note, school, local(now)), due)
                self._remember([who for who in due if who not in refused], now)
            except (NotSent, OSError, ValueError) as e:
                self._put_off(place, due, now, str(e))
                continue
            if refused:
                replies = ", ".join(sorted(set(refused.values())))
                why = f"{len(refused)} of {len(place.recipients)} recipients refused: {replies}"
                self._put_off(place, list(refused), now, why)

    def _is_due(self, who: str, ended: datetime, now: datetime) -> bool:
        sent = self._sent.get(who)
        if sent is not None and ended <= sent <= now:
            return False
        standing = self._standing.get(who, _Standing())
        # A clock that was put back must not keep anybody waiting for a year.
        return standing.not_before is None or not (now < standing.not_before <= now + _LONGEST_WAIT)

    def _put_off(self, place: Place, whom: Sequence[str], now: datetime, why: str) -> None:
        """Each waits for as long as is theirs: who got every letter waits for nobody else."""
        waits: list[timedelta] = []
        for who in whom:
            standing = self._standing.setdefault(who, _Standing())
            standing.wait = min(max(standing.wait * 2, _FIRST_WAIT), _LONGEST_WAIT)
            standing.not_before = now + standing.wait
            waits.append(standing.wait)
        minutes = int(min(waits).total_seconds() // 60)
        self._failed(
            f"The checkpoint could not leave by {place.name}: {why}. "
            f"It is tried again in {minutes} minute{'s' if minutes > 1 else ''}"
        )

    def _remember(self, whom: Sequence[str], when: datetime) -> None:
        self._sent |= dict.fromkeys(whom, when)
        for who in whom:
            self._standing.pop(who, None)
        times = {name: at.isoformat() for name, at in self._sent.items()}
        write_whole(self._remembered, json.dumps(times, indent=1) + "\n")


def _times(path: Path) -> dict[str, datetime]:
    """When each recipient last got one; nothing where that is unreadable: then once more."""
    try:
        return {n: datetime.fromisoformat(at) for n, at in json.loads(path.read_text()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}

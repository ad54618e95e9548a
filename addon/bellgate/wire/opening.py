"""The first bytes of a connection, read as they come: TLS with its names, HTTP, or neither.

No mitmproxy and no policy here. The reader is fed whatever arrived and never looks at a byte twice
(but for the few of a record's header), so that a hello sent byte by byte costs no more than one
sent whole.
"""

import re
import struct
from dataclasses import dataclass
from typing import Literal

from bellgate.wire.disguise import Disguise

LONGEST = 16 * 1024
"""Bytes of a ClientHello that are read before it counts as one that hides its name."""

Kind = Literal["tls", "http", "other"]

# What can be no part of a method (RFC 9110, section 5.6.2). Some servers take any method for GET.
_NO_TOKEN = re.compile(rb"[^!#$%&'*+.^_`|~0-9A-Za-z-]")
_SPACE = b"\t "
"""Some servers take a tab for the space, or several."""
_BEFORE_A_REQUEST = b"\t\v\f "
"""Some servers take a request after such a character."""
_SSL_2, _SSL_2_HELLO = 0x80, 0x01
"""A bit of the first byte, and the third byte, of a hello in SSL 2.0's form, which has no room for
a name (RFC 5246, E.2)."""
_OTHER_RECORDS = (0x14, 0x15, 0x17, 0x18)
"""TLS record types beside the handshake's. Servers pass over an alert that is only a warning, so a
hello may follow it (RFC 8446, section 5.1; RFC 6520)."""
_HANDSHAKE = 0x16
"""TLS record type (RFC 8446, section 5.1)."""
_TLS_MAJOR = 3
"""First byte of a record's version, whatever TLS it is (RFC 8446, section 5.1)."""
_CLIENT_HELLO = 0x01
"""Handshake message type (RFC 8446, section 4)."""
_SERVER_NAME = 0
"""Extension type (RFC 6066, section 3)."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a connection opened with. `names` are the SNI's host names as written, TLS only."""

    kind: Kind
    names: tuple[str, ...] = ()
    whole: bool = True
    """False: given up at the bound, or of a kind that hides what follows. Its names are hidden."""
    silent: bool = False
    """Whether the client says nothing: it waits for the server to speak first."""


_NOT_WEB, _HIDDEN = Opening("other"), Opening("other", whole=False)


class OpeningReader:
    """Feed it; it answers None until it knows, then always the same Opening."""

    def __init__(self) -> None:
        self._found: Opening | None = None
        self._length = 0
        self._start = bytearray()
        self._searched = 0
        self._header = bytearray()
        self._in_record = 0
        self._hello = bytearray()

    def feed(self, data: bytes) -> Opening | None:
        if self._found is None and data:
            if not self._start:
                # Servers pass over empty lines before a request (RFC 9112, section 2.2).
                said = data.lstrip(b"\r\n")
                self._length += len(data) - len(said)
                data = said
            first = (self._start or data or b"\n")[0]
            if data:
                self._found = self._tls(data) if first == _HANDSHAKE else self._plain(first, data)
            if self._found == _NOT_WEB and Disguise().shows_in(bytes(self._start)):
                self._found = _HIDDEN
            if self._found is None and self._length >= LONGEST:
                self._found = Opening("tls" if first == _HANDSHAKE else "other", whole=False)
        return self._found

    def _plain(self, first: int, data: bytes) -> Opening | None:
        self._start += data[: LONGEST - self._length]
        self._length += len(data)
        if first in _BEFORE_A_REQUEST:
            return _HIDDEN
        if first & _SSL_2:
            return self._told_by(2, _SSL_2_HELLO)
        if first in _OTHER_RECORDS:
            return self._told_by(1, _TLS_MAJOR)
        end = _NO_TOKEN.search(self._start, self._searched)
        if end is None:
            self._searched = len(self._start)
            return None
        return _after_word(bytes(self._start[: end.start()]), self._start[end.start() :])

    def _told_by(self, place: int, sign: int) -> Opening | None:
        """Whether a byte says that TLS follows which cannot be read; None while it has not come."""
        if len(self._start) <= place:
            return None
        return Opening("other", whole=self._start[place] != sign)

    def _tls(self, data: bytes) -> Opening | None:
        self._start += data[: 1 - len(self._start)]
        at = 0
        while at < len(data) and self._length < LONGEST:
            if self._in_record == 0:
                taken = data[at : at + 5 - len(self._header)]
                self._header += taken
                at += len(taken)
                self._length += len(taken)
                if not _may_be_handshake(self._header):
                    return _HIDDEN
                if len(self._header) == 5:
                    self._in_record = struct.unpack_from("!H", self._header, 3)[0]
                    self._header.clear()
            else:
                taken = data[at : at + min(self._in_record, LONGEST - self._length)]
                self._hello += taken
                at += len(taken)
                self._in_record -= len(taken)
                self._length += len(taken)
                if self._hello[0] != _CLIENT_HELLO:
                    return _HIDDEN
                if len(self._hello) >= 4:
                    end = 4 + int.from_bytes(self._hello[1:4])
                    if len(self._hello) >= end:
                        return Opening("tls", server_names(bytes(self._hello[4:end])))
        return None


def _after_word(word: bytes, rest: bytes | bytearray) -> Opening | None:
    """What begins with a word of a method's letters; None while more must come.

    A word of letters alone and a space begin a request. With other letters (M-SEARCH, BITS_POST),
    only what can be nothing but a target shows one: SSH's banner has a space too.
    """
    if not word or rest[0] not in _SPACE:
        return _NOT_WEB
    if word.isalpha():
        # `PRI *` opens HTTP/2 without TLS, which would hide every request after the first.
        return _HIDDEN if word == b"PRI" else Opening("http")
    target = rest.lstrip(_SPACE)[:4].lower()
    if target[:1] in (b"/", b"*") or target == b"http":
        return Opening("http")
    return None if b"http".startswith(target) else _NOT_WEB


def _may_be_handshake(header: bytearray) -> bool:
    """Whether the bytes of a record's header so far can open a handshake (RFC 8446, 5.1)."""
    if header[0] != _HANDSHAKE or (len(header) > 1 and header[1] != _TLS_MAJOR):
        return False
    return len(header) < 5 or struct.unpack_from("!H", header, 3)[0] > 0


def server_names(hello: bytes) -> tuple[str, ...]:
    """The host names of a ClientHello's body; none where it has no SNI or breaks off before it.

    All of them, also where there is more than one SNI: some servers take the first, others the last
    (RFC 8446, section 4.1.2; RFC 6066, section 3).
    """
    names: list[str] = []
    try:
        at = 34
        at += 1 + hello[at]
        at += 2 + struct.unpack_from("!H", hello, at)[0]
        at += 1 + hello[at]
        end = at + 2 + struct.unpack_from("!H", hello, at)[0]
        at += 2
        while at + 4 <= min(end, len(hello)):
            kind, length = struct.unpack_from("!HH", hello, at)
            if kind == _SERVER_NAME:
                names += _names_in(hello[at + 4 : at + 4 + length])
            at += 4 + length
    except (IndexError, struct.error):
        pass  # it breaks off: what it showed until then counts
    return tuple(names)


def _names_in(extension: bytes) -> list[str]:
    names = []
    at = 2
    while at + 3 <= len(extension):
        kind, length = struct.unpack_from("!BH", extension, at)
        if kind == 0:
            names.append(extension[at + 3 : at + 3 + length].decode("ascii", "replace"))
        at += 3 + length
    return names

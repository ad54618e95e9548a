"""The first bytes of a connection, read as they come: TLS with its names, HTTP, or neither.

No mitmproxy and no policy here. The reader is fed whatever arrived and never looks at a byte twice
(but for the few of a record's header), so that a hello sent byte by byte costs no more than one
sent whole.
"""

import re
import struct
from dataclasses import dataclass
from typing import Literal

LONGEST = 16 * 1024
"""Bytes of a ClientHello that are read before it counts as one that hides its name."""

Kind = Literal["tls", "http", "other"]

# Of letters alone, or with `-` and `_` (M-SEARCH, BITS_POST) before what can only be a target.
# Some servers take a tab for the space.
_METHOD = re.compile(
    rb"(?:[A-Za-z]{1,20}[ \t]|[A-Za-z][A-Za-z0-9_-]{0,30}[ \t](?:/|\*|[Hh][Tt][Tt][Pp]))"
)
_METHOD_SO_FAR = re.compile(
    rb"(?:[A-Za-z][A-Za-z0-9_-]{0,30})?(?:[ \t](?:[Hh](?:[Tt](?:[Tt])?)?)?)?\Z"
)
# Some servers take a request after a space.
_BEFORE_A_REQUEST = b"\t "
_SSL_2 = 0x80
"""The first byte of a hello in SSL 2.0's form, which has no room for a name (RFC 5246, E.2)."""
_HANDSHAKE = 0x16
"""TLS record type (RFC 8446, section 5.1)."""
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


class OpeningReader:
    """Feed it; it answers None until it knows, then always the same Opening."""

    def __init__(self) -> None:
        self._found: Opening | None = None
        self._length = 0
        self._start = bytearray()
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
            if first in _BEFORE_A_REQUEST or first == _SSL_2:
                self._found = Opening("other", whole=False)
            elif data:
                self._found = self._tls(data) if first == _HANDSHAKE else self._plain(data)
            if self._found is None and self._length >= LONGEST:
                self._found = Opening("tls" if first == _HANDSHAKE else "other", whole=False)
        return self._found

    def _plain(self, data: bytes) -> Opening | None:
        self._start += data[:64]
        self._length += len(data)
        if _METHOD.match(self._start):
            # `PRI *` opens HTTP/2 without TLS, which would hide every request after the first.
            hides = self._start.startswith(b"PRI ")
            return Opening("other", whole=False) if hides else Opening("http")
        return None if _METHOD_SO_FAR.match(self._start) else Opening("other")

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
                    return Opening("other", whole=False)
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
                    return Opening("other", whole=False)
                if len(self._hello) >= 4:
                    end = 4 + int.from_bytes(self._hello[1:4])
                    if len(self._hello) >= end:
                        return Opening("tls", server_names(bytes(self._hello[4:end])))
        return None


def _may_be_handshake(header: bytearray) -> bool:
    """Whether the bytes of a record's header so far can open a handshake (RFC 8446, 5.1)."""
    if header[0] != _HANDSHAKE or (len(header) > 1 and header[1] != 3):
        return False
    return len(header) < 5 or struct.unpack_from("!H", header, 3)[0] > 0


def server_names(hello: bytes) -> tuple[str, ...]:
    """The host names of a ClientHello's body; none where it has no SNI or breaks off.

    Source: RFC 8446 section 4.1.2, RFC 6066 section 3.
    """
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
                return tuple(_names_in(hello[at + 4 : at + 4 + length]))
            at += 4 + length
    except (IndexError, struct.error):
        return ()
    return ()


def _names_in(extension: bytes) -> list[str]:
    names = []
    at = 2
    while at + 3 <= len(extension):
        kind, length = struct.unpack_from("!BH", extension, at)
        if kind == 0:
            names.append(extension[at + 3 : at + 3 + length].decode("ascii", "replace"))
        at += 3 + length
    return names

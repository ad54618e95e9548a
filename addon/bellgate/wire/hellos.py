"""Every ClientHello of a connection, for as long as they come in the clear.

A server may ask for a second one (RFC 8446, section 4.1.4), and some go by the name in that. No
policy here.
"""

import struct

from bellgate.wire.opening import LONGEST, server_names

_HANDSHAKE, _CHANGE_CIPHER = 0x16, 0x14
"""TLS record types: what follows another one is encrypted, or no hello."""
_CLIENT_HELLO = 0x01
"""Handshake message type (RFC 8446, section 4)."""


class Hellos:
    """Fed what a client sends, from its first byte on."""

    def __init__(self) -> None:
        self.over = False
        """Whether no further hello can come in the clear."""
        self._waiting = bytearray()
        self._message = bytearray()
        self._read = 0

    def feed(self, data: bytes) -> list[tuple[str, ...]]:
        """The names of each hello that is whole by now, but for the first one's."""
        found: list[tuple[str, ...]] = []
        self._waiting += data
        while not self.over and len(self._waiting) >= 5:
            kind, size = self._waiting[0], struct.unpack_from("!H", self._waiting, 3)[0]
            if kind not in (_HANDSHAKE, _CHANGE_CIPHER) or size > LONGEST:
                self.over = True
            elif len(self._waiting) < 5 + size:
                return found
            else:
                if kind == _HANDSHAKE:
                    self._message += self._waiting[5 : 5 + size]
                    found += self._whole_ones()
                del self._waiting[: 5 + size]
        if self.over:
            self._waiting.clear()
            self._message.clear()
        return found

    def _whole_ones(self) -> list[tuple[str, ...]]:
        found = []
        while len(self._message) >= 4 and not self.over:
            end = 4 + int.from_bytes(self._message[1:4])
            if self._message[0] != _CLIENT_HELLO or end > LONGEST:
                self.over = True
            elif len(self._message) < end:
                break
            else:
                if self._read:
                    found.append(server_names(bytes(self._message[4:end])))
                self._read += 1
                del self._message[:end]
        return found

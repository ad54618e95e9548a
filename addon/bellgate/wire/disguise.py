"""TLS or HTTP behind other bytes, on a connection that opened with neither.

Some servers pass over what stands before a request, and a SOCKS proxy takes a few bytes of its own
first. So the beginning of what is no web page is looked through for one. No policy here.
"""

import re

LOOKED_THROUGH_BYTES = 16 * 1024
"""Of what the client says: nobody takes a request behind more than that."""

# A record with a ClientHello in it (RFC 8446, sections 4 and 5.1), or a request's end of line.
_WEB = re.compile(
    rb"\x16\x03[\x00-\x04][\x00-\x40][\x00-\xff]\x01\x00|[ \t]HTTP/[0-9]\.[0-9][ \t]*\r?\n"
)
_LONGEST_SIGN = 32
"""Bytes that are kept of what was looked through, for a sign that comes in pieces."""


class Disguise:
    """Fed what a client says; it answers whether a page is asked for in it."""

    def __init__(self) -> None:
        self._end = b""
        self._seen = 0

    def shows_in(self, data: bytes) -> bool:
        """Whether a hello or a request shows by now."""
        if self._seen >= LOOKED_THROUGH_BYTES:
            return False
        self._seen += len(data)
        beginning = self._end + data[:LOOKED_THROUGH_BYTES]
        self._end = beginning[-_LONGEST_SIGN:]
        return _WEB.search(beginning) is not None

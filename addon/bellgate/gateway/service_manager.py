"""What a service says to systemd: that it is ready, and that it is alive. Nothing else lives here.

The protocol is one datagram to a socket that systemd names; it is stable and documented with a
short program of its own (sd_notify(3)), so no library is needed for it.
"""

import os
import socket
from contextlib import suppress


def tell(state: str) -> None:
    """`READY=1`, `WATCHDOG=1`. Says nothing where nobody listens. Never raises: a word that systemd
    misses has no other end than that it starts us anew."""
    place = os.environ.get("NOTIFY_SOCKET")
    if not place:
        return
    kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
    with suppress(OSError), socket.socket(socket.AF_UNIX, kind) as to:
        # A name that begins with @ is one of the kernel's own, not of a file.
        to.connect("\0" + place[1:] if place.startswith("@") else place)
        to.sendall(state.encode())

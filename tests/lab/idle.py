"""Connections on which nothing moves: a WebSocket that waits for news, as a phone has for push.

    python -m tests.lab.idle MINUTES

By hand, in true time: opens some in every way through the gate at lunch, says nothing for so long,
and then something on each. Prints what came of it; exit status 1 where one was not there any more.
"""

import base64
import os
import ssl
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.lab.network import PORT, Device, Lab, open_lab
from tests.lab.visits import Tls, at_once

SITE = "push.example"
AT_LUNCH = "2026-11-23 12:30"
PROXY = {4: ("10.77.20.1", 8080), 6: ("2001:db8:20::1", 8080)}
MODES = (f"transparent@:{PORT}", "regular@10.77.20.1:8080", "regular@[2001:db8:20::1]:8080")


@dataclass(frozen=True)
class Way:
    ip: int
    proxy: bool
    tls: bool

    def __str__(self) -> str:
        how = "by the proxy" if self.proxy else "transparently"
        return f"{'TLS' if self.tls else 'plain'}, {how}, IPv{self.ip}"


WAYS = [Way(ip, proxy, tls) for ip in (4, 6) for proxy in (False, True) for tls in (False, True)]


class Quiet:
    """A WebSocket that was opened, and is quiet."""

    def __init__(self, lab: Lab, device: Device, way: Way) -> None:
        self.way = way
        port = 443 if way.tls else 80
        where = PROXY[way.ip] if way.proxy else (lab.address(SITE, way.ip), port)
        self._socket = device.namespace.connect(*where, timeout=10)
        if way.proxy and way.tls:
            self._socket.sendall(f"CONNECT {SITE}:443 HTTP/1.1\r\nHost: {SITE}\r\n\r\n".encode())
            assert self._socket.recv(1000).startswith(b"HTTP/1.1 200")
        self._tls: Tls | None = None
        if way.tls:
            context = ssl.create_default_context(cafile=lab.authority)
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT
            self._tls = Tls(self._socket, SITE, context, at_once)
        target = f"http://{SITE}/socket" if way.proxy and not way.tls else "/socket"
        key = base64.b64encode(os.urandom(16)).decode()
        self._send(
            f"GET {target} HTTP/1.1\r\nHost: {SITE}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        assert self._receive().startswith(b"HTTP/1.1 101"), str(way)

    def is_there(self) -> bool:
        """Whether what is said now comes back."""
        try:
            self._send(b"\x81\x85\0\0\0\0hello")
            return self._receive().endswith(b"hello")
        except OSError:
            return False

    def close(self) -> None:
        self._socket.close()

    def _send(self, data: bytes) -> None:
        self._tls.send(data) if self._tls else self._socket.sendall(data)

    def _receive(self) -> bytes:
        return self._tls.receive() if self._tls else self._socket.recv(65536)


def lost_after(lab: Lab, seconds: float) -> Sequence[Way]:
    """The ways in which a connection that was quiet for so long is not there any more."""
    quiet = [Quiet(lab, lab.staff, way) for way in WAYS]
    time.sleep(seconds)
    lost = [each.way for each in quiet if not each.is_there()]
    for each in quiet:
        each.close()
    return lost


def main(minutes: float) -> int:
    with TemporaryDirectory() as folder:
        for lab in open_lab(Path(folder), [SITE]):
            lab.divert()
            lab.gate(AT_LUNCH, modes=MODES)
            lost = lost_after(lab, minutes * 60)
            print(f"{len(WAYS) - len(lost)} of {len(WAYS)} were there after {minutes:g} minutes")
            for way in lost:
                print(f"lost: {way}")
            return 1 if lost else 0
    return 1


if __name__ == "__main__":
    raise SystemExit(main(float(sys.argv[1])))

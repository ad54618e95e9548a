"""A TLS connection of a device that stays open, until somebody cuts it."""

import ssl
import time
from pathlib import Path

from tests.lab.namespace import Namespace


class OpenConnection:
    """Open from its making. Trusts `authority` alone."""

    def __init__(self, authority: Path, namespace: Namespace, host: str, address: str) -> None:
        context = ssl.create_default_context(cafile=authority)
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        plain = namespace.connect(address, 443)
        self.socket = context.wrap_socket(plain, server_hostname=host)

    @property
    def is_there(self) -> bool:
        """Whether something comes back; a connection that was cut says so."""
        self.socket.settimeout(2)
        try:
            self.socket.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            return self.socket.recv(1000).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def ended_within(self, seconds: float) -> bool:
        """Whether its end comes by itself, without a word of the client's."""
        end = time.monotonic() + seconds
        try:
            while (left := end - time.monotonic()) > 0:
                self.socket.settimeout(left)
                if not self.socket.recv(1000):
                    return True
        except TimeoutError:
            return False
        except OSError:
            return True
        return False

"""The device's side: does what `tries.py` says, by the standard library, and says what came of it.

Everything runs inside the device's namespace; `away.py` says what came through.
"""

import ipaddress
import socket
import ssl
import struct
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Final

from bellgate.gateway.probe_wire import SINKS4, SINKS6
from bellgate.gateway.ways.away import OPEN_WORD, Arrived, Away, waited_for
from bellgate.gateway.ways.by_hand import DIES_ON_THE_WAY, ByHand
from bellgate.gateway.ways.openings import question
from bellgate.gateway.ways.tries import (
    PLACEHOLDER,
    Asks,
    Browses,
    Dials,
    Forges,
    Outcome,
    Says,
    Sends,
    Tunnels,
    Version,
    Way,
)
from bellgate.policy.probe import DEVICE4, DEVICE6, GATEWAY4, GATEWAY6, SERVER4, SERVER6

_PATIENCE_SECONDS: Final = 2.0
_A_MOMENT_SECONDS: Final = 0.15
"""A packet that comes through has done so by then: it passes one machine."""
_FOREIGN: Final = ("203.0.113.53", "2001:db8:53::53")
_LIVES: Final = 64
"""Hops that a packet has before it, as clients send it."""
_NO_SUCH_NAME = 3
"""NXDOMAIN (RFC 1035)."""
_PROTOCOLS: Final = {"tcp": socket.IPPROTO_TCP, "udp": socket.IPPROTO_UDP}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A way, over one kind of address. `number` tells it apart: each goes to an address of its own,
    so that what came of one says nothing of the next."""

    way: Way
    version: Version
    number: int
    away: Away

    def made(self) -> Outcome:
        """What came of it. For the device's namespace."""
        try:
            went_through, seen = self._made()
        except (OSError, struct.error) as error:
            went_through, seen = False, _in_words(error)
        return Outcome(self.way, self.version, went_through == self.way.opens, seen)

    def _made(self) -> tuple[bool, str]:
        does = self.way.does
        match does:
            case Asks():
                return self._asked(does)
            case Sends():
                return self._sent(does)
            case Tunnels():
                return self._tunnelled(does)
            case Says():
                return self._said(does)
            case Forges():
                return self._forged(does)
            case Browses():
                return self._browsed(does)
            case Dials():
                return self._dialled(does)

    @property
    def _family(self) -> socket.AddressFamily:
        return socket.AF_INET if self.version == 4 else socket.AF_INET6

    def _one_of(self, addresses: tuple[str, str]) -> str:
        return addresses[self.version == 6]

    def _sink(self, within: str | None = None) -> str:
        network = ipaddress.ip_network(within or self._one_of((SINKS4, SINKS6)))
        return str(network[self.number + 1])

    def _asked(self, asks: Asks) -> tuple[bool, str]:
        """It went through where something else came back than what our DNS must say."""
        to = self._one_of(_FOREIGN if asks.foreign else (GATEWAY4, GATEWAY6))
        kind = socket.SOCK_STREAM if asks.tcp else socket.SOCK_DGRAM
        asked = question(asks.name, asks.kind)
        with socket.socket(self._family, kind) as asking:
            asking.settimeout(_PATIENCE_SECONDS)
            asking.connect((to, 53))
            if asks.tcp:
                asking.sendall(struct.pack("!H", len(asked)) + asked)
                size = struct.unpack("!H", asking.recv(2, socket.MSG_WAITALL))[0]
                answer = asking.recv(size, socket.MSG_WAITALL)
            else:
                asking.send(asked)
                answer = asking.recv(4096)
        _, flags, _, count, _, _ = struct.unpack_from("!6H", answer)
        code = flags & 0xF
        protocol = _PROTOCOLS["tcp" if asks.tcp else "udp"]
        if asks.foreign and self.away.arrived(Arrived(protocol, to, 53)):
            return True, "the question went out to somebody else's name server"
        if asks.wants == "no such name" and code == _NO_SUCH_NAME:
            return False, "our DNS says that there is no such name"
        if count:
            return True, "our DNS has an answer"
        # Without an answer a name is still one that there is: a canary must not be.
        return asks.wants == "no such name", f"our DNS has no answer (code {code})"

    def _sent(self, sends: Sends) -> tuple[bool, str]:
        to = self._one_of(sends.to) if sends.to else self._sink()
        seen = "no answer"
        kind = socket.SOCK_STREAM if sends.protocol == "tcp" else socket.SOCK_DGRAM
        with socket.socket(self._family, kind) as client:
            client.settimeout(_A_MOMENT_SECONDS)
            try:
                client.connect((to, sends.port))
                if sends.protocol == "udp":
                    client.send(sends.data)
                    client.recv(2048)
            except OSError as error:
                seen = _in_words(error)
            return self._came_through(Arrived(_PROTOCOLS[sends.protocol], to, sends.port), seen)

    def _tunnelled(self, tunnels: Tunnels) -> tuple[bool, str]:
        to = self._sink()
        with socket.socket(self._family, socket.SOCK_RAW, tunnels.protocol) as client:
            client.sendto(bytes(40), (to, 0))
            return self._came_through(Arrived(tunnels.protocol, to, 0), "it is held back")

    def _came_through(self, packet: Arrived, seen: str) -> tuple[bool, str]:
        if waited_for(lambda: self.away.arrived(packet), _A_MOMENT_SECONDS):
            return True, "it comes through to the internet"
        return False, seen

    def _said(self, says: Says) -> tuple[bool, str]:
        to = self._address_of(says.by) if says.by else self._sink(says.within)
        shown = f"[{to}]" if ":" in to else to
        pieces = tuple(p.replace(PLACEHOLDER.encode(), shown.encode()) for p in says.pieces)
        whole, seen = b"".join(pieces), ""
        for _ in range(2):
            seen = self._say_once(to, says.port, pieces, whole)
            if whole in self.away.heard(to):
                return True, "all that it says arrives at the server"
        return False, seen

    def _address_of(self, name: str) -> str:
        """Where a name leads, asked of our DNS: from then on the sentry knows it, too."""
        with socket.socket(self._family, socket.SOCK_DGRAM) as asking:
            asking.settimeout(_PATIENCE_SECONDS)
            asking.connect((self._one_of((GATEWAY4, GATEWAY6)), 53))
            asking.send(question(name, 1 if self.version == 4 else 28))
            answer = asking.recv(4096)
        return socket.inet_ntop(self._family, answer[-4 if self.version == 4 else -16 :])

    def _say_once(self, to: str, port: int, pieces: tuple[bytes, ...], whole: bytes) -> str:
        """What the client meets: until there is an answer, an end, or the server has heard all."""
        try:
            with socket.create_connection((to, port), _PATIENCE_SECONDS) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for piece in pieces:
                    connection.sendall(piece)
                connection.settimeout(0.05)
                end = time.monotonic() + _PATIENCE_SECONDS
                while time.monotonic() < end and whole not in self.away.heard(to):
                    with suppress(TimeoutError):
                        return _answered(connection.recv(4096))
        except OSError as error:
            return _in_words(error)
        return "no answer"

    def _forged(self, forges: Forges) -> tuple[bool, str]:
        to = self._address_of(forges.by)
        with closing(ByHand(self._one_of((DEVICE4, DEVICE6)), to)) as client:
            for piece in forges.pieces:
                client.say(
                    piece.data,
                    piece.at,
                    lives=DIES_ON_THE_WAY if piece.dies else _LIVES,
                    good=piece.good,
                    known=piece.known,
                    in_fragments=piece.in_fragments,
                )
                time.sleep(0.05)  # each by itself: what is decided of one is in force for the next
            client.answered(0.3)
            if waited_for(lambda: forges.hears in self.away.heard(to), _A_MOMENT_SECONDS):
                return True, "all that it says arrives at the server"
            return False, "the connection is reset" if client.was_reset else "no answer"

    def _browsed(self, browses: Browses) -> tuple[bool, str]:
        """Once at least, and again: the kernel's path sends a browser to the gate that way."""
        seen = ""
        for _ in range(2):
            try:
                seen = self._browse_once(browses)
            except OSError as error:
                seen = _in_words(error)
            if seen == browses.wants:
                break
        if self.way.opens:
            return seen == browses.wants, f"the client gets {seen}"
        return seen == "the site", f"the client gets {seen}"

    def _browse_once(self, browses: Browses) -> str:
        to, port = self._one_of((SERVER4, SERVER6)), 443 if browses.tls else 80
        with socket.create_connection((to, port), _PATIENCE_SECONDS) as plain:
            connection = (
                _trusting().wrap_socket(plain, server_hostname=browses.hosts[0])
                if browses.tls
                else plain
            )
            answer = b""
            for host in browses.hosts:
                connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                answer = connection.recv(65536)
                while b"\r\n\r\n" in answer and not answer.partition(b"\r\n\r\n")[2]:
                    answer += connection.recv(65536) or b" "
            return named_in(answer)

    def _dialled(self, dials: Dials) -> tuple[bool, str]:
        to = self._one_of((GATEWAY4, GATEWAY6))
        with socket.create_connection((to, dials.port), _PATIENCE_SECONDS):
            return True, "the gateway takes the connection"


def _trusting() -> ssl.SSLContext:
    # The site's certificate is its own, made for the moment: what matters is who answers.
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    return trust


def named_in(answer: bytes) -> str:
    """Who answered a request over HTTP, in words."""
    if answer.startswith(b"HTTP/1.1 403") and b"Bellgate" in answer:
        return "the page"
    if OPEN_WORD in answer:
        return "the site"
    return answer.partition(b"\r\n")[0].decode("latin-1")[:80] or "nothing"


def _answered(answer: bytes) -> str:
    if not answer:
        return "the connection is ended"
    return "the gate answers" if not answer.startswith(b"\x15") else "the gate refuses it"


def _in_words(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "it is refused at once"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return "the connection is reset"
    if isinstance(error, TimeoutError):
        return "nothing answers"
    return f"it fails ({error})"

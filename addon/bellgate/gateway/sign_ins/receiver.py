"""The port that access points send accounting to: packets in, reports out, each answered.

A thread of its own, which nobody waits for. Whoever is none of `clients` is not read; of the others
so many packets a second are, and no more: what does not fit is sent again by who sent it.
"""

import logging
import select
import socket
import threading
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from time import monotonic
from typing import Final

from bellgate.complaints import NowAndThen
from bellgate.policy.facts import address
from bellgate.wire.accounting import LONGEST, NotAccounting, Report, answer_to, report_in

logger = logging.getLogger(__name__)

A_SECOND: Final = 500
"""Packets read in a second: ten times what a large school's access points send at the bell."""
_LOOK_SECONDS: Final = 0.25

Heard = Callable[[Report, str], None]
"""A report, and the address of the client that sent it."""


class Receiver:
    """Listens from its making until `close`. Raises OSError where the address cannot be had."""

    def __init__(
        self, host: str, port: int, clients: Collection[str], secret: bytes, heard: Heard
    ) -> None:
        self._clients, self._secret, self._heard = frozenset(clients), secret, heard
        self.counts: Counter[str] = Counter()
        """Packets by what became of them: `taken`, `not a client`, `not believed`."""
        self._failures = NowAndThen()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.bind((host, port))
            self._socket.setblocking(False)
        except OSError:
            self._socket.close()
            raise
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="sign-ins", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ending.set()
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        begun, read = monotonic(), 0
        while not self._ending.is_set():
            if not select.select([self._socket], [], [], _LOOK_SECONDS)[0]:
                continue
            now = monotonic()
            if now - begun >= 1:
                begun, read = now, 0
            if read >= A_SECOND:
                self._ending.wait(begun + 1 - now)
                continue
            read += 1
            try:
                self._read_one()
            except Exception as error:
                # One packet must not end the listening; without an answer it is sent again.
                said = f"An accounting packet could not be taken in ({type(error).__name__})"
                if self._failures.is_due(said, now):
                    logger.exception(said)

    def _read_one(self) -> None:
        with suppress(BlockingIOError):
            packet, sender = self._socket.recvfrom(LONGEST + 1)
            client = address(str(sender[0])) or ""
            if client not in self._clients:
                self.counts["not a client"] += 1
                return
            try:
                report = report_in(packet, self._secret)
            except NotAccounting as why:
                self.counts["not believed"] += 1
                self._say(f"An accounting packet from {client} was not believed: {why}")
                return
            # Only what was taken in is answered (RFC 2866, section 2).
            self._heard(report, client)
            self.counts["taken"] += 1
            self._socket.sendto(answer_to(packet, self._secret), sender)

    def _say(self, said: str) -> None:
        """Now and then: each packet would be a line of the journal."""
        if self._failures.is_due(said, monotonic()):
            logger.warning(said)

"""The set `named` in the kernel: where names lead that are restricted now.

Connections there come to the gate at once, so that the first attempt already gets the page. Kept
from the answers of our name server, at each of them and at each bell.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Final, Protocol

from bellgate.policy.decide import Policy
from bellgate.sentry.leads import Leads
from bellgate.sentry.restricted import Restricted
from bellgate.wire.name_answers import Answer

PREFIX = "named"
_MOST: Final = 200_000
"""Addresses; the kernel's sets have a size."""


class Sets(Protocol):
    """What is asked of the kernel's sets. Each raises OSError."""

    def put_addresses(self, prefix: str, addresses: Iterable[bytes]) -> None: ...
    def take_addresses(self, prefix: str, addresses: Iterable[bytes]) -> None: ...
    def empty(self, *names: str) -> None: ...


class Named:
    """What the set holds, and what it should hold."""

    def __init__(self, leads: Leads, sets: Sets, policy: Policy, instant: datetime) -> None:
        self._leads, self._sets = leads, sets
        self._restricted = Restricted(policy, instant)
        self._there: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._there)

    def heard(self, answer: Answer, now: float) -> None:
        """An answer went out; whoever asked connects in a moment. Raises OSError."""
        self._leads.heard(answer, now)
        if not self._restricted.names(answer.name):
            return
        new = {address for address, _ in answer.addresses} - self._there
        if new and len(self._there) < _MOST:
            self._sets.put_addresses(PREFIX, new)
            self._there |= new

    def ring(self, policy: Policy, instant: datetime, now: float) -> None:
        """Something else may be restricted from now on. Raises OSError."""
        self._restricted = Restricted(policy, instant)
        self.tidy(now)

    def tidy(self, now: float) -> None:
        """Bring the set up to what is known now. Raises OSError."""
        wanted = self._wanted(now)
        self._sets.take_addresses(PREFIX, self._there - wanted)
        self._sets.put_addresses(PREFIX, wanted - self._there)
        self._there = wanted

    def begin(self, now: float) -> None:
        """Of a set that another sentry left. Raises OSError."""
        self._sets.empty(f"{PREFIX}4", f"{PREFIX}6")
        self.fill(now)

    def fill(self, now: float) -> None:
        """Of a set that may be empty, as after the rules were loaded. Nothing is taken out of it,
        not for a moment. Raises OSError."""
        self._there = self._wanted(now)
        self._sets.put_addresses(PREFIX, self._there)

    def _wanted(self, now: float) -> set[bytes]:
        wanted = {
            address
            for name in self._leads
            if self._restricted.names(name)
            for address in self._leads.addresses_of(name, now)
        }
        # Those beyond come to the gate at their second attempt.
        return wanted if len(wanted) <= _MOST else set(islice(wanted, _MOST))

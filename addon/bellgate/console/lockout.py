"""Guessing passwords: who has failed too often, by account and by address. Pure but for its memory.

Nobody can shut the head out by failing in their name: a lock asks for more, it never says no. Once
an account or an address is locked, the password alone is not enough; with the second factor's code
it is. Where somebody has no second factor, `bellgate console reset NAME` at the machine opens it.
"""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

WITHIN: Final = timedelta(minutes=15)
"""How long a failure counts."""
OF_ACCOUNT_FROM_ADDRESS: Final = 5
"""Failures of one account from one address before it asks for more."""
OF_ACCOUNT: Final = 20
"""Failures of one account from anywhere."""
OF_ADDRESS: Final = 40
"""Failures from one address, whatever the account. A staff room may share one."""
OF_CODES: Final = 10
"""Wrong codes of one account: then only the machine opens it, or time."""
MOST: Final = 10_000
"""Accounts and addresses remembered at most."""

_Key = tuple[str, ...]


class Lockout:
    """What has failed lately. Forgotten with the process: a restart is at the machine."""

    def __init__(self) -> None:
        self._failed: OrderedDict[_Key, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def failed(self, name: str, address: str, now: datetime) -> None:
        for key in (("both", name, address), ("name", name), ("address", address)):
            self._add(key, now)

    def wrong_code(self, name: str, now: datetime) -> None:
        self._add(("code", name), now)

    def succeeded(self, name: str, address: str) -> None:
        """What failed from elsewhere still counts: it was somebody else."""
        with self._lock:
            self._failed.pop(("both", name, address), None)
            self._failed.pop(("code", name), None)

    def asks_for_more(self, name: str, address: str, now: datetime) -> bool:
        """Whether the password alone is not enough at present."""
        return (
            self._count(("both", name, address), now) >= OF_ACCOUNT_FROM_ADDRESS
            or self._count(("name", name), now) >= OF_ACCOUNT
            or self._count(("address", address), now) >= OF_ADDRESS
        )

    def codes_are_guessed(self, name: str, now: datetime) -> bool:
        return self._count(("code", name), now) >= OF_CODES

    def _add(self, key: _Key, now: datetime) -> None:
        with self._lock:
            times = self._failed.setdefault(key, deque(maxlen=OF_ADDRESS))
            times.append(now)
            self._failed.move_to_end(key)
            while len(self._failed) > MOST:
                self._failed.popitem(last=False)

    def _count(self, key: _Key, now: datetime) -> int:
        with self._lock:
            return sum(1 for at in self._failed.get(key, ()) if now - at < WITHIN)

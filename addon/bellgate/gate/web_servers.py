"""Which web servers each device has just spoken to: there its silence is no sign of anything.

Pure; the time is given. A browser opens spare connections to a server that it reads pages from, and
often says nothing on them. Their server does not speak first, so they are not `not-web`.
"""

from collections import OrderedDict
from typing import Final

_REMEMBERED_SECONDS: Final = 300.0
"""As long as Chromium keeps a connection to a server after its last use."""
_MOST_SERVERS: Final = 10_000
"""Of all devices together: 2.6 MB when full."""


class WebServers:
    """Servers by the own name of the share that spoke to them, the latest last. Bounded."""

    def __init__(self) -> None:
        self._spoken: OrderedDict[tuple[str, str, int], float] = OrderedDict()

    def spoken_to(self, share: str, server: tuple[str, int], elapsed: float) -> None:
        """A device opened a connection there with HTTP or a hello. `elapsed` is in seconds."""
        key = (share, *server)
        self._spoken[key] = elapsed
        self._spoken.move_to_end(key)
        if len(self._spoken) > _MOST_SERVERS or self._is_past(next(iter(self._spoken)), elapsed):
            self._spoken.popitem(last=False)

    def knows(self, share: str, server: tuple[str, int], elapsed: float) -> bool:
        """Whether the device has spoken to that server within the last five minutes."""
        return not self._is_past((share, *server), elapsed)

    def _is_past(self, key: tuple[str, str, int], elapsed: float) -> bool:
        at = self._spoken.get(key)
        return at is None or elapsed - at > _REMEMBERED_SECONDS

"""Which devices did not believe the page for which names, and until when that is held to.

Pure: the time is an argument. The newest stand last, of each device and of all, so that what is
forgotten first is what is oldest, and one device's invented names push out nobody else's.
"""

from datetime import datetime, timedelta

_LASTS = timedelta(days=1)
_MOST_DEVICES, _MOST_NAMES_OF_ONE = 2_000, 50


class Distrust:
    """Hosts by device."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, datetime]] = {}

    def remember(self, device: str, host: str, now: datetime) -> None:
        """For a day the device is shown no page for this name."""
        hosts = self._of.pop(device, {})
        self._of[device] = hosts
        hosts.pop(host, None)
        hosts[host] = now + _LASTS
        if len(hosts) > _MOST_NAMES_OF_ONE:
            del hosts[next(iter(hosts))]
        if len(self._of) > _MOST_DEVICES:
            del self._of[next(iter(self._of))]

    def holds(self, device: str, host: str, now: datetime) -> bool:
        until = self._of.get(device, {}).get(host)
        return until is not None and now < until

"""Which refused attempts came to the gate lately: a retry and the sentry's refusal are one attempt.

Memory only, and bounded: what is not remembered is counted twice, and never left out.
"""

from collections import OrderedDict

from bellgate.policy.decide import Decision

HELD_SECONDS = 30.0
"""How long after a refusal of the sentry's its retry belongs to it."""
_MOST = 10_000
"""Devices and hosts; those that came longest ago go first."""

_Key = tuple[str | None, str | None]


class Retries:
    """Seconds of the gate's clock that nobody sets, which is the sentry's too."""

    def __init__(self) -> None:
        self._came: OrderedDict[_Key, float] = OrderedDict()

    def note(self, decision: Decision, now: float) -> None:
        """An attempt was refused here."""
        key = (decision.connection.source_ip, decision.host)
        self._came[key] = now
        self._came.move_to_end(key)
        if len(self._came) > _MOST:
            self._came.popitem(last=False)

    def followed(self, source_ip: str | None, host: str | None, refused: float) -> bool:
        """Whether an attempt of that device at that host came after the sentry refused one."""
        came = self._came.get((source_ip, host))
        return came is not None and refused <= came <= refused + HELD_SECONDS

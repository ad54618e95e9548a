"""Who may open one more connection, before it has said a word.

The share is a device's where the device is certain, else its card's, else its address's. Nothing
here waits: neither for the disk nor for the network.
"""

from collections.abc import Callable

from bellgate.gate.clock import Clock
from bellgate.gate.connections import ClientConnection, Connections
from bellgate.gate.failures import Failures
from bellgate.gate.judge import Judge
from bellgate.gate.shares import Shares

MacOf = Callable[[str], str | None]


class Admission:
    """The gate's door. `shares` counts what it sends away."""

    def __init__(
        self,
        judge: Judge,
        clock: Clock,
        *,
        shares: Shares,
        connections: Connections,
        failures: Failures,
        mac_of: MacOf,
    ) -> None:
        self.shares = shares
        self._judge = judge
        self._clock = clock
        self._connections = connections
        self._failures = failures
        self._mac_of = mac_of

    def admits(self, source_ip: str) -> bool:
        """Whether a device may open one more connection. Must not raise, and must be quick."""
        try:
            share = self._share_of(source_ip, self._mac_of(source_ip))
            held = self._connections.held_by(share)
            return self.shares.take(share, held, self._clock.elapsed())
        except Exception as error:  # noqa: BLE001 - what it shows later is still decided
            self._failures.failed(error, "admits", source_ip, (), undecided=True)
            return True

    def welcome(
        self, source_ip: str, source_port: int, *, known_only: bool
    ) -> ClientConnection | None:
        """A new connection, or None where it is refused before its first byte.

        `known_only`: a proxy that anybody may name must not serve strangers (regular mode).
        """
        now = self._clock.now()
        mac = self._mac_of(source_ip)
        who = self._judge.policy.directory.identify(source_ip, mac, now)
        if known_only and not who.known:
            return None
        return ClientConnection(source_ip, source_port, mac, now, self._share_of(source_ip, mac))

    def _share_of(self, source_ip: str, mac: str | None) -> str:
        """By device, not by address: a device that changes addresses keeps one share."""
        who = self._judge.policy.directory.identify(source_ip, mac, self._clock.now())
        return who.device.name if who.device else mac or source_ip

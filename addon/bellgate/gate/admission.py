"""Who may open one more connection, before it has said a word.

The share is a device's where the device is certain, else one of `shares.Keys`. Nothing here waits:
neither for the disk nor for the network.
"""

from bellgate.gate.clock import Clock
from bellgate.gate.connections import ClientConnection, Connections
from bellgate.gate.failures import Failures
from bellgate.gate.judge import Judge
from bellgate.gate.shares import Key, Keys, Shares
from bellgate.gate.surroundings import Surroundings
from bellgate.policy.facts import Sighting, address
from bellgate.policy.who import Who, is_stranger


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
        surroundings: Surroundings,
    ) -> None:
        self.shares = shares
        self._judge = judge
        self._clock = clock
        self._connections = connections
        self._failures = failures
        self._surroundings = surroundings
        self._keys = Keys()
        self.strangers = 0
        """Connections of strangers so far: none was served."""

    def admits(self, source: str) -> bool:
        """Whether a device may open one more connection. Must not raise, and must be quick.

        `source` is written as `source_of` writes it.
        """
        try:
            ip, sighting = self._at(source)
            share = self._share_of(self._who(ip, sighting), ip, sighting)
            return self.shares.take(share, self._connections.held_by, self._clock.elapsed())
        except Exception as error:  # noqa: BLE001 - what it shows later is still decided
            ip = source.partition("%")[0]
            self._failures.failed(error, "admits", ip, (), undecided=True)
            return True

    def welcome(self, source: str, source_port: int, *, is_brought: bool) -> ClientConnection:
        """A new connection. Where nobody was brought here by the kernel (regular mode), strangers
        are told so, and counted."""
        ip, sighting = self._at(source)
        who = self._who(ip, sighting)
        share = self._share_of(who, ip, sighting)
        connection = ClientConnection(ip, source_port, sighting, self._clock.now(), share)
        connected = self._surroundings.is_connected(ip)
        if not is_brought and is_stranger(who, ip, is_connected=connected):
            connection.of_a_stranger = True
            self.strangers += 1
        return connection

    def _at(self, source: str) -> tuple[str, Sighting]:
        return address(source) or source, self._surroundings.seen(source)

    def _who(self, ip: str, sighting: Sighting) -> Who:
        return self._judge.policy.directory.identify(
            ip,
            sighting.mac,
            self._clock.now(),
            interface=sighting.interface,
            doubt=sighting.doubt,
            duid_mac=sighting.duid_mac,
        )

    def _share_of(self, who: Who, ip: str, sighting: Sighting) -> Key:
        """By device, not by address: a device that changes addresses keeps one share."""
        if who.device is not None:
            return Key(who.device.name)
        return self._keys.of(ip, sighting.mac, sighting.interface, self._clock.elapsed())

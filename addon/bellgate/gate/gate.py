"""The gate, put together from its parts: the door, the judge, the closed sites, the accounts.

Knows no hook and no layer. What may be replaced while it runs is replaced here, so that no part
goes by another policy or another share than the others.
"""

from collections.abc import Callable, Collection, Iterable

from bellgate.gate.accounts import Accounts
from bellgate.gate.admission import Admission
from bellgate.gate.clock import Clock
from bellgate.gate.closed_sites import Certificate, ClosedSites
from bellgate.gate.connections import Connections
from bellgate.gate.dial import Destinations
from bellgate.gate.failures import Failures
from bellgate.gate.judge import Decide, Judge
from bellgate.gate.pac import PacFiles
from bellgate.gate.records import Recording
from bellgate.gate.shares import Shares
from bellgate.gate.surroundings import NoSurroundings, Surroundings
from bellgate.gate.upstream import AS_PLAIN_GATE, AsGateway, Onward, UpstreamLog
from bellgate.policy.decide import Policy, decide
from bellgate.policy.exemptions import Exemption

_NOTHING_KNOWN = NoSurroundings()


class Gate:
    """All that the hooks, the bell and the standing jobs ask. Everything it needs is handed in."""

    def __init__(
        self,
        *,
        policy: Policy,
        clock: Clock,
        recording: Recording,
        certificate: Certificate,
        destinations: Destinations,
        ports: Collection[int] = (),
        as_gateway: AsGateway = AS_PLAIN_GATE,
        shares: Shares,
        surroundings: Surroundings = _NOTHING_KNOWN,
        grant: Callable[[Exemption], object] = lambda _: None,
        decide: Decide = decide,
    ) -> None:
        self.clock = clock
        self.surroundings = surroundings
        self.recording = recording
        self.shares = shares
        self.connections = Connections()
        self.judge = Judge(policy, clock, recording, surroundings=surroundings, decide=decide)
        self.failures = Failures(self.judge, recording)
        self.admission = Admission(
            self.judge,
            clock,
            shares=shares,
            connections=self.connections,
            failures=self.failures,
            surroundings=surroundings,
        )
        self.accounts = Accounts(self.judge, clock, recording)
        self.closed_sites = ClosedSites(
            self.judge,
            clock,
            self.accounts,
            self.connections,
            shares,
            certificate=certificate,
            grant=grant,
        )
        self.stepped: float | None = None
        """When the bell was last looked at, by the clock's `elapsed`: a sign that the loop goes
        round."""
        self._destinations = destinations
        self.ports = ports
        """Those that the regular mode serves beside 80 and 443."""
        self.pac = PacFiles()
        self.as_gateway = as_gateway
        self.upstream_log = UpstreamLog()
        self.proxy_trouble: str | None = None
        """Why it is not, though it is to be."""

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.judge.policy

    def adopt(
        self,
        policy: Policy,
        destinations: Destinations,
        ports: Collection[int] = (),
        *,
        as_gateway: AsGateway = AS_PLAIN_GATE,
    ) -> None:
        """Decide by another policy from the next question on. The bell sees to what is open."""
        self._destinations = destinations
        self.ports = ports
        self.as_gateway = as_gateway
        self.judge.policy = policy

    def share_out(self, rate: float, burst: int) -> None:
        """Go by another share for each device from now on: so many a second, so many at once."""
        self.shares.adopt(rate, burst)
        self.closed_sites.share_out(self.shares)

    def exempt(self, kept: Iterable[Exemption]) -> None:
        """Go by the exemptions that are kept in the state folder."""
        self.judge.exempt(kept)

    def ended(self) -> None:
        """The last words for the record."""
        self.recording.observed(self.judge.observed.take())
        self.recording.stopped()

    def onward(self, source_ip: str, ip: str) -> Onward | None:
        """The way through the filter, for a device that goes to an address; None: there is no
        filter on the way, or the address lies inside."""
        upstream = self.as_gateway.upstream
        if upstream is None or self._destinations.names(ip):
            return None
        return Onward(upstream, self.upstream_log, source_ip)

    def may_reach(self, ip: str) -> bool:
        """Whether the gate may connect there for a client."""
        return self._destinations.permits(ip)

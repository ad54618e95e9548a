"""The gate put together out of the rooms: policy, certificate, journal, clock. No printing here.

The one place that knows how the parts fit; `bellgate run` and the mitmdump entry both use it.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path

from bellgate.audit import Journal, LogPaths, empty_simulated
from bellgate.audit.log.anchors import Folder
from bellgate.audit.log.entries import newest_time
from bellgate.gate.clock import Clock, MachineClock, SimulatedClock
from bellgate.gate.closed_sites import Certificate
from bellgate.gate.dial import Destinations
from bellgate.gate.gate import Gate
from bellgate.gate.records import Recording
from bellgate.gate.shares import Shares
from bellgate.gate.surroundings import Surroundings
from bellgate.gate.upstream import AsGateway, Upstream
from bellgate.gateway.certificate_names import LIMIT, left_open, names_for
from bellgate.policy import probe
from bellgate.policy.decide import Policy
from bellgate.running.choosing import Chosen
from bellgate.running.folders import log_base
from bellgate.schedules.granted import Granted
from bellgate.schedules.settings import GateSettings, GatewaySettings


def names_of(policy: Policy) -> tuple[str, ...]:
    """What the certificate shall permit: the catalogue's names, the school's own, and the
    one that the gateway tries itself with."""
    return (probe.CLOSED, *names_for(policy.index.services.values(), LIMIT - 1))


def open_names_of(policy: Policy) -> tuple[str, ...]:
    """What the certificate shall exclude again, under the names that it permits."""
    return left_open(policy.index.services.values(), names_of(policy))


def clock_for(at: datetime | None) -> Clock:
    """The gate's clock: the machine's, or one that starts at a moment."""
    return MachineClock() if at is None else SimulatedClock(at)


def open_journal(chosen: Chosen, state: Path, clock: Clock) -> Journal:
    """The log, ours alone from here on. A simulated one begins empty. Raises LogInUse.

    The folder of the anchors is looked at for a checkpoint that is ahead of a rolled-back log.
    """
    edition, folder = chosen.policy.edition, chosen.settings.anchors.folder
    if clock.state == "simulated":
        return Journal(empty_simulated(state), edition, clock.now, clock=clock.state)
    anchored = Folder(Path(folder)).anchored() if folder else []
    paths = LogPaths.of(state)
    if isinstance(clock, MachineClock):
        # Before the log is opened: its own first words are timed by this clock.
        clock.newest_record = newest_time([paths.log, *reversed(paths.aside)])
    return Journal(paths, edition, clock.now, clock=clock.state, anchored=anchored)


def destinations(
    settings: GateSettings, policy: Policy, surroundings: Surroundings
) -> Destinations:
    """Where the gate may connect to, by the files and by what is attached to the machine."""
    networks = (n.network for n in policy.directory.networks)
    reachable = (
        *settings.reachable,
        *(ip_network(ip) for ips in probe.LEADS.values() for ip in ips),
    )
    return Destinations(reachable, networks, surroundings.is_connected)


def as_gateway(settings: GatewaySettings | None) -> AsGateway:
    """What gateway.yaml says to the gate, if there is one."""
    if settings is None:
        return AsGateway()
    upstream = settings.upstream
    return AsGateway(
        serves_proxy=settings.proxy,
        upstream=Upstream(upstream.host, upstream.port) if upstream else None,
    )


def make_gate(
    chosen: Chosen,
    *,
    clock: Clock,
    journal: Journal,
    certificate: Certificate,
    granted: Granted,
    surroundings: Surroundings,
) -> Gate:
    """The gate, with every part that it needs; it goes by the exemptions that are kept."""
    settings = chosen.settings.gate
    # One thread, so that grants are kept in their order; the gate does not wait for the disk.
    keeper = ThreadPoolExecutor(1, thread_name_prefix="bellgate-granted")
    gate = Gate(
        policy=chosen.policy,
        clock=clock,
        recording=Recording(journal, clock),
        certificate=certificate,
        destinations=destinations(settings, chosen.policy, surroundings),
        ports=settings.ports,
        as_gateway=as_gateway(chosen.gateway),
        shares=Shares(settings.new_connections, settings.burst),
        surroundings=surroundings,
        grant=lambda exemption: keeper.submit(granted.add, exemption, exemption.start),
    )
    gate.exempt(granted.read())
    return gate


def granted_in(state: Path, clock: Clock) -> Granted:
    """The exemptions that belong to the gate of this clock, real or simulated."""
    return Granted(log_base(state, simulated=clock.state == "simulated"))

"""The gate put together out of the rooms: policy, certificate, journal, clock. No printing here.

The one place that knows how the parts fit; `bellgate run` and the mitmdump entry both use it.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bellgate.audit import Journal, LogPaths, empty_simulated
from bellgate.audit.log.anchors import Folder
from bellgate.audit.log.entries import newest_time
from bellgate.disk import write_folder
from bellgate.gate.clock import Clock, MachineClock, SimulatedClock
from bellgate.gate.closed_sites import Certificate
from bellgate.gate.dial import Destinations
from bellgate.gate.gate import Gate
from bellgate.gate.records import Recording
from bellgate.gate.shares import Shares
from bellgate.gate.surroundings import Surroundings
from bellgate.gateway.certificate_names import left_open, names_for
from bellgate.machine_time import machine_now
from bellgate.policy.decide import Policy
from bellgate.running import editions, refresh
from bellgate.running.folders import calendars_folder, last_good_folder, lists_folder, log_base
from bellgate.schedules.granted import Granted
from bellgate.schedules.lists.subscription import is_small
from bellgate.schedules.load import Loaded, load
from bellgate.schedules.settings import GateSettings, Settings


class NoPolicy(Exception):
    """Neither the folder nor a last good copy gives a policy; `loaded` has the problems."""

    def __init__(self, loaded: Loaded) -> None:
        super().__init__("the schedules have problems, and there is no last good copy")
        self.loaded = loaded


@dataclass(frozen=True, slots=True)
class Chosen:
    """The policy that the gate will run by."""

    policy: Policy
    settings: Settings
    leases: tuple[Path, ...]
    """The DHCP servers' lease files that the folder names."""
    loaded: Loaded
    """What came of the schedules folder itself, problems included."""
    last_good: bool
    """The folder had problems: the policy is the last good copy."""


def choose_policy(schedules: Path, state: Path) -> Chosen:
    """The folder's policy; where it has problems, the last good copy. Raises NoPolicy."""
    today, shelf = machine_now().date(), lists_folder(state)
    # Short lists are in force from the first connection on; long ones follow when they are read.
    refresh.read_files(schedules, shelf, machine_now(), lambda one: is_small(one, schedules))
    copy = last_good_folder(state)
    loaded = load(
        schedules,
        today=today,
        cache=calendars_folder(state),
        shelf=shelf,
        judge_lists=False,
        last_good=copy,
    )
    if loaded.policy is not None:
        write_folder(copy, loaded.files)
        editions.keep(state, loaded.policy.edition.hash, loaded.files)
        return _chosen(loaded, loaded, last_good=False)
    kept = loaded
    if copy.is_dir():
        kept = load(copy, today=today, shelf=shelf, judge_lists=False)
    if kept.policy is None:
        raise NoPolicy(loaded)
    return _chosen(kept, loaded, last_good=True)


def _chosen(kept: Loaded, folder: Loaded, *, last_good: bool) -> Chosen:
    assert kept.policy is not None
    return Chosen(
        policy=kept.policy,
        settings=kept.settings,
        leases=tuple(map(Path, kept.leases)),
        loaded=folder,
        last_good=last_good,
    )


def names_of(policy: Policy) -> tuple[str, ...]:
    """What the certificate shall permit: the catalogue's names and the school's own."""
    return names_for(policy.index.services.values())


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
    return Destinations(settings.reachable, networks, surroundings.is_connected)


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
        shares=Shares(settings.new_connections, settings.burst),
        surroundings=surroundings,
        grant=lambda exemption: keeper.submit(granted.add, exemption, exemption.start),
    )
    gate.exempt(granted.read())
    return gate


def granted_in(state: Path, clock: Clock) -> Granted:
    """The exemptions that belong to the gate of this clock, real or simulated."""
    return Granted(log_base(state, simulated=clock.state == "simulated"))

"""The policy to run by: the folder's, or where that has problems its last good copy.

For the gate and for the sentry: both must run by the same. Knows neither of them.
"""

from dataclasses import dataclass
from pathlib import Path

from bellgate.disk import write_folder
from bellgate.machine_time import machine_now
from bellgate.policy.decide import Policy
from bellgate.running import editions, refresh
from bellgate.running.folders import calendars_folder, last_good_folder, lists_folder
from bellgate.schedules.lists.subscription import is_small
from bellgate.schedules.load import Loaded, load
from bellgate.schedules.settings import GatewaySettings, Settings


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
    gateway: GatewaySettings | None
    """None where the machine is no gateway."""
    leases: tuple[Path, ...]
    """The DHCP servers' lease files that the folder names."""
    loaded: Loaded
    """What came of the schedules folder itself, problems included."""
    last_good: bool
    """The folder had problems: the policy is the last good copy."""


def choose_policy(schedules: Path, state: Path) -> Chosen:
    """The policy that the gate runs by, with what it keeps of it. Raises NoPolicy."""
    now, shelf = machine_now(), lists_folder(state)
    # Short lists are in force from the first connection on; long ones follow when they are read.
    refresh.read_files(schedules, shelf, now, lambda one: is_small(one, schedules))
    chosen = read_policy(schedules, state)
    if not chosen.last_good:
        write_folder(last_good_folder(state), chosen.loaded.files)
        editions.keep(state, chosen.policy.edition.hash, chosen.loaded.files)
    return chosen


def read_policy(schedules: Path, state: Path) -> Chosen:
    """The folder's policy; where it has problems, the last good copy. Writes nothing, and raises
    NoPolicy."""
    today, shelf, copy = machine_now().date(), lists_folder(state), last_good_folder(state)
    loaded = load(
        schedules,
        today=today,
        cache=calendars_folder(state),
        shelf=shelf,
        judge_lists=False,
        last_good=copy,
    )
    if loaded.policy is not None:
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
        gateway=kept.gateway,
        leases=tuple(map(Path, kept.leases)),
        loaded=folder,
        last_good=last_good,
    )

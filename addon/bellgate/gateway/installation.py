"""A version of Bellgate put in place on this machine, tried, and taken back where it fails.

The order is what keeps a school's network whole. What holds if the power goes at each step:

- before the link is switched: the machine runs as it did. What was written is not used.
- after it, before the new version has shown itself good: `trying.json` is there. At the next start
  `bellgate-going-back`, which runs the version before, puts that back. Where there was none, no
  unit is enabled yet: the machine starts as it did before Bellgate.
- after `trying.json` is gone: the new version is in place.

Everything that is touched has Bellgate's name: units, users, folders below /opt, /etc and /var/lib,
tables and chains of the kernel. The kernel's settings that `bellgate-rules` changes are written
down before, for `removed` to put back.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bellgate.disk import locked, make_folder, sync_folder, write_whole
from bellgate.gateway import back_up, kernel_settings, machine, units
from bellgate.gateway.machine import ToolFailed
from bellgate.gateway.places import (
    APPLIED,
    CURRENT,
    INSTALLATION,
    KEPT,
    KERNEL_PATH,
    NFTABLES,
    PREVIOUS,
    PROGRAM,
    QUEUE,
    SCHEDULES,
    STATE,
    SYSUSERS,
    UNITS,
)
from bellgate.gateway.self_test import Trial

_BEFORE: Final = INSTALLATION.joinpath("before.json")
_TRYING: Final = INSTALLATION.joinpath("trying.json")
_SNAPSHOT: Final = INSTALLATION.joinpath("snapshot")
_COMMAND_LINK: Final = Path("/usr/local/bin/bellgate")
_NEEDED: Final = (units.RULES, units.GATE, units.DNS)
"""Units without which a version is not good. The pages come after them."""
_SHARED: Final = ("calendars", "editions", "last-good", "granted", "cases")
"""Folders of the state that the gate and the pages both use; the sentry reads there, too."""
_OF_NAMES: Final = ("people", "keys")
"""Those that the sentry has no business with."""
_OF_THE_PAGES: Final = ("console", "console-keys", "index")
_NOT_IN_A_SNAPSHOT: Final = ("log", "log.*", "last-checkpoint", "gate.sock", "index", "simulated")
"""The log only grows, and is signed: putting an old one back would lose records. The index is made
of it."""

Say = Callable[[str], None]


class NotGood(Exception):
    """The new version did not show itself good; what was before is in place again."""

    def __init__(self, reason: str, trials: Sequence[Trial] = ()) -> None:
        super().__init__(reason)
        self.trials = tuple(trials)


@dataclass(frozen=True, slots=True)
class Trying:
    """A change of version that is under way."""

    to: str
    back_to: str | None
    """The version's folder that ran before; None where none did."""


def current() -> Path | None:
    """The folder of the version that is in place."""
    return CURRENT.resolve() if CURRENT.is_symlink() and CURRENT.exists() else None


def trying() -> Trying | None:
    """The change of version that was begun and not ended."""
    try:
        kept = json.loads(_TRYING.read_bytes())
        return Trying(str(kept["to"]), kept["back_to"])
    except (FileNotFoundError, ValueError, KeyError):
        return None


@contextmanager
def alone() -> Iterator[None]:
    """Nobody else installs meanwhile. Raises BlockingIOError where somebody does."""
    INSTALLATION.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(INSTALLATION / "lock", wait=False):
        yield


def in_the_way(lan: Sequence[str]) -> Iterator[str]:
    """What holds a place on this machine that Bellgate needs: one line each, with what to do."""
    if current() is None and not machine.is_free(53, lan):
        yield (
            "another DNS server holds port 53 on the school's side (`ss -lntup 'sport = :53'` "
            "names it): stop it there, or have it listen elsewhere. For Debian's own dnsmasq: "
            "systemctl disable --now dnsmasq"
        )
    if current() is None and not machine.is_free(8081, lan):
        yield "something holds TCP port 8081, which is the gate's (`ss -lntp` names it)"


def put_in_place(
    version: Path, wan: str, *, test: Callable[[], Sequence[Trial]], say: Say
) -> Sequence[Trial]:
    """Have this version run. Raises NotGood, with what was before in place again; ToolFailed where
    nothing was changed yet."""
    before = current()
    _remember_what_was(wan)
    _make_users()
    make_folders()
    _take_snapshot()
    _write_units(before)
    # From here on a start of the machine goes back.
    _write_json(_TRYING, {"to": str(version), "back_to": str(before) if before else None})
    try:
        _switch(CURRENT, version)
        say("Starting it …")
        _start()
        say("Trying it, as a device of the school would …")
        trials = test()
        if not all(trial.good for trial in trials):
            raise NotGood("the network is not as it should be", trials)
    except (NotGood, ToolFailed, OSError) as error:
        found = error.trials if isinstance(error, NotGood) else ()
        try:
            go_back(say=say)
        except (ToolFailed, OSError) as worse:
            raise NotGood(f"{error}; and going back failed: {worse}", found) from worse
        raise NotGood(str(error), found) from error
    _keep(before, version)
    return trials


def go_back(*, say: Say, at_boot: bool = False) -> None:
    """To the version before, its units and the snapshot; where there was none, to the machine as it
    was. Does nothing where no change is under way. Raises ToolFailed."""
    change = trying()
    if change is None:
        return
    if change.back_to is None:
        say("Taking Bellgate off again …")
        _stop_all()
        _undo_units()
        _put_settings_back()
        CURRENT.unlink(missing_ok=True)
    else:
        say(f"Going back to {Path(change.back_to).name} …")
        if not at_boot:
            # The rules stay loaded, so that nothing goes by meanwhile.
            _stop(units.CONSOLE, units.SENTRY, units.GATE, units.DNS, units.RULES)
        _switch(CURRENT, Path(change.back_to))
        _put_snapshot_back()
        _copy_units(_SNAPSHOT / "units")
        if not at_boot:
            machine.systemctl("start", *_NEEDED, *_there(units.SENTRY, units.CONSOLE))
    _ended()


def _keep(before: Path | None, version: Path) -> None:
    """It is good: it starts with the machine, and what is older than the one before goes."""
    machine.systemctl("enable", "--quiet", *_starting())
    _switch_command()
    if before is not None and before != version:
        _switch(PREVIOUS, before)
    _ended()
    kept = {version, before or version}
    for folder in PROGRAM.iterdir():
        if folder.is_dir() and not folder.is_symlink() and folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def _ended() -> None:
    """No change is under way any more; what was kept for it goes, names and keys among it."""
    _TRYING.unlink(missing_ok=True)
    sync_folder(INSTALLATION)
    shutil.rmtree(_SNAPSHOT, ignore_errors=True)
    with suppress(ToolFailed):
        machine.systemctl("disable", "--quiet", units.GOING_BACK)
    (UNITS / units.GOING_BACK).unlink(missing_ok=True)
    with suppress(ToolFailed):
        machine.systemctl("daemon-reload")


def removed(*, purge: bool, say: Say) -> None:
    """Bellgate off this machine again: its units, rules and program. The log and the folder stay,
    unless `purge`. Raises ToolFailed."""
    say("Stopping …")
    _stop_all()
    _undo_units()
    _put_settings_back()
    with suppress(ToolFailed):
        if _command_is_ours():
            _COMMAND_LINK.unlink()
    SYSUSERS.unlink(missing_ok=True)
    for folder in (PROGRAM, APPLIED, KEPT):
        shutil.rmtree(folder, ignore_errors=True)
    if purge:
        dns = Path("/var/lib/bellgate-dns")
        # What somebody added to a unit names files of these folders.
        additions = UNITS.glob("bellgate-*.service.d")
        before = back_up.left_beside(STATE)
        for folder in (STATE, *before, SCHEDULES.parent, dns, *additions):
            shutil.rmtree(folder, ignore_errors=True)
        _remove_users()
    shutil.rmtree(INSTALLATION, ignore_errors=True)


def _remember_what_was(wan: str) -> None:
    """The kernel's settings as they were before Bellgate first set each: what is remembered stays,
    a setting that only this version knows is added."""
    names = kernel_settings.settings(wan, wan_hears_routers=True, room=0)
    kept = {name: value for name in names if (value := machine.setting(name)) is not None}
    with suppress(FileNotFoundError, ValueError):
        kept |= json.loads(_BEFORE.read_bytes())
    _write_json(_BEFORE, kept)


def _put_settings_back() -> None:
    """As they were before; the rules only go once nothing is carried that was not before."""
    try:
        kept: Mapping[str, str] = json.loads(_BEFORE.read_bytes())
    except (FileNotFoundError, ValueError):
        kept = dict.fromkeys(kernel_settings.FORWARDING, "0")
    for name, value in sorted(kept.items(), key=lambda item: item[0] in kernel_settings.FORWARDING):
        place = Path("/proc/sys", name if "/" in name else name.replace(".", "/"))
        with suppress(OSError):
            place.write_text(value)
    machine.remove_rules(QUEUE, KERNEL_PATH, NFTABLES)
    _BEFORE.unlink(missing_ok=True)


def _make_users() -> None:
    SYSUSERS.parent.mkdir(parents=True, exist_ok=True)
    write_whole(SYSUSERS, units.USERS, 0o644)
    machine.run("systemd-sysusers", str(SYSUSERS))


def make_folders() -> None:
    """Each with the owner that it needs; done again, nothing changes."""
    _made_for(STATE, "bellgate-gate", units.READERS, 0o750)
    for group, names in ((units.PAGES, _SHARED), (units.NAMES, _OF_NAMES)):
        for name in names:
            _made_for(STATE / name, "bellgate-gate", group, 0o2770)
    for name in _OF_THE_PAGES:
        _made_for(STATE / name, "bellgate-console", "bellgate-console", 0o700)
    # The technician writes there as root, the pages' desk as its own user; everybody reads.
    _made_for(SCHEDULES, "root", units.PAGES, 0o2775)


def _made_for(folder: Path, user: str, group: str, mode: int) -> None:
    make_folder(folder, 0o755)
    shutil.chown(folder, user, group)
    folder.chmod(mode)


def _remove_users() -> None:
    names = ("gate", "sentry", "dns", "console", "ship")
    for name in names:
        with suppress(ToolFailed):
            machine.run("userdel", f"bellgate-{name}")
    for group in (units.READERS, units.PAGES, units.NAMES):
        with suppress(ToolFailed):
            machine.run("groupdel", group)


def _take_snapshot() -> None:
    """State, folder and units as they are; the old snapshot goes once the new one is whole."""
    draft = _SNAPSHOT.with_name("snapshot.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if STATE.exists():
        _copied(STATE, draft / "state", ignore=_NOT_IN_A_SNAPSHOT)
    if SCHEDULES.exists():
        _copied(SCHEDULES, draft / "schedules")
    (draft / "units").mkdir()
    for name in units.units():
        if (UNITS / name).exists():
            shutil.copy2(UNITS / name, draft / "units" / name)
    os.sync()
    shutil.rmtree(_SNAPSHOT, ignore_errors=True)
    draft.rename(_SNAPSHOT)
    sync_folder(INSTALLATION)


def _copied(source: Path, target: Path, ignore: Sequence[str] = ()) -> None:
    """With owners and modes, which cp keeps and Python does not."""
    machine.run("cp", "--archive", str(source), str(target))
    for pattern in ignore:
        for path in target.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _put_snapshot_back() -> None:
    """What the new version wrote beside the log goes; the folder is as it was."""
    for name, place in (("state", STATE), ("schedules", SCHEDULES)):
        kept = _SNAPSHOT / name
        if not kept.exists():
            continue
        for path in kept.iterdir():
            there = place / path.name
            shutil.rmtree(there) if there.is_dir() else there.unlink(missing_ok=True)
        machine.run("cp", "--archive", f"{kept}/.", str(place))
    os.sync()


def _write_units(before: Path | None) -> None:
    for name, unit in units.units().items():
        write_whole(UNITS / name, unit.text, 0o644)
    if before is not None:
        text = units.going_back(str(before / ".venv/bin/bellgate"))
        write_whole(UNITS / units.GOING_BACK, text, 0o644)
        machine.systemctl("daemon-reload")
        machine.systemctl("enable", "--quiet", units.GOING_BACK)
    machine.systemctl("daemon-reload")
    os.sync()


def _copy_units(folder: Path) -> None:
    """The units of the snapshot; one that it does not have goes."""
    for name in units.units():
        kept = folder / name
        if kept.exists():
            write_whole(UNITS / name, kept.read_bytes(), 0o644)
        else:
            (UNITS / name).unlink(missing_ok=True)
    machine.systemctl("daemon-reload")


def _start() -> None:
    """Each anew, the rules first; each says itself that it is ready."""
    machine.systemctl("restart", *_NEEDED)
    # Where the kernel's path is not asked for, this one does nothing.
    machine.systemctl("restart", units.SENTRY)
    machine.systemctl("restart", units.CONSOLE)


def _there(*names: str) -> list[str]:
    """Of some units, those that are there: an older version may have had fewer."""
    return [name for name in names if (UNITS / name).exists()]


def _starting() -> list[str]:
    return [name for name, unit in units.units().items() if unit.starts]


def stop_writing() -> None:
    """Nobody writes to the state any more. Raises ToolFailed."""
    machine.systemctl("stop", units.CONSOLE, units.SHIP, *_there(units.SENTRY), units.GATE)


def go_on() -> None:
    """Whoever writes there runs again. Raises ToolFailed."""
    machine.systemctl("start", units.GATE, *_there(units.SENTRY, units.CONSOLE))


def _stop_all() -> None:
    _stop(units.CONSOLE, units.SHIP, units.SENTRY, units.GATE, units.DNS, units.RULES)


def _stop(*names: str) -> None:
    """One after the other, also where one of them does not want to."""
    for name in names:
        with suppress(ToolFailed):
            machine.systemctl("stop", name)


def _undo_units() -> None:
    for name in (*units.units(), units.GOING_BACK):
        with suppress(ToolFailed):
            machine.systemctl("disable", "--quiet", name)
        (UNITS / name).unlink(missing_ok=True)
    machine.systemctl("daemon-reload")
    with suppress(ToolFailed):
        machine.systemctl("reset-failed", "bellgate-*")


def _switch(link: Path, target: Path) -> None:
    """The link leads to the old or to the new, at any moment."""
    draft = link.with_name(link.name + ".new")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target.name)
    draft.rename(link)
    sync_folder(link.parent)


def _switch_command() -> None:
    """`bellgate` for whoever types it, where nothing else has that name."""
    if _COMMAND_LINK.exists() and not _command_is_ours():
        return
    _COMMAND_LINK.unlink(missing_ok=True)
    _COMMAND_LINK.symlink_to(CURRENT / ".venv/bin/bellgate")


def _command_is_ours() -> bool:
    return _COMMAND_LINK.is_symlink() and str(_COMMAND_LINK.readlink()).startswith(str(PROGRAM))


def _write_json(path: Path, value: object) -> None:
    write_whole(path, json.dumps(value, indent=1) + "\n", 0o600)

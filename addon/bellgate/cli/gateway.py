"""`bellgate gateway`: what stands on the machine that is the gateway, put there and taken off."""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from bellgate.cli import output, prompt
from bellgate.cli.back_up import back_up, restore
from bellgate.cli.options import Folders, Group, for_group, loaded_policy, with_folders
from bellgate.cli.rights import as_root
from bellgate.complaints import Lasting
from bellgate.gateway import machine
from bellgate.gateway.places import (
    APPLIED,
    DNSMASQ,
    KEPT,
    KERNEL_PATH,
    NFTABLES,
    QUEUE,
    SYSCTL,
    UNITS,
)
from bellgate.gateway.self_test import Trial, tried
from bellgate.machine_time import machine_now
from bellgate.policy.decide import Policy
from bellgate.policy.walk import OBSERVING
from bellgate.schedules.settings import GatewaySettings

_WHAT = {
    "nftables": (NFTABLES, KERNEL_PATH, QUEUE),
    "dnsmasq": (DNSMASQ,),
    "sysctl": (SYSCTL,),
}
_UNITS = "units"
_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.group(cls=Group)
@for_group
def gateway() -> None:
    """Set up the machine that is the gateway, check it, and take Bellgate off again."""


def described(folders: Folders) -> tuple[Policy, GatewaySettings]:
    """The folder's policy and its gateway.yaml; without one the command ends here."""
    policy, loaded = loaded_policy(folders)
    if loaded.gateway is None:
        output.fail(
            f"there is no gateway.yaml in {folders.schedules}, so this machine is not a gateway",
            "./deploy/install writes one; schedules/README.md has its keys",
        )
    return policy, loaded.gateway


@gateway.command()
@with_folders
@click.argument("what", type=click.Choice([*_WHAT, _UNITS]))
@click.option("--diff", is_flag=True, help="Show what differs from what is in place.")
def render(folders: Folders, *, what: str, diff: bool) -> None:
    """Print what is put in place. WHAT: the kernel's rules, the gate's DNS, settings or units."""
    made = _units() if what == _UNITS else _texts(folders, what)
    if not diff:
        parted = len(made) > 1
        output.say(
            *(f"# {name}\n{text}" if parted else text.rstrip("\n") for name, text in made.items())
        )
        return
    changes = [line for path, text in made.items() for line in _changes(Path(path), text)]
    output.say(*changes)
    if changes:
        raise SystemExit(output.PROBLEMS_FOUND)


def _texts(folders: Folders, what: str) -> Mapping[str, str]:
    from bellgate.gateway.texts import texts

    policy, settings = described(folders)
    shares = loaded_policy(folders)[1].settings.gate
    now = machine_now()
    made = texts(policy.near(now, 2), settings, now, machine.facts(settings.wan), shares)
    return {str(APPLIED / name): made[name] for name in _WHAT[what] if name in made}


def _units() -> Mapping[str, str]:
    from bellgate.gateway.units import units

    return {str(UNITS / name): unit.text for name, unit in units().items()}


def _changes(path: Path, text: str) -> list[str]:
    try:
        there = path.read_text().splitlines()
    except FileNotFoundError:
        there = []
    return list(
        difflib.unified_diff(
            there, text.splitlines(), f"{path} (in place)", f"{path} (would be)", lineterm=""
        )
    )


@gateway.command()
@with_folders
def rules(folders: Folders) -> None:
    """Keep the kernel's rules in place; the service bellgate-rules runs this."""
    import signal

    from bellgate.gateway.rule_changes import RuleChanges
    from bellgate.gateway.service_manager import tell
    from bellgate.running.rules_keeper import EVERY, NothingToKeep, Places, RulesKeeper

    as_root()
    places = Places(folders.schedules, folders.state, applied=APPLIED, kept=KEPT)
    keeper = RulesKeeper(places, machine, now=machine_now, say=output.note)
    ends: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: ends.append(number))
    changes = RuleChanges()
    try:
        keeper.start()
    except (NothingToKeep, machine.ToolFailed) as error:
        output.fail(str(error), "see `bellgate check`")
    tell("READY=1")
    trouble = Lasting(
        "the rules cannot be kept as they should be", "the rules are as they should be again"
    )
    while not ends:
        changed = changes.wait(EVERY)
        try:
            keeper.step(changed=changed)
            if (over := trouble.went_well()) is not None:
                output.note(over)
        except (machine.ToolFailed, OSError) as error:
            if (said := trouble.failed(error)) is not None:
                output.error(said)
        tell("WATCHDOG=1")


@gateway.command()
@with_folders
@click.option("--to", "version", type=_FOLDER, required=True, help="The version's folder.")
def switch(folders: Folders, *, version: Path) -> None:
    """Put a version in place, as ./deploy/install does last.

    If that fails, the old version is put back.
    """
    from bellgate.gateway import installation

    as_root()
    _, settings = described(folders)
    for taken in installation.in_the_way(settings.lan):
        output.error(taken)
        raise SystemExit(output.PROBLEMS_FOUND)
    certificate = folders.state / "certificate"
    try:
        with installation.alone():
            installation.go_back(say=output.note)  # what a killed installation left half done
            trials = installation.put_in_place(
                version, settings.wan, test=lambda: tried(certificate), say=output.note
            )
    except BlockingIOError:
        output.fail("somebody else is installing Bellgate on this machine just now")
    except installation.NotGood as failed:
        _say_trials(failed.trials)
        output.fail(
            f"Bellgate {version.name} was not put in place: {failed}",
            "what was before is in place again; `journalctl -u 'bellgate-*' -e` says more",
        )
    except machine.ToolFailed as error:
        output.fail(f"nothing was changed: {error}")
    _say_trials(trials)
    output.say(
        f"Bellgate {version.name} is in place.",
        f"The school's certificate, for the devices: {certificate / 'bellgate-ca.pem'}",
        f"The school's files: {folders.schedules}. After any change: bellgate check",
        "To check how everything is: bellgate doctor",
    )


@gateway.command("go-back")
@click.option("--at-boot", is_flag=True, help="Say that the services are not started yet.")
def go_back(*, at_boot: bool) -> None:
    """Undo a change of version that was interrupted. The machine does this when it starts."""
    from bellgate.gateway import installation

    as_root()
    try:
        with installation.alone():
            installation.go_back(say=output.note, at_boot=at_boot)
    except machine.ToolFailed as error:
        output.fail(str(error))


@gateway.command("test")
@with_folders
def try_itself(folders: Folders) -> None:
    """Try the gateway as a device of the school would. None of it is recorded."""
    as_root()
    policy, _ = described(folders)
    try:
        trials = tried(folders.state / "certificate")
    except machine.ToolFailed as error:
        output.fail(str(error))
    _say_trials(trials)
    if policy.observe:
        output.say(OBSERVING, "What the rules close is closed only to this trial.")
    if not all(trial.good for trial in trials):
        raise SystemExit(output.PROBLEMS_FOUND)


@gateway.command()
@click.option(
    "--purge", is_flag=True, help="Remove the log, the people and the school's files, too."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def uninstall(*, purge: bool, yes: bool) -> None:
    """Take Bellgate off this machine; the log and the school's files stay, unless purged."""
    from bellgate.gateway import installation

    as_root()
    goes = (
        "and delete its log, its keys and the school's files"
        if purge
        else "and keep its log and the school's files"
    )
    if not yes:
        if not prompt.somebody_answers():
            raise click.UsageError("nobody answers here: to go on, add --yes")
        if not click.confirm(f"Take Bellgate off this machine, {goes}?", err=True):
            raise SystemExit(output.PROBLEMS_FOUND)
    try:
        with installation.alone():
            installation.removed(purge=purge, say=output.note)
    except machine.ToolFailed as error:
        output.fail(str(error))
    output.say("Bellgate is off this machine, which carries traffic again as it did before.")


def _say_trials(trials: Iterable[Trial]) -> None:
    for trial in trials:
        mark = "good" if trial.good else "NOT GOOD"
        seen = "" if trial.good else f" (seen: {trial.seen})"
        output.say(f"  {mark}: {trial.what}{seen}")


gateway.add_command(back_up)
gateway.add_command(restore)

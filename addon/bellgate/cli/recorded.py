"""What the commands share that leave a record: whose clock counts, who gave the command, and that
the record is safe before anything is done."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click

from bellgate.audit import LogInUse, LogPaths, Refused, ask, hand_over
from bellgate.audit.record.not_done import not_done
from bellgate.audit.record.record import ClockState, Record
from bellgate.cli import moments, output
from bellgate.cli.options import Folders
from bellgate.gate.clock import MachineClock
from bellgate.policy.decide import Policy
from bellgate.running.machine_time import machine_now

SIMULATED = click.option("--simulated", is_flag=True, help="For a gate started with --at.")


def user() -> str:
    """Who gave the command, as the machine knows them: no other word of the environment is believed
    than sudo's, and that only where sudo can have set it."""
    if os.geteuid() == 0 and os.environ.get("SUDO_USER"):
        return os.environ["SUDO_USER"]
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


def given_reason(text: str) -> str:
    """A reason that was asked for, on one line. An empty one is wrong usage."""
    reason = one_line(text)
    if not reason:
        raise click.BadParameter("the reason is empty", param_hint="--reason")
    return reason


def one_line(text: str) -> str:
    """A reason as it stands in a record."""
    return " ".join(text.split())[:200]


def clock_of(simulated: bool) -> ClockState:
    """By which clock a command's own record is timed."""
    return "simulated" if simulated else MachineClock().state


def now_for(folders: Folders, simulated: bool) -> datetime:
    """The time that the command is for: a simulated gate's own, where one is meant."""
    if not simulated:
        return machine_now()
    try:
        answer = ask(LogPaths.of(folders.state, simulated=True), {"kind": "status"})
    except Refused as error:
        output.fail(str(error))
    if answer is None or not answer.get("ok"):
        output.fail("no simulated gate is running")
    return moments.from_record(answer["status"]["now"])


@contextmanager
def taking_effect(
    folders: Folders,
    policy: Policy,
    record: Record,
    number: int,
    now: datetime,
    *,
    simulated: bool = False,
) -> Iterator[None]:
    """What record `number` says is done in here. Where it cannot be, a further record says so."""
    try:
        yield
    except BaseException:
        say_not_done(folders, policy, record, number, now, simulated=simulated)
        raise


def say_not_done(
    folders: Folders, policy: Policy, record: Record, number: int, now: datetime, *, simulated: bool
) -> None:
    """Record that record `number` did not take effect; where that fails, say it at least."""
    paths = LogPaths.of(folders.state, simulated=simulated)
    edition, clock = policy.edition, clock_of(simulated)
    after = not_done(record, number, edition=edition, at=now, clock=clock)
    try:
        hand_over(paths, after, edition, lambda: now)
    except (Refused, LogInUse, OSError) as error:
        output.error(f"record {number} did not take effect, and that cannot be recorded: {error}")


def recorded(
    folders: Folders,
    policy: Policy,
    record: Record,
    now: datetime,
    *,
    simulated: bool = False,
    otherwise: str = "nothing was changed",
) -> int:
    """Hand a record over; returns its number. Where that fails the command ends here."""
    paths = LogPaths.of(folders.state, simulated=simulated)
    try:
        return hand_over(paths, record, policy.edition, lambda: now)
    except (Refused, LogInUse, OSError) as error:
        output.fail(f"{otherwise}: it cannot be recorded ({error})")

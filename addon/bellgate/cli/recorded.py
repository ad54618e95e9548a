"""What the commands share that leave a record: whose clock counts, who gave the command, and that
the record is safe before anything is done."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

import click

from bellgate.audit import LogPaths, Refused, ask
from bellgate.audit.record.record import ClockState
from bellgate.cli import moments, output
from bellgate.cli.options import Folders
from bellgate.gate.clock import MachineClock
from bellgate.machine_time import machine_now
from bellgate.policy.decide import Policy
from bellgate.running import acting
from bellgate.running.acting import Actor, Deed, NotRecorded


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


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody at a command: in which folders, under which policy, when, by which clock."""

    folders: Folders
    policy: Policy
    now: datetime
    simulated: bool = False

    def leave(
        self,
        action: str,
        message: str,
        *,
        otherwise: str = "nothing was changed",
        **deed: Unpack[Deed],
    ) -> "Left":
        """Leave a record of what is about to be done. Where that fails the command ends here, and
        `otherwise` says what it did not do."""
        paths = LogPaths.of(self.folders.state, simulated=self.simulated)
        actor = Actor(paths, self.policy.edition, user(), self.now, self.clock)
        try:
            return Left(actor.leave(action, message, **deed))
        except NotRecorded as error:
            output.fail(f"{otherwise}: it cannot be recorded ({error})")

    @property
    def clock(self) -> ClockState:
        """By which clock the command's records are timed."""
        return "simulated" if self.simulated else MachineClock().state


@dataclass(frozen=True, slots=True)
class Left:
    """A record that a command left, safe in the log before anything is done."""

    record: acting.Left

    @property
    def number(self) -> int:
        return self.record.number

    def take_back(self) -> None:
        """Record that it did not take effect; where that fails, say it at least."""
        try:
            self.record.take_back()
        except NotRecorded as error:
            output.error(
                f"record {self.number} did not take effect, and that cannot be recorded: {error}"
            )

    @contextmanager
    def taking_effect(self) -> Iterator[None]:
        """What it says is done in here. Where it cannot be, a further record says so."""
        try:
            yield
        except BaseException:
            self.take_back()
            raise

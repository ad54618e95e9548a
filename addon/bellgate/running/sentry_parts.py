"""The sentry put together out of the rooms, and what runs beside it. No printing here.

It runs by the gate's own policy: the same folder, read the same way, and the exemptions that the
gate keeps. It writes only in its own folder, and needs nothing of the gate to decide.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bellgate.audit.log.entries import newest_time
from bellgate.audit.log.paths import LogPaths
from bellgate.disk import private_folder
from bellgate.gate.clock import Clock, MachineClock, SimulatedClock
from bellgate.gateway.addresses import AddressTable
from bellgate.gateway.places import SENTRYS_OWN
from bellgate.machine_time import machine_now
from bellgate.running.choosing import Chosen
from bellgate.running.folder_watch import EVERY, FolderWatch
from bellgate.running.folders import log_base
from bellgate.running.jobs import Job
from bellgate.running.passing import HandsOn, Passing
from bellgate.running.sign_ins_copy import SignInsCopy
from bellgate.schedules.granted import Granted
from bellgate.sentry.handover import Handover
from bellgate.sentry.judge import Judge
from bellgate.sentry.kept_lines import KeptLines
from bellgate.sentry.leads import Leads
from bellgate.sentry.serve import Places, Sentry
from bellgate.sentry.subjects import Subjects

_WAITING_LINES = 2_000
"""Lines after which the file of what waits for the gate is written anew."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where the sentry meets the kernel's rules: table, queue and group as in `gateway/rules`."""

    table: str
    queue: int
    log_group: int


@dataclass(frozen=True, slots=True)
class Parts:
    """What belongs together."""

    sentry: Sentry
    judge: Judge
    handover: Handover
    addresses: AddressTable
    granted: Granted
    gate: LogPaths
    """Where the gate answers."""
    passing: Passing


def put_together(
    chosen: Chosen,
    state: Path,
    meeting: Meeting,
    at: datetime | None,
    on_second: Callable[[], None] = lambda: None,
) -> Parts:
    """The sentry of a policy; its clock starts `at` a moment. Raises CannotServe, OSError."""
    clock: Clock = MachineClock() if at is None else SimulatedClock(at)
    simulated = at is not None
    if isinstance(clock, MachineClock):
        # As the gate's: a machine that does not know the time yet goes on from its newest record.
        with suppress(OSError):
            clock.newest_record = newest_time([LogPaths.of(state).log])
    base = log_base(state, simulated=simulated)
    own = base / SENTRYS_OWN
    own.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    private_folder(own)
    granted, addresses = Granted(base), AddressTable(chosen.leases)
    leads = Leads(KeptLines(own / "answers.jsonl"), now=clock.elapsed(), wall=time.time())
    judge = Judge(
        chosen.policy,
        leads,
        sighting_of=addresses.seen,
        signed_in=addresses.signed_in,
        now=clock.now,
        elapsed=clock.elapsed,
    )
    judge.exemptions = granted.read()
    gate = LogPaths.of(state, simulated=simulated)
    handover = Handover(
        gate,
        chosen.policy.edition,
        KeptLines(own / "waiting.jsonl", most=_WAITING_LINES),
        now=clock.now,
        elapsed=clock.elapsed,
        clock=lambda: clock.state,
    )
    passing = Passing(clock.elapsed)
    sentry = Sentry(
        Places(meeting.table, meeting.queue, meeting.log_group, own / "alive"),
        judge=judge,
        leads=leads,
        subjects=Subjects(KeptLines(own / "subjects.jsonl")),
        handover=handover,
        now=clock.now,
        elapsed=clock.elapsed,
        on_second=on_second,
        noticed=passing.note,
    )
    return Parts(sentry, judge, handover, addresses, granted, gate, passing)


@contextmanager
def beside_the_sentry(
    parts: Parts, schedules: Path, state: Path, chosen: Chosen, say: Callable[[str], None]
) -> Iterator[None]:
    """What keeps it current, from entry to exit: files, exemptions, addresses, the way to the gate.

    `say` tells whoever watches.
    """
    watch = FolderWatch(schedules, state, chosen.loaded, lambda: machine_now().date())
    machine = chosen.gateway

    def look() -> None:
        parts.judge.exemptions = parts.granted.read()
        nonlocal machine
        judged = watch.look()
        if judged is None:
            return
        policy = judged.loaded.policy
        machine = judged.loaded.gateway if policy is not None else machine
        if policy is None:
            say("The files have problems; the last good policy stays. See `bellgate check`.")
        elif not judged.same:
            # Compiled before it is in force: the first connection under it waits for nothing.
            policy.bells  # noqa: B018
            parts.judge.policy = policy
            parts.addresses.read_leases_from(tuple(map(Path, judged.loaded.leases)))
            say("The changed files are now in force.")
        watch.taken_up(judged)

    def failed(error: Exception) -> None:
        said = f"A saved change is not in force with the sentry yet: {error}"
        say(said)
        parts.handover.event("error", said)

    job = Job(look, EVERY, "sentry-reload", failed=failed, patience=5)
    sign_ins = SignInsCopy(
        parts.gate,
        parts.addresses,
        is_wanted=lambda: machine is not None and machine.radius is not None,
        failed=lambda error: say(f"Who is signed in is not known: {error}"),
    )
    hands_on = HandsOn(
        parts.gate, parts.passing, lambda error: say(f"What passes cannot be shown: {error}")
    )
    parts.addresses.start()
    parts.handover.start()
    job.start()
    try:
        with sign_ins, hands_on:
            yield
    finally:
        job.stop()
        parts.addresses.close()

"""One hostile device at a hundred thousand attempts a minute, and how the others fare meanwhile.

The attacker has one core of the machine, everybody else another: what the others lose is the gate's
doing. The gate keeps the sample's own share for each device.
"""

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.street import resident
from tests.bench.table import Row
from tests.gate.test_bell_rings import NETWORK
from tests.lab.school import BBC, IN_SESSION, PUPIL, Gate, School

A_MINUTE = 100_000
MINUTES = 3
ONE_SERVICE = ("facebook.com",)
MANY_SERVICES = (
    "facebook.com", "instagram.com", "tiktok.com", "reddit.com", "youtube.com", "x.com",
    "discord.com", "snapchat.com", "pinterest.co.uk", "tumblr.com", "quora.com", "medium.com",
    "vimeo.com", "twitch.tv", "roblox.com", "omegle.com", "whatsapp.com", "telegram.org",
    "nordvpn.com", "bsky.app", "soundcloud.com", "issuu.com",
)  # fmt: skip
"""The most that a device can do to the log: so many names of so many services that none is counted
with another."""
WORST_SECONDS = 600
THIRD, CLOSED = "127.7.0.5", "www.reddit.com"
"""Another pupil's device, which asks for a closed site now and then."""
PAUSE = 0.1


@dataclass(frozen=True)
class Outcome:
    """What came of it, by the clients' own counts and by the log."""

    seconds: float
    made: int
    answered: int
    recorded: int
    """The attacker's attempts, by the log."""
    third_made: int
    third_recorded: int
    quiet: Sequence[float]
    meanwhile: Sequence[float]
    log_grew: int
    records: int
    resident: tuple[float, float, float]
    """Megabytes before, halfway and after."""


def measure(*, quick: bool = False) -> list[Row]:
    one = attacked(2 if quick else MINUTES * 60, ONE_SERVICE)
    many = attacked(2 if quick else 30, MANY_SERVICES)
    return [*rows(one), *rows_of_the_worst(many)]


def measure_long() -> list[Row]:
    """Ten minutes of the worst alone."""
    return rows_of_the_worst(attacked(WORST_SECONDS, MANY_SERVICES))


def attacked(seconds: float, domains: Sequence[str]) -> Outcome:
    with TemporaryDirectory(prefix="bellgate-bench-") as folder:
        school = School(Path(folder))
        try:
            return attack(school, school.gate(IN_SESSION, NETWORK), seconds, domains)
        finally:
            school.close()


def attack(
    school: School, gate: Gate, seconds: float, domains: Sequence[str] = ONE_SERVICE
) -> Outcome:
    """The whole of it, on a gate with the share of the sample. Stops the gate."""
    cores = sorted(os.sched_getaffinity(0))
    keep_to(gate.process.pid, cores[0])
    times = str(max(int(seconds / PAUSE), 20))
    quiet = seconds_of(patient(school, cores[0], str(min(int(times), 300)), BBC, "", str(PAUSE)))
    log, lines, held_before = grown(gate), len(gate.records()), resident(gate.process)
    began = time.monotonic()
    flood = school.start_python(
        "-m", "tests.lab.flood", "8080", PUPIL, str(A_MINUTE), str(seconds), str(cores[-1]),
        *domains,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    others = patient(school, cores[0], times, BBC, "", str(PAUSE))
    third = patient(school, cores[0], times, CLOSED, THIRD, str(PAUSE), "403")
    time.sleep(seconds / 2)
    halfway = resident(gate.process)
    said, _ = flood.communicate(timeout=seconds + 60)
    lasted = time.monotonic() - began
    meanwhile, thirds = seconds_of(others), seconds_of(third)
    held = (held_before, halfway, resident(gate.process))
    gate.stop()  # the counts of the running minute are written
    made, answered = map(int, said.split()[1:])  # after `attacking`
    return Outcome(
        lasted, made, answered, attempts(gate, PUPIL), len(thirds), attempts(gate, THIRD),
        quiet, meanwhile, grown(gate) - log, len(gate.records()) - lines, held,
    )  # fmt: skip


def patient(school: School, core: int, *arguments: str) -> subprocess.Popen[bytes]:
    client = school.start_python("-m", "tests.lab.patient", *arguments, stdout=subprocess.PIPE)
    keep_to(client.pid, core)
    return client


def seconds_of(client: subprocess.Popen[bytes]) -> list[float]:
    said, _ = client.communicate(timeout=1200)
    assert client.returncode == 0, "somebody polite was not served"
    return sorted(map(float, said.split()))


def keep_to(pid: int, core: int) -> None:
    """Every thread of a process on one core; those that it starts later are with their parent."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):  # a thread that has just ended
            os.sched_setaffinity(int(thread.name), {core})


def grown(gate: Gate) -> int:
    return sum(path.stat().st_size for path in gate.log.iterdir())


def attempts(gate: Gate, source: str) -> int:
    return sum(r["bellgate"]["repeat"] for r in gate.records() if r["source"]["ip"] == source)


def rows(outcome: Outcome) -> list[Row]:
    quiet, meanwhile = outcome.quiet, outcome.meanwhile
    middle, middle_then = statistics.median(quiet), statistics.median(meanwhile)
    late, late_then = (of[int(len(of) * 0.99)] for of in (quiet, meanwhile))
    minutes = outcome.seconds / 60
    before, halfway, after = outcome.resident
    return [
        Row(
            "attempts of one hostile device",
            outcome.made / minutes,
            "a minute",
            compared=f"{outcome.made:,} in all, {outcome.answered:,} within its share",
        ),
        Row(
            "  others meanwhile, of their quiet wait",
            middle_then / middle,
            "×",
            at_most=2,
            compared=f"median {middle_then * 1e3:.2f} ms, quiet {middle * 1e3:.2f} ms",
        ),
        Row(
            "  the slowest of a hundred",
            late_then / late,
            "×",
            at_most=2,
            compared=f"{late_then * 1e3:.2f} ms, quiet {late * 1e3:.2f} ms",
        ),
        Row(
            "  the log grew by",
            outcome.log_grew / 1e3 / minutes,
            "kB a minute",
            at_most=100,
            compared=f"{outcome.records} records, {outcome.log_grew / 1e3:.0f} kB in all",
        ),
        Row(
            "  attempts of others that are not on record",
            outcome.third_made - outcome.third_recorded,
            "",
            at_most=0,
            compared=f"{outcome.third_made} made; of the hostile one {outcome.recorded:,}",
        ),
        Row(
            "  memory grown in the second half",
            after - halfway,
            "MB",
            at_most=20,
            compared=f"{before:.0f} MB before, {halfway:.0f} halfway, {after:.0f} after",
        ),
    ]


def rows_of_the_worst(outcome: Outcome) -> list[Row]:
    """Of a device that tries everything: what that costs the log, and the others' record."""
    minutes = outcome.seconds / 60
    before, _, after = outcome.resident
    return [
        Row(
            f"one device's worst for {minutes:.1f} minutes: the log grew by",
            outcome.log_grew / 1e6,
            "MB",
            at_most=5,
            compared=f"{outcome.records} records; {outcome.made:,} attempts, "
            f"{outcome.recorded:,} of them let in and on record",
        ),
        Row(
            "  attempts of others that are not on record",
            outcome.third_made - outcome.third_recorded,
            "",
            at_most=0,
            compared=f"{outcome.third_made} made; memory {before:.0f} MB before, {after:.0f} after",
        ),
    ]

"""How long a head teacher waits for a pack: 2,000 records of one person among 200,000 of others."""

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.audit.world import QUARTER_PAST_TEN, decision, journal
from tests.bench.table import Row

OTHERS, THEIRS = 200_000, 2_000
TOP = Path(__file__).parents[2]


def measure(*, quick: bool = False) -> list[Row]:
    scale = 50 if quick else 1
    with TemporaryDirectory() as folder:
        state = Path(folder)
        _fill(state, OTHERS // scale, THEIRS // scale)
        verified = _timed("audit", "verify", "--state", folder)
        packed = _timed(
            "pack", "--state", folder, "--person", "stf-0042", "--from", "2026-11-23",
            "--to", "2026-11-27", "--reason", "How long it takes",
            "--output", str(state / "pack.zip"),
        )  # fmt: skip
        size = (state / "pack.zip").stat().st_size
    compared = f"{packed / verified:.2f} × `audit verify` of the same log; {size / 1e6:.1f} MB"
    return [
        Row(f"a pack of {THEIRS // scale:,} records", packed, "s", at_most=10, compared=compared)
    ]


def _fill(state: Path, others: int, theirs: int) -> None:
    """Spread over a school's week, theirs among the others'."""
    log = journal(state)
    hosts = [f"n{n}.facebook.com" for n in range(40)]
    every = others // theirs
    for n in range(others):
        at = QUARTER_PAST_TEN + timedelta(days=n * 5 // others, milliseconds=n * 30 % 5_000_000)
        if not n % every:
            log.decision(decision(hosts[n % 40], at), "block", "page", at=at)
        pupil = decision(hosts[n % 40], at, ip="10.77.10.9", mac=None)
        log.decision(pupil, "block", "connection", at=at)
        while not n % 100 and log.state.behind > 15_000:
            time.sleep(0.005)
    assert log.close() == 0


def _timed(*words: str) -> float:
    environment = {**os.environ, "PYTHONPATH": str(TOP / "addon")}
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "bellgate.cli.main", *words],
        cwd=TOP, env=environment, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - began

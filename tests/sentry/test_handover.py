"""What the sentry says for the record, while the gate is there, away, back, or slow."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bellgate.audit import GateSocket, Journal, LogPaths, entries
from bellgate.sentry import handover as module
from bellgate.sentry.handover import HELD_SECONDS, Handover
from bellgate.sentry.kept_lines import KeptLines
from tests.audit.world import EDITION, QUARTER_PAST_TEN, decision, journal
from tests.lab.school import wait_for


class Sentry:
    """A handover with a clock that is put by hand, and a gate that comes and goes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.elapsed = folder, 100.0
        self.paths = LogPaths.of(folder)
        self.log: Journal | None = None
        self.retried: list[float] = []
        self.came = False
        self.begin()

    def begin(self) -> None:
        """Start; what another one before it left is taken up."""
        self.handover = Handover(
            self.paths,
            EDITION,
            KeptLines(self.folder / "waiting"),
            now=lambda: QUARTER_PAST_TEN,
            elapsed=lambda: self.elapsed,
            clock=lambda: "synchronised",
        )

    def gate_comes(self) -> None:
        self.log = journal(self.folder)
        self.socket = GateSocket(self.paths.socket, self.log.promise, dict, followed=self._followed)

    def _followed(self, source: str | None, host: str | None, refused: float) -> bool:
        self.retried.append(refused)
        return self.came

    def gate_goes(self) -> None:
        assert self.log is not None
        self.socket.close()
        self.log.close()
        self.log = None

    def written(self) -> list[str]:
        found = [e.record for e in entries(self.paths.log)]
        return [str(r["event"]["action"]) for r in found if r is not None]


@pytest.fixture
def sentry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sentry]:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(module, "_TRY_AGAIN_SECONDS", 0.02)
    made = Sentry(tmp_path)
    yield made
    made.handover.stop()
    if made.log is not None:
        made.gate_goes()


def test_a_refusal_is_held_for_its_retry(sentry: Sentry) -> None:
    sentry.gate_comes()
    sentry.handover.start()
    sentry.handover.refused(decision())
    time.sleep(0.2)
    assert sentry.written() == []
    sentry.elapsed += HELD_SECONDS
    wait_for(lambda: sentry.written() == ["block"], "the refusal")
    assert sentry.retried == [100.0]
    wait_for(lambda: len(sentry.handover) == 0, "that nothing waits")


def test_both_are_one_attempt(sentry: Sentry) -> None:
    sentry.gate_comes()
    sentry.came = True
    sentry.handover.start()
    sentry.handover.refused(decision())
    sentry.elapsed += HELD_SECONDS
    wait_for(lambda: len(sentry.handover) == 0, "the answer")
    assert sentry.written() == []


def test_a_cut_waits_for_nobody(sentry: Sentry) -> None:
    sentry.gate_comes()
    sentry.handover.start()
    sentry.handover.cut(decision(), carried_over=True)
    wait_for(lambda: sentry.written() == ["cut"], "the cut")


def test_while_the_gate_is_away_everything_waits(sentry: Sentry) -> None:
    sentry.handover.start()
    sentry.handover.cut(decision(), carried_over=False)
    sentry.handover.refused(decision("games.example"))
    sentry.elapsed += 100
    time.sleep(0.2)
    assert len(sentry.handover) == 2 and sentry.handover.away_since is not None
    sentry.gate_comes()
    wait_for(lambda: sorted(sentry.written()) == ["block", "cut"], "both")
    assert sentry.handover.away_since is None
    sentry.gate_goes()
    wait_for(lambda: sentry.handover.away_since is not None, "that it is away")


def test_a_killed_sentry_loses_nothing_and_says_nothing_twice(sentry: Sentry) -> None:
    sentry.gate_comes()
    sentry.handover.cut(decision(), carried_over=False)
    sentry.handover.refused(decision())
    # Killed here: nothing was handed over.
    sentry.begin()
    sentry.handover.start()
    wait_for(lambda: sentry.written() == ["cut"], "the cut")
    sentry.elapsed += HELD_SECONDS
    wait_for(lambda: sentry.written() == ["cut", "block"], "the refusal")
    wait_for(lambda: len(sentry.handover) == 0, "its note")
    # Killed again, with the file as it is.
    sentry.begin()
    assert len(sentry.handover) == 0


def test_what_was_held_before_the_machine_started_is_held_no_longer(sentry: Sentry) -> None:
    sentry.handover.refused(decision())
    sentry.elapsed = 3.0
    sentry.begin()
    sentry.gate_comes()
    sentry.handover.start()
    wait_for(lambda: sentry.written() == ["block"], "the refusal")


def test_what_there_is_no_room_for_is_counted_and_recorded(
    sentry: Sentry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_WAITING", 3)
    for number in range(5):
        sentry.handover.cut(decision(f"n{number}.facebook.com"), carried_over=False)
    assert (len(sentry.handover), sentry.handover.lost) == (3, 2)
    sentry.gate_comes()
    sentry.handover.start()
    wait_for(lambda: sentry.written() == ["cut"] * 3 + ["records-lost"], "all of it")


def test_one_that_stops_hands_over_what_it_holds(sentry: Sentry) -> None:
    sentry.gate_comes()
    sentry.handover.start()
    sentry.handover.refused(decision())
    sentry.handover.refused(decision())  # of the same minute: counted
    sentry.handover.stop()
    records = [e.record for e in entries(sentry.paths.log) if e.record is not None]
    assert [r["bellgate"]["repeat"] for r in records] == [1, 1]


def test_what_happened_to_it_is_recorded_in_the_order_in_which_it_happened(sentry: Sentry) -> None:
    for _ in range(20):
        sentry.handover.event("sentry-lost", "The sentry was away")
        sentry.handover.event("sentry-back", "The sentry is back")
    sentry.gate_comes()
    sentry.handover.start()
    wait_for(lambda: len(sentry.written()) == 40, "the events")
    assert sentry.written() == ["sentry-lost", "sentry-back"] * 20

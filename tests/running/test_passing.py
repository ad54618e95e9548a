"""What passes undecided from one device: seen by whoever gave a reason, for ten minutes, and by
nobody of any other device."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bellgate.audit import GateSocket, Journal, LogPaths, ask, entries
from bellgate.running.acting import Actor, NotDone, NotRecorded
from bellgate.running.passing import FOR_SECONDS, HandsOn, Passing, answers, begin_to_look, look
from tests.audit.world import EDITION, QUARTER_PAST_TEN, decision, journal

LAPTOP, BBC = "staff-laptop-07", "www.bbc.co.uk"


class School:
    """A gate and a sentry that note what passes, and a clock that is put by hand."""

    def __init__(self, folder: Path) -> None:
        self.elapsed = 1000.0
        self.paths = LogPaths.of(folder)
        self.gate, self.sentry = Passing(lambda: self.elapsed), Passing(lambda: self.elapsed)
        self.log: Journal = journal(folder)
        self.socket = GateSocket(self.paths.socket, self.log.promise, dict, answers(self.gate))
        self.hands_on = HandsOn(self.paths, self.sentry, lambda _: None)
        self.head = Actor(self.paths, EDITION, "head", QUARTER_PAST_TEN, "synchronised")

    def look(self, reason: str = "A lesson’s site does not work") -> None:
        begin_to_look(self.head, LAPTOP, reason)
        self.hands_on.look()

    def seen(self) -> list[tuple[str, int]] | None:
        found = look(self.paths, LAPTOP)
        return [(host, times) for host, _, times in found.sites] if found else None

    def close(self) -> None:
        self.socket.close()
        self.log.close()


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    made = School(tmp_path)
    yield made
    made.close()


def test_nothing_is_noted_of_a_device_at_which_nobody_looks(school: School) -> None:
    school.gate.note(decision(BBC))
    assert school.seen() is None
    school.look()
    school.gate.note(decision(BBC, ip="10.77.20.32", mac="3c:22:fb:00:00:32"))
    assert school.seen() == []


def test_what_passes_by_the_gate_and_by_the_kernel_is_seen_together(school: School) -> None:
    school.look()
    [record] = [e.record for e in entries(school.paths.log) if e.record]
    assert record["message"] == f"head looked at what passes undecided from {LAPTOP}"
    assert record["event"]["reason"] == "A lesson’s site does not work"
    school.gate.note(decision(BBC))
    for _ in range(2):
        school.sentry.note(decision("www.gov.uk"))
    assert school.seen() == [(BBC, 1)]
    school.hands_on.look()
    assert school.seen() == [("www.gov.uk", 2), (BBC, 1)]
    school.sentry.note(decision(BBC))
    school.hands_on.look()
    assert school.seen() == [(BBC, 2), ("www.gov.uk", 2)]


def test_after_ten_minutes_it_is_over_and_forgotten(school: School) -> None:
    school.look()
    school.gate.note(decision(BBC))
    school.elapsed += FOR_SECONDS
    school.gate.note(decision("www.gov.uk"))
    assert school.seen() is None
    school.look()
    assert school.seen() == []


def test_another_reason_begins_the_ten_minutes_anew(school: School) -> None:
    school.look()
    school.gate.note(decision(BBC))
    school.elapsed += FOR_SECONDS - 1
    school.look("The same again")
    school.elapsed += FOR_SECONDS - 1
    assert school.seen() == [(BBC, 1)]


def test_without_a_reason_or_a_record_nothing_is_shown(school: School) -> None:
    with pytest.raises(NotDone, match="only for a reason"):
        school.look("")
    assert school.seen() is None
    answer = ask(school.paths, {"kind": "look", "device": LAPTOP})
    assert answer is not None and not answer["ok"]
    school.log.close()
    with pytest.raises(NotRecorded):
        school.look()
    assert school.seen() is None


def test_where_no_gate_runs_nobody_looks(school: School) -> None:
    school.look()
    school.close()
    with pytest.raises(NotRecorded, match="no gate is running"):
        school.look()
    school.hands_on.look()
    school.sentry.note(decision(BBC))
    assert school.sentry.handed_on() == {}


def test_a_device_that_asks_for_a_thousand_sites_costs_little(school: School) -> None:
    school.look()
    for n in range(1000):
        school.gate.note(decision(f"n{n}.example"))
    seen = school.seen()
    assert seen is not None and len(seen) == 300 and seen[0] == ("n999.example", 1)

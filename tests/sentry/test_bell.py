"""The bell over the kernel's connections: which are cut, and what is said of each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from bellgate.audit import LogPaths
from bellgate.policy.exemptions import Exemption
from bellgate.policy.facts import Sighting, SignIn
from bellgate.sentry.bell import Bell
from bellgate.sentry.connections import Ends, Tracked
from bellgate.sentry.handover import Handover
from bellgate.sentry.judge import Judge
from bellgate.sentry.kept_lines import KeptLines
from bellgate.sentry.leads import Leads
from bellgate.sentry.subjects import Subjects
from bellgate.wire import path_mark
from bellgate.wire.opening import Opening
from bellgate.wire.segments import Segment
from tests.audit.world import EDITION, POLICY

CLIENT, SERVER = ip_address("10.77.20.31").packed, ip_address("203.0.113.81").packed
CARD = "3c:22:fb:00:00:31"
AT_LUNCH = datetime(2026, 11, 23, 12, 59, 58, tzinfo=UTC)
AFTERNOON = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


class Day:
    """A sentry's judge, table and bell, and a clock that is put by hand."""

    def __init__(self, folder: Path) -> None:
        self.now = AT_LUNCH
        self.table: list[Tracked] = []
        self.cut_off: list[Tracked] = []
        self.rang: list[datetime] = []
        self.signed_in: SignIn | None = None
        leads = Leads(KeptLines(folder / "answers"), now=0.0, wall=0.0)
        self.judge = Judge(
            POLICY,
            leads,
            sighting_of=lambda source, card: Sighting(card),
            signed_in=lambda source, sighting: self.signed_in,
            now=lambda: self.now,
            elapsed=lambda: 0.0,
        )
        self.kept_subjects = KeptLines(folder / "subjects")
        self.subjects = Subjects(self.kept_subjects)
        self.waiting = KeptLines(folder / "waiting")
        self.handover = Handover(
            LogPaths.of(folder),
            EDITION,
            self.waiting,
            now=lambda: self.now,
            elapsed=lambda: 1.0,
            clock=lambda: "simulated",
        )
        self.bell = Bell(
            self.judge,
            self.subjects,
            self,
            self.handover,
            now=lambda: self.now,
            rings=self.rang.append,
        )
        self.bell.step()

    def with_state(self, state: int, mask: int = path_mark.STATE) -> list[Tracked]:
        return [each for each in self.table if each.mark & mask == state]

    def cut(self, connections: list[Tracked]) -> None:
        self.cut_off += connections
        self.table = [each for each in self.table if each not in connections]

    def opens(self, name: str, *, number: int | None = None, is_over: bool = False) -> None:
        """A connection is decided, let through and answered."""
        port = 40_000 + len(self.table)
        segment = Segment(CLIENT, SERVER, port, 443, 0, 0, b"")
        ruling = self.judge.rule(segment, CARD, Opening("tls", (name,)))
        assert ruling.fate == "passes"
        number = number or self.subjects.number_of(ruling.decision)
        ends = Ends(CLIENT, SERVER, port, 443)
        back = Ends(SERVER, CLIENT, 443, port)
        mark = path_mark.marked(path_mark.PASSED, number)
        self.table.append(Tracked(2, ends, back, mark, b"", is_over))

    def records(self) -> list[dict[str, Any]]:
        return [line["record"] for line in self.waiting.read()]


@pytest.fixture
def day(tmp_path: Path) -> Day:
    return Day(tmp_path)


def test_what_is_forbidden_from_now_on_is_cut_and_carried_over(day: Day) -> None:
    day.opens("www.facebook.com")
    day.opens("www.bbc.co.uk")
    day.bell.step()
    assert day.cut_off == []
    day.now = AFTERNOON
    day.bell.step()
    assert [each.original.source_port for each in day.cut_off] == [40_000]
    [record] = day.records()
    assert record["event"]["action"] == "cut" and record["bellgate"]["carried_over"]
    assert record["destination"] == {"ip": "203.0.113.81", "port": 443}
    assert record["device"] == {"id": "staff-laptop-07"}
    assert day.rang[-1] == AFTERNOON
    day.bell.step()
    assert len(day.records()) == 1


def test_what_had_ended_before_the_bell_is_on_no_record(day: Day) -> None:
    """The kernel keeps it for two minutes more. A client may make it look so: it is cut, too."""
    day.opens("www.facebook.com", is_over=True)
    day.now = AFTERNOON
    day.bell.step()
    assert len(day.cut_off) == 1 and day.bell.cut == 0 and day.records() == []


def test_what_is_recorded_from_now_on_comes_back_through_the_gate(day: Day) -> None:
    day.opens("x.wordpress.com")
    day.now = AFTERNOON
    day.bell.step()
    assert len(day.cut_off) == 1 and day.records() == []


def test_of_what_nothing_is_known_the_strictest_holds(day: Day) -> None:
    """A number that no file explains: it counts as hiding its name, which here is open."""
    day.opens("www.bbc.co.uk", number=999)
    day.now = AFTERNOON
    day.bell.step()
    assert day.cut_off == []


def test_the_end_of_an_exemption_is_no_breach_and_not_carried_over(day: Day) -> None:
    day.now = AFTERNOON
    open_now = Exemption(
        "a1", ("staff",), ("facebook",), AFTERNOON, AFTERNOON + timedelta(minutes=5), "head", "show"
    )
    day.judge.exemptions = (open_now,)
    day.bell.step()
    day.opens("www.facebook.com")
    day.now += timedelta(minutes=5)
    day.bell.step()
    [record] = day.records()
    assert "what opened it has ended" in record["message"]
    assert "carried_over" not in record["bellgate"]


def test_another_policy_is_a_bell_too(day: Day) -> None:
    day.opens("www.facebook.com")
    always = replace(POLICY.rules[1], when=(POLICY.rules[1].when[0],), name="Now")
    day.judge.policy = replace(POLICY, rules=(always,))
    day.bell.step()
    assert len(day.rang) == 2 and day.cut_off == []


def test_a_stall_is_made_up_for(day: Day) -> None:
    day.opens("www.facebook.com")
    day.now = AFTERNOON + timedelta(hours=1)
    day.bell.step()
    assert len(day.cut_off) == 1


def test_what_went_by_unvetted_is_cut_without_a_record(day: Day) -> None:
    ends = Ends(CLIENT, SERVER, 1, 443)
    day.table.append(Tracked(2, ends, ends, path_mark.UNVETTED, b""))
    assert day.bell.cut_unvetted() == 1
    assert len(day.cut_off) == 1 and day.records() == []


def test_numbers_that_no_connection_holds_are_forgotten(day: Day) -> None:
    day.opens("www.bbc.co.uk")
    day.opens("www.gov.uk")
    day.table.pop()
    day.bell.forget_what_is_over(AT_LUNCH + timedelta(minutes=1))
    assert len(day.subjects) == 1


def test_while_it_only_observes_nothing_is_cut_and_the_gate_counts(day: Day) -> None:
    day.opens("www.facebook.com")
    day.judge.policy = replace(POLICY, observe=True)
    day.now = AFTERNOON
    day.bell.step()
    assert day.cut_off == [] and day.records() == []
    segment = Segment(CLIENT, SERVER, 50_000, 443, 0, 0, b"")
    ruling = day.judge.rule(segment, CARD, Opening("tls", ("www.facebook.com",)))
    assert ruling.fate == "gate"


def test_what_somebody_opened_who_has_signed_out_is_cut_and_names_nobody(day: Day) -> None:
    day.signed_in = SignIn("stf-0077", "5F3A-01")
    day.opens("www.facebook.com")
    [kept] = [s for n in (1, 2) if (s := Subjects(day.kept_subjects).get(n)) is not None]
    assert kept.connection.sign_in == day.signed_in, "over a restart, too"
    day.now = AFTERNOON
    day.signed_in = SignIn("stf-0042", "5F3A-02")
    day.bell.step()
    [record] = day.records()
    assert record["bellgate"]["attribution"] == "address" and "id" not in record["user"]
    assert record["bellgate"]["ground"] == "sign-in-over"

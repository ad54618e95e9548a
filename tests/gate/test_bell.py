"""Promise: at the bell. The gate's own steps, with a clock that is moved by hand.

Real connections, cut by a running gate, are in test_bell_rings.py.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bellgate.audit import Journal, LogPaths
from bellgate.gate.bell import Bell
from bellgate.gate.clock import Clock, ClockState
from bellgate.gate.connections import ClientConnection, Shown
from bellgate.gate.dial import Destinations
from bellgate.gate.gate import Gate
from bellgate.gate.page import Request
from bellgate.gate.records import Recording
from bellgate.gate.shares import Shares
from bellgate.policy.action import is_open
from bellgate.policy.decide import Decision, Policy, decide
from bellgate.policy.facts import Connection
from bellgate.policy.when import Always, Named, Period
from tests.policy.schools import NIGHT, RULES, policy, rule, year

FACEBOOK, BBC, BLOG, VPN = (
    "www.facebook.com",
    "www.bbc.co.uk",
    "blog.example.com",
    "vpn.example.com",
)
STAFF, PUPIL = "10.77.20.31", "10.77.10.21"

SECOND = timedelta(seconds=1)
A_MOMENT = timedelta(microseconds=1)


def monday(clock: str) -> datetime:
    """Monday 23 November 2026, when London's clocks show UTC."""
    return datetime.fromisoformat(f"2026-11-23T{clock}+00:00")


# The staff's day: 08:30-12:15 and 13:00-15:45.
BEFORE_SCHOOL, MORNING, LUNCH, AFTERNOON = map(monday, ("08:30", "10:15", "12:15", "13:00"))


@dataclass
class HandClock:
    """A clock that is moved by hand: with the time that passes, or put forward and back."""

    at: datetime
    passed: float = 0.0
    state: ClockState = "synchronised"

    def now(self) -> datetime:
        return self.at

    def elapsed(self) -> float:
        return self.passed

    def wait(self, by: timedelta) -> None:
        self.at += by
        self.passed += by.total_seconds()

    def put(self, at: datetime) -> None:
        self.at = at


class NoCertificate:
    def permits(self, host: str) -> bool:
        return False


@dataclass
class Day:
    """A gate with its log, without sockets: connections are opened and cut by name."""

    folder: Path
    clock: HandClock
    policy: Policy = field(default_factory=policy)

    def __post_init__(self) -> None:
        clock: Clock = self.clock
        self.journal = Journal(LogPaths.of(self.folder), self.policy.edition, clock.now)
        self.gate = Gate(
            policy=self.policy,
            clock=clock,
            recording=Recording(self.journal, clock),
            certificate=NoCertificate(),
            destinations=Destinations(()),
            shares=Shares(50, 500),
        )
        self.cut: list[str] = []
        self.bell = Bell(self.gate, self._cut, lambda write: write())
        self._numbers = count(1)

    def _cut(self, client_id: str) -> None:
        self.cut.append(client_id)

    def step(self, at: datetime | None = None) -> list[str]:
        """Wait until then and step; what was cut since the last time. It has gone by then."""
        if at is not None:
            self.clock.wait(at - self.clock.at)
        self.bell.step()
        for client_id in self.cut:
            gone = self.gate.connections.pop(client_id)
            if gone is not None:
                self.gate.accounts.farewell(gone)
        cut, self.cut = self.cut, []
        return cut

    def begin(self, who: str) -> tuple[str, ClientConnection]:
        """A connection that has said nothing yet."""
        connection = self.gate.admission.welcome(who, 50000, is_brought=False)
        assert connection is not None
        client_id = f"connection {next(self._numbers)}"
        self.gate.connections.add(client_id, connection)
        return client_id, connection

    def ask(self, connection: ClientConnection, host: str) -> Decision:
        """It says in full what it wants, and gets its answer."""
        decision = self.gate.judge.judge(connection, Shown((host,), "tls", host))
        if is_open(decision.action):
            self.gate.accounts.let_through(connection, decision)
        else:
            self.gate.accounts.refused(connection, decision)
        return decision

    def open(self, host: str, who: str = STAFF) -> str:
        client_id, connection = self.begin(who)
        assert is_open(self.ask(connection, host).action)
        return client_id

    def records(self, *actions: str) -> list[dict[str, Any]]:
        assert self.journal.flush()
        days = sorted((self.folder / "log").glob("*.jsonl"))
        lines = [json.loads(line) for day in days for line in day.read_bytes().splitlines()]
        return [line for line in lines if line["event"]["action"] in actions]


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    found = Day(tmp_path, HandClock(LUNCH))
    yield found
    found.journal.close()


def test_what_was_opened_in_own_time_is_cut_at_the_bell_and_carried_over(day: Day) -> None:
    opened = day.open(FACEBOOK)
    assert day.step(AFTERNOON) == [opened]
    [cut] = day.records("cut")
    assert cut["bellgate"]["carried_over"] is True
    assert cut["@timestamp"] == "2026-11-23T13:00:00.000000Z"
    assert cut["bellgate"]["session"] == "afternoon"
    assert "bytes" not in cut["network"]
    assert "duration" not in cut["event"]
    assert "not a breach" in cut["message"]


def test_no_moment_belongs_to_two_sessions(day: Day) -> None:
    opened = day.open(FACEBOOK)
    assert day.step(AFTERNOON - A_MOMENT) == []
    assert day.step(AFTERNOON) == [opened]


def test_what_is_allowed_stays_open_and_so_does_what_is_for_others(day: Day) -> None:
    day.open(BBC)
    day.open(BBC, PUPIL)
    assert day.step(AFTERNOON) == []
    assert day.records("cut") == []
    assert len(day.records("bell")) == 1


def test_the_bell_rings_once_however_often_it_is_stepped(day: Day) -> None:
    day.open(FACEBOOK)
    assert len(day.step(AFTERNOON)) == 1
    for _ in range(10):
        assert day.step(day.clock.at + SECOND) == []
    assert len(day.records("bell")) == 1
    assert len(day.records("cut")) == 1


def test_a_connection_whose_end_takes_its_time_is_cut_and_recorded_once(day: Day) -> None:
    day.open(FACEBOOK)
    day.clock.wait(AFTERNOON - day.clock.at)
    day.bell.step()
    day.gate.judge.policy = policy()  # another reason to ask everything again
    day.clock.wait(SECOND)
    day.bell.step()
    assert len(day.cut) == 1
    assert len(day.records("cut")) == 1


def test_all_are_cut_before_a_word_is_written(day: Day) -> None:
    for _ in range(3):
        day.open(FACEBOOK)
    waiting: list[Callable[[], None]] = []
    bell = Bell(day.gate, day.cut.append, waiting.append)
    day.clock.wait(AFTERNOON - day.clock.at)
    bell.step()
    assert len(day.cut) == 3
    assert day.records("bell", "cut") == []
    [write] = waiting
    write()
    # Three of one device and host within the minute: the first at once, the others as a count.
    assert len(day.records("bell", "cut")) == 2


# Stalls, sleep, clocks


def test_a_stall_of_thirty_seconds_is_repaired_by_the_next_step(day: Day) -> None:
    opened = day.open(FACEBOOK)
    day.step(AFTERNOON - SECOND)
    assert day.step(AFTERNOON + 29 * SECOND) == [opened]
    assert day.records("cut")[0]["bellgate"]["carried_over"] is True
    assert day.records("clock-stepped") == []


def test_a_night_asleep_is_no_stepped_clock(day: Day) -> None:
    """`elapsed` goes on while the machine sleeps, as CLOCK_BOOTTIME does."""
    opened = day.open(FACEBOOK)
    assert day.step(monday("09:00") + timedelta(days=1)) == [opened]
    [cut] = day.records("cut")
    assert cut["bellgate"]["carried_over"] is True
    assert day.records("clock-stepped") == []


def test_a_clock_put_forward_into_the_session_cuts_at_the_next_step(day: Day) -> None:
    day.clock.at = monday("08:00")
    day.step()
    opened = day.open(FACEBOOK)
    day.clock.put(MORNING)
    assert day.step(MORNING + SECOND) == [opened]
    assert day.records("clock-stepped")[-1]["bellgate"]["seconds"] == 2.25 * 3600
    # The gate had it open when it was asked for: nobody broke a rule that was in force.
    assert day.records("cut")[0]["bellgate"]["carried_over"] is True


def test_a_clock_put_back_into_the_session_cuts_at_the_next_step(day: Day) -> None:
    opened = day.open(FACEBOOK)
    day.clock.put(MORNING)
    assert day.step(MORNING + SECOND) == [opened]
    [stepped] = day.records("clock-stepped")
    assert stepped["bellgate"]["seconds"] == -7200.0


def test_a_clock_put_back_within_the_session_leaves_all_as_it_is(day: Day) -> None:
    day.clock.at = AFTERNOON + timedelta(hours=1)
    day.step()
    day.open(BBC)
    day.clock.put(AFTERNOON + timedelta(minutes=10))
    before = len(day.records("bell"))
    assert day.step() == []
    assert len(day.records("bell")) == before
    assert len(day.records("clock-stepped")) == 2


def test_a_second_more_or_less_is_no_step(day: Day) -> None:
    day.clock.at += SECOND
    day.step()
    day.clock.at -= 1.5 * SECOND
    day.step()
    assert day.records("clock-stepped") == []


def test_the_heartbeat_goes_on_when_the_clock_was_put_back(day: Day) -> None:
    day.step(LUNCH + timedelta(minutes=2))
    day.clock.put(BEFORE_SCHOOL)
    day.step()
    day.step(BEFORE_SCHOOL + timedelta(minutes=1))
    assert len(day.records("heartbeat")) == 3


NIGHT_RULE = rule(1, "everyone", "facebook", "block", Named("middle"))


@pytest.mark.parametrize(
    ("evening", "forbidden", "free"),
    [
        # 01:30 comes twice, first in summer time; 02:30 comes once, in winter time.
        ("2026-10-24T22:00", "2026-10-25T00:30", "2026-10-25T02:30"),
        # 01:30 is skipped: it is the moment of the skip; 02:30 is in summer time.
        ("2027-03-27T22:00", "2027-03-28T01:00", "2027-03-28T01:30"),
    ],
)
def test_the_nights_of_the_clock_change(
    tmp_path: Path, evening: str, forbidden: str, free: str
) -> None:
    """A session from 01:30 to 02:30 by the wall's clock, stepped through second by second."""
    start, first, last = (
        datetime.fromisoformat(t).replace(tzinfo=UTC) for t in (evening, forbidden, free)
    )
    night = Day(tmp_path, HandClock(start), policy((NIGHT_RULE,), year(NIGHT, every_day=True)))
    opened = night.open(FACEBOOK, STAFF)
    cuts = []
    while night.clock.at < start + timedelta(hours=8):
        at = night.clock.at + SECOND
        cuts += [(at, client_id) for client_id in night.step(at)]
    assert cuts == [(first, opened)]
    answers = {
        t: decide(night.policy, Connection(STAFF, "tls", (FACEBOOK,)), t).action
        for t in (first - SECOND, first, last - SECOND, last)
    }
    assert list(answers.values()) == ["allow", "block", "block", "allow"]
    assert night.records("clock-stepped") == []
    night.journal.close()


# Logged connections


WEBLOGS = (
    rule(1, "staff", "blog-writing", "block", Period("sessions")),
    rule(2, "staff", "blog-writing", "log", Always()),
)


def test_a_logged_connection_is_closed_with_its_bytes_so_far_and_then_cut(tmp_path: Path) -> None:
    day = Day(tmp_path, HandClock(LUNCH), policy(WEBLOGS))
    opened = day.open(BLOG)
    connection = day.gate.connections.get(opened)
    assert connection is not None
    connection.other_bytes += 5000
    assert day.step(AFTERNOON) == [opened]
    log, closed, cut = day.records("log", "closed", "cut")
    assert log["event"]["action"] == "log"
    assert (closed["event"]["action"], closed["network"]["bytes"]) == ("closed", 5000)
    assert closed["event"]["duration"] == 45 * 60 * 10**9
    assert cut["bellgate"]["carried_over"] is True
    day.journal.close()


LOGGED_IN_SESSION = (rule(1, "staff", "facebook", "log", Period("sessions")),)


def test_what_follows_a_rule_that_logs_is_not_recorded_however_late_it_is_noticed(
    tmp_path: Path,
) -> None:
    day = Day(tmp_path, HandClock(MORNING), policy(LOGGED_IN_SESSION))
    opened = day.open(FACEBOOK)
    assert day.step(LUNCH + 30 * SECOND) == []
    [closed] = day.records("closed")
    assert closed["@timestamp"] == "2026-11-23T12:15:00.000000Z"
    assert closed["event"]["duration"] == 2 * 3600 * 10**9
    # Nor does it leave a word when it ends in people's own time.
    gone = day.gate.connections.pop(opened)
    assert gone is not None
    day.gate.accounts.farewell(gone)
    assert len(day.records("log", "closed", "cut")) == 2
    day.journal.close()


def test_what_was_carried_in_own_time_is_not_counted_in_session(tmp_path: Path) -> None:
    day = Day(tmp_path, HandClock(LUNCH), policy(LOGGED_IN_SESSION))
    opened = day.open(FACEBOOK)
    connection = day.gate.connections.get(opened)
    assert connection is not None
    connection.other_bytes += 1_000_000
    assert day.records("log") == []
    day.step(AFTERNOON)
    connection.other_bytes += 500
    day.clock.wait(60 * SECOND)
    day.gate.accounts.farewell(connection)
    [closed] = day.records("closed")
    assert closed["network"]["bytes"] == 500
    assert closed["event"]["duration"] == 60 * 10**9
    day.journal.close()


def test_a_clock_put_back_does_not_make_a_logged_connection_end_before_it_began(day: Day) -> None:
    opened = day.open(BLOG)
    day.clock.wait(60 * SECOND)
    day.clock.put(BEFORE_SCHOOL - timedelta(hours=1))
    connection = day.gate.connections.get(opened)
    assert connection is not None
    day.gate.accounts.farewell(connection)
    assert day.records("closed")[0]["event"]["duration"] == 60 * 10**9


def test_a_rule_that_logs_ends_where_another_takes_over(tmp_path: Path) -> None:
    rules = (
        rule(1, "staff", "facebook", "log", Named("afternoon")),
        rule(2, "staff", "facebook", "log", Always()),
    )
    day = Day(tmp_path, HandClock(LUNCH), policy(rules))
    day.open(FACEBOOK)
    assert day.step(AFTERNOON) == []
    told = [(r["event"]["action"], r["rule"]["name"]) for r in day.records("log", "closed")]
    assert told == [("log", "rule 2"), ("closed", "rule 2"), ("log", "rule 1")]
    day.journal.close()


# Told apart


def test_what_another_policy_forbids_in_mid_session_was_not_carried_over(tmp_path: Path) -> None:
    day = Day(tmp_path, HandClock(MORNING), policy(()))
    opened = day.open(FACEBOOK)
    day.gate.judge.policy = policy(RULES)
    assert day.step(MORNING + SECOND) == [opened]
    [cut] = day.records("cut")
    assert "carried_over" not in cut["bellgate"]


def test_a_new_policy_and_the_bell_at_once_are_told_apart_too(day: Day) -> None:
    opened = day.open(FACEBOOK)
    day.gate.judge.policy = policy(RULES)
    assert day.step(AFTERNOON) == [opened]
    assert day.records("cut")[0]["bellgate"]["carried_over"] is True
    assert len(day.records("bell")) == 1


def test_what_was_opened_in_own_time_stays_so_also_where_a_later_policy_forbids_it(
    tmp_path: Path,
) -> None:
    day = Day(tmp_path, HandClock(LUNCH), policy(()))
    opened = day.open(FACEBOOK)
    assert day.step(AFTERNOON) == []
    day.gate.judge.policy = policy(RULES)
    assert day.step(AFTERNOON + SECOND) == [opened]
    assert day.records("cut")[0]["bellgate"]["carried_over"] is True
    day.journal.close()


def test_what_is_asked_for_in_session_is_a_refusal_also_on_an_old_connection(day: Day) -> None:
    """A kept-alive connection from lunch: each request is of its own time."""
    _, connection = day.begin(STAFF)
    day.ask(connection, BBC)
    day.step(AFTERNOON)
    day.clock.wait(SECOND)
    assert day.ask(connection, FACEBOOK).action == "block"
    [refused] = day.records("block", "cut")
    assert refused["event"]["action"] == "block"
    assert "carried_over" not in refused["bellgate"]


def test_a_request_of_own_time_on_a_connection_from_the_session_is_carried_over(
    tmp_path: Path,
) -> None:
    day = Day(tmp_path, HandClock(LUNCH - timedelta(minutes=10)))
    client_id, connection = day.begin(STAFF)
    day.ask(connection, BBC)
    day.step(LUNCH)
    assert day.ask(connection, FACEBOOK).action == "allow"
    assert day.step(AFTERNOON) == [client_id]
    assert day.records("cut")[0]["bellgate"]["carried_over"] is True
    day.journal.close()


def test_through_several_bells_it_stays_known_when_it_was_asked_for(day: Day) -> None:
    """Opened on Monday evening, free through the night, cut on Tuesday morning."""
    day.clock.at = monday("16:00")
    day.step()
    opened = day.open(FACEBOOK)
    cuts = []
    while not cuts:
        cuts = day.step(day.clock.at + timedelta(minutes=10))
    assert cuts == [opened]
    assert day.clock.at == monday("08:30") + timedelta(days=1)
    assert day.records("cut")[0]["bellgate"]["carried_over"] is True


# Still in handshake


def test_what_has_said_nothing_yet_is_asked_when_it_does_and_is_carried_over(day: Day) -> None:
    """Half a ClientHello from before the bell, the other half after it."""
    day.clock.wait(AFTERNOON - SECOND - day.clock.at)
    _, connection = day.begin(STAFF)
    assert day.step(AFTERNOON) == []
    day.clock.wait(SECOND)
    assert day.ask(connection, FACEBOOK).action == "block"
    [cut] = day.records("cut", "block")
    assert cut["event"]["action"] == "cut"
    assert cut["bellgate"]["carried_over"] is True


def test_what_says_nothing_until_the_next_own_time_is_free(day: Day) -> None:
    day.clock.at = LUNCH - SECOND
    day.step()
    _, connection = day.begin(STAFF)
    day.step(LUNCH)
    assert day.ask(connection, FACEBOOK).action == "allow"
    assert day.records("block", "cut") == []


def test_a_connect_without_a_hello_is_cut_by_its_name(day: Day) -> None:
    to_facebook, named = day.begin(STAFF)
    named.connect_name = FACEBOOK
    _, other = day.begin(STAFF)
    other.connect_name = BBC
    assert day.step(AFTERNOON) == [to_facebook]
    [cut] = day.records("cut")
    assert cut["bellgate"]["carried_over"] is True


def test_a_connect_of_session_time_waits_for_its_page_through_a_bell(day: Day) -> None:
    """Forbidden before and after: it shall see why, and is no carry-over."""
    _, connection = day.begin(STAFF)
    connection.connect_name = VPN
    assert day.step(AFTERNOON) == []
    day.ask(connection, VPN)
    [record] = day.records("cut", "block")
    assert record["event"]["action"] == "block"


def test_a_refusal_that_waits_for_its_page_is_left_to_it(day: Day) -> None:
    day.clock.at = LUNCH - SECOND
    day.step()
    _, connection = day.begin(STAFF)
    decision = day.gate.judge.judge(connection, Shown((FACEBOOK,), "tls", FACEBOOK))
    connection.unrecorded = decision
    assert day.step(LUNCH) == []
    answer = day.gate.closed_sites.page(
        connection, Shown((FACEBOOK,), "tls", FACEBOOK), Request("GET", "/", {"host": FACEBOOK})
    )
    assert answer.status == 307
    assert day.records("block", "cut") == []


def test_a_failure_on_one_connection_does_not_keep_the_others_open(day: Day) -> None:
    """Our own code fails for one device: what the rules name is cut, what they do not is left."""
    named, other = day.open(FACEBOOK), day.open(BBC)
    third = day.open(FACEBOOK, STAFF.replace("31", "32"))

    def fails(
        policy: Policy, connection: Connection, instant: datetime, exemptions: object
    ) -> Decision:
        if connection.source_ip == STAFF:
            raise ZeroDivisionError
        return decide(policy, connection, instant)

    day.gate.judge._decide = fails
    cut = day.step(AFTERNOON)
    assert sorted(cut) == [named, third]
    assert day.gate.connections.get(other) is not None
    assert len(day.records("error")) == 2

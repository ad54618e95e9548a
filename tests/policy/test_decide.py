"""The rules as a whole: one answer for every connection and instant, constant until `until`."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellgate.policy.decide import Decision, Policy, decide
from bellgate.policy.facts import Connection, address, host_name
from bellgate.policy.walk import walk
from bellgate.policy.when import Always, Period, Weekly
from tests.policy.schools import DAY, NIGHT, policy, rule, year

SCHOOL = policy()
STAFF = ("10.77.20.31", "3c:00:00:00:00:31")
PUPIL = ("10.77.10.21", "3c:00:00:00:00:21")


def ask(school: Policy, who: tuple[str, str | None], at: datetime, *names: str) -> Decision:
    return decide(school, Connection(who[0], "tls", names, mac=who[1]), at)


def lesson(hour: int = 10, minute: int = 15) -> datetime:
    return datetime(2026, 11, 23, hour, minute, tzinfo=UTC)


HOSTS = st.sampled_from(
    ["www.facebook.com", "youtube.com", "accounts.youtube.com", "dropbox.com", "bbc.co.uk"]
)
NAMES = st.lists(HOSTS | st.text(max_size=20).map(host_name).filter(bool), max_size=3)
ADDRESSES = st.ip_addresses().map(str)


CONNECTIONS = st.builds(
    Connection,
    source_ip=ADDRESSES | st.sampled_from([STAFF[0], PUPIL[0], "10.77.20.5", "fe80::1%eth0"]),
    protocol=st.sampled_from(["tls", "http", "other"]),
    names=NAMES.map(tuple),
    mac=st.none() | st.sampled_from([STAFF[1], PUPIL[1]]) | st.text(max_size=17),
    destination_ip=st.none() | ADDRESSES,
)


@settings(max_examples=300)
@given(CONNECTIONS, st.datetimes(timezones=st.just(UTC)))
def test_decide_never_raises(connection: Connection, at: datetime) -> None:
    decision = decide(SCHOOL, connection, at)
    assert decision.action in ("allow", "log", "ask", "block")
    assert decision.sentence
    assert decision.until is None or decision.until > at
    assert (decision.rule is None) <= (decision.action == "allow")


@given(st.text(max_size=60))
def test_what_a_wire_can_spell_is_read_without_raising(text: str) -> None:
    host_name(text)
    address(text)


def naive(school: Policy, who: tuple[str, str | None], name: str, at: datetime) -> str | None:
    """The first rule that matches, with the times worked out afresh by the wall clock."""
    found = school.directory.identify(*who, at)
    what = school.index.look_up(name)
    local = at.astimezone(school.year.zone)
    day = school.year.day(found.group.chain, local.date())

    def now(start: time, end: time) -> bool:
        return start <= local.time() < end

    in_session = any(now(s.start, s.end) for s in day.sessions)
    in_break = any(now(b.start, b.end) for b in day.breaks)
    for candidate in school.rules_about(found, what):
        for when in candidate.when:
            match when:
                case Always():
                    holds = True
                case Period("sessions"):
                    holds = in_session
                case Period("lessons"):
                    holds = in_session and not in_break
                case Period("breaks"):
                    holds = in_break
                case Period("school day"):
                    holds = bool(day.sessions) and now(
                        min(s.start for s in day.sessions), max(s.end for s in day.sessions)
                    )
                case Weekly():
                    holds = (
                        bool(day.sessions)
                        and local.weekday() in when.days
                        and now(when.start, when.end)
                    )
                case _:
                    windows = (*day.sessions, *day.breaks)
                    holds = any(w.name == when.name and now(w.start, w.end) for w in windows)
            if holds:
                return candidate.name
    return None


DAYS = [
    date(2026, 10, 23),  # the last before half-term
    date(2026, 11, 26),  # a Thursday, when one rule has hours of its own
    date(2026, 11, 27),  # an INSET day
    date(2027, 3, 26),  # the last before the clocks go forward
]


@pytest.mark.parametrize(
    ("who", "name"),
    list(product([STAFF, PUPIL, ("10.77.20.5", None)], ["facebook.com", "youtube.com"])),
)
def test_the_compiled_answer_is_that_of_reading_the_rules(
    who: tuple[str, str | None], name: str
) -> None:
    for day in DAYS:
        midnight = datetime.combine(day, time(), UTC)
        for minute in range(0, 24 * 60, 5):
            at = midnight + timedelta(minutes=minute)
            decision = ask(SCHOOL, who, at, name)
            assert (decision.rule.name if decision.rule else None) == naive(SCHOOL, who, name, at)


@pytest.mark.parametrize("shape", [DAY, NIGHT], ids=["day", "night"])
@pytest.mark.parametrize("name", ["facebook.com", "youtube.com", "blog.example.com", "bbc.co.uk"])
@pytest.mark.parametrize("who", [STAFF, PUPIL])
def test_until_is_the_first_later_instant_at_which_the_answer_differs(
    who: tuple[str, str | None], name: str, shape: object
) -> None:
    school = policy(school_year=year(NIGHT, every_day=True)) if shape is NIGHT else SCHOOL
    starts = [datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2027, 3, 27, 23, tzinfo=UTC)]
    if shape is DAY:
        starts = [datetime(2026, 11, 26, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC)]
    for start in starts:
        minutes = [start + timedelta(minutes=m) for m in range(0, 30 * 60)]
        answers = [ask(school, who, at, name) for at in minutes]
        changes = [
            at
            for at, before, after in zip(minutes[1:], answers, answers[1:], strict=False)
            if (before.action, before.rule) != (after.action, after.rule)
        ]
        for at, answer in zip(minutes, answers, strict=True):
            expected = next((c for c in changes if c > at), None)
            if expected is not None:
                assert answer.until == expected
            else:
                assert answer.until is None or answer.until > minutes[-1]


def test_until_is_nothing_where_nothing_ever_changes() -> None:
    assert ask(SCHOOL, STAFF, lesson(), "vpn.example.com").until is None
    assert ask(SCHOOL, STAFF, lesson(), "bbc.co.uk").until is None
    assert ask(SCHOOL, STAFF, datetime(2040, 1, 1, tzinfo=UTC), "facebook.com").until is None


def test_every_change_of_an_answer_is_a_bell() -> None:
    bells = set(SCHOOL.bells)
    for who, name in product([STAFF, PUPIL], ["facebook.com", "youtube.com", "dropbox.com"]):
        at = datetime(2026, 9, 1, tzinfo=UTC)
        while (later := ask(SCHOOL, who, at, name).until) is not None:
            assert later in bells
            assert SCHOOL.next_bell(later - timedelta(microseconds=1)) == later
            at = later


@pytest.mark.parametrize(
    ("names", "action", "host"),
    [
        (("facebook.com", "bbc.co.uk"), "block", "facebook.com"),
        (("bbc.co.uk", "facebook.com"), "block", "facebook.com"),
        (("blog.example.com", "youtube.com"), "ask", "youtube.com"),
        (("youtube.com", "facebook.com"), "block", "facebook.com"),
        (("bbc.co.uk", "blog.example.com"), "log", "blog.example.com"),
        (("bbc.co.uk", "example.org"), "allow", "bbc.co.uk"),
        (("facebook.com", "dropbox.com"), "block", "facebook.com"),  # the same: the first shown
    ],
)
def test_of_several_names_the_strictest_holds(
    names: tuple[str, ...], action: str, host: str
) -> None:
    decision = ask(SCHOOL, STAFF, lesson(), *names)
    assert (decision.action, decision.host) == (action, host)


@pytest.mark.parametrize(
    ("at", "action"),
    [
        (lesson(8, 29) + timedelta(seconds=59, microseconds=999_999), "allow"),
        (lesson(8, 30), "block"),
        (lesson(12, 15) - timedelta(microseconds=1), "block"),
        (lesson(12, 15), "allow"),
        (lesson(13, 0) - timedelta(microseconds=1), "allow"),
        (lesson(13, 0), "block"),
        (lesson(15, 45), "allow"),
    ],
)
def test_a_window_has_its_start_and_not_its_end(at: datetime, action: str) -> None:
    assert ask(SCHOOL, STAFF, at, "www.facebook.com").action == action


def test_the_first_rule_that_matches_decides() -> None:
    blocked = rule(1, "everyone", "facebook", "block", Always())
    allowed = rule(2, "everyone", "facebook", "allow", Always())
    at = lesson()
    assert ask(policy([blocked, allowed]), STAFF, at, "facebook.com").rule is blocked
    assert ask(policy([allowed, blocked]), STAFF, at, "facebook.com").rule is allowed


def test_a_rule_for_a_device_does_not_follow_it_to_a_foreign_network() -> None:
    school = policy([rule(1, "staff-laptop", "facebook", "block", Always())])
    at_home, elsewhere = (STAFF[0], STAFF[1]), ("10.77.10.31", STAFF[1])
    assert ask(school, at_home, lesson(), "facebook.com").action == "block"
    assert ask(school, elsewhere, lesson(), "facebook.com").action == "allow"


@pytest.mark.parametrize(
    ("destination", "action"),
    [
        ("203.0.113.9", "block"),
        ("2001:db8::9", "block"),
        ("2001:db8:20::9", "allow"),  # one of the school's own networks
        (None, "block"),
        ("10.77.1.1", "allow"),
        ("127.0.0.1", "allow"),
        ("::ffff:192.168.1.1", "allow"),
        ("fe80::1%eth0", "allow"),
    ],
)
def test_a_connection_that_shows_no_name(destination: str | None, action: str) -> None:
    connection = Connection(STAFF[0], "other", mac=STAFF[1], destination_ip=destination)
    decision = decide(SCHOOL, connection, lesson())
    assert decision.action == action
    assert (decision.service == "no-name") is (action == "block")


@pytest.mark.parametrize(
    ("ip", "facts", "said"),
    [
        ("10.77.20.31", {}, "known by its MAC, on its own network, and issued to stf-1"),
        ("10.77.20.31", {"doubt": "shared-mac"}, "sends from several IPv4 addresses at once"),
        ("10.77.20.31", {"doubt": "lease-differs"}, "its address is leased to another MAC"),
        ("10.77.10.31", {}, "its network puts it in the group pupils. Its MAC is that of "
                            "staff-laptop, which belongs on another network: here the MAC proves "
                            "nothing"),
        ("fe80::31", {}, "fe80::31: it is on none of the school's networks, so it is in the group "
                         "guests. Its MAC is that of"),
    ],
)  # fmt: skip
def test_the_walk_says_on_what_ground_somebody_is_known(
    ip: str, facts: dict[str, Any], said: str
) -> None:
    connection = Connection(ip, "tls", ("www.facebook.com",), "3c:00:00:00:00:31", **facts)
    [who, *_] = walk(SCHOOL, decide(SCHOOL, connection, lesson()))
    assert said in who.text


def test_two_holders_at_once_are_not_a_shared_device() -> None:
    """In `schools.py` both have the laptop on 30 November."""
    connection = Connection("10.77.20.31", "tls", ("www.facebook.com",), "3c:00:00:00:00:31")
    both = datetime(2026, 11, 30, 10, tzinfo=UTC)
    [who, *_] = walk(SCHOOL, decide(SCHOOL, connection, both))
    assert "issued to stf-1 and stf-2 at the same time: attributed to neither" in who.text
    shared = replace(connection, source_ip="10.77.10.9", mac="3c:00:00:00:00:21")
    [who, *_] = walk(SCHOOL, decide(SCHOOL, shared, both))
    assert "a shared device: attributed to nobody" in who.text


def test_what_is_attached_on_the_schools_side_is_internal_whatever_its_address() -> None:
    """A printer on the school's own global IPv6 is as internal as one on 10.77.1.1."""
    printer = Connection(STAFF[0], "other", mac=STAFF[1], destination_ip="2001:db8:77::9")
    assert decide(SCHOOL, printer, lesson()).service == "no-name"
    attached = replace(printer, destination_connected=True)
    assert decide(SCHOOL, attached, lesson()).action == "allow"

"""The sample school at the repository's top: clean, and deciding as the written policy says."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bellgate.policy.decide import Policy, decide
from bellgate.policy.facts import Connection
from bellgate.schedules.load import load
from tests.schedules.small_catalogue import small_catalogue

SAMPLE = Path(__file__).parent.parent.parent / "schedules"
LONDON = ZoneInfo("Europe/London")

STAFF = ("10.77.20.31", "3c:22:fb:00:00:31")
PUPIL = ("10.77.10.21", "3c:22:fb:00:00:21")
OFFICE = ("10.77.20.5", None)
GUEST = ("192.0.2.7", None)


@pytest.fixture(scope="module")
def policy() -> Policy:
    loaded = load(SAMPLE, catalogue=small_catalogue())
    assert loaded.policy is not None, loaded.problems
    return loaded.policy


def test_the_only_thing_to_say_of_it_is_that_its_review_is_overdue() -> None:
    loaded = load(SAMPLE, today=date(2026, 11, 22), catalogue=small_catalogue())
    assert [(p.file, p.level, p.message) for p in loaded.problems] == [
        (
            "school.yaml",
            "warning",
            "policy: review overdue since 2018-04-01 (agreed 2017-04-01, due every year)",
        )
    ]


@pytest.mark.parametrize(
    ("at", "who", "site", "sentence"),
    [
        (
            "2026-11-23 10:15",
            STAFF,
            "www.facebook.com",
            "Blocked Facebook on staff-laptop-07 in Morning session (rule Staff)",
        ),
        (
            "2026-11-23 12:30",
            STAFF,
            "www.facebook.com",
            "Allowed Facebook on staff-laptop-07 (no rule applies then)",
        ),
        (
            "2026-11-23 12:30",
            PUPIL,
            "www.facebook.com",
            "Blocked Facebook on y5-laptop-03 (rule Pupils)",
        ),
        (
            "2026-11-23 12:30",
            GUEST,
            "www.facebook.com",
            "Blocked Facebook on a device in the guests group (192.0.2.7) (rule Pupils)",
        ),
        (
            "2026-11-21 10:15",  # a Saturday
            PUPIL,
            "www.facebook.com",
            "Allowed Facebook on y5-laptop-03 (no rule applies then)",
        ),
        (
            "2026-11-23 10:15",
            OFFICE,
            "www.facebook.com",
            "Allowed Facebook on office-pc in Morning session (rule School accounts)",
        ),
        (
            "2026-11-23 10:15",
            OFFICE,
            "www.youtube.com",
            "Asked about YouTube on office-pc in Morning session (rule Video for teaching)",
        ),
        (
            "2026-11-27 10:15",  # an INSET day
            PUPIL,
            "www.facebook.com",
            "Allowed Facebook on y5-laptop-03 (no rule applies then)",
        ),
        (
            "2026-11-27 10:15",
            STAFF,
            "www.facebook.com",
            "Blocked Facebook on staff-laptop-07 in Morning session (rule Staff)",
        ),
        (
            "2026-09-01 10:15",  # an INSET day outside the terms
            STAFF,
            "www.facebook.com",
            "Blocked Facebook on staff-laptop-07 in Morning session (rule Staff)",
        ),
        (
            "2026-12-18 13:59",
            PUPIL,
            "www.facebook.com",
            "Blocked Facebook on y5-laptop-03 in Afternoon session (rule Pupils)",
        ),
        (
            "2026-12-18 14:30",  # an early finish
            PUPIL,
            "www.facebook.com",
            "Allowed Facebook on y5-laptop-03 (no rule applies then)",
        ),
        (
            "2026-11-23 12:30",
            STAFF,
            "www.blogger.com",
            "Logged Blogger (writing) on staff-laptop-07 (rule Own weblogs)",
        ),
        (
            "2026-11-23 10:15",
            STAFF,
            "www.blogger.com",
            "Blocked Blogger (writing) on staff-laptop-07 in Morning session (rule Staff)",
        ),
        (
            "2026-12-25 20:00",
            STAFF,
            "vpn.example.com",
            "Blocked Some VPN on staff-laptop-07 (rule Ways round)",
        ),
        (
            "2026-11-23 10:15",
            PUPIL,
            "latest.forum.example.org",
            "Blocked Village Forum on y5-laptop-03 in Morning session (rule Pupils)",
        ),
        (
            "2026-11-23 10:15",
            PUPIL,
            "news.forum.example.org",
            "Allowed news.forum.example.org on y5-laptop-03 in Morning session (no rule names it)",
        ),
        (
            "2026-11-23 10:15",
            PUPIL,
            "play.ttrockstars.com",
            "Allowed play.ttrockstars.com on y5-laptop-03 in Morning session (no rule names it)",
        ),
        (
            "2026-11-23 10:15",
            PUPIL,
            "www.dropbox.com",
            "Allowed www.dropbox.com on y5-laptop-03 in Morning session (no rule names it)",
        ),
    ],
)
def test_what_is_decided(
    policy: Policy, at: str, who: tuple[str, str | None], site: str, sentence: str
) -> None:
    instant = datetime.fromisoformat(at).replace(tzinfo=LONDON)
    decision = decide(policy, Connection(who[0], "tls", (site,), mac=who[1]), instant)
    assert decision.sentence == sentence


@pytest.mark.parametrize(
    ("at", "action"),
    [
        ("2026-11-23 08:29:59.999999", "allow"),
        ("2026-11-23 08:30:00", "block"),
        ("2026-11-23 12:14:59.999999", "block"),
        ("2026-11-23 12:15:00", "allow"),
        ("2026-11-23 13:00:00", "block"),
        ("2026-11-23 15:45:00", "allow"),
    ],
)
def test_at_the_bell(policy: Policy, at: str, action: str) -> None:
    instant = datetime.fromisoformat(at).replace(tzinfo=LONDON)
    connection = Connection(STAFF[0], "tls", ("www.facebook.com",), mac=STAFF[1])
    assert decide(policy, connection, instant).action == action


def test_the_two_devices_for_trying_it_out(policy: Policy) -> None:
    instant = datetime(2026, 11, 23, 12, 30, tzinfo=LONDON)
    as_staff = decide(policy, Connection("127.0.0.1", "tls", ("www.facebook.com",)), instant)
    as_pupil = decide(policy, Connection("127.0.0.2", "tls", ("www.facebook.com",)), instant)
    assert (as_staff.device, as_staff.action) == ("this-machine", "allow")
    assert (as_pupil.device, as_pupil.action) == ("this-machine-as-pupil", "block")
    assert as_staff.who.trusts_certificate and as_pupil.who.trusts_certificate


def test_a_site_without_a_name_is_closed_while_social_media_is(policy: Policy) -> None:
    """To pupils at lunch, too; staff are in their own time then."""
    hidden = Connection(PUPIL[0], "other", mac=PUPIL[1], destination_ip="203.0.113.9")
    inside = Connection(PUPIL[0], "other", mac=PUPIL[1], destination_ip="10.77.1.1")
    lesson = datetime(2026, 11, 23, 10, 15, tzinfo=LONDON)
    lunch = datetime(2026, 11, 23, 12, 30, tzinfo=LONDON)
    assert decide(policy, hidden, lesson).action == "block"
    assert decide(policy, hidden, lunch).action == "block"
    of_staff = replace(hidden, source_ip=STAFF[0], mac=STAFF[1])
    assert decide(policy, of_staff, lesson).action == "block"
    assert decide(policy, of_staff, lunch).action == "allow"
    assert decide(policy, inside, lesson).action == "allow"


def test_a_call_that_falls_back_to_tcp_hides_nothing(policy: Policy) -> None:
    """STUN on port 443 is no web page: closed to a pupil as such, open to staff."""
    call = Connection(
        PUPIL[0], "not-web", mac=PUPIL[1], destination_ip="203.0.113.9", destination_port=443
    )
    lesson = datetime(2026, 11, 23, 10, 15, tzinfo=LONDON)
    closed = decide(policy, call, lesson)
    assert (closed.action, closed.service, closed.rule and closed.rule.name) == (
        "block", "not-web", "Hidden from view",
    )  # fmt: skip
    assert closed.sentence.startswith("Blocked a connection that is not a web page on ")
    of_staff = replace(call, source_ip=STAFF[0], mac=STAFF[1])
    assert decide(policy, of_staff, lesson).action == "allow"


def test_a_school_year_of_190_days(policy: Policy) -> None:
    table = policy.timetable(policy.groups["pupils"])
    assert (len(table.days), len(table.sessions)) == (190, 380)


def test_every_rule_says_where_it_stands(policy: Policy) -> None:
    lines = (SAMPLE / "rules.yaml").read_text("utf-8").split("\n")
    for rule in policy.rules:
        assert lines[rule.source.line - 1].strip() == f"- name: {rule.name}"
        assert rule.clause

"""What a record says, field by field, and what it leaves out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bellgate.audit import decision_record, event_record
from bellgate.audit.record.event_kinds import EVENTS
from bellgate.audit.record.record import Record
from bellgate.policy.decide import Decision, decide
from bellgate.policy.facts import Connection
from tests.audit.world import CLAUSE, EDITION, POLICY, QUARTER_PAST_TEN, decision

SATURDAY = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)

# ARCHITECTURE.md, The record, without what the line and the writer add (ecs, salt, sequence).
EXAMPLE = {
    "@timestamp": "2026-11-23T10:15:03.123456Z",
    "message": "Blocked Facebook on staff-laptop-07 in Morning session (rule Staff)",
    "event": {
        "kind": "event",
        "dataset": "bellgate.decision",
        "category": ["network"],
        "type": ["connection", "denied"],
        "action": "block",
        "timezone": "Europe/London",
    },
    "rule": {
        "id": "rules.yaml:8",
        "name": "Staff",
        "ruleset": "Social Media Policy",
        "version": EDITION.hash,
        "category": "social-network",
    },
    "network": {"application": "facebook", "transport": "tcp", "protocol": "tls"},
    "url": {"domain": "www.facebook.com"},
    "tls": {"client": {"server_name": "www.facebook.com"}},
    "device": {"id": "staff-laptop-07"},
    "source": {"ip": "10.77.20.31", "mac": "3C-22-FB-00-00-31"},
    "user": {"id": "stf-0042", "roles": ["staff"]},
    "destination": {"ip": "203.0.113.11", "port": 443},
    "observer": {"name": "gateway", "product": "Bellgate", "version": "0.1.0"},
    "organization": {"name": "Bury C of E Primary School"},
    "bellgate": {
        "session": "morning",
        "clause": CLAUSE,
        "attribution": "held",
        "seen": "page",
        "until": "2026-11-23T12:15:00Z",
        "list": EDITION.list_version,
        "notice": "2026-09",
        "clock": "synchronised",
        "repeat": 1,
    },
}


def record_of(decided: Decision, action: Any = "block", **facts: Any) -> Record:
    return decision_record(decided, action, **{"seen": "page", "clock": "synchronised", **facts})


def test_a_blocked_page_is_recorded_as_the_design_shows_it() -> None:
    assert record_of(decision()) == EXAMPLE


def test_what_the_network_did_not_show_is_left_out() -> None:
    bare = decision(ip="10.77.10.9", mac=None)
    connection = Connection("10.77.10.9", "other", ("facebook.com",))
    bare = Decision(
        connection, bare.instant, bare.who, bare.what, bare.verdict, bare.edition, bare.host
    )

    record = record_of(bare)

    assert record["source"] == {"ip": "10.77.10.9"}
    assert record["user"] == {"roles": ["pupils"]}
    assert record["network"] == {"transport": "tcp", "application": "facebook"}
    assert not record.keys() & {"device", "tls", "destination"}
    assert_nothing_is_null(record)


def test_a_shared_device_is_put_down_to_nobody_and_its_groups_are_named_innermost_first() -> None:
    record = record_of(decision(ip="10.77.10.21", mac="3c:22:fb:00:00:21"))
    assert record["device"] == {"id": "y5-laptop-03"}
    assert record["user"] == {"roles": ["year-5", "pupils"]}
    assert record["bellgate"]["attribution"] == "shared"


def test_a_device_away_from_its_own_network_is_only_claimed_and_attributed_to_nobody() -> None:
    """The teacher's MAC on the pupils' network, which a pupil may have copied."""
    record = record_of(decision(ip="10.77.10.31"))
    assert record["bellgate"]["claimed"] == "staff-laptop-07"
    assert "device" not in record
    assert record["message"].startswith(
        "Blocked Facebook on a device in the pupils group (10.77.10.31)"
    )
    assert record["bellgate"]["attribution"] == "unknown"
    assert "id" not in record["user"]
    assert record["user"]["roles"] == ["pupils"]


def test_the_record_says_why_a_mac_names_no_holder() -> None:
    """Two machines answer with the teacher's MAC: the device stays on record, the person not."""
    plain = decision()
    facts = replace(plain.connection, doubt="shared-mac")
    record = record_of(decide(POLICY, facts, plain.instant))
    assert record["bellgate"]["attribution"] == "address"
    assert record["bellgate"]["ground"] == "shared-mac"
    assert record["device"] == {"id": "staff-laptop-07"}
    assert "id" not in record["user"]


def test_outside_of_sessions_no_session_is_named() -> None:
    record = record_of(decision(at=SATURDAY), "exempted")
    assert "session" not in record["bellgate"]
    assert "rule" not in record
    assert_nothing_is_null(record)


@pytest.mark.parametrize(
    ("action", "came_through"),
    [
        ("block", "denied"),
        ("ask", "denied"),
        ("cut", "denied"),
        ("log", "allowed"),
        ("answered", "allowed"),
        ("exempted", "allowed"),
        ("closed", "allowed"),
    ],
)
def test_each_action_says_whether_the_connection_came_through(
    action: str, came_through: str
) -> None:
    event = record_of(decision(), action)["event"]
    assert (event["action"], event["type"]) == (action, ["connection", came_through])


@pytest.mark.parametrize(
    ("host", "action", "facts", "message"),
    [
        (
            "wordpress.com",
            "log",
            {},
            "Logged WordPress on staff-laptop-07 in Morning session (rule Own weblogs)",
        ),
        (
            "wordpress.com",
            "closed",
            {"carried": 120_000, "lasted": timedelta(seconds=185.5)},
            "Closed WordPress on staff-laptop-07 in Morning session (rule Own weblogs): "
            "after 185 seconds, 120000 bytes",
        ),
        (
            "wordpress.com",
            "block",
            {"reason": "the log could not be written"},
            "Blocked WordPress on staff-laptop-07 in Morning session (rule Own weblogs): "
            "the log could not be written",
        ),
        (
            "facebook.com",
            "cut",
            {"carried_over": True},
            "Cut Facebook on staff-laptop-07 in Morning session (rule Staff): "
            "carried over from before the bell, not a breach",
        ),
        (
            "facebook.com",
            "block",
            {"named": False, "repeat": 70},
            "Blocked Facebook (many names) on staff-laptop-07 in Morning session (rule Staff)",
        ),
        (
            "a.games.example",
            "block",
            {"named": False},
            "Blocked many names under games.example on staff-laptop-07 in Morning session "
            "(rule Games)",
        ),
    ],
)
def test_the_message_says_it_in_one_plain_sentence(
    host: str, action: str, facts: dict[str, Any], message: str
) -> None:
    assert record_of(decision(host), action, **facts)["message"] == message


def test_a_close_carries_bytes_and_nanoseconds() -> None:
    record = record_of(decision(), "closed", carried=5, lasted=timedelta(seconds=1, microseconds=1))
    assert record["network"]["bytes"] == 5
    assert record["event"]["duration"] == 1_000_001_000


def test_a_cut_of_what_was_open_before_is_carried_over() -> None:
    assert record_of(decision(), "cut", carried_over=True)["bellgate"]["carried_over"] is True
    assert "carried_over" not in record_of(decision(), "cut")["bellgate"]


def test_what_is_counted_by_service_names_no_host() -> None:
    record = record_of(decision(), named=False, repeat=70)
    assert not record.keys() & {"url", "tls"}
    assert record["network"]["application"] == "facebook"
    assert record["bellgate"]["repeat"] == 70


@pytest.mark.parametrize(("done", "came_through"), [("refused", "denied"), ("passed", "allowed")])
def test_an_error_names_the_host_the_service_and_what_was_done(
    done: Any, came_through: str
) -> None:
    record = event_record(
        "bellgate.gate",
        "error",
        "A fault of our own",
        edition=EDITION,
        at=QUARTER_PAST_TEN,
        clock="synchronised",
        host="www.facebook.com",
        service="facebook",
        done=done,
    )
    assert record["url"] == {"domain": "www.facebook.com"}
    assert record["network"] == {"application": "facebook"}
    assert record["bellgate"]["done"] == done
    assert record["event"]["type"] == ["connection", came_through]
    assert record["event"]["outcome"] == "failure"


def test_a_reviewers_action_names_the_reviewer_the_reason_and_whom_it_is_about() -> None:
    record = event_record(
        "bellgate.review",
        "revealed",
        "Name revealed",
        edition=EDITION,
        at=QUARTER_PAST_TEN,
        clock="synchronised",
        user="head",
        target="stf-0042",
        reason="complaint of 20 November",
    )
    assert record["user"] == {"id": "head", "target": {"id": "stf-0042"}}
    assert record["event"]["reason"] == "complaint of 20 November"


@pytest.mark.parametrize(("dataset", "action"), list(EVENTS))
def test_every_kind_of_record_has_no_nulls_and_only_scalar_arrays(
    dataset: Any, action: str
) -> None:
    record = event_record(
        dataset,
        action,
        "…",
        edition=EDITION,
        at=QUARTER_PAST_TEN,
        clock="simulated",
        facts={"nothing": None},
    )
    assert record["event"]["dataset"] == dataset
    assert record["bellgate"]["clock"] == "simulated"
    assert_nothing_is_null(record)


def assert_nothing_is_null(value: object) -> None:
    assert value is not None
    if isinstance(value, dict):
        for inner in value.values():
            assert_nothing_is_null(inner)
    if isinstance(value, list):
        assert all(isinstance(inner, str | int) for inner in value)

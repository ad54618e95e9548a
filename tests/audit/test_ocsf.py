"""Every record becomes a valid event of OCSF, and says there what it says in the log.

The schema is OCSF's own, compiled, as the package ocsf-json-schema brings it.
"""

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from bellgate.audit.record.event_kinds import EVENTS
from bellgate.audit.record.ocsf import VERSION, event_of
from bellgate.audit.record.record import decision_record, event_record
from bellgate.policy.facts import Connection
from tests.audit.kinds import as_written, records
from tests.audit.world import EDITION, QUARTER_PAST_TEN, decision


@cache
def classes() -> dict[int, dict[str, Any]]:
    return {each["uid"]: each for each in get_ocsf_schema(version=VERSION)["classes"].values()}


@cache
def validator(class_uid: int, profiles: tuple[str, ...]) -> Draft202012Validator:
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=VERSION))
    name = schema.lookup_class_name_from_uid(class_uid)
    return Draft202012Validator(schema.get_class_schema(name, list(profiles)))


def faults(event: dict[str, Any]) -> list[str]:
    """What is wrong with an event: by the JSON Schema, and by what that does not say."""
    profiles = tuple(event["metadata"].get("profiles", ()))
    schema = validator(event["class_uid"], profiles)
    found = [f"{e.json_path}: {e.message}" for e in schema.iter_errors(event)]
    compiled = classes()[event["class_uid"]]
    if compiled.get("@deprecated"):
        found.append(f"the class {compiled['name']} is deprecated")
    for key, value in event.items():
        attribute = compiled["attributes"].get(key, {})
        if attribute.get("@deprecated"):
            found.append(f"{key} is deprecated")
        sibling = attribute.get("sibling")
        caption = attribute.get("enum", {}).get(str(value), {}).get("caption")
        if sibling in event and value != 99 and caption != event[sibling]:
            found.append(f"{sibling} is {event[sibling]!r}, where {key} means {caption!r}")
    if event["type_uid"] != event["class_uid"] * 100 + event["activity_id"]:
        found.append("type_uid does not follow from class and activity")
    return found


@settings(max_examples=300)
@given(records)
def test_every_record_becomes_a_valid_event(record: dict[str, Any]) -> None:
    event = event_of(record)
    assert faults(event) == []
    assert event["message"] == record["message"]
    assert event["metadata"]["original_time"] == record["@timestamp"]


@settings(max_examples=200)
@given(records)
def test_nothing_is_lost_but_the_salt(record: dict[str, Any]) -> None:
    """Each value of the record stands somewhere in the event."""
    told = set(map(str, leaves(event_of(record))))
    # In milliseconds, and as a word with a capital.
    record["event"].pop("duration", None)
    told.add(str(event_of(record).get("status")).lower())
    del record["bellgate"]["salt"], record["ecs"]
    missing = set(map(str, leaves(record))) - told
    assert not missing


def test_whom_an_error_was_about_is_told_beside_who_asked() -> None:
    """An error of the gate becomes a connection, whose owner is the one who asked."""
    record = event_record(
        "bellgate.gate",
        "error",
        "…",
        edition=EDITION,
        at=QUARTER_PAST_TEN,
        clock="synchronised",
        connection=Connection(source_ip="10.77.20.31", protocol="tls", names=()),
        done="refused",
        user="head",
        target="stf-0042",
    )
    event = event_of(as_written(record))
    assert event["src_endpoint"]["owner"] == {"uid": "head"}
    assert event["unmapped"]["user"] == {"target": {"id": "stf-0042"}}


def leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value]


def blocked(**facts: Any) -> dict[str, Any]:
    facts = {"action": "block", "seen": "connection", **facts}
    return event_of(as_written(decision_record(decision(), clock="synchronised", **facts)))


def test_a_block_by_the_name_in_the_handshake_is_a_refused_connection() -> None:
    event = blocked()
    assert (event["class_uid"], event["type_name"]) == (4001, "Network Activity: Refuse")
    assert (event["action"], event["disposition"]) == ("Denied", "Blocked")
    assert event["time"] == 1795428903123
    assert event["src_endpoint"] == {
        "ip": "10.77.20.31",
        "mac": "3C-22-FB-00-00-31",
        "name": "staff-laptop-07",
        "owner": {"uid": "stf-0042", "groups": [{"name": "staff"}]},
    }
    assert event["dst_endpoint"] == {
        "ip": "203.0.113.11",
        "port": 443,
        "hostname": "www.facebook.com",
    }
    assert event["firewall_rule"]["uid"] == "rules.yaml:8"
    assert event["unmapped"]["tls"] == {"client": {"server_name": "www.facebook.com"}}


def test_a_page_that_was_asked_for_is_http_activity() -> None:
    event = blocked(seen="page")
    assert event["class_uid"] == 4002
    assert event["http_request"]["url"]["url_string"] == "https://www.facebook.com/"


def test_what_carried_no_name_is_no_http_activity() -> None:
    assert blocked(seen="page", named=False)["class_uid"] == 4001


@pytest.mark.parametrize(("dataset", "action"), list(EVENTS))
def test_every_kind_has_a_class_of_its_own_choice(dataset: Any, action: str) -> None:
    """None falls back on the base event, and none is of a class that OCSF gave up (6004)."""
    record = event_record(
        dataset, action, "…", edition=EDITION, at=QUARTER_PAST_TEN, clock="synchronised"
    )
    event = event_of(as_written(record))
    assert event["class_uid"] != 0
    assert faults(event) == []


def test_the_summer_is_an_hour_ahead() -> None:
    at = QUARTER_PAST_TEN.replace(month=6)
    record = event_record(
        "bellgate.gate", "started", "…", edition=EDITION, at=at, clock="synchronised"
    )
    assert event_of(as_written(record))["timezone_offset"] == 60


def test_a_wrong_event_has_faults() -> None:
    """Else the tests above would say nothing."""
    event = blocked()
    for wrong in (
        {"activity_id": 77},
        {"disposition": "Allowed"},
        {"type_uid": 400101},
        {"src_endpoint": {}},
        {"tls": {"sni": "www.facebook.com"}},
        {"surprise": 1},
        {"time": "2026-11-23"},
    ):
        assert faults({**event, **wrong}), wrong
    assert faults({k: v for k, v in event.items() if k != "severity_id"})
    bare = {**event, "metadata": {**event["metadata"], "profiles": []}}
    assert faults(bare), "action and policy belong to the profile security_control"

"""Outside of `bellgate`, a record holds only fields of ECS, each of the type it has there."""

import ipaddress
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings

from bellgate.audit.record.record import ECS_VERSION
from tests.audit.kinds import records

LIST = Path(__file__).with_name(f"ecs-{ECS_VERSION}.txt")


def is_ip(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ipaddress.ip_address(value))
    except ValueError:
        return False


def is_date(value: object) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None


def is_text(value: object) -> bool:
    return isinstance(value, str)


def is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


TYPES: dict[str, Callable[[object], bool]] = {
    "keyword": is_text,
    "match_only_text": is_text,
    "wildcard": is_text,
    "date": is_date,
    "ip": is_ip,
    "long": is_whole,
}


@cache
def fields() -> dict[str, list[str]]:
    lines = LIST.read_text().split("# The values")[0].splitlines()
    return {name: rest for name, *rest in (line.split() for line in lines if line[0] != "#")}


@cache
def values() -> dict[str, dict[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = {}
    for line in LIST.read_text().split("# The values")[1].splitlines()[1:]:
        name, value, *types = line.split()
        found.setdefault(name, {})[value] = set(types[0].split(",")) if types else set()
    return found


def flat(record: dict[str, Any], above: str = "") -> Iterator[tuple[str, object]]:
    for name, value in record.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{name}.")
        else:
            yield above + name, value


def faults(record: dict[str, Any]) -> list[str]:
    found = []
    for name, value in flat({k: v for k, v in record.items() if k != "bellgate"}):
        kind, *array = fields().get(name, ["none"])
        each = value if isinstance(value, list) else [value]
        if isinstance(value, list) != bool(array):
            found.append(f"{name}: {'no ' if array else ''}array")
        if kind not in TYPES or not all(TYPES[kind](v) for v in each):
            found.append(f"{name}: {value!r} is no {kind}")
        if name in values() and not set(each) <= values()[name].keys():
            found.append(f"{name}: ECS does not know {value!r}")
    event = record["event"]
    expected = set().union(*(values()["event.category"].get(c, set()) for c in event["category"]))
    if not set(event["type"]) <= expected:
        found.append(f"event.type {event['type']} does not go with {event['category']}")
    return found


@settings(max_examples=300)
@given(records)
def test_every_field_of_every_record_is_one_of_ecs(record: dict[str, Any]) -> None:
    assert record["ecs"]["version"] == ECS_VERSION
    assert faults(record) == []


def test_what_is_none_of_ecs_is_noticed() -> None:
    good = {
        "@timestamp": "2026-11-23T10:15:03.123456Z",
        "event": {"kind": "event", "category": ["network"], "type": ["denied"]},
        "source": {"ip": "10.0.0.1"},
    }
    assert faults(good) == []
    for wrong in (
        {"service": {"name": "facebook"}},
        {"source": {"ip": "10.0.0.300"}},
        {"source": {"port": "443"}},
        {"user": {"roles": "staff"}},
        {"@timestamp": "2026-11-23T10:15:03"},
        {"event": {**good["event"], "type": ["deletion"]}},
        {"event": {**good["event"], "kind": "happening"}},
    ):
        assert faults({**good, **wrong}), wrong

"""A record -> the same as an event of the Open Cybersecurity Schema Framework (OCSF 1.8.0).

Pure, and only the mapping may live here: no file, no clock. Nothing is guessed to fill a field.
What OCSF has no place for stands under `unmapped` as it is in the record; so does what it takes
only together with something that the gate did not see (its `tls` wants the version).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bellgate.audit.record.event_kinds import EVENTS, OCSF_OTHER
from bellgate.policy.action import OUTCOMES, Numbered

VERSION: Final = "1.8.0"

Event = dict[str, Any]

_Placed = Mapping[str, frozenset[str] | None]

# class_uid -> the names of class and category.
_CLASSES: Final[Mapping[int, tuple[str, str]]] = {
    0: ("Base Event", "Uncategorized"),
    1008: ("Event Log Activity", "System Activity"),
    3002: ("Authentication", "Identity & Access Management"),
    4001: ("Network Activity", "Network Activity"),
    4002: ("HTTP Activity", "Network Activity"),
    5019: ("Device Config State Change", "Discovery"),
    6001: ("Web Resources Activity", "Application Activity"),
    6002: ("Application Lifecycle", "Application Activity"),
    6008: ("Application Error", "Application Activity"),
}

# Our own code failed on a connection, and this is what was done.
_FAILED: Final[Mapping[str, tuple[Numbered, Numbered, Numbered]]] = {
    "refused": ((5, "Refuse"), (2, "Denied"), (27, "Error")),
    "passed": ((1, "Open"), (1, "Allowed"), (27, "Error")),
}
_SUCCESS: Final = {"success": (1, "Success"), "failure": (2, "Failure")}
# The record's own fields that have their place in every event; None is the whole field.
_PLACED: Final[_Placed] = {
    "@timestamp": None,
    "message": None,
    "ecs": None,
    "observer": None,
    "organization": None,
    "event": frozenset({"action", "dataset", "sequence", "outcome", "reason"}),
    # The salt keeps what an expired line leaves behind from being guessed; a part of it is enough
    # to tell records of the same number apart.
    "bellgate": frozenset({"salt"}),
}
_PLACED_OF_CONNECTIONS: Final[_Placed] = {
    **_PLACED,
    "event": frozenset({"action", "dataset", "sequence", "outcome", "reason", "duration"}),
    "rule": None,
    "network": frozenset({"application", "transport", "protocol", "bytes"}),
    "url": frozenset({"domain"}),
    "source": None,
    "destination": None,
    "device": None,
    "bellgate": frozenset({"salt", "repeat", "clause"}),
}
_SALT_SHOWN: Final = 8
"""Characters of a record's salt that are exported."""
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)


def event_of(record: Mapping[str, Any]) -> Event:
    """The event that says what a record says."""
    event, ours = record["event"], record["bellgate"]
    fate = ours.get("done", event["action"])
    # An exemption that somebody gave is no connection: it has no source.
    told = _FAILED.get(fate) or (OUTCOMES[fate].ocsf if fate in OUTCOMES else None)
    if told is not None and "source" in record:
        return _known(**_shared(record, "security_control"), **_connection(record, told))
    kind = EVENTS.get((event["dataset"], event["action"]))
    class_uid, activity, name = kind.ocsf if kind else (0, OCSF_OTHER, event["action"])
    if class_uid == 6001 and ours.get("revoked"):
        activity, name = 4, "Delete"
    profiles = ("host",) if class_uid == 6001 else ()
    return _known(
        **_shared(record, *profiles),
        **_class(class_uid, activity, name),
        **_of_class(class_uid, record),
        unmapped=_unmapped(record, _PLACED),
    )


def _shared(record: Mapping[str, Any], *profiles: str) -> Event:
    event, observer = record["event"], record["observer"]
    at = datetime.fromisoformat(record["@timestamp"])
    offset = at.astimezone(ZoneInfo(event["timezone"])).utcoffset() or timedelta()
    number, outcome = event.get("sequence"), event.get("outcome")
    status_id, status = _SUCCESS.get(outcome, (None, None))
    return {
        "time": (at - _START) // timedelta(milliseconds=1),
        "timezone_offset": offset // timedelta(minutes=1),
        "message": record["message"],
        "severity_id": 3 if outcome == "failure" else 1,
        "severity": "Medium" if outcome == "failure" else "Informational",
        "status_id": status_id,
        "status": status,
        "status_detail": event.get("reason"),
        "metadata": _known(
            version=VERSION,
            profiles=list(profiles) or None,
            product={**_product(record), "vendor_name": observer["product"]},
            uid=_uid(record),
            sequence=number,
            event_code=event["action"],
            log_name=event["dataset"],
            log_provider=observer["name"],
            original_time=record["@timestamp"],
            tenant_uid=record["organization"]["name"],
        ),
    }


def _uid(record: Mapping[str, Any]) -> str | None:
    """Its number, and some of its salt: where a log was broken, the numbers began again at 0."""
    number, salt = record["event"].get("sequence"), record["bellgate"].get("salt")
    if number is None or salt is None:
        return None
    return f"{record['observer']['name']}/{number}/{salt[:_SALT_SHOWN]}"


def _class(class_uid: int, activity: int, name: str) -> Event:
    class_name, category = _CLASSES[class_uid]
    return {
        "category_uid": class_uid // 1000,
        "category_name": category,
        "class_uid": class_uid,
        "class_name": class_name,
        "activity_id": activity,
        "activity_name": name,
        "type_uid": class_uid * 100 + activity,
        "type_name": f"{class_name}: {'Other' if activity == OCSF_OTHER else name}",
    }


def _connection(record: Mapping[str, Any], told: tuple[Numbered, Numbered, Numbered]) -> Event:
    activity, action, disposition = told
    network, ours = record.get("network", {}), record["bellgate"]
    host = record.get("url", {}).get("domain")
    request = _request(host, network.get("protocol"), ours.get("seen"))
    duration, carried = record["event"].get("duration"), network.get("bytes")
    placed = dict(_PLACED_OF_CONNECTIONS)
    if "id" in record.get("user", {}):
        placed["user"] = frozenset({"id", "roles"})
    there = _known(**record.get("destination", {}), hostname=host)
    # A port alone is no endpoint.
    if not there.keys() - {"port"}:
        there = {}
        del placed["destination"]
    return {
        # Which method a request had is not recorded.
        **(_class(4002, 0, "Unknown") if request else _class(4001, *activity)),
        "action_id": action[0],
        "action": action[1],
        "disposition_id": disposition[0],
        "disposition": disposition[1],
        "http_request": request,
        "src_endpoint": _source(record),
        "dst_endpoint": there or None,
        "connection_info": {
            "direction_id": 2,
            "direction": "Outbound",
            "protocol_name": "tcp",
            "protocol_num": 6,
        },
        "app_name": network.get("application"),
        "app_protocol_name": network.get("protocol"),
        "traffic": None if carried is None else {"bytes": carried},
        "duration": None if duration is None else duration // 1_000_000,
        "count": ours.get("repeat"),
        "firewall_rule": _firewall_rule(record),
        "policy": _policy(record),
        "unmapped": _unmapped(record, placed),
    }


def _request(host: str | None, protocol: str | None, seen: str | None) -> Event | None:
    """The HTTP request, where one was read: of it, only the site's own address is kept."""
    if host is None or (protocol != "http" and seen != "page"):
        return None
    scheme = "http" if protocol == "http" else "https"
    return {"url": {"url_string": f"{scheme}://{host}/", "scheme": scheme, "hostname": host}}


def _source(record: Mapping[str, Any]) -> Event:
    user = record.get("user", {})
    owner = None
    if "id" in user:
        groups = [{"name": role} for role in user.get("roles", ())]
        owner = _known(uid=user["id"], groups=groups or None)
    return _known(**record["source"], name=record.get("device", {}).get("id"), owner=owner)


def _firewall_rule(record: Mapping[str, Any]) -> Event | None:
    rule = record.get("rule")
    if rule is None:
        return None
    return _known(
        uid=rule["id"], name=rule["name"], version=rule["version"], category=rule.get("category")
    )


def _policy(record: Mapping[str, Any]) -> Event | None:
    rule = record.get("rule")
    if rule is None:
        return None
    clause = record["bellgate"].get("clause")
    return _known(name=rule["ruleset"], version=rule["version"], desc=clause, is_applied=True)


def _of_class(class_uid: int, record: Mapping[str, Any]) -> Event:
    """What a class asks for of what is no connection."""
    observer, user = record["observer"], record.get("user", {})
    match class_uid:
        case 1008:
            return {"log_name": "Bellgate", "log_provider": observer["name"]}
        case 3002:
            return {
                "user": {"uid": user["id"]} if "id" in user else {"name": "unknown"},
                "service": _product(record),
            }
        case 5019:
            return {"device": {"name": observer["name"], "type_id": 9, "type": "Firewall"}}
        case 6001:
            about = user.get("target", {}).get("id")
            named = f"records of {about}" if about else "records"
            return {
                "web_resources": [{"name": named, "type": record["event"]["dataset"]}],
                "actor": {"user": {"uid": user["id"]}} if "id" in user else None,
            }
        case 6002:
            return {"app": _product(record)}
    return {}


def _product(record: Mapping[str, Any]) -> Event:
    return {"name": record["observer"]["product"], "version": record["observer"]["version"]}


def _unmapped(record: Mapping[str, Any], placed: _Placed) -> Event | None:
    """What found no place, as it is in the record."""
    left: Event = {}
    for name, value in record.items():
        keys = placed.get(name, frozenset())
        if keys is None:
            continue
        rest = {k: v for k, v in value.items() if k not in keys} if keys else value
        if rest:
            left[name] = rest
    return left or None


def _known(**fields: object) -> Event:
    return {name: value for name, value in fields.items() if value is not None}

"""Decision + what was observed -> one record: a nested ECS dictionary.

Pure. Only the shape and the words of a record may live here: no file, no clock, no randomness (the
salt and the number are given on the way to the line). What is unknown is left out, never null;
arrays hold scalars; of a site only the host's name is kept, never a path, a query or content.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from bellgate import __version__
from bellgate.audit.record.event_kinds import DECISION, EVENTS, Dataset, EventKind
from bellgate.policy.action import OUTCOMES, Outcome
from bellgate.policy.decide import Decision, Edition
from bellgate.policy.facts import Connection

Record = dict[str, Any]

Seen = Literal["page", "embedded", "background", "connection"]
ClockState = Literal["synchronised", "unsynchronised", "simulated"]
Success = Literal["success", "failure"]

ECS_VERSION: Final = "9.3.0"
LAST_YEAR: Final = 9998
"""The last year of a time: those beyond leave no room for the day after them."""

_DENIED = ["connection", "denied"]
_ALLOWED = ["connection", "allowed"]


def decision_record(
    decision: Decision,
    action: Outcome,
    *,
    seen: Seen,
    clock: ClockState,
    repeat: int = 1,
    named: bool = True,
    at: datetime | None = None,
    carried: int | None = None,
    lasted: timedelta | None = None,
    carried_over: bool = False,
    answer: str | None = None,
    exemption: str | None = None,
    reason: str | None = None,
) -> Record:
    """What became of one connection, or of `repeat` alike.

    `at` is given where the record is of another moment than the decision (a close, a cut).
    `named=False`: counted by service, so no host is named. `carried` (bytes) and `lasted` belong to
    `closed` and `cut`; of a connection opened in people's own time leave them out, for what it
    carried is their own affair. `reason` is why the fate differs from the rule (`the log could not
    be written`).
    """
    edition = decision.edition
    said = _sentence(
        decision,
        action,
        named=named,
        carried=carried,
        lasted=lasted,
        carried_over=carried_over,
        reason=reason,
    )
    record: Record = {
        "@timestamp": timestamp(at or decision.instant),
        "message": said,
        "event": _event_of(action, edition, lasted, reason),
    }
    _add_policy(record, decision)
    _add_wire(record, decision, named, carried)
    _add_who(record, decision)
    record["observer"] = observer(edition)
    record["organization"] = {"name": edition.school}
    record["bellgate"] = _ours(decision, seen) | _known(
        clock=clock,
        repeat=repeat,
        carried_over=carried_over or None,
        answer=answer,
        exemption=exemption,
    )
    return record


def _event_of(
    action: Outcome, edition: Edition, lasted: timedelta | None, reason: str | None
) -> Record:
    """ECS `event` of a connection."""
    return _known(
        kind="event",
        dataset=DECISION,
        category=["network"],
        type=_ALLOWED if OUTCOMES[action].came_through else _DENIED,
        action=action,
        timezone=edition.timezone,
        duration=None if lasted is None else lasted // timedelta(microseconds=1) * 1000,
        reason=reason,
    )


def _add_policy(record: Record, decision: Decision) -> None:
    rule, service, edition = decision.verdict.rule, decision.what.service, decision.edition
    if rule is None:
        return
    record["rule"] = ruled = {
        "id": f"{rule.source.file}:{rule.source.line}",
        "name": rule.name,
        "ruleset": edition.title,
        "version": edition.hash,
    }
    if service is not None:
        ruled["category"] = service.category


def _add_wire(record: Record, decision: Decision, named: bool, carried: int | None) -> None:
    connection, service = decision.connection, decision.what.service
    network: Record = {"transport": "tcp"}
    if service is not None:
        network["application"] = service.id
    if connection.protocol in ("tls", "http"):
        network["protocol"] = connection.protocol
    if carried is not None:
        network["bytes"] = carried
    record["network"] = network
    if named:
        if decision.host is not None:
            record["url"] = {"domain": decision.host}
        if connection.server_name is not None:
            record["tls"] = {"client": {"server_name": connection.server_name}}
    if destination := _destination(connection):
        record["destination"] = destination


def _add_who(record: Record, decision: Decision) -> None:
    who = decision.who
    if who.device is not None:
        record["device"] = {"id": who.device.name}
    record["source"] = _source(decision.connection)
    user: Record = {"roles": list(who.group.chain)}
    if who.person is not None:
        user["id"] = who.person
    record["user"] = user


def _ours(decision: Decision, seen: Seen) -> Record:
    verdict, edition = decision.verdict, decision.edition
    ours: Record = {}
    if verdict.session is not None:
        ours["session"] = verdict.session.name
    if verdict.rule is not None:
        ours["clause"] = verdict.rule.clause
    ours["attribution"] = decision.who.attribution
    ours["seen"] = seen
    if decision.who.ground is not None:
        ours["ground"] = decision.who.ground
    if decision.who.accounting is not None:
        ours["accounting"] = decision.who.accounting
    if decision.who.claimed is not None:
        ours["claimed"] = decision.who.claimed.name
    if verdict.until is not None:
        ours["until"] = whole_seconds(verdict.until)
    ours["list"] = edition.list_version
    if edition.notice is not None:
        ours["notice"] = edition.notice
    return ours


def event_record(
    dataset: Dataset,
    action: str,
    message: str,
    *,
    edition: Edition,
    at: datetime,
    clock: ClockState,
    host: str | None = None,
    service: str | None = None,
    connection: Connection | None = None,
    done: Literal["refused", "passed"] | None = None,
    user: str | None = None,
    target: str | None = None,
    reason: str | None = None,
    outcome: Success | None = None,
    facts: Mapping[str, object] | None = None,
) -> Record:
    """What the gate did or a reviewer did: everything that is no decision on a connection.

    `user` acts, `target` is whom it is about. For `error`, `host` and `service` name what the
    failing connection asked for and `done` what became of it. `facts` go under `bellgate.`; those
    that are None are left out.
    """
    kind = EVENTS[dataset, action]
    category, types = _kind_in_ecs(kind, done)
    event = _known(
        kind="state" if kind.state else "event",
        dataset=dataset,
        category=category,
        type=types,
        action=action,
        outcome="failure" if outcome is None and kind.failure else outcome,
        reason=reason,
        timezone=edition.timezone,
    )
    ours = _known(
        policy=edition.hash, list=edition.list_version, done=done, clock=clock, **(facts or {})
    )
    return {
        "@timestamp": timestamp(at),
        "message": message,
        "event": event,
        **_filled(
            network=_known(application=service),
            url=_known(domain=host),
            source=_source(connection) if connection is not None else {},
            destination=_destination(connection) if connection is not None else {},
            user=_known(id=user, target=_known(id=target) or None),
        ),
        "observer": observer(edition),
        "organization": {"name": edition.school},
        "bellgate": ours,
    }


def _kind_in_ecs(kind: EventKind, done: str | None) -> tuple[list[str], list[str]]:
    """ECS `event.category` and `event.type`: a network's, where a connection was passed or
    refused."""
    if done is None:
        return [kind.category], [kind.type]
    return ["network"], _DENIED if done == "refused" else _ALLOWED


def timestamp(at: datetime) -> str:
    """`2026-11-23T10:15:03.123456Z`: always this long, so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def whole_seconds(at: datetime) -> str:
    """`2026-11-23T12:15:00Z`: for moments that nobody measured more finely."""
    return at.astimezone(UTC).isoformat(timespec="seconds")[:-6] + "Z"


def observer(edition: Edition) -> Record:
    """Which gateway, and which version of Bellgate, wrote the record."""
    return {"name": edition.gateway, "product": "Bellgate", "version": __version__}


def _source(connection: Connection) -> Record:
    if connection.mac is None:
        return {"ip": connection.source_ip}
    # ECS writes a MAC as RFC 7042 does.
    return {"ip": connection.source_ip, "mac": connection.mac.upper().replace(":", "-")}


def _destination(connection: Connection) -> Record:
    return _known(ip=connection.destination_ip, port=connection.destination_port)


def _known(**fields: object) -> Record:
    return {name: value for name, value in fields.items() if value is not None}


def _filled(**objects: Record) -> Record:
    """Those objects in which anything is."""
    return {name: fields for name, fields in objects.items() if fields}


def _sentence(
    decision: Decision,
    action: Outcome,
    *,
    named: bool,
    carried: int | None,
    lasted: timedelta | None,
    carried_over: bool,
    reason: str | None,
) -> str:
    """The decision's own sentence where it says it all; else one in the same manner."""
    if action == decision.verdict.action and named:
        said = decision.sentence
    else:
        session = f" in {decision.session.capitalize()} session" if decision.session else ""
        subject = decision.service_name if named else _shared_name(decision)
        said = (
            f"{OUTCOMES[action].verb} {subject} on {decision.whose}{session} "
            f"({decision.by_which_rule})"
        )
    ends = []
    if lasted is not None:
        ends.append(f"after {lasted // timedelta(seconds=1)} seconds")
    if carried is not None:
        ends.append(f"{carried} bytes")
    if carried_over:
        ends.append("carried over from before the bell, not a breach")
    if reason is not None:
        ends.append(reason)
    return f"{said}: {', '.join(ends)}" if ends else said


def _shared_name(decision: Decision) -> str:
    """What many hosts have in common: their service, else the rule's own domain."""
    if decision.what.service is not None:
        return f"{decision.what.service.name} (many names)"
    return (
        f"many names under {min(decision.what.domains)}" if decision.what.domains else "many sites"
    )

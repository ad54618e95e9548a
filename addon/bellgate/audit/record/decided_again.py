"""A record -> the connection that it tells of, decided again under another policy.

Pure. Only what a record says can be judged: the one name that decided, the address, the moment. A
record that counts many names of one service is judged by that service.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bellgate.audit.record.event_kinds import DECISION
from bellgate.policy.action import ACTIONS, OUTCOMES, Fate
from bellgate.policy.decide import Policy, decide
from bellgate.policy.facts import Connection, Protocol, SignIn
from bellgate.policy.what import NOT_WEB, UNNAMED, What

_PROTOCOLS: dict[str, Protocol] = {"tls": "tls", "http": "http"}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a record says of one connection, or of `times` alike."""

    instant: datetime
    connection: Connection
    fate: Fate
    group: str
    service: str | None
    session: str | None
    times: int
    named: bool
    """False where many names of one service were counted together."""


def recorded(record: dict[str, Any]) -> Recorded | None:
    """What a record says; None where it is no rule's word on a connection, or cannot be read."""
    try:
        event = record["event"]
        outcome = OUTCOMES.get(event["action"]) if event["dataset"] == DECISION else None
        fate = outcome.rule_said if outcome else None
        if fate is None:
            return None
        network, source, ours = record["network"], record["source"], record["bellgate"]
        host = record.get("url", {}).get("domain")
        server_name = record.get("tls", {}).get("client", {}).get("server_name")
        service = network.get("application")
        roles = record["user"]["roles"]
        mac = source.get("mac")
        destination = record.get("destination", {})
        return Recorded(
            instant=datetime.fromisoformat(record["@timestamp"]),
            connection=Connection(
                source["ip"],
                _protocol(network),
                tuple(dict.fromkeys(name for name in (host, server_name) if name)),
                mac.lower().replace("-", ":") if mac else None,
                server_name=server_name,
                destination_ip=destination.get("ip"),
                destination_port=destination.get("port"),
                sign_in=_sign_in(record["user"], ours),
            ),
            fate=fate,
            group=roles[0],
            service=service or host,
            session=ours.get("session"),
            times=int(ours.get("repeat", 1)),
            named=host is not None or service is None or service in UNNAMED,
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return None


def _sign_in(user: dict[str, Any], ours: dict[str, Any]) -> SignIn | None:
    if ours.get("attribution") != "signed-in":
        return None
    return SignIn(user.get("id"), ours.get("accounting"))


def _protocol(network: dict[str, Any]) -> Protocol:
    if network.get("application") == NOT_WEB:
        return "not-web"
    return _PROTOCOLS.get(network.get("protocol", ""), "other")


def fate_under(policy: Policy, what: Recorded) -> Fate:
    """What the policy would have made of it. Exemptions have no part in it."""
    if what.named:
        action = decide(policy, what.connection, what.instant).action
    else:
        who = policy.directory.identify(
            what.connection.source_ip,
            what.connection.mac,
            what.instant,
            sign_in=what.connection.sign_in,
        )
        service = policy.index.services.get(what.service or "") or _listed(policy, what.service)
        action = policy.verdict(who, What(service), what.instant).action
    return ACTIONS[action].fate


def _listed(policy: Policy, name: str | None) -> Any:
    """The lists' service of that id, where many listed names were counted together."""
    services = (listed.service for listed in policy.index.lists)
    return UNNAMED.get(name or "") or next((s for s in services if s.id == name), None)

"""A decision's record -> an attempt: the few facts that people reason about, with their types.

Reading only: nothing is judged or counted here. What a record does not say is None here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from bellgate.audit.record.record import ClockState, Record, Seen
from bellgate.policy.action import OUTCOMES, Outcome

_NO_TIME: Final = timedelta()


@dataclass(frozen=True, slots=True)
class RuleNamed:
    """The rule as a record names it: where it stood, and in which edition of the policy."""

    name: str
    source: str
    clause: str
    edition: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One `bellgate.decision` record about a connection, or about `times` alike."""

    number: int
    at: datetime
    action: Outcome
    seen: Seen
    times: int
    message: str
    device: str | None
    address: str | None
    person: str | None
    roles: tuple[str, ...]
    ground: str
    """On what ground the device was attributed to somebody: `held`, `shared`, `address`, …"""
    claimed: str | None
    """The device whose MAC it showed where a MAC proves none."""
    doubt: str | None
    """Why `held` fell to `address`: `shared-mac`, `lease-differs`, `duid`."""
    service: str | None
    category: str | None
    host: str | None
    session: str | None
    rule: RuleNamed | None
    carried_over: bool
    reason: str | None
    """The answer given on the page, or why the rule's own outcome was not applied."""
    lasted: timedelta
    clock: ClockState
    until: datetime | None
    """Until when what it says holds: of an answer, until when it opened the service."""
    nth: Mapping[str, int]
    """Its number among the records of its device, and of its person, in its log."""

    @property
    def tried(self) -> int:
        """How many attempts it counts as, wherever attempts are counted. A record of how an attempt
        went on counts as none, and so does one of what was opened in the person's own time."""
        return 0 if self.carried_over or not OUTCOMES[self.action].is_attempt else self.times

    @property
    def who(self) -> str:
        """The device; the address if no device is known."""
        return self.device or self.address or "an unknown device"

    @property
    def what(self) -> str:
        """The service's id; the host if it is not a service."""
        return self.service or self.host or "many sites"

    @classmethod
    def of(cls, record: Record) -> Self | None:
        """None if the record is not about a connection: an exemption granted or revoked, say."""
        event, ours = _part(record, "event"), _part(record, "bellgate")
        if event.get("dataset") != "bellgate.decision" or "seen" not in ours:
            return None
        user, source, rule = (_part(record, name) for name in ("user", "source", "rule"))
        return cls(
            number=event["sequence"],
            at=datetime.fromisoformat(record["@timestamp"]),
            action=event["action"],
            seen=ours["seen"],
            times=ours.get("repeat", 1),
            message=record["message"],
            device=_part(record, "device").get("id"),
            address=source.get("ip"),
            person=user.get("id"),
            roles=tuple(user.get("roles", ())),
            ground=ours.get("attribution", "unknown"),
            claimed=ours.get("claimed"),
            doubt=ours.get("ground"),
            service=_part(record, "network").get("application"),
            category=rule.get("category"),
            host=_part(record, "url").get("domain"),
            session=ours.get("session"),
            rule=_rule(rule, ours),
            carried_over=ours.get("carried_over", False),
            reason=ours.get("answer") or event.get("reason"),
            lasted=timedelta(microseconds=event["duration"] // 1000)
            if "duration" in event
            else _NO_TIME,
            clock=ours.get("clock", "synchronised"),
            until=datetime.fromisoformat(ours["until"]) if "until" in ours else None,
            nth=_part(ours, "nth"),
        )


def _rule(rule: Mapping[str, Any], ours: Mapping[str, Any]) -> RuleNamed | None:
    if not rule:
        return None
    return RuleNamed(rule["name"], rule["id"], ours.get("clause", ""), rule["version"])


def _part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = record.get(name)
    return part if isinstance(part, dict) else {}

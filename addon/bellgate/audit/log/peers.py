"""Which user of the machine may hand over what to the gate, and ask it what: one table.

The console hands over what reviewers do, and exemptions; the sentry what it decided. Neither can
say what is the other's to say, and nobody else says anything.
"""

import os
import pwd
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal

from bellgate.audit.record.event_kinds import DECISION, EVENTS, GATE, REVIEW
from bellgate.policy.action import OUTCOMES

Role = Literal["gate", "console", "sentry"]
"""`gate`: the gate's own user, and root, who may all."""

CONSOLE_USER: Final = "bellgate-console"
SENTRY_USER: Final = "bellgate-sentry"


@dataclass(frozen=True, slots=True)
class Rights:
    """What one role may do over the socket."""

    records: frozenset[tuple[str, str]]
    """Dataset and action of what it may hand over."""
    fields: frozenset[str]
    """What a record of its may hold, beside what the road adds."""
    questions: frozenset[str]


_ABOUT: Final = frozenset(
    {"@timestamp", "message", "event", "user", "observer", "organization", "bellgate"}
)
_OF_A_CONNECTION: Final = frozenset({"network", "url", "source", "destination"})
_OF_A_DECISION: Final = _OF_A_CONNECTION | {"rule", "device", "tls"}
"""Fields that only what was decided of a connection has."""
_CONFIDED: Final = frozenset({"has-name", "name", "whose", "objection", "object"})
"""Names and objections, which the gate opens one by one; a name, and whose a name is, only with
its record."""
_PASSING: Final = frozenset({"look", "looked"})
"""What passes undecided from one device, for ten minutes after a reason."""
_DECIDED: Final = frozenset((DECISION, action) for action in OUTCOMES)

RIGHTS: Final[Mapping[Role, Rights]] = {
    "gate": Rights(
        records=frozenset(EVENTS) | _DECIDED,
        fields=_ABOUT | _OF_A_DECISION,
        questions=frozenset({"record", "status", "address", "here", "signed-in", "try-alerts"})
        | {"passing"}
        | _CONFIDED
        | _PASSING
        | _CONFIDED,
    ),
    "console": Rights(
        records=frozenset(kind for kind in EVENTS if kind[0] == REVIEW) | {(DECISION, "exempted")},
        fields=_ABOUT,
        questions=frozenset({"record", "status", "address"}) | _CONFIDED | _PASSING,
    ),
    "sentry": Rights(
        records=frozenset(
            (DECISION, action) for action, kind in OUTCOMES.items() if kind.rule_said == "closed"
        )
        | {(GATE, a) for a in ("sentry-lost", "sentry-back", "records-lost", "error")},
        fields=_ABOUT | _OF_A_DECISION,
        questions=frozenset({"record", "here", "signed-in", "passing"}),
    ),
}

Roles = Mapping[int, Role]
"""By the number of the user."""


def roles_here() -> Roles:
    """The users of this machine that have a role; one that there is not has none."""
    roles: dict[int, Role] = {}
    users: tuple[tuple[str, Role], ...] = ((CONSOLE_USER, "console"), (SENTRY_USER, "sentry"))
    for name, role in users:
        with suppress(KeyError):
            roles[pwd.getpwnam(name).pw_uid] = role
    return {**roles, **only_the_gate()}


def only_the_gate() -> Roles:
    """Where nobody else has a role."""
    return {0: "gate", os.geteuid(): "gate"}

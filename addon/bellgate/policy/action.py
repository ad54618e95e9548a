"""What a rule can do with a connection, and what can become of one: one table, a row each.

Everything that anybody says of an action stands in its row: how strict it is, whether it opens,
its words in messages and in the report, its ECS type, its OCSF disposition. Nobody keeps a table of
actions of their own. A new action is a new row here; its fate is chosen in `gate/fate.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Action = Literal["allow", "log", "ask", "block"]
"""What a rule may say under `do`."""
Outcome = Literal["block", "log", "ask", "answered", "exempted", "cut", "closed"]
"""What a record may say of a connection: `event.action` of `bellgate.decision`."""
Fate = Literal["open", "closed"]

Numbered = tuple[int, str]
"""A value of OCSF: its number and its name."""


@dataclass(frozen=True, slots=True)
class ActionKind:
    """What one word under `do` means."""

    strictness: int
    """block > ask > log > allow: where one connection shows several names, the strictest holds."""
    fate: Fate
    recorded: bool
    """Whether a rule with this word restricts anything, so that a record is written."""
    needs_record: bool
    """No record, no access: while the log cannot be written, it counts as `block`."""
    verb: str
    does: str
    """What a rule with this word does: `blocks Facebook for pupils`."""
    found: str
    """How somebody who tries it finds a site under this word: `open`."""


ACTIONS: Final[Mapping[Action, ActionKind]] = {
    "allow": ActionKind(
        0, "open", recorded=False, needs_record=False, verb="Allowed", does="allows", found="open"
    ),
    "log": ActionKind(
        1,
        "open",
        recorded=True,
        needs_record=True,
        verb="Logged",
        does="logs",
        found="open, and recorded",
    ),
    # To ask is to close until there is an answer.
    "ask": ActionKind(
        2,
        "closed",
        recorded=True,
        needs_record=True,
        verb="Asked about",
        does="asks about",
        found="open once a purpose is given",
    ),
    "block": ActionKind(
        3,
        "closed",
        recorded=True,
        needs_record=False,
        verb="Blocked",
        does="blocks",
        found="closed",
    ),
}


@dataclass(frozen=True, slots=True)
class OutcomeKind:
    """How one outcome is recorded, exported and told."""

    verb: str
    """In a record's message: `Blocked Facebook on …`."""
    report: str
    """In a hearing report: `12 refused`."""
    came_through: bool
    """ECS event.type: `allowed`, else `denied`."""
    ocsf: tuple[Numbered, Numbered, Numbered]
    """OCSF: the activity as Network Activity, the action and the disposition."""
    is_attempt: bool
    """Whether it counts as an attempt; else it says how one went on that has its own record."""
    rule_said: Fate | None
    """What the rules made of the connection; None where something else than a rule decided."""


_REFUSE, _OPEN = (5, "Refuse"), (1, "Open")
_DENIED, _ALLOWED, _OBSERVED = (2, "Denied"), (1, "Allowed"), (3, "Observed")

OUTCOMES: Final[Mapping[Outcome, OutcomeKind]] = {
    "block": OutcomeKind(
        verb=ACTIONS["block"].verb,
        report="refused",
        came_through=False,
        ocsf=(_REFUSE, _DENIED, (2, "Blocked")),
        is_attempt=True,
        rule_said="closed",
    ),
    "ask": OutcomeKind(
        verb=ACTIONS["ask"].verb,
        report="refused pending an answer",
        came_through=False,
        ocsf=(_REFUSE, _DENIED, (2, "Blocked")),
        is_attempt=True,
        rule_said="closed",
    ),
    "log": OutcomeKind(
        verb=ACTIONS["log"].verb,
        report="let through and recorded",
        came_through=True,
        ocsf=(_OPEN, _OBSERVED, (17, "Logged")),
        is_attempt=True,
        rule_said="open",
    ),
    "exempted": OutcomeKind(
        verb="Let through by an exemption",
        report="open by an exemption",
        came_through=True,
        ocsf=(_OPEN, _ALLOWED, (1, "Allowed")),
        is_attempt=True,
        rule_said=None,
    ),
    "answered": OutcomeKind(
        verb="Opened after an answer",
        report="permitted after somebody gave a purpose",
        came_through=True,
        ocsf=(_OPEN, _ALLOWED, (8, "Approved")),
        is_attempt=False,
        rule_said=None,
    ),
    "cut": OutcomeKind(
        verb="Cut",
        report="cut off",
        came_through=False,
        ocsf=((3, "Reset"), _DENIED, (24, "Access Revoked")),
        is_attempt=False,
        rule_said="closed",
    ),
    "closed": OutcomeKind(
        verb="Closed",
        report="closed",
        came_through=True,
        ocsf=((2, "Close"), _OBSERVED, (17, "Logged")),
        is_attempt=False,
        rule_said=None,
    ),
}


def is_open(action: Action) -> bool:
    """Whether a connection with this answer is let through."""
    return ACTIONS[action].fate == "open"

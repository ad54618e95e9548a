"""What the gate and the reviewers do that is no decision on a connection: one table, a row each.

A row says how the event is recorded (ECS) and how it is exported (OCSF). The outcomes of
connections are in `policy/action.py`. A new event is a new row here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

GateAction = Literal[
    "started",
    "stopped",
    "heartbeat",
    "bell",
    "policy-changed",
    "policy-rejected",
    "records-lost",
    "clock-stepped",
    "error",
    "deleted",
    "observed",
    "alerted",
    "sentry-lost",
    "sentry-back",
    "rules-restored",
]
ReviewAction = Literal[
    "signed-in",
    "refused",
    "searched",
    "viewed",
    "revealed",
    "exported",
    "held",
    "released",
    "objected",
    "edited",
    "day-changed",
]
Dataset = Literal["bellgate.decision", "bellgate.gate", "bellgate.review"]

DECISION: Final = "bellgate.decision"
GATE: Final = "bellgate.gate"
REVIEW: Final = "bellgate.review"
HEARTBEAT: Final = timedelta(minutes=1)
"""How often a running gate leaves a sign of life. What counts as silence is derived from it."""
OCSF_OTHER: Final = 99
"""OCSF's number for what it has no number for."""


@dataclass(frozen=True, slots=True)
class EventKind:
    """How one kind of event is recorded and exported."""

    category: str
    """ECS event.category; with `type`, one of the pairs that ECS allows."""
    type: str
    """ECS event.type."""
    ocsf: tuple[int, int, str]
    """OCSF: class_uid, and the activity with its name."""
    state: bool = False
    """ECS event.kind: `state`, else `event`."""
    failure: bool = False
    """Reports something gone wrong, where the caller does not say otherwise."""
    incident: bool = False
    """A panel should know of it: it may have kept something from the record, or put it in doubt."""


EVENTS: Final[Mapping[tuple[Dataset, str], EventKind]] = {
    # An exemption granted or revoked: nobody's connection.
    (DECISION, "exempted"): EventKind("network", "allowed", (6001, 1, "Create")),
    (GATE, "started"): EventKind("process", "start", (6002, 3, "Start")),
    (GATE, "stopped"): EventKind("process", "end", (6002, 4, "Stop")),
    (GATE, "heartbeat"): EventKind("host", "info", (6002, OCSF_OTHER, "Heartbeat"), state=True),
    (GATE, "bell"): EventKind("configuration", "change", (5019, 1, "Log")),
    (GATE, "policy-changed"): EventKind("configuration", "change", (5019, 1, "Log")),
    (GATE, "policy-rejected"): EventKind(
        "configuration", "info", (6008, 1, "General Error"), failure=True, incident=True
    ),
    (GATE, "records-lost"): EventKind(
        "host", "info", (1008, OCSF_OTHER, "Records Lost"), failure=True, incident=True
    ),
    (GATE, "clock-stepped"): EventKind("host", "change", (5019, 1, "Log"), incident=True),
    (GATE, "error"): EventKind(
        "process", "info", (6008, 1, "General Error"), failure=True, incident=True
    ),
    (GATE, "deleted"): EventKind("file", "deletion", (1008, 2, "Delete")),
    # Somebody was told that something is wrong with the gate, or that it is over.
    (GATE, "alerted"): EventKind("host", "info", (6002, OCSF_OTHER, "Alert")),
    # What the rules would have closed, while the gate only observes.
    (GATE, "observed"): EventKind("network", "info", (6002, OCSF_OTHER, "Observed")),
    (GATE, "sentry-lost"): EventKind(
        "process", "end", (6002, 4, "Stop"), failure=True, incident=True
    ),
    (GATE, "sentry-back"): EventKind("process", "start", (6002, 3, "Start")),
    # Somebody changed our rules in the kernel, or the gate is back after they let the web by.
    (GATE, "rules-restored"): EventKind("configuration", "change", (5019, 1, "Log"), incident=True),
    (REVIEW, "signed-in"): EventKind("authentication", "start", (3002, 1, "Logon")),
    # What a record says was done, and was not.
    (REVIEW, "refused"): EventKind(
        "configuration", "info", (6001, OCSF_OTHER, "Refused"), failure=True
    ),
    (REVIEW, "searched"): EventKind("database", "access", (6001, 5, "Search")),
    (REVIEW, "viewed"): EventKind("database", "access", (6001, 2, "Read")),
    (REVIEW, "revealed"): EventKind("database", "access", (6001, 2, "Read")),
    (REVIEW, "exported"): EventKind("file", "creation", (6001, 7, "Export")),
    (REVIEW, "held"): EventKind("configuration", "change", (6001, 3, "Update")),
    (REVIEW, "released"): EventKind("configuration", "change", (6001, 3, "Update")),
    # What somebody says against the record, or has mended or taken back.
    (REVIEW, "objected"): EventKind("configuration", "change", (6001, 3, "Update")),
    # A day of the timetable, closed or cut from a page.
    (REVIEW, "day-changed"): EventKind("configuration", "change", (6001, 3, "Update")),
    (REVIEW, "edited"): EventKind("configuration", "change", (6001, 3, "Update")),
}

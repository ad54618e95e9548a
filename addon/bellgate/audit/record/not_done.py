"""The record that follows one that was written, and whose command failed all the same. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bellgate.audit.record.event_kinds import REVIEW
from bellgate.audit.record.record import ClockState, Record, event_record
from bellgate.policy.decide import Edition

# What says of which thing a record is; so that whoever looks it up finds both.
_ABOUT = ("exemption", "who", "what", "until", "case", "sha256")


def not_done(
    record: Mapping[str, Any], number: int, *, edition: Edition, at: datetime, clock: ClockState
) -> Record:
    """That record `number`, which says that something was done, did not take effect."""
    user = record.get("user", {})
    ours: Mapping[str, Any] = record.get("bellgate", {})
    return event_record(
        REVIEW,
        "refused",
        f"Record {number} did not take effect, for the command failed: {record['message']}",
        edition=edition,
        at=at,
        clock=clock,
        user=user.get("id"),
        target=user.get("target", {}).get("id"),
        facts={"record": number, **{name: ours[name] for name in _ABOUT if name in ours}},
    )

"""Which files the gate keeps while those of the folder have mistakes, in words."""

from datetime import UTC, datetime
from pathlib import Path

from bellgate.machine_time import machine_now
from bellgate.policy.decide import Policy
from bellgate.policy.wall_clock import dates_in_words
from bellgate.running.folders import last_good_folder
from bellgate.schedules.load import Loaded


def what_is_kept(state: Path, read: Loaded, kept: Policy) -> str:
    """That an answer goes by the last good copy, and of when that is."""
    mistakes = "a mistake" if len(read.errors) == 1 else f"{len(read.errors)} mistakes"
    seconds = last_good_folder(state).stat().st_mtime
    taken_up, now = (
        moment.astimezone(kept.year.zone)
        for moment in (datetime.fromtimestamp(seconds, UTC), machine_now())
    )
    on = "" if taken_up.date() == now.date() else f" on {dates_in_words(taken_up.date())}"
    return (
        f"These files have {mistakes}, so the gate is still using those from {taken_up:%H:%M}"
        f"{on}, and so is this answer."
    )

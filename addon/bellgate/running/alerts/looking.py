"""A look at a running gate: what `signs.py` goes by, gathered from the gate and its jobs."""

import os
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from bellgate.audit import Journal
from bellgate.gate.gate import Gate
from bellgate.gateway import connection_room
from bellgate.running.alerts.signs import Copied, Signs
from bellgate.running.anchor import Anchors
from bellgate.running.certificate_check import certificate_in
from bellgate.running.folders import calendars_folder, lists_folder
from bellgate.running.refresh import Refresher
from bellgate.running.reload import Reloader, on_record
from bellgate.schedules.fetched_copies import last_checked


@dataclass(frozen=True, slots=True)
class Looking:
    """Where to look."""

    state: Path
    gate: Gate
    journal: Journal
    reloader: Reloader
    refresher: Refresher
    anchors: Anchors

    def __call__(self, now: datetime) -> Signs:
        return Signs(
            files=_wrong_with_files(self.reloader),
            last_day=max((t.last_day for t in self.gate.policy.year.terms), default=None),
            certificate_ends=_certificate_ends(self.state, int(now.timestamp()) // 3600),
            copies=self._copies(),
            log=self.journal.state.problem,
            anchors=dict(self.anchors.stuck),
            filter=_wrong_with_filter(self.gate),
            clock_is_set=self.gate.clock.state != "unsynchronised",
            disk=str(self.state),
            disk_used=used_of_disk(self.state),
            table=connection_room.table(),
        )

    def _copies(self) -> dict[str, Copied]:
        return {
            each.shown: Copied(self._last_good(each.address), each.why)
            for each in self.refresher.failing()
        }

    def _last_good(self, address: str | None) -> datetime | None:
        if address is None:
            return None
        folders = (calendars_folder(self.state), lists_folder(self.state))
        return next((at for f in folders if (at := last_checked(f, address))), None)


def used_of_disk(folder: Path) -> float:
    """How much of the folder's disk is used, 0 to 1, as `df` counts: what only root may still fill
    counts as used. 0 where that cannot be told."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return 0.0
    used = disk.f_blocks - disk.f_bfree
    whole = used + disk.f_bavail
    return used / whole if whole else 0.0


def _wrong_with_filter(gate: Gate) -> str | None:
    """Of a filter that the files no longer name, nothing is wrong."""
    return gate.upstream_log.trouble if gate.as_gateway.upstream is not None else None


def _wrong_with_files(reloader: Reloader) -> str | None:
    loaded = reloader.loaded
    if reloader.not_taken_up:
        return f"A saved change cannot be brought into force: {reloader.not_taken_up}."
    if loaded.policy is not None and not loaded.calendar_is_set_aside:
        return None
    first, many = on_record(loaded.errors[0]), len(loaded.errors)
    more = f" There are {many} in all." if many > 1 else ""
    whose = "The first mistake is" if many > 1 else "The mistake is"
    what = " The calendar's last good copy stays; the other files are in force."
    return f"{whose} {first}.{more}{what if loaded.policy is not None else ''}"


# It reads and checks a certificate of 2,500 names: once an hour is enough for weeks.
@lru_cache(maxsize=4)
def _certificate_ends(state: Path, _hour: int) -> datetime | None:
    held = certificate_in(state)
    return held.expires if held is not None else None

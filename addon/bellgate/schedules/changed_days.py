"""Single days that somebody changed from a page: kept in the state folder, never in the school's
files.

One small file, `days.yaml`, replaced whole under a lock, and read with the calendars. If we crash
in between, the old file or the new one is there. That each change is a record first is the page's
business.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Final

from bellgate.disk import locked, make_folder, write_whole
from bellgate.schedules.fill import fill
from bellgate.schedules.forms.days_yaml import DaysForm
from bellgate.schedules.yaml_tree import read

FILE: Final = "days.yaml"
_KEPT: Final = timedelta(days=400)
"""How long a day stays in the file: as long as somebody may look back at the school year."""
_HEAD: Final = "# Days that were changed from a page. Bellgate writes this; change them there."


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """A day that is closed to everybody, or ends early for everybody."""

    day: date
    ends: time | None
    """When it ends; None where it is closed as a whole."""
    by: str
    reason: str

    @property
    def name(self) -> str:
        """What `week` and `calendar` say of the day."""
        what = "Closed" if self.ends is None else "Early finish"
        return f"{what}: {self.reason} ({self.by})"


class ChangedDays:
    """The changed days of one state folder; `calendars` is where it keeps fetched calendars."""

    def __init__(self, calendars: Path) -> None:
        self._file = calendars / FILE

    def read(self) -> tuple[ChangedDay, ...]:
        """In the order of their dates. What makes no sense is none."""
        try:
            filled, _ = fill(read(FILE, self._file.read_bytes()), DaysForm)
        except OSError:
            return ()
        found = filled.form.dates if filled else ()
        days = (ChangedDay(d.date.first, d.ends, d.by, d.reason) for d in found)
        return tuple(sorted(days, key=lambda d: d.day))

    def put(self, changed: ChangedDay, today: date) -> None:
        """In place of what was said of that day."""
        self._replace(lambda days: [*(d for d in days if d.day != changed.day), changed], today)

    def take_back(self, day: date, today: date) -> None:
        """That day is as the school's own files have it."""
        self._replace(lambda days: [d for d in days if d.day != day], today)

    def _replace(
        self, change: Callable[[tuple[ChangedDay, ...]], list[ChangedDay]], today: date
    ) -> None:
        make_folder(self._file.parent)
        with locked(self._file.with_suffix(".lock")):
            kept = [d for d in change(self.read()) if today - d.day < _KEPT]
            write_whole(self._file, self.text(kept))

    @staticmethod
    def text(days: Iterable[ChangedDay]) -> str:
        """The file that holds these days."""
        ordered = sorted(days, key=lambda d: d.day)
        lines = [_HEAD, "dates:" if ordered else "dates: []"]
        for each in ordered:
            lines += _lines(each)
        return "\n".join(lines) + "\n"


def _lines(changed: ChangedDay) -> list[str]:
    # A JSON text is a YAML text as well.
    said = {name: json.dumps(value, ensure_ascii=False) for name, value in
            (("name", changed.name), ("by", changed.by), ("reason", changed.reason))}  # fmt: skip
    holds = (
        f"    ends: {changed.ends:%H:%M}" if changed.ends is not None else "    closed_to: everyone"
    )
    return [
        f"  - date: {changed.day.isoformat()}",
        *(f"    {name}: {text}" for name, text in said.items()),
        holds,
    ]

"""The schedules folder, looked at again and again: what is new and at rest is judged, once.

Read and not watched: an editor's save, a rename and a folder swapped by symlink then all look
alike, and what counts is only what the files say now. Nothing is written here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bellgate.running.folders import calendars_folder, last_good_folder, lists_folder
from bellgate.schedules.lists.subscription import on_shelf
from bellgate.schedules.load import Loaded, load_files
from bellgate.schedules.opened import half_saved, last_calendar, opened
from bellgate.schedules.problem import Problem

EVERY = 0.4
"""Seconds between two looks. What two looks in a row find the same is judged: a save that is still
being written is not, and the whole stays within two seconds."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a look. `same`: the files are those judged before; only the words about the
    lists are others."""

    loaded: Loaded
    same: bool
    files: Mapping[str, bytes]
    of_lists: tuple[Problem, ...]


class FolderWatch:
    """Remembers what it judged, once it is told that this was taken up."""

    def __init__(
        self, folder: Path, state: Path, loaded: Loaded, today: Callable[[], date]
    ) -> None:
        self.folder = folder
        self._calendars, self._lists = calendars_folder(state), lists_folder(state)
        self._last_good, self._today = last_good_folder(state), today
        self._judged: Mapping[str, bytes] = dict(loaded.files)
        self._seen = self._judged
        self._of_lists: tuple[Problem, ...] | None = None
        self.as_judged = True
        """Whether the last look found the files as they were judged."""

    def look(self) -> Judged | None:
        """What is new and at rest, judged; None where nothing is."""
        # A calendar that was fetched anew is a changed file like any other; so is a list's card.
        files, problems = opened(self.folder, self._calendars)
        lists = on_shelf(self._lists, files.get("services.yaml"))
        files |= lists.cards
        at_rest, self._seen = files == self._seen, files
        self.as_judged = files == self._judged
        if not at_rest or (self.as_judged and lists.problems == self._of_lists):
            return None
        loaded = load_files(
            files,
            today=self._today(),
            problems=(*problems, *half_saved(files, self._last_good)),
            cache=self._calendars,
            lists=lists,
            last_calendar=last_calendar(files, self._last_good),
            advise=False,
        )
        return Judged(loaded, self.as_judged, files, lists.problems)

    def taken_up(self, judged: Judged) -> None:
        """It is in force, or refused, and need not be looked at again."""
        self._judged, self._of_lists = judged.files, judged.of_lists

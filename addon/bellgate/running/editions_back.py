"""Back to an earlier edition of the files: what it says, what putting it back would change, and the
putting back. For the command and the timetable desk alike; nothing is printed here."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from bellgate.disk import write_whole
from bellgate.policy.noticed import noticed
from bellgate.running import editions
from bellgate.running.editions import Edition
from bellgate.running.folders import calendars_folder, lists_folder
from bellgate.schedules.changed_days import FILE as CHANGED_DAYS
from bellgate.schedules.difference import differences_of_files
from bellgate.schedules.lists.subscription import on_shelf
from bellgate.schedules.load import Loaded, fingerprint, load_files
from bellgate.schedules.opened import NAMES, OF_THE_MACHINE
from bellgate.schedules.updated_catalogue import FILE as CATALOGUE
from bellgate.schedules.updated_catalogue import outdates_shipped

LAYOUT_ONLY = "comments and layout only"


def files_of(state: Path, edition: Edition) -> Mapping[str, bytes]:
    """The files of the folder alone: copies of what was fetched are no part of it."""
    files = editions.kept(state, edition.hash)
    return {n: c for n, c in files.items() if n in NAMES or _is_a_calendar_file(n)}


def _is_a_calendar_file(name: str) -> bool:
    return name.endswith(".ics") and not name.endswith(".fetched.ics")


def read(state: Path, edition: Edition) -> Loaded | None:
    """None where this version of Bellgate cannot read the edition any more."""
    return _read(state, dict(editions.kept(state, edition.hash)))


def _read(state: Path, files: dict[str, bytes]) -> Loaded | None:
    lists = on_shelf(lists_folder(state), files.get("services.yaml"))
    loaded = load_files(files, lists=lists)
    return loaded if loaded.policy is not None else None


def put_back_today(state: Path, edition: Edition) -> Loaded | None:
    """What would be in force with an edition's files put back: the days that were changed from a
    page and the catalogue stay as they are now, since they are no part of the folder."""
    files = dict(editions.kept(state, edition.hash))
    for name in (CHANGED_DAYS, CATALOGUE):
        files.pop(name, None)
        now = calendars_folder(state) / name
        if now.is_file():
            files[name] = now.read_bytes()
    if CATALOGUE in files and not outdates_shipped(files[CATALOGUE]):
        del files[CATALOGUE]
    return _read(state, files)


def listed(state: Path) -> list[tuple[Edition, Loaded | None, tuple[str, ...]]]:
    """Every edition that is kept, the newest first, with what it changed of the one before."""
    found = editions.listed(state)
    read_back = [read(state, edition) for edition in found]
    # The oldest that is kept came after none.
    changes = [_changed(old, new) for old, new in zip([*read_back[1:], None], read_back,
                                                      strict=True)] if found else []  # fmt: skip
    return list(zip(found, read_back, changes, strict=True))


def _changed(old: Loaded | None, new: Loaded | None) -> tuple[str, ...]:
    if old is None or new is None:
        return ()
    return differences_of_files(old, new) or (LAYOUT_ONLY,)


def going_back(now: Loaded, then: Loaded | None, today: date) -> tuple[str, ...]:
    """What putting an edition back would change, in words; at least one sentence. `then` is what
    `put_back_today` gives."""
    if then is None or then.policy is None:
        return (
            "that edition cannot be read: its files have mistakes, or name what is no longer known",
        )
    if now.policy is None:
        return ("the folder has problems now, so the two cannot be compared",)
    found = (*noticed(now.policy, then.policy, today), *differences_of_files(now, then))
    return found or (f"nothing but {LAYOUT_ONLY.removesuffix(' only')}",)


def folder_files(schedules: Path, more: Mapping[str, bytes]) -> dict[str, bytes]:
    """What stands in the folder under the names of an edition and of the files."""
    return {
        name: path.read_bytes() for name in (*NAMES, *more) if (path := schedules / name).is_file()
    }


def put_back(schedules: Path, state: Path, files: Mapping[str, bytes]) -> None:
    """Each file whole. If we crash between two, a second try mends it; what was there is kept."""
    there = folder_files(schedules, files)
    editions.keep(state, fingerprint(there), there)
    for name, content in files.items():
        write_whole(schedules / name, content, 0o644)
    for name in NAMES:
        # An edition from before this machine was the gateway leaves it one.
        if name in there and name not in files and name != OF_THE_MACHINE:
            (schedules / name).unlink()

"""A newer catalogue is put in place of the one in force: fetched, checked, tried, and then kept.

Whatever is wrong with it, what was in force stays. If we crash before the end, nothing has changed;
after it, the gate and the sentry take the new one up like any changed file.
"""

import urllib.error
from http.client import HTTPException
from pathlib import Path
from typing import Final

import bellgate
from bellgate.disk import locked, make_folder, write_whole
from bellgate.gateway import machine
from bellgate.outside.web import NotSafe, asked
from bellgate.running.folders import calendars_folder, last_good_folder, lists_folder
from bellgate.schedules import updated_catalogue
from bellgate.schedules.lists.subscription import on_shelf
from bellgate.schedules.load import load, load_files
from bellgate.schedules.opened import last_calendar
from bellgate.schedules.origin import is_address
from bellgate.schedules.shipped import shipped_edition
from bellgate.schedules.updated_catalogue import FILE, LARGEST, NotReadable

OUR_SIGNERS: Final = Path(bellgate.__file__).parents[2] / "deploy" / "signers"
"""Whose releases and catalogues this version takes."""
_NAMESPACE: Final = "bellgate-catalogue"
_PATIENCE_SECONDS: Final = 30.0
"""For each answer of a server."""


class Refused(Exception):
    """It is not taken; the text says why, in one line."""


def update(place: str, schedules: Path, state: Path, signers: Path) -> str:
    """Take the catalogue at a file or an address, whose signature lies beside it. Its edition.

    Raises Refused, and machine.ToolFailed where no signature can be checked here.
    """
    archive, signature = _got(place), _got(f"{place}.sig")
    if not machine.is_signed(archive, signature, signers, _NAMESPACE):
        raise Refused(f"{place} is not what was signed, or not by one of the keys in {signers}")
    try:
        edition = updated_catalogue.catalogue_in(archive).edition
    except NotReadable as error:
        raise Refused(f"{place}: {error}") from error
    known = in_force(state)
    if not updated_catalogue.is_newer(edition, known):
        raise Refused(f"{place} is dated {edition}, and the catalogue in force is dated {known}")
    _try(place, archive, schedules, state)
    folder = calendars_folder(state)
    make_folder(folder)
    with locked(folder):
        write_whole(folder / FILE, archive)
    return edition


def in_force(state: Path) -> str:
    """The edition that is read at present: the kept one, where it is newer than the shipped one."""
    shipped = shipped_edition()
    try:
        kept = updated_catalogue.edition_in((calendars_folder(state) / FILE).read_bytes())
    except (OSError, NotReadable):
        return shipped
    return kept if updated_catalogue.is_newer(kept, shipped) else shipped


def _try(place: str, archive: bytes, schedules: Path, state: Path) -> None:
    """A school's files that are good now must be good with it. Raises Refused."""
    if not schedules.is_dir():
        return
    cache, shelf = calendars_folder(state), lists_folder(state)
    copy = last_good_folder(state)
    now = load(schedules, cache=cache, shelf=shelf, judge_lists=False, last_good=copy, advise=False)
    if now.policy is None:
        return
    files = {**now.files, FILE: archive}
    then = load_files(
        files,
        cache=cache,
        lists=on_shelf(shelf, files.get("services.yaml")),
        last_calendar=last_calendar(files, copy),
        advise=False,
    )
    if then.policy is None:
        first = str(then.errors[0]).splitlines()[0]
        raise Refused(f"{place}: with it the school's files would have a mistake: {first}")


def _got(place: str) -> bytes:
    try:
        if not is_address(place):
            with Path(place).open("rb") as file:
                content = file.read(LARGEST + 1)
        else:
            with asked(place, {}, _PATIENCE_SECONDS) as answer:
                content = answer.read(LARGEST + 1)
    except urllib.error.HTTPError as error:
        raise Refused(f"{place}: the server answers {error.code} {error.reason}") from error
    except NotSafe as error:
        raise Refused(f"{place}: {error}") from error
    except (OSError, HTTPException, ValueError) as error:
        why = getattr(error, "strerror", None) or getattr(error, "reason", None) or error
        raise Refused(f"{place}: {why}") from error
    if len(content) > LARGEST:
        raise Refused(f"{place} is larger than a catalogue")
    return content

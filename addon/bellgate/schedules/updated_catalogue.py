"""A catalogue that is newer than the program: a signed archive, kept as it came.

It lies beside the calendars of the state folder, and is one of the files of an edition: so an old
decision is explained by the services that were known then. Nothing is fetched, checked against a
signature or written here. A catalogue is of a day, `2026-11-29`, or a further one of that day,
`2026-11-29.2`.
"""

import io
import re
import tarfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePosixPath

import yaml

from bellgate.schedules.shipped import EDITION, Catalogue, catalogue_of, shipped_edition

FILE = "catalogue.tar.gz"
"""Its name among an edition's files, and in the state folder."""
LARGEST = 1_900_000
"""Bytes of an archive, well within what is read of any file."""
_LARGEST_MEMBER = 4_000_000
"""Bytes of one of its files, unpacked."""
_MOST_MEMBERS = 200
"""A file a category is a dozen or two."""
_WRITTEN = re.compile(r"(20[0-9]{2}-[0-9]{2}-[0-9]{2})(?:\.([0-9]{1,3}))?\Z")


class NotReadable(Exception):
    """It is no catalogue; the text says why."""


@lru_cache(maxsize=2)
def catalogue_in(archive: bytes) -> Catalogue:
    """The services of an archive. Raises NotReadable."""
    files = _files(archive)
    named = {name: content for name, content in files.items() if name.endswith(".yaml")}
    if not named:
        raise NotReadable("it holds no services")
    try:
        return catalogue_of(named, _edition(files))
    except (yaml.YAMLError, UnicodeDecodeError, LookupError, TypeError, AttributeError) as error:
        raise NotReadable("its services cannot be read by this version of Bellgate") from error


@lru_cache(maxsize=4)
def edition_in(archive: bytes) -> str:
    """Of which day it is. Raises NotReadable."""
    return _edition(_files(archive))


def is_newer(edition: str, than: str) -> bool:
    return _key(edition) > _key(than)


def outdates_shipped(archive: bytes) -> bool:
    """Whether it is to be read in place of the shipped one: that may have come later, with a newer
    program. One that cannot be read is looked at all the same, so that somebody hears of it."""
    try:
        return is_newer(edition_in(archive), shipped_edition())
    except NotReadable:
        return True


def _key(edition: str) -> tuple[str, int]:
    day, _, more = edition.partition(".")
    return day, int(more or 0)


def _edition(files: Mapping[str, bytes]) -> str:
    text = files.get(EDITION, b"").decode("ascii", "replace").strip()
    if _WRITTEN.match(text) is None:
        raise NotReadable("it does not say of which day it is")
    return text


def _files(archive: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            for member in tar:
                if member.size > _LARGEST_MEMBER or len(found) > _MOST_MEMBERS:
                    raise NotReadable("it is larger than a catalogue")
                if member.isfile() and (content := tar.extractfile(member)) is not None:
                    found[PurePosixPath(member.name).name] = content.read()
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise NotReadable("it is no archive of a catalogue") from error
    return found

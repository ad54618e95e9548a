"""The last good copy of what was fetched from an address, in a cache folder. No network here.

The copy and what is known of it are one file, replaced as a whole.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bellgate.disk import locked, make_folder, write_whole


@dataclass(frozen=True, slots=True)
class Copy:
    """The last good copy of an address. `fetched`: when these bytes came; `checked`: when the
    server last said that they still hold."""

    address: str
    content: bytes
    fetched: datetime
    checked: datetime
    etag: str | None = None
    modified: str | None = None


def kept(cache: Path, address: str) -> Copy | None:
    """The copy of an address, as it was last fetched. Never raises: a damaged one is none."""
    import json

    try:
        head, _, content = _place(cache, address).read_bytes().partition(b"\n")
        known = json.loads(head)
        if known["sha256"] != hashlib.sha256(content).hexdigest():
            return None
        return Copy(
            address,
            content,
            datetime.fromisoformat(known["fetched"]).astimezone(UTC),
            datetime.fromisoformat(known["checked"]).astimezone(UTC),
            known.get("etag"),
            known.get("modified"),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def last_checked(cache: Path, address: str) -> datetime | None:
    """When the server last said that the copy still holds, by the copy's own first line: a list may
    be long. None where there is no copy."""
    import json

    try:
        with _place(cache, address).open("rb") as file:
            known = json.loads(file.readline())
        return datetime.fromisoformat(known["checked"]).astimezone(UTC)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def web_address(address: str) -> str:
    """`webcal:` is what calendar programs write for the same over https."""
    scheme, colon, rest = address.partition(":")
    return f"https:{rest}" if colon and scheme.lower() in ("webcal", "webcals") else address


def _place(cache: Path, address: str) -> Path:
    return cache / f"calendar-{hashlib.sha256(address.encode()).hexdigest()[:16]}"


def keep(cache: Path, copy: Copy) -> None:
    """Replace the copy. If we crash, the old one or the new one is there, as a whole."""
    import json

    make_folder(cache)
    known = {
        "address": copy.address,
        "fetched": copy.fetched.isoformat(),
        "checked": copy.checked.isoformat(),
        "etag": copy.etag,
        "modified": copy.modified,
        "sha256": hashlib.sha256(copy.content).hexdigest(),
    }
    with locked(cache):  # the gate and a command may fetch at the same moment
        write_whole(_place(cache, copy.address), json.dumps(known).encode() + b"\n" + copy.content)

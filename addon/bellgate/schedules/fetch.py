"""An address -> bytes in the cache folder. The only file here that asks the network.

Loaded when somebody asks to refresh, and not before. What cannot be fetched, or is refused by
`accept`, leaves the last good copy.
"""

import time
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import Message
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Literal

from bellgate.outside.web import NotSafe, asked
from bellgate.schedules.fetched_copies import Copy, keep, kept, web_address
from bellgate.schedules.yaml_tree import LARGEST

EVERY = timedelta(hours=6)
"""How often a running gate should ask; a council changes its dates a few times a year."""

_CHUNK = 65_536
"""Bytes read at a time."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of asking. `failed`: `copy` is the old one, if there is any, and `why` says why."""

    outcome: Literal["new", "same", "failed"]
    copy: Copy | None
    why: str | None = None


class _Refused(Exception):
    """Why an answer is not taken."""


def refresh(
    cache: Path,
    address: str,
    now: datetime,
    *,
    accept: Callable[[bytes], str | None] = lambda _: None,
    seconds: float = 20.0,
    largest: int = LARGEST,
) -> Refreshed:
    """Ask the address once. `accept` says why bytes are not good enough, or None. Never raises."""
    old = kept(cache, address)
    try:
        answer = _ask(address, old, seconds, largest)
        if answer is None and old is not None:
            copy = Copy(address, old.content, old.fetched, now, old.etag, old.modified)
            keep(cache, copy)
            return Refreshed("same", copy)
        if answer is None:
            raise _Refused("the server says that nothing has changed, but there is no copy")
        content, headers = answer
        if why := accept(content):
            raise _Refused(why)
        same = old is not None and old.content == content
        fetched = old.fetched if old is not None and same else now
        copy = Copy(
            address, content, fetched, now, headers.get("ETag"), headers.get("Last-Modified")
        )
        keep(cache, copy)
    except urllib.error.HTTPError as e:
        return Refreshed("failed", old, f"the server answers {e.code} {e.reason}")
    except urllib.error.URLError as e:
        return Refreshed("failed", old, f"the server cannot be reached ({e.reason})")
    except TimeoutError:
        return Refreshed("failed", old, "the server takes too long")
    except (_Refused, NotSafe, HTTPException, OSError, ValueError) as e:
        return Refreshed("failed", old, str(e) or type(e).__name__)
    return Refreshed("same" if same else "new", copy)


def _ask(
    address: str, old: Copy | None, seconds: float, largest: int
) -> tuple[bytes, Message] | None:
    """The address's bytes and headers; None where the server says that the old copy still holds."""
    headers = {}
    if old is not None and old.etag:
        headers["If-None-Match"] = old.etag
    if old is not None and old.modified:
        headers["If-Modified-Since"] = old.modified
    until = time.monotonic() + seconds
    try:
        with asked(web_address(address), headers, seconds) as answer:
            return _read(answer, until, largest), answer.headers
    except urllib.error.HTTPError as e:
        if e.code == 304:
            return None
        raise


def _read(answer: HTTPResponse, until: float, largest: int) -> bytes:
    """Bit by bit: a server that sends a byte now and then must not hold us for ever."""
    content = bytearray()
    while chunk := answer.read1(_CHUNK):
        content += chunk
        if len(content) > largest:
            raise _Refused(f"what it sends is larger than {largest:,} bytes")
        if time.monotonic() > until:
            raise TimeoutError
    if answer.length:
        raise _Refused("the answer breaks off in the middle")
    return bytes(content)

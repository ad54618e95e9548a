"""What was told and what is still on its way, kept in STATE: a restart tells nothing twice.

Replaced as a whole. Where the disk is full, the old file is written over in place: it was made long
enough for that. If we crash in there, or the file makes no sense, what is wrong is told once more.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bellgate.disk import write_whole
from bellgate.running.alerts.signs import Ended
from bellgate.running.alerts.told import Notice, Standing
from bellgate.running.alerts.trouble import KINDS, Trouble

FILE: Final = "alerts.json"
_ROOM: Final = 16_384
"""Bytes of which the file is always a multiple: room to be written over in place."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A notice that some have not got yet."""

    notice: Notice
    to: frozenset[str]
    """E-mail addresses, and `WEBHOOK`."""


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is remembered."""

    standing: Mapping[str, Standing] = field(default_factory=dict)
    pending: Mapping[str, Pending] = field(default_factory=dict)
    """By trouble: a newer notice takes the place of an older one that did not arrive."""
    running: bool = False
    """Whether a gate runs that has not ended properly yet."""
    ended: Ended | None = None


def read(state: Path) -> Kept:
    """What is remembered; nothing where the file is not there or makes no sense."""
    try:
        found = json.loads((state / FILE).read_bytes())
        standing = [_standing_of(each) for each in found["standing"]]
        pending = [_pending_of(each) for each in found["pending"]]
        return Kept(
            {one.key: one for one in standing},
            {one.notice.key: one for one in pending},
            bool(found["running"]),
            _ended_of(found["ended"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Kept()


def keep(state: Path, kept: Kept) -> None:
    """Raises OSError where even the old file cannot be written over."""
    whole = {
        "standing": [_standing(each) for each in kept.standing.values()],
        "pending": [_pending(each) for each in kept.pending.values()],
        "running": kept.running,
        "ended": [_text(kept.ended.last_sign), _text(kept.ended.started)] if kept.ended else None,
    }
    text = json.dumps(whole, indent=1).encode() + b"\n"
    text += b" " * (-len(text) % _ROOM)
    path = state / FILE
    try:
        write_whole(path, text, 0o600)
    except OSError:
        with path.open("r+b") as file:
            file.write(text)
            file.truncate()


def _standing(one: Standing) -> dict[str, object]:
    return {
        **_trouble(one.trouble),
        "began": _text(one.since),
        "last": _text(one.last),
        "told": one.told,
        "over": _text(one.over),
        "returns": one.returns,
    }


def _standing_of(fields: dict[str, Any]) -> Standing:
    began, last = _moment(fields["began"]), _moment(fields["last"])
    if began is None or last is None:
        raise ValueError("no time")
    over, returns = _moment(fields["over"]), int(fields["returns"])
    return Standing(_trouble_of(fields), began, last, bool(fields["told"]), over, returns)


def _pending(one: Pending) -> dict[str, object]:
    notice = one.notice
    times = {"began": _text(notice.since), "until": _text(notice.until)}
    return {**_trouble(notice.trouble), **times, "to": sorted(one.to)}


def _pending_of(fields: dict[str, Any]) -> Pending:
    began = _moment(fields["began"])
    if began is None:
        raise ValueError("no time")
    notice = Notice(_trouble_of(fields), began, _moment(fields["until"]))
    return Pending(notice, frozenset(map(str, fields["to"])))


def _trouble(one: Trouble) -> dict[str, object]:
    return {
        "kind": one.kind.name,
        "subject": one.subject,
        "what": one.what,
        "since": _text(one.since),
    }


def _trouble_of(fields: dict[str, Any]) -> Trouble:
    subject, what = str(fields["subject"]), str(fields["what"])
    return Trouble(KINDS[fields["kind"]], what, subject, _moment(fields["since"]))


def _ended_of(found: list[str | None] | None) -> Ended | None:
    started = _moment(found[1]) if found else None
    return Ended(_moment(found[0]), started) if found and started is not None else None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None

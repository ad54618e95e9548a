"""The editions of the policy that were in force, kept by their hash in the state folder.

A record names its edition by hash alone; what that edition said, a panel asks months later. They
name people's pseudonyms, so they go when no record can name them any more. A folder's own time says
when its edition was last known to be in force; which one is so now is not known here.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise, zip_longest
from pathlib import Path

from bellgate.disk import locked, make_folder, write_folder
from bellgate.policy.decide import Policy
from bellgate.policy.plain_words import rule_in_words
from bellgate.review.pack.edition import EditionKept, RuleText
from bellgate.schedules.load import fingerprint, load_files
from bellgate.schedules.yaml_tree import read

_FOLDER = "editions"
_RULES = "rules.yaml"
_DROPPED = ".old-"


def keep(state: Path, edition: str, files: Mapping[str, bytes]) -> None:
    """Keep the files that gave an edition, which is in force. If we crash here, all are there or
    none."""
    place = _place(state, edition)
    if place.is_dir():
        # By the clock that `seen` goes by: the kernel's own for "now" lags some milliseconds
        # behind it, and the edition before this one would seem the newer.
        now = time.time_ns()
        os.utime(place, ns=(now, now))
        return
    # Another gate on the same state folder may keep the same bytes at the same moment.
    make_folder(place.parent)
    with locked(place.parent):
        if not place.is_dir():
            write_folder(place, files)


def seen(state: Path, edition: str, now: datetime) -> None:
    """An edition is in force at a moment."""
    with suppress(FileNotFoundError):
        os.utime(_place(state, edition), (now.timestamp(), now.timestamp()))


def drop(state: Path, before: datetime) -> None:
    """Remove what was not in force since a moment. If we crash here, the next time removes it."""
    folder = state / _FOLDER
    for place in folder.iterdir() if folder.is_dir() else ():
        if place.name.startswith(_DROPPED):
            shutil.rmtree(place)
        elif place.stat().st_mtime < before.timestamp():
            # Half of an edition would be taken for a whole one.
            shutil.rmtree(place.rename(folder / f"{_DROPPED}{place.name}"))


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition that is kept, and when it was last known to be in force."""

    hash: str
    last_in_force: datetime


def listed(state: Path) -> tuple[Edition, ...]:
    """Every edition that is kept, the newest first."""
    folder = state / _FOLDER
    found = [
        Edition(f"sha256:{place.name}", datetime.fromtimestamp(place.stat().st_mtime, UTC))
        for place in (folder.iterdir() if folder.is_dir() else ())
        if not place.name.startswith(".")
    ]
    return tuple(sorted(found, key=lambda e: e.last_in_force, reverse=True))


def kept(state: Path, edition: str) -> dict[str, bytes]:
    """The files of an edition; none where they are not kept."""
    place = _place(state, edition)
    if not place.is_dir():
        return {}
    return {path.name: path.read_bytes() for path in sorted(place.iterdir())}


def in_force(
    state: Path,
    changes: Sequence[tuple[datetime, str]],
    chain: tuple[str, ...],
    since: datetime,
    until: datetime,
) -> list[EditionKept]:
    """The editions that were in force in [since, until), with the sessions of one group.

    `changes` says in order of time from when on which was; where none is from `since` or before,
    the first of them had been for as long as is asked.
    """
    # Two at one moment: the later one alone was in force for any time.
    held = {max(at, since): edition for at, edition in changes if at < until}
    if not held:
        return []
    starts = [since, *tuple(held)[1:], until]
    return [
        _read_back(state, edition, chain, start, end)
        for edition, (start, end) in zip(held.values(), pairwise(starts), strict=True)
    ]


def _read_back(
    state: Path, edition: str, chain: tuple[str, ...], start: datetime, end: datetime
) -> EditionKept:
    files = kept(state, edition)
    if fingerprint(files) != edition:
        return EditionKept(edition, start, end)
    # That they are the true files is one thing; that this version still takes them another: a
    # service that they name may have left the catalogue.
    loaded = load_files(files)
    school, policy = loaded.readable.school, loaded.policy
    said = school.form.policy if school is not None else None
    group = next((policy.groups[n] for n in chain if n in policy.groups), None) if policy else None
    table = policy.timetable(group) if policy and group else None
    sessions, breaks = (table.sessions, table.breaks) if table else ((), ())
    return EditionKept(
        hash=edition,
        since=start,
        until=end,
        kept=True,
        timetable=group is not None,
        files=tuple((n, hashlib.sha256(c).hexdigest()) for n, c in files.items()),
        rules=tuple(_rules(files, policy)),
        sessions=tuple(s for s in sessions if s.start < end and start < s.end),
        breaks=tuple(b for b in breaks if b.start < end and start < b.end),
        title=said.title if said else "",
        notice=said.notice if said else None,
        is_to_staff=group is not None and group.wording == "staff",
    )


def _rules(files: Mapping[str, bytes], policy: Policy | None) -> Iterable[RuleText]:
    """Each rule with its own lines, up to where the next one begins."""
    said = {}
    if policy is not None:
        services = policy.index.services
        said = {r.source.line: rule_in_words(r, services).sentence for r in policy.rules}
    content = files.get(_RULES, b"")
    root = read(_RULES, content).root
    found = root.child("rules") if root else None
    rules = found.value if found and isinstance(found.value, list) else []
    lines = content.decode("utf-8-sig", "replace").splitlines()
    for rule, following in zip_longest(rules, rules[1:]):
        own = lines[rule.line - 1 : following.line - 1 if following else len(lines)]
        while own and (not own[-1].strip() or own[-1].lstrip().startswith("#")):
            own.pop()  # what is said of the next rule
        name = rule.child("name")
        called = str(name.value) if name else "a rule"
        text = "\n".join(own)
        yield RuleText(called, f"{_RULES}:{rule.line}", text, said.get(rule.line, ""))


def _place(state: Path, edition: str) -> Path:
    return state / _FOLDER / edition.removeprefix("sha256:")

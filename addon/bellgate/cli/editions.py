"""The editions of the policy that were in force, kept by their hash in the state folder.

A record names its edition by hash alone; what that edition said, a panel asks months later. They
name people's pseudonyms, so they go when no record can name them any more. A folder's own time says
when its edition was last known to be in force; which one is so now is not known here.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from bellgate.policy.decide import Policy
from bellgate.review.material import EditionKept, RuleText
from bellgate.schedules.loading import load_files

_FOLDER = "editions"
_DROPPED = ".old-"


def keep(state: Path, edition: str, files: Mapping[str, bytes]) -> None:
    """Keep the files that gave an edition, which is in force. If we crash here, all are there or
    none."""
    place = _place(state, edition)
    if place.is_dir():
        os.utime(place)
        return
    place.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
    for name, content in files.items():
        (draft / name).write_bytes(content)
    os.sync()
    try:
        draft.rename(place)
    except OSError:
        # Another gate on the same state folder kept the same bytes at the same moment.
        shutil.rmtree(draft)
        if not place.is_dir():
            raise


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

    `changes` says from when on which was; the first of them had been for as long as is asked.
    """
    starts = [since, *(at for at, _ in changes[1:]), until]
    return [
        _read_back(state, edition, chain, start, end)
        for (_, edition), (start, end) in zip(changes, pairwise(starts), strict=False)
    ]


def _read_back(
    state: Path, edition: str, chain: tuple[str, ...], start: datetime, end: datetime
) -> EditionKept:
    files = kept(state, edition)
    policy = load_files(files).policy if files else None
    # The shipped catalogue may be another by now; the school's own files are what the hash is of.
    if policy is None or policy.edition.hash != edition:
        return EditionKept(edition, start)
    group = next((policy.groups[name] for name in chain if name in policy.groups), None)
    sessions = policy.timetable(group).sessions if group is not None else ()
    return EditionKept(
        hash=edition,
        since=start,
        kept=True,
        files=tuple((n, hashlib.sha256(c).hexdigest()) for n, c in files.items()),
        rules=tuple(_rules(policy, files)),
        sessions=tuple(s for s in sessions if s.start < end and start < s.end),
        title=policy.edition.title,
        notice=policy.edition.notice,
    )


def _rules(policy: Policy, files: Mapping[str, bytes]) -> Iterable[RuleText]:
    """Each rule with its own lines, up to where the next one begins."""
    for rule, following in pairwise((*policy.rules, None)):
        if rule is None:
            continue
        lines = files[rule.source.file].decode("utf-8-sig").splitlines()
        end = following.source.line - 1 if following is not None else len(lines)
        own = lines[rule.source.line - 1 : end]
        while own and (not own[-1].strip() or own[-1].lstrip().startswith("#")):
            own.pop()  # what is said of the next rule
        text = "\n".join(own)
        yield RuleText(rule.name, str(rule.source), text)


def _place(state: Path, edition: str) -> Path:
    return state / _FOLDER / edition.removeprefix("sha256:")

"""Opening a log: from what lies on the disk to a Store that can go on.

A new log, one closed in good order and one left by a crash are opened by the same steps: find the
newest checkpoint that this log's key signed, read the lines on from a place that the checkpoint
vouches for, and make sure that they lead to its root. Lines after the checkpoint that are whole
were written and only not acknowledged: they are kept and signed. A torn end is cut off.

Where the lines do not lead to the checkpoint, acknowledged records are gone or were changed. Such
a log is never signed again, for that would bury the change under a good signature: it is moved
aside as it is, with the checkpoint that convicts it, and a new log starts at 0 under another
origin. Its first record names the break.

A change further back than the place where reading starts is not looked for here: it is under the
old root, which every later checkpoint goes on to commit to, so verifying finds it at any time.
"""

import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from bellgate.audit.log.counts import Counts, counted
from bellgate.audit.log.day_files import (
    DayFiles,
    days_of,
    expired_leaf,
    leaf_of,
    parsed,
    sequence_of,
    whole_lines,
)
from bellgate.audit.log.note import BadNote, Checkpoint, Signer, origin_of
from bellgate.audit.log.paths import LogPaths, signed_checkpoint
from bellgate.audit.log.store import START, Position, Store
from bellgate.audit.log.tree import HASH_BYTES, Tree
from bellgate.disk import make_folder, open_or_make, sync_folder, write_whole


class Broken(OSError):
    """The log cannot be gone on with; the text says why, in plain words."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A log ready to be written, and what the new records must say first about its past."""

    store: Store
    notices: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    """What reading the lines from a place on showed; the repairs are made only if all is well."""

    at: Position
    cut: tuple[Path, int] | None = None
    leaves: list[tuple[Path, int, bytes]] = field(default_factory=list)
    unsigned: dict[Path, int] = field(default_factory=dict)


def open_log(
    paths: LogPaths,
    gateway: str,
    zone: ZoneInfo,
    anchored: tuple[Path, ...] = (),
    *,
    sets_aside: bool = True,
) -> Opened:
    """Open the log, whatever state it is in. The caller holds its lock.

    `anchored` are further copies of checkpoints (the anchors' folder): any of them may be ahead of
    a log that was rolled back together with the state folder. Raises Broken where a broken log
    would have to be set aside and may not be.
    """
    make_folder(paths.log)
    signer = Signer.at(paths.key)
    # The names of a new log's folder and of its key last as long as what is written under them.
    sync_folder(paths.key.parent)
    sync_folder(paths.log.parent)
    checkpoints, notices = _checkpoints(paths, signer, anchored)
    try:
        found, origin = _go_on(paths, gateway, checkpoints, bool(notices))
        _repair(found)
    except Broken as broken:
        if not sets_aside:
            raise Broken(f"{broken}; a gate that starts keeps it aside and begins anew") from None
        notices = [_set_aside(paths, str(broken))]
        generation = 1 + max((c.generation for c in checkpoints), default=0)
        generation = max(generation, 1 + _logs_aside(paths))
        found, origin = _Found(START), origin_of(gateway, generation)
    counts = counted(paths.log, Counts.at(paths.counts), found.at.size)
    counts = counts.copy(found.at.size)
    store = Store(paths, signer, origin, zone, at=found.at, counts=counts)
    write_whole(paths.verifier, signer.verifier(origin).vkey + "\n")
    write_whole(paths.counts, counts.text())
    # Signs for lines found unsigned, and renews a checkpoint that was missing or behind.
    if found.at.size:
        store.commit(store.prepare([]))
    return Opened(store, tuple(notices))


def _checkpoints(
    paths: LogPaths, signer: Signer, anchored: tuple[Path, ...]
) -> tuple[list[Checkpoint], list[str]]:
    """Every checkpoint that can be believed, and a notice of each that cannot."""
    found: list[Checkpoint] = []
    notices: list[str] = []
    for path in (paths.checkpoint, paths.last_checkpoint, *anchored):
        try:
            checkpoint = signed_checkpoint(path, signer.verifier(""))
        except BadNote as e:
            # The anchors' folder may hold what other gateways left there.
            if path in anchored:
                continue
            notices.append(f"The checkpoint in {path.name} was not to be believed: {e}")
            continue
        if checkpoint is not None:
            found.append(checkpoint)
    return found, notices


def _go_on(
    paths: LogPaths, gateway: str, checkpoints: list[Checkpoint], unbelievable: bool
) -> tuple[_Found, str]:
    """What the log holds and its origin, if it is what its newest checkpoint says."""
    days = days_of(paths.log)
    if not checkpoints:
        # Before the first checkpoint nothing was ever acknowledged: what there is may be kept.
        if unbelievable or (not days and _logs_aside(paths)):
            raise Broken("no checkpoint of the log can be believed")
        return _read_on(days, START, {}), origin_of(gateway)
    newest = max(checkpoints, key=lambda c: (c.generation, c.size))
    expected: dict[int, bytes] = {}
    for checkpoint in checkpoints:
        if checkpoint.origin != newest.origin:
            continue
        if expected.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
            raise Broken(f"two checkpoints of {checkpoint.size} records contradict each other")
    hint = _resume(paths.resume)
    if hint is not None and hint.size <= newest.size:
        # The hint proves itself: only the true peaks can lead to a signed root. If it does not fit,
        # everything is read.
        with suppress(Broken):
            return _read_on(days, _placed(hint, paths.log), expected), newest.origin
    return _read_on(days, START, expected), newest.origin


def _resume(path: Path) -> Position | None:
    try:
        return Position.of(path.read_text())
    except (OSError, ValueError, TypeError, OverflowError):
        return None


def _placed(hint: Position, log: Path) -> Position:
    """The hint with its place in bytes as the day's file is now: lines that were emptied since are
    shorter. Their count stays, so the lines before it are counted; that is quick."""
    lines = DayFiles(hint.day, log).lines
    here = next(whole_lines(lines, hint.offset), b"")
    if b'"sequence":%d}' % hint.size in here:
        return hint
    before = islice(whole_lines(lines), max(0, hint.size - hint.first))
    return replace(hint, offset=sum(map(len, before)))


def _read_on(days: list[DayFiles], start: Position, expected: dict[int, bytes]) -> _Found:
    """Read the lines from a place on, up to where they stop making sense."""
    try:
        tree = Tree(start.size, start.peaks)
    except ValueError as e:
        raise Broken(str(e)) from e
    signed = max(expected, default=0)
    found = _Found(start)
    day, first, offset = start.day, start.first, start.offset

    def check() -> None:
        if expected.get(tree.size) not in {None, tree.root()}:
            raise Broken(f"the first {tree.size} records are not those that were signed")

    check()
    for files in days:
        if files.day < start.day:
            continue
        if files.day != start.day:
            first, offset = tree.size, 0
        day = files.day
        leaves: list[bytes] = []
        leaves_from = tree.size - first
        for line in whole_lines(files.lines, offset):
            if found.cut is not None:
                raise Broken(f"{files.lines.name} goes on after a torn line")
            if tree.size >= signed and not _makes_sense(line, tree.size):
                found.cut = (files.lines, offset)
                break
            if not line.endswith(b"\n"):
                raise Broken(f"{files.lines.name} ends in the middle of record {tree.size}")
            if tree.size >= signed:
                found.unsigned.setdefault(files.lines, offset)
            leaves.append(leaf_of(line[:-1]))
            tree.append(leaves[-1])
            offset += len(line)
            if tree.size in expected:
                check()
        _compare_leaves(files.leaves, leaves_from, leaves, found)
    if tree.size < signed:
        whole = "1 record" if tree.size == 1 else f"{tree.size} records"
        raise Broken(f"the log ends after {whole}, {signed} were signed")
    found.at = Position(day, first, tree.size, offset, tuple(tree.peaks))
    return found


def _makes_sense(line: bytes, number: int) -> bool:
    """Whether an unsigned line was written whole: a power cut may leave anything in its place."""
    if not line.endswith(b"\n") or expired_leaf(line[:-1]):
        return False
    record = parsed(line)
    return record is not None and sequence_of(record) == number


def _compare_leaves(path: Path, index: int, leaves: list[bytes], found: _Found) -> None:
    """The hashes beside the lines follow from them; where they lag or differ, they are written."""
    wanted = b"".join(leaves)
    try:
        with path.open("rb") as file:
            if file.seek(0, os.SEEK_END) < index * HASH_BYTES:
                raise Broken(f"{path.name} is too short to be added to")
            file.seek(index * HASH_BYTES)
            if file.read(len(wanted) + 1) == wanted:
                return
    except FileNotFoundError:
        if not wanted:
            return
    found.leaves.append((path, index * HASH_BYTES, wanted))


def _repair(found: _Found) -> None:
    if found.cut is not None:
        path, length = found.cut
        with path.open("r+b") as file:
            file.truncate(length)
            os.fsync(file.fileno())
    for path, offset, wanted in found.leaves:
        descriptor = open_or_make(path, 0o640)
        with os.fdopen(descriptor, "r+b") as file:
            file.seek(offset)
            file.write(wanted)
            file.truncate()
    for path, offset in found.unsigned.items():
        # Written again before they are synced: after a sync that failed the kernel may show bytes
        # that are on no disk, and call them clean.
        with path.open("r+b") as file:
            file.seek(offset)
            rest = file.read()
            file.seek(offset)
            file.write(rest)
            file.flush()
            os.fsync(file.fileno())


def _set_aside(paths: LogPaths, why: str) -> str:
    """Move a broken log away as it is. After a crash here the next opening finds no log, but still
    a checkpoint that speaks of one, and comes by here again."""
    if not any(paths.log.iterdir()):
        return f"A new log starts here: {why}"
    aside = paths.log.with_name(f"{paths.log.name}.{_logs_aside(paths) + 1}")
    paths.log.rename(aside)
    make_folder(paths.log)
    sync_folder(paths.log.parent)
    return f"A new log starts here, the old one is kept in {aside.name}: {why}"


def _logs_aside(paths: LogPaths) -> int:
    """The highest N of the folders `log.N`."""
    return int(paths.aside[-1].suffix[1:]) if paths.aside else 0

"""Is the log what was signed? Every problem with file and line, in plain words.

Reads the files and changes nothing; knows nothing of the writer but its formats. The records are
hashed again from their bytes: the checkpoint decides whether they are the signed ones, the hashes
beside them only locate a change. A log may be verified while it is being written: the checkpoint
is read first, so the lines are at least as new.
"""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from bellgate.audit.log.day_files import (
    DayFiles,
    days_of,
    expired_leaf,
    parsed,
    sequence_of,
    whole_lines,
)
from bellgate.audit.log.entries import Progress
from bellgate.audit.log.note import BadNote, Checkpoint, Verifier, notes_in, read
from bellgate.audit.log.tree import HASH_BYTES, Tree, leaf_hash
from bellgate.audit.record.retention import Run
from bellgate.audit.verify.as_signed import as_signed, grounds_of
from bellgate.audit.verify.damage import Numbered, differences
from bellgate.audit.verify.emptied import Emptied, Reason, Reasons, doubt_about, reason_of

MOST_PROBLEMS: Final = 1000
"""Problems reported at most: a log that was replaced wholesale has one in every line."""
PROGRESS_EVERY: Final = 20_000
"""Records between two reports of progress."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the log: in which file, at which line, and what."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Result:
    """What verifying found. `root` (base64, as in a checkpoint) is over the first `size` records.

    `unsigned` lines lie after the newest checkpoint: written, and not yet acknowledged. `covers` is
    how many records a given checkpoint speaks of, where it was found good. `emptied` are the lines
    whose time was up, by the reason that a record gives. `as_signed` are the numbers of the records
    that are still what was signed, where the log as a whole is not.
    """

    ok: bool
    size: int
    root: str
    problems: tuple[Problem, ...] = ()
    unsigned: int = 0
    covers: int | None = None
    emptied: tuple[Emptied, ...] = ()
    as_signed: tuple[Run, ...] = ()


def verify_log(
    log: Path, checkpoint: Path | None = None, progress: Progress | None = None
) -> Result:
    """Check a log folder against its own checkpoint, against the `last-checkpoint` beside it, and
    against one that left the machine: a note, or the e-mail that holds it.

    A folder without records and without a checkpoint is a good log of size 0.
    """
    result = _Verification(log, checkpoint, progress).result()
    return result if result.ok else replace(result, as_signed=_as_signed(log, checkpoint))


def _as_signed(log: Path, checkpoint: Path | None) -> tuple[Run, ...]:
    grounds = grounds_of(log, _given(checkpoint))
    return tuple(as_signed(log, grounds)) if grounds is not None else ()


def _given(checkpoint: Path | None) -> list[str]:
    try:
        return notes_in(checkpoint.read_bytes()) if checkpoint is not None else []
    except OSError:
        return []


@dataclass(slots=True)
class _Target:
    """A checkpoint that the records must lead to. `root` is what they led to at its size."""

    file: str
    checkpoint: Checkpoint
    given: bool = False
    root: bytes | None = None

    @property
    def met(self) -> bool:
        return self.root == self.checkpoint.root


@dataclass(slots=True)
class _Expired:
    """A run of lines whose time was up: the numbers of the first and last, and where it begins."""

    first: int
    last: int
    file: str
    line: int


class _Verification:
    """One walk through a log. Each day is read once; what is kept of it is small."""

    def __init__(self, log: Path, given: Path | None, progress: Progress | None) -> None:
        self._log, self._progress = log, progress
        self._problems: list[Problem] = []
        # Where a line and its hash part: the problem if the line is wrong, and if the hash is.
        self._parted: list[tuple[Problem, Problem]] = []
        self._numbering: list[Problem] = []
        self._expired: list[_Expired] = []
        self._deleted: list[Reason] = []
        self._reasons = Reasons([])
        self._tree = Tree()
        self._number = 0
        self._excused = False
        self._end = ("checkpoint", 2)
        self._read, self._total = 0, 0
        self._targets = list(self._believed(given))
        self._signed = max((t.checkpoint.size for t in self._targets), default=0)
        self._stops = {t.checkpoint.size for t in self._targets}

    def result(self) -> Result:
        days = days_of(self._log)
        self._total = sum(f.lines.stat().st_size for f in days if f.lines.exists())
        self._stop()
        for files in days:
            self._day(files)
        self._judge()
        self._problems.sort(key=_in_order_of_the_log)
        roots = [t.root for t in self._targets if t.checkpoint.size == self._signed]
        whole = roots[0] if roots else None
        return Result(
            ok=not self._problems,
            size=self._tree.size if whole is None else self._signed,
            root=b64encode(whole or self._tree.root()).decode(),
            problems=tuple(self._problems[:MOST_PROBLEMS]),
            unsigned=max(0, self._tree.size - self._signed),
            covers=max(
                (t.checkpoint.size for t in self._targets if t.given and t.met), default=None
            ),
            emptied=tuple(self._reasons.counted),
        )

    def _believed(self, given: Path | None) -> Iterator[_Target]:
        """The checkpoints to verify against; what is wrong with them is a problem itself."""
        # The log's own first: the lines, read after both, are then at least as new.
        own, last = self._log / "checkpoint", self._log.with_name("last-checkpoint")
        verifier = self._verifier(needed=own.exists() or given is not None)
        for path in (own, None if is_aside(self._log) else last, given):
            if path is None:
                continue
            name = str(path) if path is given else path.name
            try:
                for text in _notes(path, verifier) if path is given else [path.read_text()]:
                    if path is last and self._is_of_another(read(text), verifier):
                        continue
                    checkpoint = read(text) if verifier is None else verifier.open(text)
                    yield _Target(name, checkpoint, path is given)
            except FileNotFoundError:
                if path is given:
                    self._say(name, 1, "there is no such file")
                elif path is own and days_of(self._log):
                    self._say(name, 1, "the log has no checkpoint: nothing says what it should be")
            except UnicodeDecodeError:
                self._say(name, 1, "it is not text")
            except BadNote as e:
                self._say(name, 1, str(e))

    def _is_of_another(self, last: Checkpoint, verifier: Verifier | None) -> bool:
        """Whether the gateway's newest checkpoint is not of this log: of one that this took the
        place of it may be; one that took the place of this is where this log should not be."""
        if verifier is None or last.generation == verifier.generation:
            return False
        if last.generation > verifier.generation:
            said = f"it is of the log {last.origin}, which replaced this one"
            self._say("last-checkpoint", 1, said)
        return True

    def _verifier(self, needed: bool) -> Verifier | None:
        path = self._log / "verifier.pub"
        try:
            return Verifier.from_vkey(path.read_text())
        except FileNotFoundError:
            if needed:
                self._say(path.name, 1, "the log's verifier key is missing")
        except (BadNote, UnicodeDecodeError) as e:
            self._say(path.name, 1, str(e))
        return None

    def _day(self, files: DayFiles) -> None:
        # Counted before the lines are read: a writer at work writes lines first, hashes second.
        count = files.leaf_count()
        if not files.lines.exists():
            self._say(files.lines.name, 1, f"the day's file is missing, with {count} records")
            self._number += count or 0
            return
        parted, first, self._numbering = len(self._parted), self._tree.size, []
        self._end = (files.lines.name, 1)
        lines = self._lines(files)
        for place, line, message in differences(lines, _hashes(files, count or 0)):
            wrong_line = Problem(files.lines.name, line, message)
            wrong_hash = Problem(files.leaves.name, place, f"the hash does not match line {line}")
            self._parted.append((wrong_line, wrong_hash))
        for _ in lines:
            pass  # lines that no hash lies beside are hashed and counted all the same
        there = self._tree.size - first
        if len(self._parted) == parted:
            if first + (count or 0) < min(first + there, self._signed):
                said = (
                    "are missing" if count is None else f"end here, but there are {there} records"
                )
                self._say(files.leaves.name, (count or 0) + 1, f"the hashes {said}")
            self._problems += self._numbering
        # What the hashes located needs no second explanation, here or where the next day begins.
        self._excused = len(self._parted) > parted

    def _lines(self, files: DayFiles) -> Iterator[Numbered]:
        """A day's lines with their leaves; the tree grows on the way."""
        append, stops, name = self._tree.append, self._stops, files.lines.name
        for line, text in enumerate(whole_lines(files.lines), 1):
            if not text.endswith(b"\n"):
                # After the checkpoint it is a line just being written, or one torn by a crash.
                if self._tree.size < self._signed:
                    self._say(name, line, "the line breaks off")
                return
            self._end = (name, line + 1)
            leaf = (len(text) == 76 and expired_leaf(text[:-1])) or leaf_hash(text[:-1])
            if b'"action":"deleted"' in text:
                self._hear(parsed(text[:-1]) or {}, name, line)
            append(leaf)
            # As the writer places it; any other place is found by reading the whole record.
            if b'"sequence":%d}' % self._number in text:
                self._number += 1
            else:
                self._look_closer(text[:-1], name, line)
            if self._tree.size in stops:
                self._stop()
            self._read += len(text)
            if self._progress is not None and not self._tree.size % PROGRESS_EVERY:
                self._progress(self._read, self._total)
            yield Numbered(line, leaf)

    def _hear(self, record: dict[str, Any], name: str, line: int) -> None:
        """What a `deleted` record says was emptied, and whether its time was up."""
        doubt, reason = doubt_about(record), reason_of(record)
        if doubt is not None:
            self._say(name, line, doubt)
        if reason is not None:
            self._deleted.append(reason)

    def _look_closer(self, text: bytes, name: str, line: int) -> None:
        """A line that does not plainly carry the number that is next."""
        if expired_leaf(text) is not None:
            run = self._expired[-1] if self._expired else None
            if run is not None and run.file == name and run.last == self._number - 1:
                run.last = self._number
            else:
                self._expired.append(_Expired(self._number, self._number, name, line))
            self._number += 1
            return
        record = parsed(text)
        carried = sequence_of(record) if record is not None else None
        if carried is None:
            self._numbering.append(Problem(name, line, "it is not a record"))
            self._number += 1
        elif carried >= self._number:
            if carried > self._number and not (self._excused and line == 1):
                said = f"records {self._number} to {carried - 1} are missing before this line"
                self._numbering.append(Problem(name, line, said))
            self._number = carried + 1
        else:
            said = f"its number is {carried}, where {self._number} should come next"
            self._numbering.append(Problem(name, line, said))

    def _stop(self) -> None:
        """Note the root where a checkpoint speaks of it."""
        for target in self._targets:
            if target.checkpoint.size == self._tree.size:
                target.root = self._tree.root()

    def _judge(self) -> None:
        """The checkpoint decides: do the records lead to it, then a hash beside them is wrong."""
        signed = bool(self._targets) and all(t.met for t in self._targets)
        self._problems += [hash_ if signed else line for line, hash_ in self._parted]
        for target in self._targets:
            size = target.checkpoint.size
            if target.root is None:
                if not self._problems:
                    file, line = self._end
                    self._say(file, line, f"the log ends here, before record {size - 1}")
                said = f"it covers {size} records, but the log has {self._tree.size}"
                self._say(target.file, 2, said)
            elif not target.met:
                self._say(target.file, 3, f"the first {size} records are not the ones it signed")
        self._judge_expired()

    def _judge_expired(self) -> None:
        """A line may be gone only where the log itself says that its time was up."""
        if not self._expired:
            return
        self._reasons = Reasons([*self._deleted, *deleted_elsewhere(self._log)])
        for run in self._expired:
            day = run.file.removesuffix(".jsonl")
            for first, _ in self._reasons.without(day, (run.first, run.last)):
                line = run.line + first - run.first
                self._say(run.file, line, "the line was emptied, and no record says why")

    def _say(self, file: str, line: int, message: str) -> None:
        self._problems.append(Problem(file, line, message))


def _in_order_of_the_log(problem: Problem) -> tuple[bool, str, int]:
    """The days' files in their order, then the checkpoints: the first affected line comes first."""
    return not problem.file.endswith((".jsonl", ".leaves")), problem.file, problem.line


def _notes(path: Path, verifier: Verifier | None) -> list[str]:
    """The notes in a file that was given. One e-mail may quote those of several logs: then this
    log's alone."""
    content = path.read_bytes()
    notes = notes_in(content)
    ours = [text for text in notes if verifier is not None and read(text).origin == verifier.name]
    return ours or notes or [content.decode()]


def _hashes(files: DayFiles, count: int) -> Iterator[bytes]:
    if count:
        with files.leaves.open("rb", buffering=1 << 16) as file:
            yield from islice(iter(lambda: file.read(HASH_BYTES), b""), count)


def is_aside(log: Path) -> bool:
    """Whether a log was set aside as `log.N`."""
    return log.suffix[1:].isdecimal()


def deleted_elsewhere(log: Path) -> Iterator[Reason]:
    """What later logs name of this one, where it was set aside."""
    if not is_aside(log):
        return
    for other in log.parent.glob(f"{log.stem}*"):
        if other == log or not other.is_dir():
            continue
        for files in days_of(other):
            for text in whole_lines(files.lines):
                if b'"action":"deleted"' in text:
                    reason = reason_of(parsed(text) or {}, log.name)
                    if reason is not None:
                        yield reason

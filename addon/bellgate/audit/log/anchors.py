"""Getting checkpoints off the machine: by e-mail, and into a folder that is somewhere else.

What leaves, where to, and when it is due live here; who runs it is the caller's business, and the
time is an argument. Nothing here is ever in the path of the traffic: sending may take as long as a
mail server likes. If we crash after sending and before that is noted, it is sent once more.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from bellgate.audit.log.note import Checkpoint, read
from bellgate.disk import sync_folder, write_whole
from bellgate.outside import NotSent
from bellgate.outside.again import Again
from bellgate.outside.mail import Letter, MailServer

# The records of the bell itself are to be among those that the checkpoint covers.
_SETTLED: Final = timedelta(seconds=5)

_LETTER: Final = """\
Please keep this message. It is the checkpoint of Bellgate's log at {school}
after {size} records, {when}.

Nobody who later changes, removes or adds a record among these can make the log agree with it again.
To check that, save this message as it is and run

    bellgate audit verify --checkpoint FILE

or, with an evidence pack, `python3 verify.py --checkpoint FILE` in the pack's folder.

{note}"""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A checkpoint that is to leave, and what a person wants to know of it."""

    note: str
    school: str
    when: datetime
    """In the school's own time."""

    @property
    def checkpoint(self) -> Checkpoint:
        return read(self.note)


class Place(Protocol):
    """Somewhere outside of this machine."""

    @property
    def name(self) -> str:
        """As it stands in records: no e-mail address does."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who each gets it, as that is remembered."""

    def send(self, leaving: Leaving, to: Sequence[str]) -> Mapping[str, str]:
        """To these of the recipients; returns who was refused, and why. Raises NotSent where
        nobody got it for one and the same reason."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on another disk or machine. It is never made: under a mount that is missing it would
    be made on this very disk."""

    path: Path

    @property
    def name(self) -> str:
        return f"the folder {self.path}"

    @property
    def recipients(self) -> tuple[str, ...]:
        return (self.name,)

    def send(self, leaving: Leaving, to: Sequence[str]) -> Mapping[str, str]:
        """Raises NotSent."""
        checkpoint = leaving.checkpoint
        origin = checkpoint.origin.replace("/", "-")
        try:
            if not self.path.is_dir():
                raise NotSent("it is not there; make it once, where the other disk is mounted")
            write_whole(self.path / f"{origin}-{checkpoint.size:012}.checkpoint", leaving.note)
            sync_folder(self.path)
        except OSError as e:
            raise NotSent(e.strerror or str(e)) from e
        return {}

    def anchored(self) -> list[Path]:
        """What was left there before: a log that was rolled back lags behind it."""
        try:
            return sorted(self.path.glob("*.checkpoint"))
        except OSError:
            return []


@dataclass(frozen=True, slots=True)
class Mail:
    """Some people's post boxes."""

    to: tuple[str, ...]
    by: MailServer

    @property
    def name(self) -> str:
        return "e-mail"

    @property
    def recipients(self) -> tuple[str, ...]:
        return self.to

    def send(self, leaving: Leaving, to: Sequence[str]) -> Mapping[str, str]:
        """Raises NotSent."""
        return self.by.send(letter_of(leaving), to)


def letter_of(leaving: Leaving) -> Letter:
    """What a person gets, to keep."""
    size, school = leaving.checkpoint.size, leaving.school
    when = f"{leaving.when:%A %d %B %Y, %H:%M}"
    text = _LETTER.format(school=school, size=size, when=when, note=leaving.note)
    return Letter(f"Bellgate checkpoint: {school}, {size} records", text, leaving.when)


class Anchoring:
    """Sends the newest checkpoint to each recipient once after each session, until it got there."""

    def __init__(self, log: Path, remembered: Path, failed: Callable[[str], None]) -> None:
        self._log, self._remembered, self._failed = log, remembered, failed
        self._again = Again()
        self._sent = _times(remembered)
        self.stuck: dict[str, str] = {}
        """Each place that some checkpoint could not leave by when it was last tried, and why."""

    def step(self, places: Sequence[Place], ended: datetime | None, now: datetime, school: str,
             local: Callable[[datetime], datetime]) -> None:  # fmt: skip
        """Send what is due; `ended` is when the newest session that is over ended."""
        if ended is not None and now >= ended + _SETTLED:
            self._send(places, ended, now, school, local)
        waiting = {p.name for p in places if any(map(self._again.is_waiting, p.recipients))}
        self.stuck = {name: why for name, why in self.stuck.items() if name in waiting}

    def _send(self, places: Sequence[Place], ended: datetime, now: datetime, school: str,
              local: Callable[[datetime], datetime]) -> None:  # fmt: skip
        for place in places:
            due = [who for who in place.recipients if self._is_due(who, ended, now)]
            if not due:
                continue
            try:
                note = (self._log / "checkpoint").read_text()
                refused = place.send(Leaving(note, school, local(now)), due)
                self._remember([who for who in due if who not in refused], now)
            except (NotSent, OSError, ValueError) as e:
                self._put_off(place, due, now, str(e))
                continue
            if refused:
                replies = ", ".join(sorted(set(refused.values())))
                why = f"{len(refused)} of {len(place.recipients)} recipients refused: {replies}"
                self._put_off(place, list(refused), now, why)

    def _is_due(self, who: str, ended: datetime, now: datetime) -> bool:
        sent = self._sent.get(who)
        if sent is not None and ended <= sent <= now:
            return False
        return self._again.may_be_tried(who, now)

    def _put_off(self, place: Place, whom: Sequence[str], now: datetime, why: str) -> None:
        self.stuck[place.name] = why
        wait = min(self._again.failed(who, now) for who in whom)
        minutes = int(wait.total_seconds() // 60)
        self._failed(
            f"The checkpoint could not leave by {place.name}: {why}. "
            f"It is tried again in {minutes} minute{'s' if minutes > 1 else ''}"
        )

    def _remember(self, whom: Sequence[str], when: datetime) -> None:
        self._sent |= dict.fromkeys(whom, when)
        for who in whom:
            self._again.reached(who)
        times = {name: at.isoformat() for name, at in self._sent.items()}
        write_whole(self._remembered, json.dumps(times, indent=1) + "\n")


def _times(path: Path) -> dict[str, datetime]:
    """When each recipient last got one; nothing where that is unreadable: then once more."""
    try:
        return {n: datetime.fromisoformat(at) for n, at in json.loads(path.read_text()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}

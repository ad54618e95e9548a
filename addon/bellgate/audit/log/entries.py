"""Reading a log back: records in their order, and which of them somebody asked for.

Reading only, and no judgement: whether the lines are those that were signed is `verifying.py`'s
question. Files stay open one at a time and nothing is kept, however long the log is.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson

from bellgate.audit.log.day_files import DayFiles, days_of, lines_from_end, parsed, whole_lines
from bellgate.audit.record.record import LAST_YEAR, timestamp

# A date is local and a clock may run behind by a zone's offset: days to spare.
_SPARE: Final = timedelta(days=2)
_TOLD_EVERY: Final = 20_000
"""Records between two reports of progress."""

Progress = Callable[[int, int], None]
"""Called now and then with the bytes read and the bytes in all."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. `record` is None where its time was up, or where it is unreadable."""

    file: str
    line: int
    record: dict[str, Any] | None
    text: bytes
    """The line itself, without its newline."""


def entries(
    log: Path,
    since: datetime | None = None,
    progress: Progress | None = None,
    mentioning: bytes = b"",
) -> Iterator[Entry]:
    """Every whole line, oldest first; days that cannot hold anything `since` then are passed over,
    and lines in which `mentioning` does not stand.

    A torn last line is one that is just being written: it is not an entry yet.
    """
    days = _days(log, since)
    total = sum(files.lines.stat().st_size for files in days if files.lines.exists())
    done = 0
    for files in days:
        name = files.lines.name
        for number, line in enumerate(whole_lines(files.lines), 1):
            done += len(line)
            if progress is not None and not number % _TOLD_EVERY:
                progress(done, total)
            if mentioning in line and line.endswith(b"\n"):
                record = parsed(line)
                expired = record is not None and record.keys() == {"leaf"}
                yield Entry(name, number, None if expired else record, line[:-1])


def newest_time(logs: Iterable[Path]) -> datetime | None:
    """The time of the newest record that can be read, of the first log that holds one."""
    for log in logs:
        for files in reversed(days_of(log)):
            for line in lines_from_end(files.lines):
                with suppress(ValueError):
                    when = datetime.fromisoformat(_text(parsed(line) or {}, "@timestamp"))
                    if when.tzinfo is not None and when.year <= LAST_YEAR:
                        return when
    return None


def _days(log: Path, since: datetime | None) -> list[DayFiles]:
    """The days that may hold something of `since` or later. Of an end nothing can be said by the
    name: after a clock ran ahead for a moment, records stay in that later day's file."""
    first = (since - _SPARE).date().isoformat() if since is not None else ""
    return [files for files in days_of(log) if files.day >= first]


@dataclass(frozen=True, slots=True)
class Query:
    """Which records are asked for: all that is given must hold; times are [since, until)."""

    since: datetime | None = None
    until: datetime | None = None
    actions: frozenset[str] = frozenset()
    dataset: str | None = None
    device: str | None = None
    claimed: str | None = None
    person: str | None = None
    role: str | None = None
    address: str | None = None
    service: str | None = None
    host: str | None = None
    session: str | None = None

    @property
    def mentioned(self) -> bytes:
        """What must stand in a line as it is, so that most lines need not be read as JSON: of all
        that is asked for, what is said least often."""
        only = tuple(self.actions) if len(self.actions) == 1 else ()
        exact = (
            self.person,
            self.device,
            self.claimed,
            self.address,
            *only,
            self.service,
            self.session,
        )
        said = next((text for text in (*exact, self.role, self.dataset) if text is not None), None)
        return orjson.dumps(said) if said is not None else b""

    def wants(self, record: dict[str, Any]) -> bool:
        """What was tampered with may hold anything anywhere: then it is not what is asked for."""
        when = _text(record, "@timestamp")
        if self.since is not None and when < timestamp(self.since):
            return False
        if self.until is not None and when >= timestamp(self.until):
            return False
        if self.actions and _text(record, "event", "action") not in self.actions:
            return False
        roles = _at(record, "user", "roles")
        if self.role is not None and not (isinstance(roles, list) and self.role in roles):
            return False
        if self.host is not None and not _is_under(_at(record, "url", "domain"), self.host):
            return False
        exact = (
            (self.dataset, ("event", "dataset")),
            (self.device, ("device", "id")),
            (self.claimed, ("bellgate", "claimed")),
            (self.person, ("user", "id")),
            (self.address, ("source", "ip")),
            (self.service, ("network", "application")),
            (self.session, ("bellgate", "session")),
        )
        return all(wanted is None or _at(record, *path) == wanted for wanted, path in exact)


def find(log: Path, query: Query, progress: Progress | None = None) -> Iterator[Entry]:
    """The entries that a query wants, oldest first."""
    for entry in entries(log, query.since, progress, query.mentioned):
        if entry.record is not None and query.wants(entry.record):
            yield entry


def _at(record: dict[str, Any], *path: str) -> Any:
    value: Any = record
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _text(record: dict[str, Any], *path: str) -> str:
    value = _at(record, *path)
    return value if isinstance(value, str) else ""


def _is_under(host: object, domain: str) -> bool:
    return isinstance(host, str) and (host == domain or host.endswith("." + domain))

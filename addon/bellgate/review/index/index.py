"""The index as others use it: one object, which follows the log and answers."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from bellgate.audit.log.entries import Progress
from bellgate.audit.log.paths import LogPaths
from bellgate.review.index.answers import (
    DevicePage,
    Found,
    GateEvent,
    IndexState,
    Line,
    LookedPage,
    NewDecision,
    OnRecord,
    PersonPage,
    Search,
    ServiceDay,
    VisitRow,
    Watched,
    Week,
)
from bellgate.review.pack.question import Held


class Index:
    """A copy of the log for looking things up. On any doubt about it, it is rebuilt.

    `now` is the machine's clock, for what `state` says of the index itself. Any thread may ask; one
    thread follows.
    """

    @classmethod
    def open(
        cls,
        place: Path | str,
        zone: ZoneInfo,
        now: Callable[[], datetime],
        *,
        readonly: bool = False,
    ) -> Self:
        """`place` is the file of a SQLite database, made where it is missing, or a database's
        address (`postgresql+psycopg://…`). One of another version is emptied, to be rebuilt.

        Raises OSError where it can be neither opened nor made.
        """
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def follow(self, paths: LogPaths, progress: Progress | None = None) -> int:
        """Take in what is new in the log and in those set aside; returns how many lines.

        `progress` is called now and then with the bytes read and the bytes in all. Raises OSError.
        """
        raise NotImplementedError

    def rebuild(self, paths: LogPaths, progress: Progress | None = None) -> int:
        """Forget everything and take in the whole log; returns how many lines. Raises OSError."""
        raise NotImplementedError

    def state(self) -> IndexState:
        raise NotImplementedError

    def visits(self, search: Search) -> Found:
        """One page, newest first. A page beyond the last is empty."""
        raise NotImplementedError

    def every_visit(self, search: Search) -> Iterator[VisitRow]:
        """All, newest first, whatever `search.page` says."""
        raise NotImplementedError

    def visit(self, day: date, number: int, log: str | None = None) -> VisitRow | None:
        """Without `log`: of the current log, else of the newest one that has such a visit."""
        raise NotImplementedError

    def lines(self, paths: LogPaths, row: VisitRow) -> list[Line]:
        """The lines that a visit is made of, in order of time, read from the log itself."""
        raise NotImplementedError

    def week(self, first: date) -> Week:
        raise NotImplementedError

    def service(self, id: str, first: date, last: date) -> list[ServiceDay]:
        """Each day on which there is anything, in order. `id` may be a site that is no service."""
        raise NotImplementedError

    def who(self, service: str, day: date) -> list[VisitRow]:
        """Whoever was at a service on a day, in order of time. Nobody is ranked."""
        raise NotImplementedError

    def device(self, name: str, first: date, last: date) -> DevicePage:
        raise NotImplementedError

    def person(self, id: str, first: date, last: date, held: Sequence[Held] = ()) -> PersonPage:
        """`held` is what the files say of the person's devices: of these, only what is of the time
        in which the person held them counts as left unattributed."""
        raise NotImplementedError

    def on_record(self, first: date, last: date) -> OnRecord:
        raise NotImplementedError

    def looked(self, first: date | None, last: date | None, page: int = 1) -> LookedPage:
        """What reviewers did, newest first."""
        raise NotImplementedError

    def gate_events(self, first: date, last: date, *, incidents: bool = False) -> list[GateEvent]:
        """What the gate did, in order of time: with `incidents`, only what a panel should know."""
        raise NotImplementedError

    def watched(self, since: datetime, until: datetime) -> Watched:
        raise NotImplementedError

    def feed(self, paths: LogPaths, since: int = -1, limit: int = 50) -> list[NewDecision]:
        """The newest decisions about connections, newest first: at most `limit`, and none with a
        number up to `since`. Read from the log itself, so never behind it."""
        raise NotImplementedError

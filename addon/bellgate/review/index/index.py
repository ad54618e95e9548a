"""The index as others use it: one object, which follows the log and answers."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final, Self
from zoneinfo import ZoneInfo

from bellgate.audit.log.day_files import expired_leaf, parsed
from bellgate.audit.log.entries import Progress
from bellgate.audit.log.paths import LogPaths
from bellgate.review.index import asking, counting, device, looking, person, standing, totals
from bellgate.review.index.answers import (
    Counts,
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
    Totals,
    VisitRow,
    Watched,
)
from bellgate.review.index.database import Database, IndexDamaged, put, said
from bellgate.review.index.feed import feed
from bellgate.review.index.files import Lines
from bellgate.review.index.following import Following
from bellgate.review.index.gathering import Days
from bellgate.review.index.rows import places_in
from bellgate.review.index.writing import is_of
from bellgate.review.pack.question import Held
from bellgate.review.visits.gaps import Step

_SAID_EVERY: Final = timedelta(minutes=1)
"""How often the index says that it looked, where there was nothing."""
_MANY: Final = 100_000
"""Lines at one look after which the tables lie in pieces all over the file."""


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """What is taken in makes no circles of objects; to look for some among a batch's hundred
    thousand costs an eighth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class Index:
    """A copy of the log for looking things up. On any doubt about it, it is rebuilt.

    `now` is the machine's clock, for what `state` says of the index itself. Any thread may ask; one
    thread follows. Every method raises OSError where the database or the log cannot be read.
    """

    def __init__(self, database: Database, zone: ZoneInfo, now: Callable[[], datetime]) -> None:
        self._database, self._zone, self._now = database, zone, now
        self._words = database.words

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
        return cls(Database.open(place, zone, readonly=readonly), zone, now)

    def close(self) -> None:
        self._database.close()

    def follow(self, paths: LogPaths, progress: Progress | None = None) -> int:
        """Take in what is new in the log and in those set aside; returns how many lines.

        `progress` is called now and then with the bytes read and the bytes in all. An index that is
        damaged is taken away, and the whole log taken in anew.
        """
        try:
            return self._follow(paths, progress)
        except IndexDamaged:
            self._database.replace()
            self._words = self._database.words
            return self._follow(paths, progress)

    def _follow(self, paths: LogPaths, progress: Progress | None) -> int:
        database, now = self._database, self._now()
        database.home(paths.log.parent)
        following = Following(
            database.look,
            database.transaction,
            now=now,
            days=Days(self._zone),
            progress=progress or (lambda _done, _all: None),
        )
        with _nothing_collected():
            lines = following.follow(paths)
        with database.look() as connection:
            before, rebuilt = (said(connection, n) for n in (standing.FOLLOWED, standing.REBUILT))
        stale = before is None or now - datetime.fromisoformat(before) >= _SAID_EVERY
        if lines or stale or rebuilt is None:
            with database.transaction() as (connection, _):
                put(connection, standing.FOLLOWED, now.isoformat())
                if rebuilt is None:
                    put(connection, standing.REBUILT, now.isoformat())
        if lines >= _MANY:
            database.put_in_order()
        return lines

    def rebuild(self, paths: LogPaths, progress: Progress | None = None) -> int:
        """Forget everything and take in the whole log; returns how many lines."""
        self._database.empty()
        self._words = self._database.words
        return self.follow(paths, progress)

    def state(self) -> IndexState:
        with self._database.look() as connection:
            return standing.state(connection)

    def visits(self, search: Search) -> Found:
        """One page, newest first. A page beyond the last is empty."""
        with self._database.look() as connection:
            return asking.found(connection, search, self._words)

    def count(self, search: Search) -> Counts:
        """How many there are, whatever `search.page` says."""
        with self._database.look() as connection:
            return counting.count(connection, search)

    def every_visit(self, search: Search) -> Iterator[VisitRow]:
        """All, newest first, whatever `search.page` says, as they stand when the first is asked
        for."""
        with self._database.look() as connection:
            yield from asking.every(connection, search, self._words)

    def visit(self, day: date, number: int, log: str | None = None) -> VisitRow | None:
        """Without `log`: of the current log, else of the newest one that has such a visit."""
        with self._database.look() as connection:
            return asking.one(connection, day, number, log, self._words)

    def lines(self, paths: LogPaths, row: VisitRow) -> list[Line]:
        """The lines that a visit is made of, in order of time, read from the log itself. One that
        has been emptied since, or is not where it was, has no record."""
        found = []
        with self._database.look() as connection:
            places = places_in(asking.places_of(connection, row))
            lines = Lines(connection, paths.log.parent)
            texts = lines.read(place for _, place in places)
            for number, place in places:
                text, file = texts.get(place, b""), lines.file_of(place)
                record = parsed(text) if text and expired_leaf(text) is None else None
                if record is not None and row.sound and not is_of(record, number):
                    text, record = b"", None
                found.append(Line(number, file.name if file is not None else "", text, record))
        return found

    def totals(self, first: date, last: date) -> Totals:
        with self._database.look() as connection:
            return totals.totals(connection, first, last, self._words)

    def service(self, id: str, first: date, last: date) -> list[ServiceDay]:
        """Each day on which there is anything, in order. `id` may be a site that is no service."""
        with self._database.look() as connection:
            return totals.service(connection, id, first, last)

    def who(self, service: str, day: date, most: int | None = None) -> list[VisitRow]:
        """Whoever was at a service on a day, in order of time; with `most`, only the last so many.
        Nobody is ranked."""
        found = self.every_visit(Search(service=service, first=day, last=day))
        return [*islice(found, most)][::-1]

    def device(self, name: str, first: date, last: date) -> DevicePage:
        with self._database.look() as connection:
            return device.device(connection, name, first, last, self._words)

    def person(self, id: str, first: date, last: date, held: Sequence[Held] = ()) -> PersonPage:
        """`held` is what the files say of the person's devices: of these, only what is of the days
        on which the person held them counts as left unattributed."""
        spans = person.spans_of(id, held, (self._days(each) for each in held))
        with self._database.look() as connection:
            return person.person(
                connection, id, first, last, held=held, spans=spans, words=self._words
            )

    def on_record(self, first: date, last: date) -> OnRecord:
        with self._database.look() as connection:
            return looking.on_record(connection, first, last, self._words)

    def looked(
        self,
        first: date | None,
        last: date | None,
        page: int = 1,
        *,
        user: str | None = None,
        target: str | None = None,
        action: str | None = None,
    ) -> LookedPage:
        """What reviewers did, newest first: all of them or `user`, about anybody or `target`,
        anything or one kind of it."""
        with self._database.look() as connection:
            return looking.looked(
                connection, first, last, page, user=user, target=target, action=action
            )

    def gate_events(self, first: date, last: date, *, incidents: bool = False) -> list[GateEvent]:
        """What the gate did, in order of time: with `incidents`, only what a panel should know."""
        with self._database.look() as connection:
            return looking.gate_events(connection, first, last, incidents)

    def watched(self, since: datetime, until: datetime) -> Watched:
        """When the gate was silent in [since, until), and its clock was put right."""
        with self._database.look() as connection:
            return looking.watched(connection, since, until)

    def deleted(self, first: date, last: date) -> dict[str, date]:
        """Whose records of these days (a group's, the gate's) were deleted when due, and the newest
        such day of each."""
        with self._database.look() as connection:
            return looking.deleted(connection, first, last)

    def clock_steps(self) -> list[Step]:
        """Every time that the gate's clock was put right, in order: there are few."""
        with self._database.look() as connection:
            return looking.clock_steps(connection)

    def feed(self, paths: LogPaths, since: int = -1, limit: int = 50) -> list[NewDecision]:
        """The newest decisions about connections, newest first: at most `limit`, and none with a
        number up to `since`. Read from the log itself, so never behind it."""
        return feed(paths.log, since, limit)

    def _days(self, held: Held) -> tuple[int, int]:
        """The days on which a device was held, as ordinals. One that ends at midnight ends the day
        before."""
        start = held.start.astimezone(self._zone).date().toordinal()
        if held.end is None:
            return start, date.max.toordinal()
        before = held.end - timedelta(microseconds=1)
        return start, before.astimezone(self._zone).date().toordinal()

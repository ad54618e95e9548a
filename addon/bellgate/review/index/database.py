"""The index's database: opened, emptied where it is of another version, and written by one.

Whoever writes takes the database's lock first, so two who follow the same log are one after the
other; each sees by `revision` whether the other wrote meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, MetaData, delete, insert, select
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from bellgate.review.index.dialect import WRITING, engine_for, put_in_order, remove_file
from bellgate.review.index.tables import METADATA, VERSION, meta
from bellgate.review.index.words import Words
from bellgate.review.index.writing import Writing

_VERSION: Final = "version"
_REVISION: Final = "revision"
_NEXT_WORD: Final = "next-word"


class IndexUnreadable(OSError):
    """The index cannot be used; the text says why. The log is as it was: rebuild the index."""


class IndexDamaged(IndexUnreadable):
    """What is in the index makes no sense: only a new one helps."""


class Database:
    """Looks and transactions. Any thread may look; transactions are one thread's."""

    def __init__(self, engine: Engine, zone: ZoneInfo) -> None:
        self._engine, self._zone = engine, zone
        self._writing: Writing | None = None
        self._revision = ""
        self._home = Path()
        self.words = Words()
        """What whoever asks knows of the words."""

    @classmethod
    def open(cls, place: Path | str, zone: ZoneInfo, *, readonly: bool) -> Self:
        """Raises OSError."""
        database = cls(engine_for(place, readonly=readonly), zone)
        try:
            sound = database._is_ours()
        except OperationalError as e:
            raise IndexUnreadable(str(e.orig)) from e
        except DatabaseError:
            # It is no database, or a broken one: nothing is lost with it.
            sound = False
            if readonly or not remove_file(database._engine):
                raise IndexUnreadable(f"{place} is no index that can be read") from None
        if not sound:
            if readonly:
                raise IndexUnreadable(f"{place} is the index of another version: rebuild it")
            database.empty()
        return database

    def put_in_order(self) -> None:
        """After much was taken in; the index says the same as before."""
        put_in_order(self._engine)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """The index at one moment, whatever is written meanwhile. Raises IndexUnreadable."""
        try:
            with self._engine.connect() as connection, connection.begin():
                yield connection
        except SQLAlchemyError as e:
            raise _unreadable(e) from e

    @contextmanager
    def transaction(self) -> Iterator[tuple[Connection, Writing]]:
        """All that is written in it, or nothing. Raises IndexUnreadable."""
        try:
            with (
                self._engine.connect().execution_options(**WRITING) as connection,
                connection.begin(),
            ):
                writing = self._writer(connection)
                yield connection, writing
                self._revision = str(int(self._revision) + 1)
                put(connection, _REVISION, self._revision)
                put(connection, _NEXT_WORD, str(writing.words.next))
        except BaseException as e:
            # What it remembers may be of what never was.
            self._writing = None
            if isinstance(e, SQLAlchemyError):
                raise _unreadable(e) from e
            raise

    def home(self, folder: Path) -> None:
        """Where the logs' folders are."""
        if folder != self._home:
            self._home, self._writing = folder, None

    def replace(self) -> None:
        """In place of a damaged one, an empty one. Raises IndexUnreadable."""
        remove_file(self._engine)
        self.empty()

    def empty(self) -> None:
        """Nothing is in it, and it is of this version. Raises IndexUnreadable."""
        self._writing = None
        self.words = Words()
        try:
            with (
                self._engine.connect().execution_options(**WRITING) as connection,
                connection.begin(),
            ):
                next_word = said(connection, _NEXT_WORD) if _has_meta(connection) else None
                there = MetaData()
                there.reflect(connection)
                there.drop_all(connection)
                METADATA.create_all(connection)
                put(connection, _VERSION, str(VERSION))
                put(connection, _REVISION, "0")
                put(connection, _NEXT_WORD, next_word or "1")
        except SQLAlchemyError as e:
            raise _unreadable(e) from e

    def _writer(self, connection: Connection) -> Writing:
        revision = said(connection, _REVISION) or "0"
        if self._writing is None or revision != self._revision:
            next_word = int(said(connection, _NEXT_WORD) or 1)
            self._writing = Writing(connection, self._zone, self._home, next_word)
            self._revision = revision
        return self._writing

    def _is_ours(self) -> bool:
        with self._engine.connect() as connection, connection.begin():
            return _has_meta(connection) and said(connection, _VERSION) == str(VERSION)


def _unreadable(error: SQLAlchemyError) -> IndexUnreadable:
    """Damaged, where it is the content that is wrong, and not a lock or the disk."""
    damaged = isinstance(error, DatabaseError) and not isinstance(error, OperationalError)
    return (IndexDamaged if damaged else IndexUnreadable)(str(error))


def said(connection: Connection, name: str) -> str | None:
    """What stands under a name in `meta`."""
    return connection.scalar(select(meta.c.value).where(meta.c.name == name))


def put(connection: Connection, name: str, value: str) -> None:
    connection.execute(delete(meta).where(meta.c.name == name))
    connection.execute(insert(meta).values(name=name, value=value))


def _has_meta(connection: Connection) -> bool:
    return connection.dialect.has_table(connection, meta.name)

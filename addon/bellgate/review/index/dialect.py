"""What differs between databases: how one is opened, and how counts are added up.

All else is SQLAlchemy Core. The index may be lost at any moment, so SQLite syncs little; a
transaction is whole or not there all the same.
"""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from bellgate.disk import make_folder, open_or_make

WRITING: Final = {"bellgate_writes": True}
"""Execution options of the connection that writes: it takes the database's lock at once."""

_CACHE_KIB: Final = 65_536
"""SQLite's cache of each connection, in KiB."""
_PAGE_BYTES: Final = 8_192
"""Bytes of a page: what is asked for lies in few of them, and each is a way to the disk."""
_MAPPED_BYTES: Final = 1 << 30
"""At most so much of the file is read through the machine's own cache, without copying."""
_WAIT_MS: Final = 10_000
"""Milliseconds that a writer waits for another."""


def engine_for(place: Path | str, *, readonly: bool) -> Engine:
    """`place` is a SQLite file, made with its folder where it is missing, or an address.

    Raises OSError.
    """
    if isinstance(place, str) and "://" in place and not place.startswith("sqlite:"):
        return create_engine(place)
    path = Path(str(place).removeprefix("sqlite:///"))
    if not readonly:
        _made(path)
    engine = create_engine(f"sqlite:///{path}")
    _as_we_need_it(engine, readonly)
    return engine


def added_up(
    connection: Connection, table: Table, keys: Sequence[str], sums: Sequence[str]
) -> Insert:
    """An INSERT that adds its sums to the row that has its keys, where there is one."""
    insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    added = {name: table.c[name] + statement.excluded[name] for name in sums}
    whole: Insert = statement.on_conflict_do_update(index_elements=list(keys), set_=added)
    return whole


def put_in_order(engine: Engine) -> None:
    """Each table in one piece, as far as there is room: what a page first asks for after a start
    then lies in few places of the disk. Whatever happens meanwhile, nothing is lost."""
    if engine.dialect.name != "sqlite":
        return
    with closing(engine.raw_connection()) as connection, suppress(sqlite3.OperationalError):
        # The copy is as long as the index itself: it belongs on the disk.
        for words in ("PRAGMA temp_store = FILE", "VACUUM", "PRAGMA temp_store = MEMORY"):
            connection.cursor().execute(words)


def remove_file(engine: Engine) -> bool:
    """Take a SQLite file away that is none; False where the database is another's."""
    file = engine.url.database
    if engine.dialect.name != "sqlite" or not file:
        return False
    engine.dispose()
    for end in ("", "-wal", "-shm"):
        Path(file + end).unlink(missing_ok=True)
    _made(Path(file))
    return True


def _made(path: Path) -> None:
    """As the log's own: its owner writes, its group reads, nobody else. The files that SQLite puts
    beside it get the same mode."""
    make_folder(path.parent)
    os.close(open_or_make(path, 0o640))


def _as_we_need_it(engine: Engine, readonly: bool) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: object) -> None:
        # Transactions are ours to begin; the driver would begin them late.
        connection.isolation_level = None
        asked = [
            f"PRAGMA busy_timeout = {_WAIT_MS}",
            f"PRAGMA cache_size = -{_CACHE_KIB}",
            f"PRAGMA mmap_size = {_MAPPED_BYTES}",
            "PRAGMA temp_store = MEMORY",
        ]
        if readonly:
            asked.append("PRAGMA query_only = ON")
        else:
            # What was deleted from the log is not left in a corner of the file either.
            asked += [
                f"PRAGMA page_size = {_PAGE_BYTES}",
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = NORMAL",
                "PRAGMA secure_delete = ON",
            ]
        for pragma in asked:
            connection.execute(pragma).close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("bellgate_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

"""The index's tables. Names of every kind stand once, in `words`; all else is numbers.

`0` stands for nothing where a number stands for a word. Moments are microseconds since 1970, days
are ordinals (`date.toordinal`). What is from one day's file of the log carries that file's number:
when the file has changed, what is from it goes and is taken in anew.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)

VERSION: Final = 1
"""Of these tables. An index of another version is emptied and rebuilt."""

METADATA: Final = MetaData()
# SQLite gives its own, faster key only to an INTEGER.
_KEY = BigInteger().with_variant(Integer, "sqlite")


def _number(name: str, *, key: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=False, primary_key=key, autoincrement=False)


def _big(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _id() -> Column[int]:
    return Column("id", _KEY, primary_key=True, autoincrement=False)


meta = Table(
    "meta",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

words = Table(
    "words",
    METADATA,
    _id(),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("words_by_text", "kind", "text", unique=True),
)

logs = Table(
    "logs",
    METADATA,
    _id(),
    Column("origin", Text, nullable=False),
    Column("folder", Text, nullable=False),
    _big("size"),
    Column("peaks", Text, nullable=False),
    _big("signed"),
    _big("newest"),
    Column("problem", Text),
    Column("stamp", Text, nullable=False),
)

files = Table(
    "files",
    METADATA,
    _id(),
    _number("log"),
    Column("day", Text, nullable=False),
    _big("first"),
    _big("next"),
    _number("lines"),
    _big("bytes"),
    _number("unsound"),
    _number("emptied"),
    _number("closed"),
    Column("stamp", Text, nullable=False),
    Index("files_by_day", "log", "day", unique=True),
)

visits = Table(
    "visits",
    METADATA,
    _id(),
    _number("log"),
    _big("number"),
    Column("sound", SmallInteger, nullable=False),
    _number("day"),
    _big("first"),
    _big("last"),
    # Of its records, by their own times: the first one's, when that one began, the last one's.
    _big("start"),
    _big("begun"),
    _big("end"),
    # The least and the greatest number of its records.
    _big("low"),
    _big("high"),
    _number("who"),
    _number("person"),
    _number("what"),
    _number("category"),
    _number("session"),
    _number("roles"),
    Column("grade", SmallInteger, nullable=False),
    Column("mask", SmallInteger, nullable=False),
    _number("page"),
    _number("embedded"),
    _number("background"),
    _number("connection"),
    _number("carried"),
    Index("visits_by_day", "day", "first"),
)

_ASKED = ("what", "session", "roles", "category", "grade", "mask", "sound", "log", "number")
# Whatever may be asked of one device's or person's visits stands in these, so that counting reads
# nothing else.
Index("visits_by_who", *(visits.c[n] for n in ("who", "day", "first", *_ASKED, "person")))
Index("visits_by_person", *(visits.c[n] for n in ("person", "day", "first", *_ASKED, "who")))

details = Table(
    "details",
    METADATA,
    _id(),
    _number("rule"),
    _number("grounds"),
    _number("claimed"),
    _number("doubt"),
    _number("hosts"),
    _number("records"),
    Column("actions", Text, nullable=False),
    Column("places", LargeBinary, nullable=False),
)

KIND_KEYS: Final = (
    "day", "log", "session", "what", "category", "roles", "grade", "mask", "sound",
)  # fmt: skip
KIND_SUMS: Final = ("visits", "page", "embedded", "background", "connection", "carried")
kinds = Table(
    "kinds",
    METADATA,
    *(_number(name, key=True) for name in KIND_KEYS),
    *(_number(name) for name in KIND_SUMS),
    sqlite_with_rowid=False,
)

DEVICE_KEYS: Final = (
    "who", "day", "file", "person", "address", "claimed", "ground", "doubt", "action", "seen",
)  # fmt: skip
DEVICE_SUMS: Final = ("records", "attempts", "carried")
devices = Table(
    "devices",
    METADATA,
    *(_number(name, key=True) for name in DEVICE_KEYS),
    *(_number(name) for name in DEVICE_SUMS),
    sqlite_with_rowid=False,
)

events = Table(
    "events",
    METADATA,
    _id(),
    _number("file"),
    _number("log"),
    _big("number"),
    Column("sound", SmallInteger, nullable=False),
    _big("at"),
    _number("day"),
    Column("action", Text, nullable=False),
    Column("incident", SmallInteger, nullable=False),
    Column("message", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Index("events_by_day", "day", "at"),
    Index("events_by_action", "action", "at"),
)

looks = Table(
    "looks",
    METADATA,
    _id(),
    _number("file"),
    _number("log"),
    _big("number"),
    Column("sound", SmallInteger, nullable=False),
    _big("at"),
    _number("day"),
    Column("user", Text),
    Column("action", Text, nullable=False),
    Column("target", Text),
    Column("reason", Text),
    Column("message", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Index("looks_by_time", "at"),
    Index("looks_by_target", "target", "action"),
)

# Signs of life that follow each other without silence, by one clock: from the first to the last.
stretches = Table(
    "stretches",
    METADATA,
    _id(),
    _number("file"),
    _number("log"),
    _big("start"),
    _big("end"),
    _big("low"),
    _big("high"),
    Column("stops", SmallInteger, nullable=False),
    Index("stretches_by_end", "end"),
    Index("stretches_by_number", "log", "low"),
)

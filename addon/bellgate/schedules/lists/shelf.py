"""The last good copy of each list, in a folder of the state: a small card that says what it is, and
the names themselves. Long lists are a trie that the kernel maps; short ones a set.

A card is replaced as a whole and only when its names are safely on the disk: if we crash between
the two, the old card still names the old names. No list is read or judged here.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from bellgate.disk import locked, make_folder, write_whole
from bellgate.policy.what import NameSet
from bellgate.schedules.lists import marks
from bellgate.schedules.lists.verdict import Judged

LONG = 20_000
"""Names from which on a list is mapped: as a set, 100,000 would be 12 MB of the gate's memory."""


@dataclass(frozen=True)
class ShortList:
    """Names in a set."""

    sha256: str
    exact: bool = field(compare=False)
    opened: frozenset[str] = field(compare=False, repr=False)
    marked: bool = field(compare=False)
    """Whether names or exceptions say more than that a name and all under it is closed."""
    names: frozenset[str] = field(compare=False, repr=False)

    def find(self, name: str) -> str | None:
        if self.exact:
            return name if name in self.names else None
        if self.marked:
            return marks.find(name, self.names.__contains__, self.opened.__contains__)
        while name not in self.names:
            _, dot, name = name.partition(".")
            if not dot:
                return None
        return name

    def each(self) -> Iterator[tuple[str, bool]]:
        for name in sorted(self.names):
            yield marks.bare(name), self.exact or marks.is_exact(name)

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class LongList:
    """Names in a trie, their labels reversed: `org.example.` comes before all that is under it."""

    sha256: str
    exact: bool = field(compare=False)
    opened: frozenset[str] = field(compare=False, repr=False)
    marked: bool = field(compare=False)
    count: int = field(compare=False)
    path: Path = field(compare=False)

    @cached_property
    def _trie(self) -> Any:
        import marisa_trie

        # Mapped, not read: the kernel brings the pages that are asked for, and may drop them.
        return marisa_trie.Trie().mmap(str(self.path))

    def ready(self) -> "LongList":
        """With the file mapped: from here on it may be replaced."""
        self._trie  # noqa: B018
        return self

    def find(self, name: str) -> str | None:
        if self.exact:
            return name if reversed_labels(name) in self._trie else None
        if self.marked:
            return marks.find(name, self._has, self.opened.__contains__)
        held = self._trie.prefixes(reversed_labels(name))
        if not held:
            return None
        longest = len(held[-1]) - 1
        return name[len(name) - longest :]

    def _has(self, name: str) -> bool:
        return reversed_labels(name) in self._trie

    def each(self) -> Iterator[tuple[str, bool]]:
        for kept in self._trie.iterkeys():
            name = as_written(kept)
            yield marks.bare(name), self.exact or marks.is_exact(name)

    def __len__(self) -> int:
        return self.count


def reversed_labels(name: str) -> str:
    """`org.example.`; marks stay in front, so that no plain look-up meets them."""
    plain = marks.bare(name)
    return name[: len(name) - len(plain)] + ".".join(reversed(plain.split("."))) + "."


def as_written(kept: str) -> str:
    """What `reversed_labels` made this of."""
    plain = marks.bare(kept)
    return kept[: len(kept) - len(plain)] + ".".join(reversed(plain[:-1].split(".")))


def key_of(origin: str, format: str) -> str:
    """A list is known by what services.yaml says of it: said otherwise, it starts afresh."""
    return hashlib.sha256(f"{format}\0{origin}".encode()).hexdigest()[:16]


def card_name(key: str) -> str:
    return f"list-{key}.json"


def card_of(origin: str, format: str, judged: Judged) -> bytes:
    """What tells one state of a list from another. No time is in it: the same names, the same."""
    digest = hashlib.sha256(b"exact" if judged.exact else b"wide")
    for names in (judged.names, judged.opened):
        digest.update(b"\0")
        for name in sorted(names):
            digest.update(name.encode() + b"\n")
    known = {
        "from": origin,
        "format": format,
        "names": len(judged.names),
        "exact": judged.exact,
        "opened": sorted(judged.opened),
        "marked": _is_marked(judged),
        "sha256": digest.hexdigest(),
    }
    return json.dumps(known, indent=1).encode() + b"\n"


def _is_marked(judged: Judged) -> bool:
    return bool(judged.opened) or marks.marked(judged.names)


def card(shelf: Path, key: str) -> bytes | None:
    """The card of a list's last good copy, if there is one."""
    try:
        return (shelf / card_name(key)).read_bytes()
    except OSError:
        return None


def kept_since(shelf: Path, key: str) -> datetime | None:
    """When a list's last good copy came; None where there is none."""
    try:
        written = (shelf / card_name(key)).stat().st_mtime
    except OSError:
        return None
    return datetime.fromtimestamp(written, UTC)


def count_on(card: bytes | None) -> int | None:
    try:
        return int(json.loads(card)["names"]) if card is not None else None
    except (ValueError, KeyError, TypeError):
        return None


def in_memory(card: bytes, judged: Judged) -> NameSet:
    """The names as they were judged, without the shelf."""
    return ShortList(
        json.loads(card)["sha256"], judged.exact, judged.opened, _is_marked(judged), judged.names
    )


# A list that is still in force is not opened twice; one that no policy holds is let go.
_opened: WeakValueDictionary[tuple[str, bytes], ShortList | LongList] = WeakValueDictionary()


def names_on(shelf: Path, card: bytes) -> NameSet | None:
    """The names that a card stands for. Never raises: a damaged copy is none."""
    found = _opened.get((str(shelf), card))
    if found is None:
        try:
            found = _read(shelf, card)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError):
            return None
        _opened[str(shelf), card] = found
    return found


def _read(shelf: Path, card: bytes) -> ShortList | LongList:
    known = json.loads(card)
    sha, exact, opened = known["sha256"], bool(known["exact"]), frozenset(known["opened"])
    marked = bool(known["marked"])
    path = _names_path(shelf, known)
    if known["names"] > LONG:
        # A file cut short must not be mapped: reading past its end would end the gate.
        size = int(path.with_suffix(".size").read_text())
        if path.stat().st_size != size:
            raise ValueError("the trie is not whole")
        return LongList(sha, exact, opened, marked, int(known["names"]), path).ready()
    names = frozenset(path.read_text().split("\n")[:-1])
    if len(names) != known["names"]:
        raise ValueError("the names are not whole")
    return ShortList(sha, exact, opened, marked, names)


def put(shelf: Path, origin: str, format: str, judged: Judged) -> bytes:
    """Keep a good state of a list as its last good copy; the card."""
    make_folder(shelf)
    key, new = key_of(origin, format), card_of(origin, format, judged)
    known = json.loads(new)
    path = _names_path(shelf, known)
    if not path.exists() or card(shelf, key) != new:
        if len(judged.names) > LONG:
            _save_trie(path, judged.names)
        else:
            _write(path, "".join(f"{name}\n" for name in sorted(judged.names)).encode())
        _write(shelf / card_name(key), new)
    for old in shelf.glob(f"names-{key}-*"):
        if old.stem != path.stem:
            old.unlink(missing_ok=True)  # who has it mapped keeps it
    return new


def _names_path(shelf: Path, known: dict[str, Any]) -> Path:
    ending = "trie" if known["names"] > LONG else "txt"
    key = key_of(known["from"], known["format"])
    return shelf / f"names-{key}-{known['sha256'][:16]}.{ending}"


def _save_trie(path: Path, names: Iterable[str]) -> None:
    import marisa_trie

    draft = path.with_name(f".{path.name}.{os.getpid()}")
    marisa_trie.Trie(map(reversed_labels, names)).save(str(draft))
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    _write(path.with_suffix(".size"), str(draft.stat().st_size).encode())
    draft.replace(path)


def _write(path: Path, content: bytes) -> None:
    with locked(path.parent):  # the gate and a command may bring a list up to date at once
        write_whole(path, content)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was last looked at and said of a list: kept beside the card, of no weight in it."""

    stamp: str
    problems: tuple[tuple[int, str, str, str | None], ...] = ()


def seen(shelf: Path, key: str) -> Seen | None:
    try:
        known = json.loads((shelf / f"seen-{key}.json").read_bytes())
        told = tuple((int(n), str(lv), str(m), h) for n, lv, m, h in known["problems"])
        return Seen(str(known["stamp"]), told)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(shelf: Path, key: str, what: Seen) -> None:
    make_folder(shelf)
    content = {"stamp": what.stamp, "problems": what.problems}
    _write(shelf / f"seen-{key}.json", json.dumps(content).encode())

"""A subscription -> its last good copy brought up to date, and all lists of a folder at once.

The gate alone writes the shelf (`bring_up_to_date`); commands only look (`look_at`). The gate reads
long lists and addresses in a process of their own (`running/list_run.py`).
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bellgate.policy.what import NameSet
from bellgate.schedules.fill import Filled, fill
from bellgate.schedules.forms.services_yaml import ListForm, ServicesForm
from bellgate.schedules.lists import shelf as shelves
from bellgate.schedules.origin import is_address, shown_as
from bellgate.schedules.problem import Level, Problem
from bellgate.schedules.yaml_tree import read

if TYPE_CHECKING:
    from bellgate.schedules.lists.verdict import Judged

LARGEST = 150_000_000
"""Bytes of a list at most."""
SECONDS = 180.0
"""How long an address may take; ten times as long for the whole of a list."""
INLINE = 1_000_000
"""Bytes up to which a file is read on the spot: some 50,000 names, a fifth of a second."""

_AS_A_WHOLE = 0
"""In place of a line: what is wrong is no line of the list."""

Outcome = Literal["new", "same", "refused"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One entry of `lists`, with what decides whether its names may be taken."""

    origin: str
    format: Literal["domains", "hosts", "adblock", "dnsmasq"]
    category: str
    line: int
    needed: frozenset[str]
    id: str | None = None
    """The word for it in rules, where it has one of its own."""

    @property
    def key(self) -> str:
        return shelves.key_of(self.origin, self.format)

    @property
    def place(self) -> str:
        """Where it is: what follows a # only says that it starts afresh."""
        return self.origin.partition("#")[0]

    @property
    def fetched(self) -> bool:
        return is_address(self.origin)

    @property
    def shown(self) -> str:
        return shown_as(self.place)


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A list that is not in force as it is now."""

    shown: str
    copied: datetime | None
    """When the copy that is used in its place came; None where there is none."""

    def said(self, zone: tzinfo) -> str:
        """What is in force of it, the same words wherever it is told."""
        if self.copied is None:
            return f"{self.shown} is NOT in force, and has no earlier copy: none of it is closed"
        there = self.copied.astimezone(zone)
        when = f"{there:%a} {there.day} {there:%b %Y %H:%M}"
        return f"{self.shown} is NOT in force as it is now: the copy from {when} is used"


@dataclass(frozen=True, slots=True)
class Lists:
    """All lists of a folder, as far as each is in force."""

    cards: Mapping[str, bytes] = field(default_factory=dict)
    """Each list's card, by the name that it has among the folder's files."""
    names: Mapping[str, NameSet] = field(default_factory=dict)
    """By the list's key."""
    problems: tuple[Problem, ...] = ()
    """Of the lists alone: none of them takes the rest of the folder out of force."""
    held_back: tuple[HeldBack, ...] = ()


@lru_cache(maxsize=4)
def subscriptions(services: bytes) -> tuple[Subscription, ...]:
    """What a services.yaml subscribes to, so far as it can be read; the same bytes once."""
    if b"lists" not in services:
        return ()
    document = read("services.yaml", services)
    filled, _ = fill(document, ServicesForm)
    return subscribed(filled) if filled is not None else ()


def subscribed(services: Filled[ServicesForm]) -> tuple[Subscription, ...]:
    needed = frozenset(services.form.needed)
    return tuple(
        Subscription(
            form.source,
            form.format,
            form.category,
            services.document.line(("lists", i)),
            needed,
            form.id,
        )
        for i, form in enumerate(services.form.lists)
        if wrong_place(form) is None
    )


def wrong_place(form: ListForm) -> str | None:
    """What is wrong with where a list is said to be."""
    place = form.source.partition("#")[0]
    if is_address(place):
        scheme = place.partition(":")[0].lower()
        return None if scheme in ("https", "http") else "cannot be fetched: write an https address"
    parts = place.replace("\\", "/").split("/")
    if place.startswith(("/", "\\", "~")) or ".." in parts or not parts[-1] or "\0" in place:
        return "leads out of this folder: put the file inside it"
    return None


def on_shelf(shelf: Path | None, services: bytes | None) -> Lists:
    """The lists by their last good copies, and what was last said of each. Reads no list."""
    cards: dict[str, bytes] = {}
    names: dict[str, NameSet] = {}
    problems: list[Problem] = []
    held: list[HeldBack] = []
    for one in subscriptions(services) if services else ():
        card = shelves.card(shelf, one.key) if shelf else None
        found = shelves.names_on(shelf, card) if shelf and card else None
        if card is not None and found is not None:
            cards[shelves.card_name(one.key)], names[one.key] = card, found
        said = _said(one, shelf, found)
        problems += said
        held += _held_back(one, shelf, said)
    return Lists(cards, names, tuple(problems), tuple(held))


def look_at(folder: Path, shelf: Path | None, services: bytes | None) -> Lists:
    """The same with every file judged as it is now, and nothing written: for commands."""
    known = on_shelf(shelf, services)
    cards, names = dict(known.cards), dict(known.names)
    problems: list[Problem] = []
    held: list[HeldBack] = []
    for one in subscriptions(services) if services else ():
        said = shelves.seen(shelf, one.key) if shelf else None
        if one.fetched or (said is not None and said.stamp == _stamp(one, folder)):
            found = _said(one, shelf, names.get(one.key))
            problems += found
            held += _held_back(one, shelf, found)
            continue
        card = cards.get(shelves.card_name(one.key))
        judged = _judged_file(one, folder, shelves.count_on(card))
        found = [_placed(one, judged)] if isinstance(judged, Problem) else list(judged.problems)
        problems += found
        held += _held_back(one, shelf, found)
        if not isinstance(judged, Problem) and judged.good:
            new = shelves.card_of(one.origin, one.format, judged)
            cards[shelves.card_name(one.key)] = new
            names[one.key] = shelves.in_memory(new, judged)
    return Lists(cards, names, tuple(dict.fromkeys(problems)), tuple(held))


def _held_back(
    one: Subscription, shelf: Path | None, problems: Iterable[Problem]
) -> Iterator[HeldBack]:
    """The list, where something keeps it as it is now from coming into force."""
    if any(p.level == "error" for p in problems):
        yield HeldBack(one.shown, shelves.kept_since(shelf, one.key) if shelf else None)


def _said(one: Subscription, shelf: Path | None, names: NameSet | None) -> list[Problem]:
    """What was said of a list when it was last judged."""
    said = shelves.seen(shelf, one.key) if shelf else None
    if said is None and names is None:
        what = "has not been fetched yet" if one.fetched else "has not been read yet"
        message = f"lists: {one.shown} {what}: none of it is in force"
        return [Problem("services.yaml", one.line, "warning", message)]
    return _told(one, said) if said is not None else []


def _told(one: Subscription, said: shelves.Seen) -> list[Problem]:
    levels: dict[str, Level] = {"error": "error", "warning": "warning"}
    return [
        _placed(one, Problem(one.shown, line, levels.get(level, "error"), message, hint))
        for line, level, message, hint in said.problems
    ]


def _placed(one: Subscription, problem: Problem) -> Problem:
    """What is wrong with a list as a whole is told where the school subscribes to it."""
    if problem.line != _AS_A_WHOLE:
        return problem
    message = f"lists: {one.shown}: {problem.message}"
    return replace(problem, file="services.yaml", line=one.line, message=message)


def _stamp(one: Subscription, folder: Path) -> str:
    """What a file looked like when it was judged, and by what: the same again need not be read."""
    needed = hashlib.sha256("\n".join(sorted(one.needed)).encode()).hexdigest()
    if one.fetched:
        return needed
    try:
        found = (folder / one.place).stat()
    except OSError:
        return f"{needed} missing"
    return f"{needed} {found.st_mtime_ns} {found.st_size} {found.st_ino} {folder.resolve()}"


def _judged_file(one: Subscription, folder: Path, before: int | None) -> "Judged | Problem":
    # Imported here: most folders subscribe to nothing, and the suffixes cost a quick command dear.
    from bellgate.schedules.lists.verdict import judge

    path = folder / one.place
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            message = "the file leads out of this folder: put it inside"
            return Problem(one.shown, _AS_A_WHOLE, "error", message)
        if not path.is_file():
            message = "this is not a file" if path.exists() else "the file is missing"
            return Problem(one.shown, _AS_A_WHOLE, "error", message)
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as e:
        why = e.strerror if isinstance(e, OSError) else str(e)
        message = f"the file cannot be read ({why})"
        return Problem(one.shown, _AS_A_WHOLE, "error", message)
    if len(raw) > LARGEST:
        message = f"the file is larger than {LARGEST // 1_000_000} MB"
        return Problem(one.shown, _AS_A_WHOLE, "error", message)
    return judge(one.shown, one.format, raw, one.needed, before)


def is_stale(one: Subscription, folder: Path, shelf: Path) -> bool:
    """Whether a file is not the one that was last judged."""
    said = shelves.seen(shelf, one.key)
    return said is None or said.stamp != _stamp(one, folder)


def is_small(one: Subscription, folder: Path) -> bool:
    try:
        return not one.fetched and (folder / one.place).stat().st_size <= INLINE
    except OSError:
        return not one.fetched


def refusals(one: Subscription, shelf: Path) -> tuple[str, ...]:
    """Why the last update was refused, each with its line; empty where it was not."""
    said = shelves.seen(shelf, one.key)
    told = _told(one, said) if said is not None else []
    return tuple(str(p).splitlines()[0] for p in told if p.level == "error")


def bring_up_to_date(one: Subscription, folder: Path, shelf: Path, now: datetime) -> Outcome:
    """Read the list anew and, where it is good, keep it. Raises OSError where the shelf fails."""
    before = shelves.card(shelf, one.key)
    stamp = _stamp(one, folder)
    if one.fetched:
        judged = _judged_answer(one, folder, shelf, now)
    else:
        judged = _judged_file(one, folder, shelves.count_on(before))
    if judged is None:
        return "same"
    problems = (judged,) if isinstance(judged, Problem) else judged.problems
    after = before
    good = not isinstance(judged, Problem) and judged.good
    if not isinstance(judged, Problem) and judged.good:
        after = shelves.put(shelf, one.origin, one.format, judged)
    told = tuple((p.line, p.level, p.message, p.hint) for p in problems)
    shelves.remember(shelf, one.key, shelves.Seen(stamp, told))
    return "refused" if not good else "same" if after == before else "new"


def _judged_answer(
    one: Subscription, folder: Path, shelf: Path, now: datetime
) -> "Judged | Problem | None":
    """What the address gives; None where that is what is kept already."""
    from bellgate.schedules.fetch import refresh
    from bellgate.schedules.lists.verdict import judge

    before = shelves.count_on(shelves.card(shelf, one.key))
    last: list[Judged] = []

    def accept(raw: bytes) -> str | None:
        last.append(judge(one.shown, one.format, raw, one.needed, before))
        return None if last[-1].good else "it is not good enough"

    # The address with its #: a list that starts afresh has no copy to be the same as.
    came = refresh(shelf, one.origin, now, accept=accept, seconds=SECONDS, largest=LARGEST)
    if last:
        return last[-1]
    if came.outcome == "failed" or came.copy is None:
        kept = "the last good copy stays in use" if before is not None else "there is no copy yet"
        message = f"the list was not fetched: {came.why}"
        return Problem(one.shown, _AS_A_WHOLE, "error", message, kept)
    if before is None or is_stale(one, folder, shelf):
        return judge(one.shown, one.format, came.copy.content, one.needed, before)
    said = shelves.seen(shelf, one.key)
    if said is not None and any(level == "error" for _, level, _, _ in said.problems):
        # The last try failed; what is kept holds, says the server.
        return judge(one.shown, one.format, came.copy.content, one.needed, before)
    return None

"""A state folder with a made-up term in it, and the school's files beside: there whole, or not at
all.

It is written under another name beside its place and takes that place when it is whole. If we crash
here, what is left is that draft: a folder whose name begins with a dot.
"""

import shutil
import tempfile
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, time
from importlib.resources import files as resources
from pathlib import Path
from typing import Final

from bellgate.audit import Deletion, Journal, Kept, LogPaths, expire
from bellgate.disk import write_folder
from bellgate.policy.wall_clock import instant_of
from bellgate.review.cases import Case, CaseBook, Hold
from bellgate.review.objections import Objections
from bellgate.review.people import People
from bellgate.running import editions
from bellgate.running.demo import days, story, term
from bellgate.running.demo.made_up_gate import MadeUpGate, NotWritten
from bellgate.running.folders import last_good_folder
from bellgate.running.nightly import limits_on
from bellgate.schedules.granted import Granted
from bellgate.schedules.load import Loaded, load_files
from bellgate.schedules.opened import NEEDED

SEED: Final = 2026
"""Which of the made-up terms, where nobody says."""
SCHEDULES: Final = "schedules"
"""The folder with the school's files, inside the state folder."""
_NOW = b"what: [no-name, not-web]\n    when: school day"
_BEFORE = b"what: [no-name, not-web]\n    when: sessions"
# First and last names in their order: whoever holds a device has a pair of them.
_FIRST = ("Alex", "Billie", "Charlie", "Drew", "Frankie", "Jamie", "Kit", "Morgan", "Robin", "Sam")
_LAST = ("Ash", "Birch", "Cedar", "Elm", "Fir")

__all__ = ["SCHEDULES", "SEED", "NotEmpty", "NotWritten", "make"]


class NotEmpty(OSError):
    """There is something in the folder already."""


@dataclass(frozen=True, slots=True)
class _Nights:
    """What the made-up cases hold, as a night's deletion asks for it."""

    book: CaseBook
    today: date

    def kept(self) -> Kept:
        return self.book.kept(self.today)

    def still(self) -> AbstractContextManager[None]:
        return self.book.still()


def make(place: Path, today: date, seed: int, progress: term.Progress) -> date:
    """Make the folder; returns the last day of the term in it.

    Raises NotEmpty, NotWritten and OSError; whatever it raises, nothing is left.
    """
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise NotEmpty(f"{place} is not empty")
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    try:
        draft.chmod(0o750)
        last = _fill(draft, today, seed, progress)
        # Takes the place of an empty folder, and of nothing else.
        draft.rename(place)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return last


def _fill(state: Path, today: date, seed: int, progress: term.Progress) -> date:
    now, before = _loaded(), _loaded(earlier=True)
    assert now.policy is not None and before.policy is not None
    last = term.last_day(today)
    write_folder(state / SCHEDULES, now.files)
    write_folder(last_good_folder(state), now.files)
    for loaded, until in ((before, story.CHANGE), (now, last)):
        assert loaded.policy is not None
        edition = loaded.policy.edition.hash
        editions.keep(state, edition, loaded.files)
        editions.seen(state, edition, days.opening(until, loaded.policy.year.zone)[1])
    _people(state, now)
    start, _ = days.opening(story.FIRST, before.policy.year.zone)
    journal = Journal(LogPaths.of(state), before.policy.edition, lambda: start)
    try:
        gate = MadeUpGate(journal, before.policy)
        *before_it, day = every = term.school_days(last)
        # Deleted the night before the last day, which the writer still has.
        for number, _ in enumerate(term.write(gate, before_it, now.policy, seed), 1):
            progress(number, len(every))
        _delete(gate, state, now, last)
        for _ in term.write(gate, [day], now.policy, seed):
            progress(len(every), len(every))
    finally:
        left = journal.close()
    if left:
        raise NotWritten(f"{left} records could not be written")
    return last


def _loaded(*, earlier: bool = False) -> Loaded:
    """The made-up school's files; as they were before they were changed in November."""
    folder = resources("bellgate.running.demo").joinpath("school")
    read = {name: folder.joinpath(name).read_bytes() for name in (*NEEDED, "services.yaml")}
    if earlier:
        read["rules.yaml"] = read["rules.yaml"].replace(_NOW, _BEFORE)
    loaded = load_files(read)
    assert loaded.policy is not None, loaded.errors
    return loaded


def _people(state: Path, loaded: Loaded) -> None:
    """Names behind the pseudonyms, an objection, a case, and what is open."""
    policy = loaded.policy
    assert policy is not None
    zone = policy.year.zone
    held = [h.person for device in policy.directory.devices for h in device.holders]
    known = People(state)
    for number, person in enumerate(dict.fromkeys(held)):
        first, name = _FIRST[number % len(_FIRST)], _LAST[number // len(_FIRST) % len(_LAST)]
        known.add(person, f"{first} {name} (made up)")
    Objections(state).put(story.OBJECTOR, story.OBJECTION)
    opened = instant_of(date(2026, 10, 15), time(16, 10), zone)
    reason = "Complaint of a parent about 12 October (made up)"
    hold = Hold(story.SUBJECT, None, date(2026, 10, 5), date(2026, 10, 16), ("staff-laptop-03",))
    review = date(2027, 1, 15)
    CaseBook(state, zone).add(Case(story.CASE, opened, story.HEAD, reason, review, (hold,)))
    club = story.club(instant_of(date(2026, 11, 11), time(12, 40), zone))
    Granted(state).add(club, club.start)


def _delete(gate: MadeUpGate, state: Path, loaded: Loaded, last: date) -> None:
    """The night's deletion: the guests' month is up for what is older."""
    zone = gate.policy.year.zone
    at: datetime = instant_of(last, time(3, 5), zone)

    def tell(deletion: Deletion) -> None:
        gate.did("deleted", deletion.message, at, **deletion.facts)
        gate.flush()

    limits = limits_on(loaded.settings.retention, last, zone)
    expire(gate.journal.paths, limits, _Nights(CaseBook(state, zone), last), tell)

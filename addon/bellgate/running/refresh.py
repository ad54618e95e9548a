"""What others publish, kept fresh beside a running gate: the council's calendar and the lists.

Only the copies in the state folder are written here. What they say comes into force as any changed
file does, by `reload`. What fails is recorded, once for each thing it says, and the last good
copy stays.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from bellgate.audit import Journal
from bellgate.machine_time import DAWN, machine_now
from bellgate.running import list_run
from bellgate.running.folders import calendars_folder, lists_folder
from bellgate.running.jobs import Job
from bellgate.schedules.fetch import EVERY
from bellgate.schedules.lists import shelf, subscription
from bellgate.schedules.lists.subscription import Subscription
from bellgate.schedules.load import load

LOOK = timedelta(seconds=0.5)
"""Between two looks at the lists' files; a look costs one `stat` a list."""
AT_REST, AT_REST_SMALL = timedelta(seconds=0.5), timedelta(seconds=0.2)
"""A file is read when nobody has written to it for so long; one that is read on the spot sooner,
so that it is in force within two seconds."""
AGAIN = timedelta(minutes=30)
"""After which a list that could not be had is tried again."""

Wanted = Callable[[Subscription], bool]
CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class Failing:
    """What could not be brought up to date when it was last tried."""

    shown: str
    why: str
    address: str | None
    """Where it is fetched from; None for a file."""


def read_files(folder: Path, shelf: Path, at: datetime, wanted: Wanted) -> None:
    """Bring those files up to date that changed and are wanted. What fails is for the next look."""
    for one in subscribed_in(folder):
        if not one.fetched and wanted(one) and subscription.is_stale(one, folder, shelf):
            try:
                _bring(one, folder, shelf, at)
            except OSError as error:
                logging.getLogger(__name__).warning("%s was not read: %s", one.shown, error)


def subscribed_in(folder: Path) -> tuple[Subscription, ...]:
    """The lists that a folder's services.yaml names; none where it cannot be read."""
    try:
        return subscription.subscriptions((folder / "services.yaml").read_bytes())
    except OSError:
        return ()


def _bring(
    one: Subscription,
    folder: Path,
    shelf: Path,
    at: datetime,
    given_up: Callable[[], bool] = lambda: False,
) -> subscription.Outcome:
    if subscription.is_small(one, folder):
        return subscription.bring_up_to_date(one, folder, shelf, at)
    return list_run.apart(one, folder, shelf, at, given_up=given_up)


class Refresher:
    """The jobs, in threads of their own: looking at files all the time, at addresses now and then.

    One job of each kind at a time; a look that comes late is made up for by the next.
    """

    def __init__(self, folder: Path, state: Path, *, journal: Journal) -> None:
        self._folder, self._state, self._journal = folder, state, journal
        self._shelf = lists_folder(state)
        self._said: dict[str, tuple[str, ...]] = {}
        self._failing: dict[str, Failing] = {}
        self._next: dict[str, datetime] = {}
        self._jobs = tuple(
            Job(look, every.total_seconds(), name, failed=partial(self._failed, name), at_once=True)
            for name, look, every in (
                ("files", self.files, LOOK),
                ("addresses", self.addresses, LOOK * 4),
                ("calendar", self.calendar, EVERY),
            )
        )

    def __enter__(self) -> "Refresher":
        for job in self._jobs:
            job.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A list that is being fetched is not waited for: it has no part in what is in force.
        for job in self._jobs:
            job.stop()

    def files(self) -> None:
        """Look at every file; read those that changed."""
        for one in subscribed_in(self._folder):
            stale = not one.fetched and subscription.is_stale(one, self._folder, self._shelf)
            if stale and self._is_due(one) and self._at_rest(one):
                self._update(one)

    def addresses(self) -> None:
        """Ask the addresses whose time has come: those that are new, and each after six hours."""
        for one in subscribed_in(self._folder):
            if one.fetched and self._is_due(one):
                self._next[one.key] = machine_now() + EVERY
                self._update(one)

    def calendar(self) -> None:
        """Fetch the calendar, where one is named by its address."""
        cache = calendars_folder(self._state)
        read = load(self._folder, cache=cache, shelf=self._shelf, judge_lists=False)
        found = read.refresh(cache, machine_now())
        said = (f"the calendar was not fetched: {found.why}",) if found and found.why else ()
        self._tell(CALENDAR, "term dates", said)
        self._note(CALENDAR, Failing("The calendar", said[0] if said else "", read.address))

    def failing(self) -> tuple[Failing, ...]:
        """What was not brought up to date the last time, of what is still subscribed to."""
        there = {one.key for one in subscribed_in(self._folder)} | {CALENDAR}
        return tuple(one for key, one in dict(self._failing).items() if key in there)

    def _note(self, key: str, outcome: Failing) -> None:
        if outcome.why:
            self._failing[key] = outcome
        else:
            self._failing.pop(key, None)

    def _is_due(self, one: Subscription) -> bool:
        return machine_now() >= self._next.get(one.key, DAWN)

    def _at_rest(self, one: Subscription) -> bool:
        small = subscription.is_small(one, self._folder)
        try:
            written = (self._folder / one.place).stat().st_mtime
        except OSError:
            return True
        since = abs(machine_now().timestamp() - written)
        return since > (AT_REST_SMALL if small else AT_REST).total_seconds()

    def _update(self, one: Subscription) -> None:
        try:
            _bring(one, self._folder, self._shelf, machine_now(), self._is_ending)
            said = subscription.refusals(one, self._shelf)
        except OSError as error:
            said = (str(error),)
            self._next[one.key] = machine_now() + AGAIN
        if said and one.fetched:
            self._next[one.key] = machine_now() + AGAIN
        kept = shelf.kept_since(self._shelf, one.key) is not None
        self._tell(one.key, one.shown, said, kept=kept)
        address = one.origin if one.fetched else None
        self._note(one.key, Failing(f"The list {one.shown}", said[0] if said else "", address))

    def _tell(self, key: str, shown: str, said: tuple[str, ...], *, kept: bool = True) -> None:
        """Record why something was not brought up to date; `kept`: whether it has a copy."""
        if said and self._said.get(key) != said and not self._is_ending():
            more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
            refused = (
                f"An update of {shown} was refused; the last good copy stays"
                if kept
                else f"{shown} was refused, and has no earlier copy: nothing of it is closed"
            )
            self._journal.gate(
                "policy-rejected",
                f"{refused}: {said[0]}{more}",
                problems=list(said[:50]),
            )
        self._said[key] = said

    def _failed(self, job: str, error: Exception) -> None:
        self._tell(job, "what others publish", (f"{type(error).__name__}: {error}",))

    def _is_ending(self) -> bool:
        return any(job.is_ending for job in self._jobs)

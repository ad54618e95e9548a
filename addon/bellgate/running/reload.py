"""A saved file comes into force: the folder is looked at, judged, and put into the running gate.

Never half of it and never a broken one. If we crash here, the gate starts again from the folder or
from the last good copy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from threading import Lock

from bellgate.audit import Journal
from bellgate.disk import write_folder
from bellgate.gate.gate import Gate
from bellgate.machine_time import machine_now
from bellgate.policy.decide import Policy
from bellgate.policy.difference import differences
from bellgate.policy.noticed import noticed
from bellgate.running import assembly, editions
from bellgate.running.choosing import Chosen
from bellgate.running.folder_watch import EVERY, FolderWatch
from bellgate.running.folders import last_good_folder
from bellgate.running.jobs import Job
from bellgate.schedules.difference import differences_of_files
from bellgate.schedules.granted import Granted
from bellgate.schedules.load import Loaded
from bellgate.schedules.newly_over import newly_over
from bellgate.schedules.newly_told import newly_told
from bellgate.schedules.problem import Problem

AT_ONCE = 120
"""Days ahead that are in force first: more than the longest holidays, so that a bell is in them."""


@dataclass(frozen=True, slots=True)
class Change:
    """What the last change of the files came to, and when it came into force."""

    at: datetime
    what: tuple[str, ...]


class Reloader:
    """Looks at the folder in a thread of its own, so that a slow disk holds up nobody."""

    def __init__(
        self,
        folder: Path,
        state: Path,
        *,
        gate: Gate,
        journal: Journal,
        chosen: Chosen,
        granted: Granted,
        today: Callable[[], date],
        say: Callable[[str], None],
        read_leases_from: Callable[[Sequence[Path]], None],
    ) -> None:
        self._say = say
        self._read_leases_from = read_leases_from
        self.loaded = chosen.loaded
        """What came of the folder as it was last judged: its problems are for `status`."""
        self.settings = chosen.settings
        """Those in force, for the standing jobs: a file with problems changes nothing."""
        self.gateway = chosen.gateway
        self.folder, self._state = folder, state
        self._watch = FolderWatch(folder, state, chosen.loaded, today)
        self._gate, self._journal, self._today = gate, journal, today
        self._granted = granted
        self.last_change: Change | None = None
        self.not_taken_up: str | None = None
        """Why a saved change could not be put into force; each look tries it again."""
        self._warned: date | None = None
        self._policy = chosen.policy
        """The one in force, whole."""
        self._from = chosen.loaded if chosen.loaded.policy is chosen.policy else None
        """What it came from, settings and all, where that is known."""
        self._unfinished: Loaded | None = None
        self._told: Sequence[Problem] = chosen.loaded.problems
        """What was said of the files that were in force last, once all of it was known."""
        self._lists_aside = chosen.loaded.lists_aside
        """What was said last of the lists that are held back."""
        self._fresh = False
        """Whether the last change still lacks the warnings that it brought."""
        self._lock = Lock()
        self._jobs = (
            Job(self.look, EVERY, "reload", failed=self._failed, patience=5),
            Job(self.finish, EVERY, "whole", failed=self._not_finished),
        )

    def __enter__(self) -> "Reloader":
        for job in self._jobs:
            job.start()
        return self

    def __exit__(self, *_: object) -> None:
        for job in self._jobs:
            job.stop()

    @property
    def is_judged(self) -> bool:
        """Whether all is known that `check` says of the files, and so what a save brought."""
        return self._unfinished is None

    def look(self) -> None:
        """Look once. What is new and at rest is judged and, where it is good, put into force."""
        self._gate.exempt(self._granted.read())
        self._warn_of_dates()
        judged = self._watch.look()
        if self._watch.as_judged:
            self.not_taken_up = None  # what could not be taken up was taken back
        if judged is None:
            return
        with self._lock:
            # Where the files are the same, there are other words about the lists, for `status`.
            self.loaded, self._unfinished = judged.loaded, None
            if judged.loaded.policy is not None:
                self.settings, self.gateway = judged.loaded.settings, judged.loaded.gateway
            if not judged.same:
                self._take_up()
            self._unfinished = judged.loaded
            self._tell_of_lists()
        # Only now: what could not be taken up, on a full disk, is taken up by a later look.
        self._watch.taken_up(judged)
        self.not_taken_up = None

    def finish(self) -> None:
        """What takes longer than all the rest, and nobody waits for: the policy compiled for all
        its years, and the warnings that only then show. A newer save takes the place of it."""
        loaded = self._unfinished
        if loaded is None:
            return
        if loaded.policy is not None:
            loaded.policy.bells  # noqa: B018
        advised = loaded.advised(self._today())
        with self._lock:
            if self._unfinished is not loaded:
                return
            self.loaded, self._unfinished = advised, None
            if loaded.policy is not None:
                self._tell_what_is_new(advised.problems)
            near = self._gate.policy
            if loaded.policy is self._policy and near is not self._policy:
                self._adopt(self._policy)

    def _tell_what_is_new(self, problems: Sequence[Problem]) -> None:
        """Beside what the last save changed: the warnings that it brought."""
        new, self._told = newly_told(self._told, problems), problems
        change, fresh = self.last_change, self._fresh
        self._fresh = False
        if fresh and change is not None:
            self.last_change = Change(change.at, (*new, *change.what))

    def _tell_of_lists(self) -> None:
        """Where the gate was started, of each list that is held back; the record has it too."""
        aside, before = self.loaded.lists_aside, self._lists_aside
        self._lists_aside = aside
        for said in aside:
            if said not in before:
                self._say(f"{said}. See `bellgate check`.")

    def _take_up(self) -> None:
        if self.loaded.policy is None:
            self._reject()
        else:
            self._accept(self.loaded.policy)
            if self.loaded.calendar_is_set_aside:
                self._set_aside()

    def _failed(self, error: Exception) -> None:
        self.not_taken_up = str(error) or type(error).__name__
        said = f"A saved change is not in force yet, and is tried again: {self.not_taken_up}"
        self._say(said)
        self._journal.gate("error", said, reason=self.not_taken_up)

    def _not_finished(self, error: Exception) -> None:
        said = f"The saved files are in force, but not compiled for all their years: {error}"
        self._journal.gate("error", said, reason=str(error))

    def _warn_of_dates(self) -> None:
        """Once a day, while the timetable is about to run out: nobody reads `check` in August."""
        today = self._today()
        if today != self._warned:
            self._warned = today
            for problem in self.loaded.dates_ahead(today):
                self._journal.gate("error", str(problem).splitlines()[0], reason="dates")

    def _accept(self, policy: Policy) -> None:
        before = self._policy
        write_folder(last_good_folder(self._state), self.loaded.files)
        if policy.edition.hash == before.edition.hash:
            if not self.loaded.calendar_is_set_aside:
                self._say("The files and what is in force are the same again.")
            return
        # Kept before a record can name it; the one before was in force up to now.
        editions.seen(self._state, before.edition.hash, machine_now())
        editions.keep(self._state, policy.edition.hash, self.loaded.files)
        changes = (
            differences_of_files(self._from, self.loaded)
            if self._from is not None
            else differences(before, policy)
        )
        now = self._gate.clock.now()
        today = now.astimezone(policy.year.zone).date()
        over = newly_over(self._from, self.loaded, today) if self._from is not None else ()
        # In force for the months around now at once, and then whole (`finish`): five years of forty
        # groups take seconds to compile on a busy machine.
        self._adopt(policy.near(self._gate.clock.now(), AT_ONCE))
        self._policy, self._from = policy, self.loaded
        settings = self.loaded.settings.gate
        self._read_leases_from(tuple(map(Path, self.loaded.leases)))
        self._gate.share_out(settings.new_connections, settings.burst)
        self._journal.edition = policy.edition
        felt = noticed(before, policy, today)
        self.last_change, self._fresh = Change(now, (*over, *felt, *changes)), True
        self._say("The changed files are now in force.")
        for said in over:
            self._say(f"  {said}")
        self._journal.gate(
            "policy-changed",
            f"The policy was changed: {'; '.join(changes) or 'comments and layout only'}",
            before=before.edition.hash,
            after=policy.edition.hash,
            changes=list(changes),
        )

    def _adopt(self, policy: Policy) -> None:
        """Compiled before it is in force: the first connection under it waits for nothing."""
        policy.bells  # noqa: B018
        settings = self.loaded.settings.gate
        destinations = assembly.destinations(settings, policy, self._gate.surroundings)
        self._gate.adopt(
            policy,
            destinations,
            settings.ports,
            as_gateway=assembly.as_gateway(self.loaded.gateway),
        )

    def _set_aside(self) -> None:
        """The other files are in force; the calendar is not, until it is right."""
        errors = [on_record(problem) for problem in self.loaded.errors]
        self._say("The calendar has errors; its last good copy stays. See `bellgate check`.")
        self._journal.gate(
            "policy-rejected",
            f"The calendar has errors; the dates of its last good copy stay: {errors[0]}",
            problems=errors[:50],
        )

    def _reject(self) -> None:
        errors = [on_record(problem) for problem in self.loaded.errors]
        many = "a problem" if len(errors) == 1 else f"{len(errors)} problems"
        # Also where the gate was started: a technician may be watching.
        self._say(f"The files have {many}; the last good policy stays. See `bellgate check`.")
        self._say(f"  {errors[0]}")
        self._journal.gate(
            "policy-rejected",
            f"The files have {many}; the last good policy stays: {errors[0]}",
            problems=errors[:50],
        )


def on_record(problem: Problem) -> str:
    """Where it is, and what it is but for the file that names people: the record may be handed to
    anybody whom the time concerns. `check` and `status` show the whole of it."""
    if problem.file == "devices.yaml":
        return f"{problem.file}:{problem.line}: a problem"
    return str(problem).splitlines()[0]

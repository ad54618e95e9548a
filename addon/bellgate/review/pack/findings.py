"""Material -> what can be counted in it. Pure; the sentences of a pack are made elsewhere."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bellgate.audit.log.note import Checkpoint
from bellgate.audit.record.event_kinds import REVIEW
from bellgate.policy.action import OUTCOMES
from bellgate.review.objections import Objection
from bellgate.review.pack import report_words
from bellgate.review.pack.edition import EditionKept
from bellgate.review.pack.material import Material
from bellgate.review.pack.question import Question
from bellgate.review.visits.attempts import Attempt
from bellgate.review.visits.visits import Visit, visits

_REFUSED = tuple(a for a, k in OUTCOMES.items() if k.is_attempt and not k.came_through)


@dataclass(frozen=True)
class Findings:
    """Everything that a pack speaks of. `names` gives services the names that people use.

    `Attempt.tried` says what counts as an attempt, for every count of them.
    """

    question: Question
    material: Material
    editions: Sequence[EditionKept]
    names: Mapping[str, str]
    checkpoint: Checkpoint
    school: str
    objection: Objection | None = None
    """What the person says against the record, as it is kept."""
    anchored: bool = True
    """Whether checkpoints of the log leave the school's machine."""
    damage: Sequence[str] = ()
    """What is wrong with the log, where it is not what was signed."""

    @cached_property
    def visits(self) -> Sequence[Visit]:
        return visits(self.material.attempts)

    @property
    def times(self) -> int:
        return sum(a.tried for a in self.material.attempts)

    @property
    def unattributed(self) -> int:
        """Attempts on the person's devices that are attributed to nobody."""
        return sum(a.tried for a in self.material.unattributed)

    @property
    def carried_over(self) -> int:
        return sum(v.carried_over for v in self.visits)

    def seen(self, grade: str) -> int:
        return sum(a.tried for a in self.material.attempts if a.seen == grade)

    def did(self, *actions: str) -> int:
        """How many attempts had one of these outcomes."""
        return sum(a.tried for a in self.material.attempts if a.action in actions)

    @property
    def answered(self) -> int:
        return sum(a.times for a in self.material.attempts if a.action == "answered")

    @property
    def at_break(self) -> int:
        """How many attempts of a session fell into a break of it, by the timetable of the time."""
        breaks = [b for edition in self.editions for b in edition.breaks]
        return sum(
            a.tried
            for a in self.material.attempts
            if a.session and any(b.start <= a.at < b.end for b in breaks)
        )

    @property
    def all_refused(self) -> bool:
        return 0 < self.times == self.did(*_REFUSED) and not self.answered

    @cached_property
    def clocks(self) -> Counter[str]:
        """What the records of the pack say about the gateway's clock, and how many say so: each
        record once, as the pack has it. What reviewers did is of another time."""
        said = {
            r["event"]["sequence"]: str(r["bellgate"].get("clock", "synchronised"))
            for r in self.material.beside
            if r["event"]["dataset"] != REVIEW
        }
        said |= {a.number: a.clock for a in self.material.attempts}
        return Counter(said.values())

    @property
    def since(self) -> datetime:
        """From when on the log can say anything of the time asked about."""
        begins, since = self.material.begins, self.question.since
        if begins is None or begins <= since:
            return since
        # A clock that was ahead may have dated the first record later than others.
        dated = (*(s.at for s in self.material.signs), *(a.at for a in self.material.attempts))
        return max(since, min(begins, *dated)) if dated else begins

    @property
    def reviewers(self) -> int:
        """How many records of the pack say what reviewers did: those that are not in `clocks`."""
        return len(self.material.sequences) - self.clocks.total()

    @cached_property
    def permitted(self) -> Sequence[Visit]:
        """Visits in which somebody said what they needed the service for, and it was opened."""
        return [v for v in self.visits if v.actions.get("answered")]

    @property
    def deleted_why(self) -> Sequence[str]:
        """The periods that were up for the records that were deleted: `guests: 30 days`."""
        ours = (d for d in self.material.deletions if d.of == self.material.log)
        return sorted({d.why for d in ours if d.why})

    @property
    def deleted_may_be_theirs(self) -> bool:
        """Whether a deleted record may have been about the subject, by whose it was."""
        known = {self.question.subject, *self.question.names}
        known |= {role for a in self.material.attempts for role in a.roles}
        groups = {why.partition(":")[0] for why in self.deleted_why}
        return not groups or len(known) == 1 or not known.isdisjoint(groups)

    @property
    def deleted_said(self) -> str:
        """How many records of these days are gone, and what that means for the subject."""
        return report_words.deleted(
            self.material.deleted, self.deleted_why, theirs=self.deleted_may_be_theirs
        )

    def name(self, service: str) -> str:
        return self.names.get(service, service)


def nobodys(attempts: Iterable[Attempt]) -> Mapping[str, int]:
    """How many of the attempts are attributed to nobody, by why: a key of `NOBODYS` each."""
    reasons: dict[str, int] = {}
    for a in attempts:
        if a.person is None and a.tried:
            known = a.device is not None
            why = report_words.why_nobodys(a.ground, claimed=bool(a.claimed), device_known=known)
            reasons[why] = reasons.get(why, 0) + a.tried
    return dict(sorted(reasons.items()))

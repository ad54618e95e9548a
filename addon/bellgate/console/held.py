"""What is held on one person, and why: for whom the school asks, and for a parent who does.

Under which rules, for how long, which cases keep it longer, and who has looked at it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bellgate.audit.record.retention import REVIEWERS
from bellgate.console.desk import Desk
from bellgate.policy.plain_words import RuleInWords, rule_in_words
from bellgate.review.cases import Case, CaseBook, CasesDamaged
from bellgate.review.index import Looked, VisitRow
from bellgate.review.pack.phrases import listed, long_day
from bellgate.review.pack.question import Held


@dataclass(frozen=True, slots=True)
class Holding:
    """Why it is held, for how long, and who looked."""

    groups: frozenset[str]
    """The groups whose periods their records are kept for."""
    why: str
    rules: tuple[RuleInWords, ...]
    """Those of the rules in force under which the visits fell that the page shows."""
    kept: str
    cases: tuple[Case, ...]
    looked: tuple[Looked, ...]
    """Those at this person, at whichever of their days and whenever made; newest first."""
    looks: int
    """How many of them there are."""
    looks_kept: str
    """How long the record of a look is kept, as `1 year`."""
    name_removed: Looked | None
    """That the name behind the pseudonym was removed."""


def holding(
    desk: Desk, held: Sequence[Held], id: str, visits: Sequence[VisitRow], *, whole: bool
) -> Holding:
    """`held` is what the files say of their devices, and `visits` are those that the page shows.
    With `whole` it has every look, else the newest."""
    # A look names no days that it was at, so none is left out by its own.
    page = desk.index.looked(None, None, target=id)
    looked = list(page.rows)
    if whole:
        for number in range(2, page.pages + 1):
            looked += desk.index.looked(None, None, number, target=id).rows
    edited = desk.index.looked(None, None, target=id, action="edited").rows
    removed = (e for e in edited if e.message.endswith(f"removed the name behind {id}"))
    groups = _groups(desk, held, visits)
    return Holding(
        groups,
        _why(desk),
        tuple(_rules(desk, visits)),
        _kept(desk, groups),
        tuple(_cases(desk, id)),
        tuple(looked),
        page.total,
        str(desk.school.loaded.settings.retention.periods[REVIEWERS]),
        next(removed, None),
    )


def said_to_others(look: Looked) -> str:
    """What somebody did, for a copy that is handed out: not in the words that they gave as the
    reason, which may name others."""
    return look.message.partition(":")[0] if look.action == "held" else look.message


def presence(held: Sequence[Held], now: datetime, zone: ZoneInfo) -> str:
    """What is said of somebody who holds nothing now; empty for who does."""
    if any(h.end is None or now < h.end for h in held):
        return ""
    if not held:
        return (
            "The school’s files do not name this person: they hold no device there. They may have "
            "left. What is on record about them is kept until its time is up, and is then deleted."
        )
    ended = max(h.end for h in held if h.end is not None)
    last = (ended - timedelta(microseconds=1)).astimezone(zone).date()
    return (
        f"According to the school’s files, this person last held a device on {long_day(last)}. "
        "They may have left. What is on record about them is kept until its time is up, and is "
        "then deleted."
    )


def _why(desk: Desk) -> str:
    title = desk.school.policy.edition.title or "the school’s policy on social media"
    return (
        f"The gate records what the rules of the {title.removeprefix('the ')} close or record, and "
        "nothing else. Only the name of a site is kept: no page, no search and no content."
    )


def _rules(desk: Desk, visits: Sequence[VisitRow]) -> Iterable[RuleInWords]:
    """In the order of the file; a rule that has gone since is not among them."""
    policy, named = desk.school.policy, {v.rule_name for v in visits}
    return (
        rule_in_words(rule, policy.index.services) for rule in policy.rules if rule.name in named
    )


def _groups(desk: Desk, held: Sequence[Held], visits: Sequence[VisitRow]) -> frozenset[str]:
    """Each record is deleted with those of a group: of the innermost one that has a period."""
    policy, periods = desk.school.policy, desk.school.loaded.settings.retention.periods
    devices = {h.device for h in held}
    chains = {policy.groups[d.group].chain for d in policy.directory.devices if d.name in devices}
    chains |= {v.roles for v in visits}
    found = (next((g for g in chain if g in periods), None) for chain in chains)
    return frozenset(group for group in found if group is not None)


def _kept(desk: Desk, groups: frozenset[str]) -> str:
    periods = desk.school.loaded.settings.retention.periods
    said = [f"{periods[group]} (the period for {group})" for group in sorted(groups)]
    if not said:
        return "Each record is deleted when its time is up."
    return f"Each record is deleted after {listed(said)}."


def _cases(desk: Desk, id: str) -> Iterable[Case]:
    """The cases that keep records of this person by name, the open ones and those just closed."""
    school = desk.school
    try:
        kept = CaseBook(school.base, school.zone).read()
    except CasesDamaged:
        return ()
    return (
        c
        for c in kept
        if not c.is_over(school.today, school.zone) and any(h.person == id for h in c.holds)
    )

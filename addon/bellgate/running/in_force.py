"""What holds now and what rings next, in words: for `check`, `run` and `status`. Values only."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from bellgate.policy.academic_year import groups_apart
from bellgate.policy.closed_by import by_rules
from bellgate.policy.decide import Policy, Rule
from bellgate.policy.first_match import meant_by
from bellgate.policy.walk import OBSERVING, clock_time
from bellgate.policy.when import Named, Period, intervals_of
from bellgate.policy.who import Group
from bellgate.schedules.load import Loaded
from bellgate.schedules.updated_catalogue import FILE as CATALOGUE

_WEEKS = 28
"""Days ahead in which the next bells are looked for first."""


def sessions_now(policy: Policy, now: datetime) -> dict[str, str | None]:
    """Each group and the session it is in, None outside sessions."""
    found = {}
    for name, group in policy.groups.items():
        span = policy.timetable(group).session_at(now)
        found[name] = span.name if span else None
    return found


def in_force(policy: Policy, now: datetime, bells: int = 3) -> Iterator[str]:
    """Lines that say what each group is in, and the next bells with what rings for whom."""
    policy = _near(policy, now)
    if policy.observe:
        yield OBSERVING
    yield f"Now {clock_time(now, policy.year.zone)} at {policy.edition.school}:"
    doing = {group.name: _doing(policy, group, now) for group in groups_apart(policy)}
    for whose, said in _merged(doing, policy):
        yield f"  {whose}: {said}"
    following = policy.next_bell(now)
    if following is None:
        yield "No more bells: the timetable ends here."
        return
    yield "Next bells:"
    for _ in range(bells):
        if following is None:
            return
        yield f"  {clock_time(following, policy.year.zone)}  {rings(policy, following)}"
        following = policy.next_bell(following)


def rings(policy: Policy, bell: datetime) -> str:
    """What a bell changes, and for whom: `pupils, staff: morning session; ks1: KS1 playtime`, and
    the rules whose own hours or dates begin or end then."""
    changes = {}
    for group in groups_apart(policy):
        before, after = (_doing(policy, group, at) for at in (bell - datetime.resolution, bell))
        # A midnight between two days out of school is news to nobody.
        if before != after and not (_is_out(before) and _is_out(after)):
            changes[group.name] = after
    said = [f"{whose}: {what}" for whose, what in _merged(changes, policy)]
    return "; ".join((*said, *_rules_that_change(policy, bell, beside=bool(said))))


def _near(policy: Policy, now: datetime) -> Policy:
    """Compiled for the next weeks alone; for all years where nothing rings in them."""
    near = policy.near(now, _WEEKS)
    return near if near.next_bell(now) is not None else policy


def _merged(doing: Mapping[str, str], policy: Policy) -> Iterator[tuple[str, str]]:
    """Groups that do the same, together; one that does as the group around it needs no mention."""
    for what in dict.fromkeys(doing.values()):
        names = [name for name, same in doing.items() if same == what]
        outer = [n for n in names if not set(policy.groups[n].chain[1:]) & set(names)]
        yield ", ".join(outer), what


def _rules_that_change(policy: Policy, bell: datetime, *, beside: bool) -> Iterator[str]:
    """The rules that begin or end at a moment, and for whom; `beside` a session, those alone that
    have hours or dates of their own."""
    for rule in policy.rules:
        own = [w for w in rule.when if not isinstance(w, Period | Named)] if beside else rule.when
        whom: dict[str, list[str]] = {"begins": [], "ends": []}
        for word, name in dict.fromkeys(_days_of(policy, rule)) if own else ():
            times = intervals_of(own, policy.timetable(policy.groups[name]))
            if bell in times.bounds:
                whom["begins" if bell in times else "ends"].append(word)
        for does, words in whom.items():
            if words:
                yield f"rule {rule.name} {does} for {', '.join(dict.fromkeys(words))}"


def _days_of(policy: Policy, rule: Rule) -> Iterator[tuple[str, str]]:
    """Each word of a rule's `who`, with the groups whose days it goes by: a device has its home's,
    and a group inside another may have days of its own."""
    apart = {group.name for group in groups_apart(policy)}
    for word in rule.who:
        for who in meant_by(word, policy):
            yield word, next(outer for outer in who.group.chain if outer in apart)


def calendar_in_use(loaded: Loaded, policy: Policy) -> str | None:
    """A line that says which copy of a fetched calendar is in use."""
    copy = loaded.copy
    if copy is None:
        return None
    zone = policy.year.zone
    return (
        f"Term dates: {copy.address}, as fetched on {clock_time(copy.fetched, zone)}, "
        f"confirmed on {clock_time(copy.checked, zone)}"
    )


def catalogue_in_use(loaded: Loaded, policy: Policy) -> str:
    """A line that says which catalogue of services is in use."""
    how = "brought up to date" if CATALOGUE in loaded.files else "as it came with Bellgate"
    return f"Catalogue: dated {policy.edition.catalogue}, {how}"


def lists_in_use(policy: Policy) -> Iterator[str]:
    """A line a list: how long it is, and for whom its sites are closed."""
    for listed in policy.index.lists:
        names = "1 name" if len(listed.names) == 1 else f"{len(listed.names):,} names"
        closing = by_rules(listed.service, policy, "them")
        said = f"{names}{listed.reach}, {listed.service.category}"
        yield f"List {listed.origin}: {said}: {closing}"


def calendar_as_read(loaded: Loaded, first: date, last: date) -> Iterator[str]:
    """Lines that say what each event of the calendar was taken for, between two dates.

    A wrong reading is seen here before it is felt in school.
    """
    year = loaded.readable.year
    readings = [r for r in (year.readings if year else ()) if first <= r.last and r.first <= last]
    for file in dict.fromkeys(reading.file for reading in readings):
        # With an error in it, this is where one sees what was misread.
        yield f"What {file} says{'' if loaded.policy else ', as far as it could be read'}:"
        for reading in (r for r in readings if r.file == file):
            dates = _dated(reading.first, reading.last)
            yield f"  {dates}  {reading.taken_for} ({reading.words}, line {reading.line})"


def _dated(first: date, last: date) -> str:
    """`Mon 26 Oct 2026`, `Mon 26 Oct to Fri 30 Oct 2026`."""
    end = f"{last:%a} {last.day} {last:%b %Y}"
    if first == last:
        return end
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first:%a} {first.day} {first:%b}{year} to {end}"


def _doing(policy: Policy, group: Group, instant: datetime) -> str:
    table = policy.timetable(group)
    span = table.session_at(instant)
    if span is not None:
        pause = table.break_at(instant)
        return pause.name if pause else f"{span.name} session"
    day = policy.year.day(group.chain, instant.astimezone(policy.year.zone).date())
    if not day.open:
        return f"{_NO_SCHOOL} ({day.why})"
    return "between sessions" if instant in table.school_days else _OUT


_NO_SCHOOL, _OUT = "no school", "out of school"


def _is_out(doing: str) -> bool:
    return doing == _OUT or doing.startswith(_NO_SCHOOL)

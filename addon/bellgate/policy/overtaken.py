"""Two policies -> which rule now closes what an exception below it opened until now. Words only.

A rule that is new, or has moved up, is most often written on top; the exceptions that the school
lives with then stand below it, and are never reached.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bellgate.policy.action import ACTIONS, is_open
from bellgate.policy.decide import Policy, Rule
from bellgate.policy.first_match import decided
from bellgate.policy.source import Source
from bellgate.policy.walk import clock_time
from bellgate.policy.what import HIDDEN, OTHER, What
from bellgate.policy.who import Device, Who

_NAMED = 3
"""Sites that are named one by one."""
_NOWHERE = Source("", 0)


@dataclass(frozen=True, slots=True)
class _Question:
    """Somebody and a subject, as both policies know them; `subject` is its word in a rule."""

    was: tuple[Who, What]
    now: tuple[Who, What]
    whose: str
    subject: str


def overtaken(old: Policy, new: Policy, since: datetime) -> Iterator[str]:
    """`rule Staff meeting is above School accounts, which allows facebook for office-pc: from
    Tuesday 2027-01-05 15:45 it is closed there`, for each two rules, of the time from `since`."""
    for i, rule in enumerate(new.rules):
        for below in new.rules[i + 1 :]:
            if is_open(rule.action) or not is_open(below.action) or _stood(old, rule, below):
                continue
            closed = list(_closed(old, new, rule, below, since))
            if closed:
                yield _sentence(new, rule, below, closed)


def _stood(old: Policy, rule: Rule, below: Rule) -> bool:
    """Whether both said the same before, in the same order."""
    before = [replace(each, source=_NOWHERE, clause="") for each in old.rules]
    one, other = (replace(each, source=_NOWHERE, clause="") for each in (rule, below))
    return one in before and other in before[before.index(one) :]


def _sentence(
    policy: Policy, rule: Rule, below: Rule, closed: Sequence[tuple[_Question, datetime]]
) -> str:
    subjects = sorted({question.subject for question, _ in closed})
    more = f" and {len(subjects) - _NAMED} more" if len(subjects) > _NAMED else ""
    what = ", ".join(subjects[:_NAMED]) + more
    whom = ", ".join(dict.fromkeys(question.whose for question, _ in closed))
    first = clock_time(min(at for _, at in closed), policy.year.zone)
    them = "they are" if len(subjects) > 1 else "it is"
    asked = "asked about" if rule.action == "ask" else "closed"
    return (
        f"rule {rule.name} is above {below.name}, which {ACTIONS[below.action].does} {what} "
        f"for {whom}: from {first} {them} {asked} there; to leave that as it was, move "
        f"{rule.name} below {below.name}"
    )


def _closed(
    old: Policy, new: Policy, rule: Rule, below: Rule, since: datetime
) -> Iterator[tuple[_Question, datetime]]:
    """What the rule below decided until now and the one above it does now, with the first time."""
    if (was_below := next((r for r in old.rules if r.name == below.name), None)) is None:
        return
    for question in _questions(old, new, rule, below):
        before = decided(old, was_below, *question.was)
        after = decided(new, rule, *question.now)
        both = before.minus(before.minus(after))
        at = since if since in both else next((b for b in both.bounds[::2] if b > since), None)
        if at is not None:
            yield question, at


def _questions(old: Policy, new: Policy, rule: Rule, below: Rule) -> Iterator[_Question]:
    whom = [(whose, was, now) for whose, was, now in _people(old, new)
            if rule.about_whom(now) and below.about_whom(now)]  # fmt: skip
    if not whom:
        return
    for subject, before, after in _subjects(old, new, rule, below):
        if rule.about_what(after) and below.about_what(after):
            found: set[str] = set()
            for whose, was, now in whom:
                if not found & now.groups:
                    yield _Question((was, before), (now, after), whose, subject)
                if now.device is None:
                    found.add(whose)


def _people(old: Policy, new: Policy) -> Iterator[tuple[str, Who, Who]]:
    """Each group, the outer first, and each device, that both policies know."""
    for name, group in sorted(new.groups.items(), key=lambda each: len(each[1].chain)):
        if name in old.groups:
            yield name, Who(old.groups[name], None, "unknown"), Who(group, None, "unknown")
    devices = {d.name: d for d in old.directory.devices}
    for device in new.directory.devices:
        if device.name in devices:
            yield device.name, _with(old, devices[device.name]), _with(new, device)


def _with(policy: Policy, device: Device) -> Who:
    return Who(policy.groups[device.group], device, "unknown")


def _subjects(
    old: Policy, new: Policy, rule: Rule, below: Rule
) -> Iterator[tuple[str, What, What]]:
    """What the two rules may both be about: services, lists, domains, and what shows no name."""
    services = (*new.index.services.values(), *(listed.service for listed in new.index.lists))
    for service in services:
        if rule.names_service(service) and below.names_service(service):
            yield service.id, What(service), What(service)
    for word in dict.fromkeys((*rule.what, *below.what)):
        if "." in word:
            yield word, old.index.look_up(word), new.index.look_up(word)
    for what in (HIDDEN, OTHER):
        assert what.service is not None
        yield what.service.id, what, what

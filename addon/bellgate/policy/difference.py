"""Two policies -> what is different, in sentences that a technician reads in the record.

Words only, about what the files say. Pure; the order is that of the files.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from bellgate.policy.action import ACTIONS
from bellgate.policy.day_shape import DayShape, Window
from bellgate.policy.decide import Edition, Policy, Rule
from bellgate.policy.wall_clock import WEEKDAYS
from bellgate.policy.what import NameSet, Service
from bellgate.policy.who import Device, Group
from bellgate.policy.year import SchoolYear, SpecialDay, Term, WeekDay

MOST = 50
"""Sentences in one record; beyond that nobody reads them, and the hashes name both anyway."""


def differences(old: Policy, new: Policy) -> tuple[str, ...]:
    """What the new policy says otherwise. Empty where only comments or layout changed."""
    found = [
        *_of_the_edition(old.edition, new.edition),
        *_of_observing(old, new),
        *_of_the_year(old.year, new.year),
        *_of_the_rules(old.rules, new.rules),
        *_of_the_people(old, new),
        *_of_the_services(old, new),
        *_of_the_lists(old, new),
    ]
    if len(found) > MOST:
        found[MOST:] = [f"and {len(found) - MOST} more differences"]
    return tuple(found)


_OF_AN_EDITION: Final = {
    "school": "the school",
    "title": "the policy's title",
    "gateway": "the gateway's name",
    "contact": "the contact",
    "notice": "the notice",
    "catalogue": "the day of the catalogue of services",
}
"""What the pages and the records quote of school.yaml, and of which day the catalogue is."""


def _of_the_edition(old: Edition, new: Edition) -> Iterator[str]:
    yield from _of_words(old, new, _OF_AN_EDITION)


def _of_words(old: object, new: object, called: Mapping[str, str]) -> Iterator[str]:
    for field, what in called.items():
        was, now = getattr(old, field), getattr(new, field)
        if was != now:
            yield f"{what} is now “{now or 'nothing'}”, was “{was or 'nothing'}”"


def _of_observing(old: Policy, new: Policy) -> Iterator[str]:
    if new.observe and not old.observe:
        yield "the gate now only observes: nothing is refused, and no device is recorded"
    if old.observe and not new.observe:
        yield "the gate no longer only observes: the rules are carried out"


def _of_the_year(old: SchoolYear, new: SchoolYear) -> Iterator[str]:
    if str(old.zone) != str(new.zone):
        yield f"the time zone is now {new.zone}, was {old.zone}"
    if old.open_days != new.open_days:
        yield f"open days are now {_days(new.open_days)}, were {_days(old.open_days)}"
    yield from _of_a_shape("", old.shape, new.shape)
    for group in _either(old.shapes_for, new.shapes_for):
        nothing = DayShape()
        before, after = old.shapes_for.get(group, nothing), new.shapes_for.get(group, nothing)
        yield from _of_a_shape(f"{group} ", before, after)
    terms_before, terms_after = ({t.name: t for t in y.terms} for y in (old, new))
    for name in _either(terms_before, terms_after):
        yield from _of_a_term(terms_before.get(name), terms_after.get(name))
    yield from _of_days(old.dates, new.dates)
    yield from _of_days(old.weekdays, new.weekdays)
    if _in_order(old.dates, new.dates) or _in_order(old.weekdays, new.weekdays):
        yield "days that differ are now in another order: where two speak of a day, the later holds"


def _in_order(old: Sequence[SpecialDay | WeekDay], new: Sequence[SpecialDay | WeekDay]) -> bool:
    """Whether the days of both are in another order."""
    before, after = [_without_line(d) for d in old], [_without_line(d) for d in new]
    return [d for d in before if d in after] != [d for d in after if d in before]


def _of_days(
    old: Sequence[SpecialDay | WeekDay], new: Sequence[SpecialDay | WeekDay]
) -> Iterator[str]:
    for day in (d for d in old if not _among(d, new)):
        yield f"{_dated(day)} is no longer there"
    for day in (d for d in new if not _among(d, old)):
        yield f"{_dated(day)} is new"


def _of_a_shape(whose: str, old: DayShape, new: DayShape) -> Iterator[str]:
    for before, after in ((old.sessions, new.sessions), (old.breaks, new.breaks)):
        earlier = {w.name: w for w in before or ()}
        later = {w.name: w for w in after or ()}
        for name in _either(earlier, later):
            yield from _of_a_window(f"{whose}{name}", earlier.get(name), later.get(name))


def _of_a_window(what: str, old: Window | None, new: Window | None) -> Iterator[str]:
    if old is None and new is not None:
        yield f"{what} is new, {new.start:%H:%M} to {new.end:%H:%M}"
    elif new is None and old is not None:
        yield f"{what} is no longer there, was {old.start:%H:%M} to {old.end:%H:%M}"
    elif old is not None and new is not None:
        if old.start != new.start:
            yield f"{what} now starts {new.start:%H:%M}, was {old.start:%H:%M}"
        if old.end != new.end:
            yield f"{what} now ends {new.end:%H:%M}, was {old.end:%H:%M}"


def _of_a_term(old: Term | None, new: Term | None) -> Iterator[str]:
    if old is None and new is not None:
        yield f"{new.name} is new, {_date(new.first_day)} to {_date(new.last_day)}"
    elif new is None and old is not None:
        yield f"{old.name} is no longer there"
    elif old is not None and new is not None:
        if old.first_day != new.first_day:
            yield f"{new.name} now starts {_date(new.first_day)}, was {_date(old.first_day)}"
        if old.last_day != new.last_day:
            yield f"{new.name} now ends {_date(new.last_day)}, was {_date(old.last_day)}"
        if old.half_term != new.half_term:
            was = _span(old.half_term)
            yield f"half-term of {new.name} is now {_span(new.half_term)}, was {was}"


def _of_the_rules(old: tuple[Rule, ...], new: tuple[Rule, ...]) -> Iterator[str]:
    before, after = {r.name: r for r in old}, {r.name: r for r in new}
    for name in _either(before, after):
        if name not in after:
            yield f"rule {name} is no longer there"
        elif name not in before:
            yield f"rule {name} is new: it {_said(after[name])}"
        else:
            yield from _of_a_rule(before[name], after[name])
    both = before.keys() & after.keys()
    if [r.name for r in old if r.name in both] != [r.name for r in new if r.name in both]:
        yield f"the rules are now in this order: {', '.join(r.name for r in new)}"


def _of_a_rule(old: Rule, new: Rule) -> Iterator[str]:
    said, was = _said(new), _said(old, before=True)
    if said != _said(old):
        yield f"rule {new.name} now {said}; before, it {was}"
    elif old.when != new.when:
        yield f"rule {new.name} now holds at other times"
    if old.ask_for != new.ask_for:
        now, earlier = _long(new.ask_for), _long(old.ask_for)
        yield f"rule {new.name}: an answer now opens it for {now}, before for {earlier}"
    if old.clause != new.clause:
        yield f"rule {new.name} now quotes “{new.clause}”, before “{old.clause}”"


def _long(length: timedelta | None) -> str:
    """`1 hour`, `90 minutes`."""
    if length is None:
        return "no time"
    hours, rest = divmod(length, timedelta(hours=1))
    if hours and not rest:
        return f"{hours} hour{'s' if hours > 1 else ''}"
    minutes, rest = divmod(length, timedelta(minutes=1))
    number, unit = (minutes, "minute") if not rest else (int(length.total_seconds()), "second")
    return f"{number} {unit}{'s' if number != 1 else ''}"


def _of_the_people(old: Policy, new: Policy) -> Iterator[str]:
    for name in _either(old.groups, new.groups):
        before, after = old.groups.get(name), new.groups.get(name)
        if after is None or before is None:
            yield f"group {name} is {'no longer there' if after is None else 'new'}"
        else:
            yield from _of_a_group(before, after)
    networks = [{str(n.network): n.group for n in p.directory.networks} for p in (old, new)]
    for network in _either(*networks):
        was, now = (n.get(network, "no group's") for n in networks)
        if was != now:
            yield f"network {network} is now {now}, was {was}"
    if old.directory.unknown_devices != new.directory.unknown_devices:
        yield f"unknown devices are now {new.directory.unknown_devices}"
    devices = [{d.name: d for d in p.directory.devices} for p in (old, new)]
    for name in _either(*devices):
        yield from _of_a_device(name, devices[0].get(name), devices[1].get(name))


def _of_a_group(old: Group, new: Group) -> Iterator[str]:
    if old.chain != new.chain:
        outer = " in ".join(new.chain[1:]) or "no other group"
        yield f"group {new.name} is now part of {outer}"
    if old.trusts_certificate != new.trusts_certificate:
        yield f"group {new.name} {_trusts(new.trusts_certificate)}"
    if old.wording != new.wording:
        yield f"group {new.name} now reads pages in the words for {new.wording}"
    for unit, was, now in (
        ("days", old.days_a_year, new.days_a_year),
        ("sessions", old.sessions_a_year, new.sessions_a_year),
    ):
        if was != now:
            said, before = ("no number" if n is None else str(n) for n in (now, was))
            yield f"group {new.name} is now to have {said} of {unit} a year, before {before}"


def _trusts(trusts: bool) -> str:
    return f"{'now trusts' if trusts else 'no longer trusts'} the school's certificate"


def _of_a_device(name: str, old: Device | None, new: Device | None) -> Iterator[str]:
    if old is None or new is None:
        yield f"device {name} is {'no longer there' if new is None else 'new'}"
        return
    if old.group != new.group:
        yield f"device {name} is now in {new.group}, was in {old.group}"
    if old.others != new.others:
        others = ", ".join(sorted(new.others)) or "none"
        yield f"the further groups of device {name} are now {others}"
    if old.holders != new.holders:
        yield f"device {name} has other holders"
    for what, was, now in (
        ("network address (MAC)", old.macs, new.macs),
        ("IP address", old.ips, new.ips),
    ):
        if was != now:
            said, before = (", ".join(each) or "none" for each in (now, was))
            yield f"the {what} of device {name} is now {said}, was {before}"
    if old.shared != new.shared:
        yield f"device {name} is {'now' if new.shared else 'no longer'} shared"
    if old.trusts_certificate != new.trusts_certificate:
        yield f"device {name} {_trusts(new.trusts_certificate)}"


def _of_the_services(old: Policy, new: Policy) -> Iterator[str]:
    before, after = old.index.services, new.index.services
    for name in _either(before, after):
        if name not in after or name not in before:
            yield f"service {name} is {'new' if name in after else 'no longer there'}"
        else:
            yield from _of_a_service(before[name], after[name])
    if old.index.needed != new.index.needed:
        yield f"names that no list reaches are now {_names(new.index.needed, old.index.needed)}"


def _of_a_service(old: Service, new: Service) -> Iterator[str]:
    yield from _of_words(
        old,
        new,
        {"name": f"service {new.id}: its name", "category": f"service {new.id}: its category"},
    )
    for field in ("domains", "hosts", "embeds", "background", "stays_open"):
        was, now = getattr(old, field), getattr(new, field)
        if was != now:
            word = "not" if field == "stays_open" else field
            yield f"service {new.id}: its “{word}” has {_names(now, was)}"
    if old.own != new.own:
        yield f"service {new.id} is now {'the school’s own' if new.own else 'the shipped'} entry"


def _names(now: Iterable[str], was: Iterable[str]) -> str:
    """`a.example more, b.example less`; the order alone changes nothing that is named here."""
    more, less = sorted({*now} - {*was}), sorted({*was} - {*now})
    said = [f"{', '.join(more)} more"] if more else []
    said += [f"{', '.join(less)} less"] if less else []
    return ", ".join(said) or "another order"


def _count(names: NameSet) -> str:
    return "1 name" if len(names) == 1 else f"{len(names):,} names"


def _of_the_lists(old: Policy, new: Policy) -> Iterator[str]:
    before, after = ({each.origin: each for each in p.index.lists} for p in (old, new))
    for origin in _either(before, after):
        was, now = before.get(origin), after.get(origin)
        if now is None:
            yield f"list {origin} is no longer there"
        elif was is None:
            yield f"list {origin} is new, {_count(now.names)}"
        elif was.names != now.names:
            yield f"list {origin} now has {_count(now.names)}, had {len(was.names):,}"
        elif was.service.category != now.service.category:
            yield f"list {origin} is now of {now.service.category}"
        elif replace(was.service, source=None) != replace(now.service, source=None):
            yield f"list {origin} is now of the service {now.service.name}"
    both = before.keys() & after.keys()
    if [o for o in before if o in both] != [o for o in after if o in both]:
        yield f"the lists are now in this order: {', '.join(after)}"


def _said(rule: Rule, *, before: bool = False) -> str:
    """What a rule does, or did."""
    kind = ACTIONS[rule.action]
    verb = kind.verb.lower() if before else kind.does
    times = ", ".join(map(str, rule.when))
    return f"{verb} {', '.join(rule.what)} for {', '.join(rule.who)} ({times})"


def _dated(day: SpecialDay | WeekDay) -> str:
    if isinstance(day, WeekDay):
        return f"{day.name} each {_days(day.days)}"
    return f"{day.name} on {_span((day.first, day.last))}"


def _among(day: SpecialDay | WeekDay, others: Sequence[SpecialDay | WeekDay]) -> bool:
    """Whether a day that differs is there, wherever its line is now."""
    return any(_without_line(day) == _without_line(other) for other in others)


def _without_line(day: SpecialDay | WeekDay) -> tuple[object, ...]:
    when = (day.days,) if isinstance(day, WeekDay) else (day.first, day.last)
    hours = (day.shape, day.starts, day.ends, day.extra)
    return (day.name, *when, day.closed_to, day.open_to, day.for_groups, *hours)


def _span(dates: tuple[date, date] | None) -> str:
    if dates is None:
        return "none"
    first, last = map(_date, dates)
    return first if first == last else f"{first} to {last}"


def _date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _days(numbers: Iterable[int]) -> str:
    return ", ".join(WEEKDAYS[n] for n in sorted(numbers))


def _either(one: Mapping[str, object], two: Mapping[str, object]) -> list[str]:
    """The keys of both, in the order of the files."""
    return list(dict.fromkeys((*one, *two)))

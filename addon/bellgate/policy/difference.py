"""Two policies -> what is different, in sentences that a technician reads in the record.

Words only, about what the files say. Pure; the order is that of the files.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bellgate.policy.action import ACTIONS
from bellgate.policy.closed_by import by_rules
from bellgate.policy.decide import Edition, Policy, Rule
from bellgate.policy.intervals import DAWN
from bellgate.policy.moved import moved
from bellgate.policy.renamed import renamed
from bellgate.policy.source import Source
from bellgate.policy.wall_clock import dates_in_words, length_in_words
from bellgate.policy.what import Listed, NameSet, Service
from bellgate.policy.when import MANY_TIMES, in_short
from bellgate.policy.who import Device, Directory, Group, Holder
from bellgate.policy.year_difference import year_differences

_NOWHERE: Final = Source("", 0)
_NAMED: Final = 10
"""New devices of a group that are named; of more it is said how many they are."""
MOST = 50
"""Sentences in one record; beyond that nobody reads them, and the hashes name both anyway."""


def differences(old: Policy, new: Policy) -> tuple[str, ...]:
    """What the new policy says otherwise. Empty where only comments or layout changed."""
    found = [
        *_of_the_edition(old.edition, new.edition),
        *_of_observing(old, new),
        *year_differences(old.year, new.year),
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


def _of_the_rules(old: tuple[Rule, ...], new: tuple[Rule, ...]) -> Iterator[str]:
    before, after = {r.name: r for r in old}, {r.name: r for r in new}
    called = renamed(before, after, _but_for_its_name)
    for name, was, now in _paired(before, after, called):
        if name in called:
            yield f"rule {called[name]} is now called {name}"
        elif now is None:
            yield f"rule {name} is no longer there"
        elif was is None:
            yield f"rule {name} is new: it {_said(now)}"
        else:
            yield from _of_a_rule(was, now)
    now_called = {earlier: name for name, earlier in called.items()}
    order = [now_called.get(r.name, r.name) for r in old]
    for name, place in moved(order, [r.name for r in new]):
        yield f"rule {name} is now {place}"


def _of_a_rule(old: Rule, new: Rule) -> Iterator[str]:
    said, was = _said(new), _said(old, before=True)
    if said != _said(old) and not _only_dates(old, new):
        yield f"rule {new.name} now {said}; before, it {was}"
    elif old.when != new.when:
        times = _names([str(when) for when in new.when], [str(when) for when in old.when])
        yield f"rule {new.name} now applies at other times: {times}"
    if old.ask_for != new.ask_for:
        now, earlier = (length_in_words(r.ask_for) if r.ask_for else "no time" for r in (new, old))
        yield f"rule {new.name}: an answer now opens it for {now}, before for {earlier}"
    if old.clause != new.clause:
        yield f"rule {new.name} now quotes “{new.clause}”, before “{old.clause}”"


def _only_dates(old: Rule, new: Rule) -> bool:
    """Whether only some of a long list of times differ: then those alone are worth reading."""
    long = min(len(old.when), len(new.when)) > MANY_TIMES
    return long and _said(replace(new, when=old.when)) == _said(old)


def _of_the_people(old: Policy, new: Policy) -> Iterator[str]:
    yield from _of_the_groups(old.groups, new.groups)
    yield from _of_the_networks(old.directory, new.directory)
    if old.directory.unknown_devices != new.directory.unknown_devices:
        yield f"unknown devices are now {new.directory.unknown_devices}"
    before, after = ({d.name: d for d in p.directory.devices} for p in (old, new))
    called = renamed(before, after, _but_for_its_name)
    for name, was, now in _paired(before, after, called):
        if name in called:
            yield f"device {called[name]} is now called {name}"
        else:
            yield from _of_a_device(name, was, now)
            held = [_held(was, old.year.zone), _held(now, new.year.zone)] if was and now else []
            if held and held[0] != held[1]:
                yield f"device {name} is now issued to {held[1]}, was to {held[0]}"
    come = [d for name, d in after.items() if name not in before and name not in called]
    yield from _of_the_new_devices(come)
    yield from _of_the_recognised(old.directory, new.directory)


def _of_the_new_devices(devices: Sequence[Device]) -> Iterator[str]:
    """Those of one group together, with whether they are to see the page."""
    alike: dict[tuple[str, bool], list[str]] = {}
    for device in devices:
        alike.setdefault((device.group, device.trusts_certificate), []).append(device.name)
    for (group, trusts), names in alike.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        said = f"{', '.join(names[:_NAMED])}{more}"
        are = f"devices {said} are" if len(names) > 1 else f"device {said} is"
        kind = "trusting" if trusts else "not trusting"
        yield f"{are} new, in {group}, {kind} the school's certificate"


def _of_the_recognised(old: Directory, new: Directory) -> Iterator[str]:
    """Which devices are known by nothing from now on, and which of them are known again."""
    before, after = (
        {d.name: d.group for d in each.devices if each.is_never_recognised(d)}
        for each in (old, new)
    )
    for name, group in after.items():
        if name not in before:
            yield f"device {name} is not recognised: its group {group} has no network"
    for name in before:
        if name not in after and any(d.name == name for d in new.devices):
            yield f"device {name} is recognised now"


def _held(device: Device, zone: ZoneInfo) -> str:
    """Its holders with their days, by the clock on the wall: another zone changes nothing."""

    def days(holder: Holder) -> str:
        said = holder.person
        if holder.start != DAWN:
            said += f" from {dates_in_words(holder.start.astimezone(zone).date())}"
        if holder.end is not None:
            last = holder.end.astimezone(zone).date() - timedelta(days=1)
            said += f" to {dates_in_words(last)}"
        return said

    return ", ".join(map(days, device.holders)) or "nobody"


def _of_the_networks(old: Directory, new: Directory) -> Iterator[str]:
    before, after = ({str(n.network): n.group for n in d.networks} for d in (old, new))
    for network in _either(before, after):
        was, now = before.get(network), after.get(network)
        if now is None:
            yield f"network {network} is no longer there: it was for {was}"
        elif was is None:
            yield f"network {network} is new, for {now}"
        elif was != now:
            yield f"network {network} is now for {now}, was for {was}"


def _of_the_groups(old: Mapping[str, Group], new: Mapping[str, Group]) -> Iterator[str]:
    called = renamed(old, new, lambda g: replace(g, name="", chain=g.chain[1:], source=None))
    for name, was, now in _paired(old, new, called):
        if name in called:
            yield f"group {called[name]} is now called {name}"
        elif was is None or now is None:
            yield f"group {name} is {'no longer there' if now is None else 'new'}"
        else:
            yield from _of_a_group(was, now)


def _of_a_group(old: Group, new: Group) -> Iterator[str]:
    if old.chain != new.chain:
        outer = " in ".join(new.chain[1:]) or "no other group"
        yield f"group {new.name} is now part of {outer}"
    if old.trusts_certificate != new.trusts_certificate:
        yield f"group {new.name} {_trusts(new.trusts_certificate)}"
    if old.wording != new.wording:
        yield f"group {new.name} now sees pages worded for {new.wording}"
    for key in ("days_a_year", "sessions_a_year"):
        now, was = (getattr(group, key) or "not given" for group in (new, old))
        if was != now:
            yield f"group {new.name}: {key} is now {now}, was {was}"


def _trusts(trusts: bool) -> str:
    return f"{'now trusts' if trusts else 'no longer trusts'} the school's certificate"


def _of_a_device(name: str, old: Device | None, new: Device | None) -> Iterator[str]:
    if old is None or new is None:
        if new is None:
            yield f"device {name} is no longer there"
        return
    if old.group != new.group:
        yield f"device {name} is now in {new.group}, was in {old.group}"
    if old.others != new.others:
        others = ", ".join(sorted(new.others)) or "none"
        yield f"the other groups of device {name} are now {others}"
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
    called = renamed(before, after, lambda service: replace(service, id="", source=None))
    for name, was, now in _paired(before, after, called):
        if name in called:
            yield f"service {called[name]} is now called {name} in the rules"
        elif was is None or now is None:
            come = f"new: {by_rules(now, new)}" if now else "no longer there"
            yield f"service {name} is {come}"
        else:
            yield from _of_a_service(was, now)
            if was.category != now.category:
                yield f"service {name}: {by_rules(now, new)}"
    for name in sorted(new.index.needed - old.index.needed):
        yield f"{name} is now needed: no list and no shipped service closes it"
    for name in sorted(old.index.needed - new.index.needed):
        yield f"{name} is no longer needed: a list or a shipped service may close it"


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
            yield f"service {new.id}: “{word}” is now {_names(now, was)}"
    if old.own != new.own:
        yield f"service {new.id} is now {'the school’s own' if new.own else 'the shipped'} entry"


def _names(now: Iterable[str], was: Iterable[str]) -> str:
    """`with a.example, without b.example`; the order alone changes nothing that is named here."""
    more, less = sorted({*now} - {*was}), sorted({*was} - {*now})
    said = [f"with {', '.join(more)}"] if more else []
    said += [f"without {', '.join(less)}"] if less else []
    return ", ".join(said) or "in another order"


def _count(names: NameSet) -> str:
    return "1 name" if len(names) == 1 else f"{len(names):,} names"


def _of_the_lists(old: Policy, new: Policy) -> Iterator[str]:
    before, after = ({each.origin: each for each in p.index.lists} for p in (old, new))
    # What follows a # only says that the list starts afresh.
    called = renamed(before, after, lambda each: each.origin.partition("#")[0])
    for origin, was, now in _paired(before, after, called):
        if origin in called:
            had, has = before[called[origin]].names, after[origin].names
            yield f"list {origin} starts afresh with {_count(has)}, had {len(had):,}"
        elif now is None:
            yield f"list {origin} is no longer there"
        elif was is None:
            yield f"list {origin} is new, {_count(now.names)}{now.reach}: {_closing(now, new)}"
        elif was.format != now.format:
            count = f"{_count(now.names)}{now.reach}"
            yield f"list {origin} is now read as {now.format}, was as {was.format}: {count}"
        elif was.names != now.names:
            yield f"list {origin} now has {_count(now.names)}, had {len(was.names):,}"
        elif was.service.category != now.service.category:
            yield f"list {origin} now counts as {now.service.category}: {_closing(now, new)}"
        elif replace(was.service, source=None) != replace(now.service, source=None):
            yield f"list {origin} is now called {now.service.id} in the rules"
    for origin, place in moved([*before], [*after]):
        yield f"list {origin} is now {place}"


def _closing(listed: Listed, policy: Policy) -> str:
    return by_rules(listed.service, policy, "them")


def _said(rule: Rule, *, before: bool = False) -> str:
    """What a rule does, or did."""
    kind = ACTIONS[rule.action]
    verb = kind.verb.lower() if before else kind.does
    return f"{verb} {', '.join(rule.what)} for {', '.join(rule.who)} ({in_short(rule.when)})"


def _either(one: Mapping[str, object], two: Mapping[str, object]) -> list[str]:
    """The keys of both, in the order of the files."""
    return list(dict.fromkeys((*one, *two)))


def _but_for_its_name(entry: Rule | Device) -> object:
    return replace(entry, name="", source=_NOWHERE)


def _paired[T](
    before: Mapping[str, T], after: Mapping[str, T], called: Mapping[str, str]
) -> Iterator[tuple[str, T | None, T | None]]:
    """Each name with what it was and what it is. An old name of what is renamed is left out."""
    for name in _either(before, after):
        if name not in called.values():
            yield name, before.get(name), after.get(name)

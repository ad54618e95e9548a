"""What only shows once everything is compiled: rules and services that change nothing."""

from collections.abc import Iterable, Iterator

from bellgate.policy.decide import Policy, Rule
from bellgate.policy.intervals import Intervals
from bellgate.policy.what import CATEGORIES, categories_meant
from bellgate.policy.when import intervals_of
from bellgate.policy.who import EVERYONE, Group
from bellgate.schedules.checks.place import warning
from bellgate.schedules.compile import Files, is_under
from bellgate.schedules.problem import Problem

Found = Iterator[Problem]


def every_rule_can_match(files: Files, policy: Policy) -> Found:
    for i, rule in enumerate(policy.rules):
        groups = tuple(_groups(policy, rule))
        # Without any terms no session ever comes, which is told once and not for each rule.
        timed = policy.year.terms and groups
        if timed and not any(_times(policy, rule, group).bounds for group in groups):
            whens = ", ".join(map(str, rule.when))
            message = f"{rule.name} never matches: {whens} never happens for {', '.join(rule.who)}"
            yield warning(files.rules, ("rules", i), message)
            continue
        before = [r for r in policy.rules[:i] if _covers(policy, r, rule)]
        if before and groups and all(_left(policy, rule, before, g) == 0 for g in groups):
            named = ", ".join(f"{r.name} (line {r.source.line})" for r in before)
            message = f"{rule.name} can never match: {named} always comes first"
            yield warning(files.rules, ("rules", i), message, "move it up, or take it out")


def every_service_is_named(files: Files, policy: Policy) -> Found:
    words = {word for rule in policy.rules for word in rule.what}
    meant = {category for word in words for category in categories_meant(word)}
    for i, form in enumerate(files.services.form.services):
        if form.id not in words and form.category not in meant:
            message = f"no rule names {form.name}, or its category {form.category}"
            yield warning(files.services, ("services", i), message)
    for i, listed in enumerate(files.services.form.lists):
        if listed.category not in meant:
            message = f"no rule names {listed.category}, so {listed.source} closes nothing"
            yield warning(files.services, ("lists", i), message)
    shipped = [s for s in policy.index.services.values() if not s.own]
    silent = [c for c in CATEGORIES if c not in meant and any(s.category == c for s in shipped)]
    unnamed = [s for s in shipped if s.category in silent and s.id not in words]
    if unnamed:
        message = f"no rule names {', '.join(silent)}: {len(unnamed)} shipped services stay open"
        yield warning(files.rules, ("rules",), f"rules: {message}")


def who_is_asked_sees_the_page(files: Files, policy: Policy) -> Found:
    devices = {d.name: d for d in policy.directory.devices}
    for i, rule in enumerate(policy.rules):
        if rule.action != "ask":
            continue
        blind = {
            word
            for word in rule.who
            if (word in devices and not devices[word].trusts_certificate)
            or (word in policy.groups and not policy.groups[word].trusts_certificate)
        }
        if EVERYONE in rule.who:
            blind |= {g.name for g in policy.groups.values() if not g.trusts_certificate}
        if blind:
            message = (
                f"{rule.name} asks {', '.join(sorted(blind))}, whose devices do not trust "
                "the certificate: they are refused without a question"
            )
            yield warning(files.rules, ("rules", i, "who"), message)


def _groups(policy: Policy, rule: Rule) -> Iterator[Group]:
    """The groups in which somebody can be whom a rule is about."""
    for group in policy.groups.values():
        if EVERYONE in rule.who or any(word in group.chain for word in rule.who):
            yield group
    for device in policy.directory.devices:
        if device.name in rule.who or any(word in device.others for word in rule.who):
            yield policy.groups[device.group]


def _times(policy: Policy, rule: Rule, group: Group) -> Intervals:
    return intervals_of(rule.when, policy.timetable(group))


def _left(policy: Policy, rule: Rule, before: Iterable[Rule], group: Group) -> int:
    """How many stretches of time the earlier rules leave to a rule."""
    left = _times(policy, rule, group)
    for earlier in before:
        left = left.minus(_times(policy, earlier, group))
    return len(left.bounds)


def _covers(policy: Policy, earlier: Rule, rule: Rule) -> bool:
    """Whether the earlier rule is about everybody and everything that the other is about."""
    return all(_who_within(policy, word, earlier) for word in rule.who) and all(
        _what_within(policy, word, earlier) for word in rule.what
    )


def _who_within(policy: Policy, word: str, rule: Rule) -> bool:
    if EVERYONE in rule.who or word in rule.who:
        return True
    if word in policy.groups:
        return any(g in rule.who for g in policy.groups[word].chain)
    device = next((d for d in policy.directory.devices if d.name == word), None)
    if device is None:
        return False
    return any(g in rule.who for g in (*policy.groups[device.group].chain, *device.others))


def _what_within(policy: Policy, word: str, rule: Rule) -> bool:
    if word in rule.what:
        return True
    meant = {c for w in rule.what for c in categories_meant(w)}
    if "." in word:
        return any("." in w and is_under(word, w) for w in rule.what)
    service = policy.index.services.get(word)
    if service is not None:
        return service.category in meant
    return set(categories_meant(word)) <= meant

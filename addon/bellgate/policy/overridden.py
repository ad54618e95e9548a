"""Which rules an exemption opens against, for whoever grants it. Nothing is decided here."""

from bellgate.policy.action import is_open
from bellgate.policy.decide import Policy, Rule
from bellgate.policy.exemptions import Exemption, opens
from bellgate.policy.when import Always
from bellgate.policy.who import EVERYONE


def overridden(policy: Policy, exemption: Exemption) -> tuple[Rule, ...]:
    """The rules that close at all times what the exemption opens, in their order."""
    return tuple(
        rule
        for rule in policy.rules
        if any(isinstance(when, Always) for when in rule.when)
        and not is_open(rule.action)
        and _meet(policy, rule, exemption)
    )


def said_of(rule: Rule) -> str:
    """What whoever opens something against it is told."""
    return f"This overrides the rule {rule.name} ({rule.source}), which always applies."


def _meet(policy: Policy, rule: Rule, exemption: Exemption) -> bool:
    """Whether a rule is about anybody and anything that an exemption opens."""
    services = [s for s in policy.index.services.values() if opens(exemption, s)]
    return any(rule.names_service(service) for service in services) and any(
        _concerns(policy, rule, word) for word in exemption.who
    )


def _concerns(policy: Policy, rule: Rule, word: str) -> bool:
    if EVERYONE in (word, *rule.who) or word in rule.who:
        return True
    if word in policy.groups:
        chain = policy.groups[word].chain
        inner = (g.name for g in policy.groups.values() if word in g.chain)
        return any(name in rule.who for name in (*chain, *inner))
    devices = (
        d
        for d in policy.directory.devices
        if d.name == word or any(h.person == word for h in d.holders)
    )
    return any(
        name in rule.who
        for d in devices
        for name in (d.name, *policy.groups[d.group].chain, *d.others)
    )

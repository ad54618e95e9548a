"""Which rules are about a service or a list, and what each does to whom: one sentence.

A site is closed by what it counts as: whoever adds one wants to know for whom that closes it.
"""

from collections.abc import Iterable

from bellgate.policy.action import ACTIONS
from bellgate.policy.decide import Rule
from bellgate.policy.what import Service
from bellgate.policy.when import Always, in_short
from bellgate.policy.who import EVERYONE


def by_rules(service: Service, rules: Iterable[Rule], them: str = "it") -> str:
    """`the rule Pupils blocks it for pupils, guests (school day); the rule Staff …`, in the order
    of the file: the first that matches decides, so whom one has at all times is in no later one."""
    said: list[str] = []
    settled: set[str] = set()
    for rule in rules:
        whom = [word for word in rule.who if word not in settled]
        if EVERYONE in settled or not whom or not rule.names_service(service):
            continue
        does = f"{ACTIONS[rule.action].does} {them} for {', '.join(whom)}"
        said.append(f"the rule {rule.name} {does} ({in_short(rule.when)})")
        if any(isinstance(when, Always) for when in rule.when):
            settled.update(whom)
    return "; ".join(said) or f"no rule names {them}, so nothing closes {them}"

"""Which rules are about a service or a list, and what each does to whom: one sentence.

A site is closed by what it counts as: whoever adds one wants to know for whom that closes it.
"""

from collections.abc import Iterable

from bellgate.policy.action import ACTIONS
from bellgate.policy.decide import Rule
from bellgate.policy.what import Service
from bellgate.policy.when import in_short


def by_rules(service: Service, rules: Iterable[Rule], them: str = "it") -> str:
    """`the rule Pupils blocks it for pupils, guests (school day); the rule Staff …`, in the order
    of the file: the first that matches decides."""
    said = [
        f"the rule {rule.name} {ACTIONS[rule.action].does} {them} for {', '.join(rule.who)} "
        f"({in_short(rule.when)})"
        for rule in rules
        if rule.names_service(service)
    ]
    return "; ".join(said) or f"no rule names {them}, so nothing closes {them}"

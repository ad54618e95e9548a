"""Which rules decide about a service or a list, and what each does to whom: one sentence.

A site is closed by what it counts as: whoever adds one wants to know for whom that closes it.
"""

from collections.abc import Iterator

from bellgate.policy.action import ACTIONS
from bellgate.policy.decide import Policy, Rule
from bellgate.policy.first_match import decided, meant_by
from bellgate.policy.what import Service, What
from bellgate.policy.when import in_short


def by_rules(service: Service, policy: Policy, them: str = "it") -> str:
    """`the rule Pupils blocks it for pupils, guests (school day); the rule Staff …`, in the order
    of the file. The first rule that matches decides: one that never does is not named."""
    said: list[str] = []
    for rule in policy.rules:
        if rule.names_service(service) and (whom := list(_whom(policy, rule, What(service)))):
            does = f"{ACTIONS[rule.action].does} {them} for {', '.join(whom)}"
            said.append(f"the rule {rule.name} {does} ({in_short(rule.when)})")
    return "; ".join(said) or f"no rule names {them}, so nothing closes {them}"


def _whom(policy: Policy, rule: Rule, what: What) -> Iterator[str]:
    """The words of a rule's `who` for which it ever decides."""
    for word in rule.who:
        if any(decided(policy, rule, who, what).bounds for who in meant_by(word, policy)):
            yield word

"""Which names are restricted for anybody at one moment. Pure: made anew at each bell.

Restricted is whatever is not simply allowed: refused, asked about, or let through and recorded. All
of that is the gate's to do.
"""

from datetime import datetime

from bellgate.policy.decide import Policy
from bellgate.policy.facts import host_name
from bellgate.policy.who import Who


class Restricted:
    """Answers from a table of services: there are few, and names many."""

    def __init__(self, policy: Policy, instant: datetime) -> None:
        self._policy, self._instant = policy, instant
        self._subjects: dict[tuple[str | None, frozenset[str]], bool] = {}
        directory = policy.directory
        ruled = {word for rule in policy.rules for word in rule.who}
        self._everybody = [Who(group, None, "unknown") for group in policy.groups.values()] + [
            Who(directory.groups[device.group], device, "unknown")
            for device in directory.devices
            if device.name in ruled or device.others
        ]

    def names(self, name: str) -> bool:
        """Whether a name is restricted for somebody."""
        readable = host_name(name)
        if readable is None:
            return False
        what = self._policy.index.look_up(readable)
        known = self._subjects.get(what.subject)
        if known is None:
            known = self._subjects[what.subject] = any(
                self._policy.verdict(who, what, self._instant).action != "allow"
                for who in self._everybody
            )
        return known

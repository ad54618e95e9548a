"""What somebody opened for a time: an exemption, and whether it is about a connection.

Values only. They are looked up before the rules; how they are kept and recorded is not known here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bellgate.policy.what import Service, What, categories_meant
from bellgate.policy.who import EVERYONE, Who


@dataclass(frozen=True, slots=True)
class Exemption:
    """Open from `start` to before `until`. `who` are groups, devices, persons, addresses or
    `everyone`; `what` are services and categories, as in a rule.

    `by` is who granted it: a user of the machine, or `the page` where somebody answered what it
    is for.
    """

    id: str
    who: tuple[str, ...]
    what: tuple[str, ...]
    start: datetime
    until: datetime
    by: str
    reason: str

    def holds(self, instant: datetime) -> bool:
        return self.start <= instant < self.until

    def about(self, who: Who, source_ip: str, what: What) -> bool:
        """Whether it opens this subject for whoever is at the other end."""
        if what.service is None or not opens(self, what.service):
            return False
        device = who.device.name if who.device is not None else None
        known_as = {EVERYONE, *who.groups, device, who.person, source_ip}
        return any(word in known_as for word in self.who)


def opens(exemption: Exemption, service: Service) -> bool:
    """Whether a service is among those that an exemption names, by its id or its category."""
    return any(
        word == service.id or service.category in categories_meant(word) for word in exemption.what
    )


def in_force(exemptions: Iterable[Exemption], instant: datetime) -> tuple[Exemption, ...]:
    """Those that hold at an instant."""
    return tuple(e for e in exemptions if e.holds(instant))

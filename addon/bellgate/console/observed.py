"""What the gate would have closed while it only observed, summed from its own records. Nobody is
named there, and so nobody is here."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bellgate.policy.action import ACTIONS, is_open
from bellgate.policy.what import NAMELESS
from bellgate.review.index import GateEvent


@dataclass(frozen=True, slots=True)
class Would:
    """A service that would have been closed to a group, or recorded for it."""

    service: str
    group: str
    closed: bool
    attempts: int


def would_have_been(events: Iterable[GateEvent]) -> list[Would]:
    """Hidden names first: what hides its name is often equipment that would stop working; then the
    most frequent."""
    sums: Counter[tuple[str, str, bool]] = Counter()
    for event in events:
        facts = event.facts
        if event.action == "observed" and event.sound and facts.get("would") in ACTIONS:
            closed = not is_open(facts["would"])
            sums[str(facts["called"]), str(facts["group"]), closed] += int(facts["attempts"])
    found = [Would(*what, attempts) for what, attempts in sums.items()]
    return sorted(found, key=lambda w: (w.service != NAMELESS.name, not w.closed, -w.attempts))

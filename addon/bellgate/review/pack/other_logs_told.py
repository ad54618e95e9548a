"""What a pack says about the gateway's other logs, and about its own if set aside. Pure."""

from bellgate.review.pack.findings import Findings
from bellgate.review.pack.other_logs import REMOVED, Elsewhere
from bellgate.review.pack.phrases import count
from bellgate.review.pack.question import CURRENT


def logs_said(facts: Findings) -> list[str]:
    """Loudly, before everything else: anybody who reads one log must know that there are others."""
    said = []
    why = facts.material.set_aside
    if why is not None:
        because = f": {why}" if why else "; no record says why"
        said.append(
            f"This pack is made from {facts.question.log}, a log that was set aside{because}."
        )
    return said + [other_said(other, facts.question.subject) for other in facts.material.elsewhere]


def other_said(other: Elsewhere, subject: str) -> str:
    """What another log holds for the period, and how to make a pack from it."""
    said = [f"There is another log, {_named(other)}."]
    if other.trouble and not other.holds:
        said.append(f"What it held for this period is not known: {other.trouble}.")
    elif other.records:
        said.append(f"It holds {count(other.records, 'record')} of {subject} for this period.")
    elif other.holds:
        said.append(f"It holds records for this period, but none of {subject}.")
    if other.trouble and other.holds:
        said.append(f"However, {other.trouble}.")
    if other.deleted:
        said.append(
            f"{count(other.deleted, 'record')} from this period {_have(other.deleted)} been "
            "deleted from it, and nobody can now tell whom that concerned."
        )
    if other.trouble != REMOVED:
        said.append(f"To make a pack from it, use bellgate pack --log {other.name}.")
    return " ".join(said)


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def _named(other: Elsewhere) -> str:
    if other.name == CURRENT:
        return "the one now being written"
    because = f": {other.why}" if other.why else "; no record says why"
    return f"{other.name}, which was set aside{because}"

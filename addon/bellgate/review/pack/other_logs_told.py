"""What a pack says of the gateway's other logs, and of its own where that was set aside. Pure."""

from bellgate.review.pack.findings import Findings
from bellgate.review.pack.other_logs import REMOVED, Elsewhere
from bellgate.review.pack.phrases import count
from bellgate.review.pack.question import CURRENT


def logs_said(facts: Findings) -> list[str]:
    """Loudly, before everything else: who reads one log must know that there are others."""
    said = []
    why = facts.material.set_aside
    if why is not None:
        because = f": {why}" if why else ", no record says why"
        said.append(
            f"This pack is made of {facts.question.log}, a log that was set aside{because}."
        )
    return said + [other_said(other, facts.question.subject) for other in facts.material.elsewhere]


def other_said(other: Elsewhere, subject: str) -> str:
    """What another log holds of the time, and how a pack is made of it."""
    said = [f"There is another log, {_named(other)}."]
    if other.trouble and not other.holds:
        said.append(f"What it held of this time is not known: {other.trouble}.")
    elif other.records:
        said.append(f"{count(other.records, 'record')} of {subject} of this time are in it.")
    elif other.holds:
        said.append(f"It holds records of this time, but none of {subject}.")
    if other.trouble and other.holds:
        said.append(f"But {other.trouble}.")
    if other.deleted:
        said.append(
            f"{count(other.deleted, 'record')} of these days, of whomever, had been deleted from "
            "it, their time being up."
        )
    if other.trouble != REMOVED:
        said.append(f"Asked with --log {other.name}, bellgate makes the pack of it.")
    return " ".join(said)


def _named(other: Elsewhere) -> str:
    if other.name == CURRENT:
        return "the one that is written today"
    because = f": {other.why}" if other.why else "; no record says why"
    return f"{other.name}, which was set aside{because}"

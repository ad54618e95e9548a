"""What somebody says about the record, as every page shows it: their own words, with their dates.

It may object, explain or admit something, and it may be about one day of many: so it stands apart,
and not among what speaks for them.
"""

from dataclasses import dataclass
from datetime import date, datetime

from bellgate.console.dates import said_at
from bellgate.console.desk import Desk
from bellgate.review.pack.phrases import long_day
from bellgate.running.confided import CannotOpen


@dataclass(frozen=True, slots=True)
class Says:
    """Of one person. `text` is empty where they said nothing, or where `trouble` says why nobody
    can tell now."""

    person: str
    text: str = ""
    dated: str = ""
    """`Received on …. Written down at ….`"""
    trouble: str = ""

    def __bool__(self) -> bool:
        return bool(self.text or self.trouble)


def says(desk: Desk, person: str) -> Says:
    """What a person says, as it is kept."""
    try:
        kept = desk.school.confided.objection(person)
    except CannotOpen as error:
        return Says(person, trouble=f"What they say cannot be shown now: {error}.")
    if kept is None:
        return Says(person)
    dated = f"Written down at {said_at(datetime.fromisoformat(kept.at), desk.school.zone)}."
    if kept.received:
        dated = f"Received on {long_day(date.fromisoformat(kept.received))}. {dated}"
    return Says(person, kept.text, dated)

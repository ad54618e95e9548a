"""A weekly report, made: a value alone."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bellgate.review.pack.phrases import long_day

WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Report:
    """One week of one school."""

    school: str
    first: date
    """Its Monday."""
    text: str
    session_time: timedelta
    """0 in the holidays."""

    @property
    def subject(self) -> str:
        return f"Bellgate {self.school}: the week from {long_day(self.first)}"

"""What was measured, beside its budget."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure. Its budget is a bound above or below; without one it is for information."""

    what: str
    measured: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    compared: str = ""
    """The same against something else, measured in the same run."""

    @property
    def budget(self) -> str:
        if self.at_most is not None:
            return f"≤ {self.at_most:,g} {self.unit}"
        return f"≥ {self.at_least:,g} {self.unit}" if self.at_least is not None else ""

    @property
    def met(self) -> bool:
        if self.at_most is not None and self.measured > self.at_most:
            return False
        return self.at_least is None or self.measured >= self.at_least


def lines(rows: Iterable[Row]) -> list[str]:
    """The rows as a table for people."""
    cells = [("what", "measured", "budget", "", "compared, in the same run")]
    for row in rows:
        digits = 0 if row.measured >= 1000 else 2 if row.measured < 10 else 1
        met = "" if not row.budget else "met" if row.met else "MISSED"
        figure = f"{row.measured:,.{digits}f} {row.unit}"
        cells.append((row.what, figure, row.budget, met, row.compared))
    widths = [max(len(row[column]) for row in cells) for column in range(5)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]

"""What a look at the machine gives: a line for each thing, and what to do where it is not good."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    """A word or two: `Clock`."""
    good: bool
    said: str
    """What was seen, in one sentence."""
    to_do: str = ""

    @property
    def fields(self) -> dict[str, object]:
        """As `--json` shows it."""
        return {"what": self.what, "good": self.good, "said": self.said, "to_do": self.to_do}

"""Where in the technician's files something was written. Nothing else lives here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A place in the schedules folder, as people and editors name it: `rules.yaml:8`."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

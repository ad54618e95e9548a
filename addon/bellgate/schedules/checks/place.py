"""How a check names the place of what it found. No check lives here."""

from typing import Any

from bellgate.schedules.fill import Filled
from bellgate.schedules.problem import Level, Problem, Unclear
from bellgate.schedules.yaml_tree import Path


def problem(
    filled: Filled[Any],
    path: Path,
    message: str,
    hint: str | None = None,
    level: Level = "error",
) -> Problem:
    """A problem at a path of a file, told under the section that it stands in."""
    document = filled.document
    section = f"{path[0]}: " if len(path) > 1 else ""
    return Problem(document.file, document.line(path), level, f"{section}{message}", hint)


def warning(filled: Filled[Any], path: Path, message: str, hint: str | None = None) -> Problem:
    """A problem that keeps nothing from coming into force."""
    return problem(filled, path, message, hint, "warning")


def unclear(filled: Filled[Any], path: Path, key: str, what: Unclear) -> Problem:
    """A problem with one key's value."""
    return problem(filled, path, f"{key} {what.message}", what.hint)

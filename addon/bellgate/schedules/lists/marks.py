"""What a list says of a name beyond the name, as a mark in front of it; and which name counts.

`=name` is that name alone, and nothing under it. `!name` is important: it counts before all that is
not. Both may stand together, as `!=name`. An exception counts before what it is an exception from,
above or below it. Source: AdGuard's syntax for DNS lists.
"""

from collections.abc import Callable, Set

EXACT, IMPORTANT = "=", "!"

Has = Callable[[str], bool]
"""Whether a marked name is among those of a list."""


def bare(text: str) -> str:
    """A name without its marks."""
    return text.lstrip("!=")


def is_exact(text: str) -> bool:
    return EXACT in text[:2]


def marked(names: Set[str]) -> bool:
    """Whether any of them needs more than a look for the name and what is above it."""
    return any(not name[:1].isalnum() and name[:1] in (EXACT, IMPORTANT) for name in names)


def find(name: str, closed: Has, opened: Has) -> str | None:
    """The name by which a list closes a host, if it does."""
    if _longest(name, opened, IMPORTANT):
        return None
    important = _longest(name, closed, IMPORTANT)
    if important is not None:
        return important
    return None if _longest(name, opened, "") else _longest(name, closed, "")


def _longest(name: str, has: Has, mark: str) -> str | None:
    if has(f"{mark}{EXACT}{name}"):
        return name
    while name and not has(mark + name):
        name = name.partition(".")[2]
    return name or None

"""A problem in the technician's files, and the words it is told in.

Only the shape and the wording helpers live here; what is a problem is said where it is found.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

Level = Literal["error", "warning"]

_MOST_WORDS = 20
"""Valid words that are listed; of more, nobody reads them."""
NONE_YET = "there are none yet"
"""In place of the valid words, where there are none."""
_MANY = 50
"""Valid words from which on only a very close one is taken for what was meant."""
_EMOJI_PARTS = re.compile("[\u200d\U000e0020-\U000e007f]")
"""What joins several emoji, or letters of a flag, to one: nothing shows without them."""
_LONGEST_QUOTE = 60
"""Characters of a value that are quoted in a problem."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong (`error`) or worth a look (`warning`), with its place."""

    file: str
    line: int
    level: Level
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        mark = "warning: " if self.level == "warning" else ""
        text = f"{self.file}:{self.line}: {mark}{self.message}"
        return f"{text}\n    {self.hint}" if self.hint else text

    @property
    def fields(self) -> dict[str, object]:
        """As `--json` shows it."""
        return {
            "file": self.file,
            "line": self.line,
            "level": self.level,
            "message": self.message,
            "hint": self.hint,
        }


class Unclear(ValueError):
    """What a value cannot be taken for; the message follows the key's name as its predicate."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Errors first, so that no warning buries one; then by file and line, each once."""
    return tuple(sorted(set(problems), key=lambda p: (p.level, p.file, p.line, p.message)))


def quoted(text: str) -> str:
    """Somebody's own text inside a message: short, on one line and safe for a terminal."""
    text = _EMOJI_PARTS.sub("", text)
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text[:_LONGEST_QUOTE])
    return f'"{shown}…"' if len(text) > _LONGEST_QUOTE else f'"{shown}"'


def closest(word: str, valid: Iterable[str]) -> str | None:
    """The valid word that somebody probably meant."""
    if len(word) > _LONGEST_QUOTE:
        return None  # pasted text, no slip; comparing it would take long
    by_form = {_plain(v): v for v in valid if not _another_number(word, v)}
    # Among many, some word is always a little like it.
    cutoff = 0.6 if len(by_form) <= _MANY else 0.78
    found = get_close_matches(_plain(word), by_form, n=1, cutoff=cutoff)
    return by_form[found[0]] if found else None


def suggestion(word: str, valid: Iterable[str]) -> str:
    """`did you mean half_term?`, or the valid words where none is near and they are few."""
    words = list(dict.fromkeys(valid))
    near = closest(word, words)
    if near:
        return f"did you mean {near}?"
    if len(words) > _MOST_WORDS:
        return f"none of the {len(words)} that are known here is like it"
    return f"known here: {', '.join(words)}" if words else NONE_YET


def _another_number(word: str, valid: str) -> bool:
    """`year-6` is no slip for `year-5`: whoever counts means the number. `y5-laptop-3` may be one
    for `y5-laptop-03`, and `stf-0024`, with its digits in another order, for `stf-0042`."""
    one, other = (
        [sorted(number.lstrip("0")) for number in re.findall("[0-9]+", each)]
        for each in (word, valid)
    )
    return bool(one and other) and one != other


def _plain(word: str) -> str:
    return word.lower().replace("-", "_").replace(" ", "_")

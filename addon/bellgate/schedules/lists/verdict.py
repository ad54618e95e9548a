"""Whether a list may come into force: what it names, and what is wrong with it, line by line.

An error refuses this state of the list as a whole; the last good copy is then used on.
"""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from publicsuffixlist import PSLFILE

from bellgate.policy.facts import host_name
from bellgate.schedules.lists.formats import Format, lines_of
from bellgate.schedules.lists.marks import bare, is_exact
from bellgate.schedules.origin import is_address
from bellgate.schedules.problem import Level, Problem, quoted
from bellgate.schedules.scalars import without_www

_TOLD = 10
"""Problems of one kind told with their lines; the rest is counted."""

_PAGE = re.compile(r"(?:[a-z]+://)?([^/\s@:]+)(?::[0-9]+)?(?:/\S*)?", re.IGNORECASE)
"""The address of a page, in place of a name."""

_SHORT = 20
"""Names: a shorter list may halve in a morning's work without a warning."""
_GROWN = 200
"""Names: with fewer, a list may grow tenfold without a warning."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of reading a list. With an error among its problems it is not to be used."""

    names: frozenset[str]
    opened: frozenset[str]
    exact: bool
    """Whether a name means that host alone, and nothing under it."""
    problems: tuple[Problem, ...]

    @property
    def good(self) -> bool:
        return not any(p.level == "error" for p in self.problems)


def judge(
    shown: str, format: Format, raw: bytes, needed: Set[str], before: int | None = None
) -> Judged:
    """Read a list and judge it. `before`: how many names its last good copy has. Never raises."""
    exact = format == "hosts"
    closing = _closing(needed, exact)
    names: set[str] = set()
    opened: set[str] = set()
    bad: list[tuple[int, str]] = []
    others: list[tuple[int, str]] = []
    wide: list[Problem] = []
    left_out: list[Problem] = []
    of_www: dict[str, int] = {}
    for line, kind, text in lines_of(format, raw):
        name = bare(text)
        if kind == "bad":
            bad.append((line, text))
        elif kind == "other":
            others.append((line, text))
        elif kind == "open":
            opened.add(text)
        elif is_whole_suffix(name) and not is_exact(text):
            said = f"{name} is a whole public suffix: anybody can have a name under it"
            wide.append(Problem(shown, line, "error", said, _TOO_WIDE))
        elif why := _why_left_out(name, needed, {} if is_exact(text) else closing):
            said = f"{name} is left out, since {why}"
            left_out.append(Problem(shown, line, "warning", said, _LEFT_OUT))
        elif "." not in name:
            bad.append((line, text))
        else:
            names.add(text)
            if format in ("domains", "hosts") and text.startswith("www."):
                of_www.setdefault(text, line)
    names -= opened
    problems = tuple(_some(wide))
    if not problems:
        problems = (*_of_lines(shown, format, bad, len(names)), *_of_others(shown, others))
    if not any(p.level == "error" for p in problems):
        problems = (*problems, *_some(left_out), *_of_number(shown, len(names), before))
        # Nobody here can mend somebody else's list.
        if not is_address(shown):
            problems = (*problems, *_of_bare_names(shown, of_www, names, closing, exact=exact))
    return Judged(frozenset(names), frozenset(opened), exact, problems)


_TOO_WIDE: Final = "take the line out: a list with such a line does not come into force"
_LEFT_OUT: Final = "the rest of the list is in force; to close it all the same, change needed"


def _why_left_out(name: str, needed: Set[str], closing: Mapping[str, str]) -> str | None:
    """One such name must not keep thousands of others out of force; nor is the list believed where
    it closes more than the needed host, on which that may depend. What stands under a needed name
    stays open with it."""
    if name in needed:
        return "it is needed"
    if name in closing:
        return f"it would close {closing[name]}, which is needed"
    above = name
    while needed and above:
        above = above.partition(".")[2]
        if above in needed:
            return f"{above} is needed, and so is everything under it"
    return None


def _closing(needed: Set[str], exact: bool) -> dict[str, str]:
    """Each name that would close a needed host, with that host."""
    found: dict[str, str] = {}
    for host in sorted(needed):
        rest = host
        while rest:
            found.setdefault(rest, host)
            rest = "" if exact else rest.partition(".")[2]
    return found


def _some(problems: list[Problem]) -> Iterable[Problem]:
    yield from problems[:_TOLD]
    if len(problems) > _TOLD:
        last = problems[_TOLD]
        more = f"{len(problems) - _TOLD:,} more such lines from here on"
        yield Problem(last.file, last.line, last.level, more)


def _of_lines(
    shown: str, format: Format, bad: list[tuple[int, str]], names: int
) -> Iterable[Problem]:
    addresses = sum(_right(format, text) is not None for _, text in bad)
    if len(bad) > names and addresses * 2 >= len(bad):
        # Copied out of a browser: each line says what to write.
        yield from _some([_unfit(shown, format, *each, level="error") for each in bad])
    elif len(bad) > names:
        line, text = bad[0]
        more = f" (and {len(bad) - 1:,} more)" if len(bad) > 1 else ""
        said = f"{quoted(text)} does not fit the format {format}{more}"
        yield Problem(shown, line, "error", said, "is the format right? or is this a web page?")
    elif bad:
        yield from _some([_unfit(shown, format, *each) for each in bad])
    elif not names:
        said = f"it holds no name in the format {format}"
        yield Problem(shown, 1, "error", said, "is the format right? or is the file empty?")


def _unfit(shown: str, format: Format, line: int, text: str, level: Level = "warning") -> Problem:
    """Each with its line: a heading is nothing, and the address below it is a site left open."""
    right = _right(format, text)
    if level == "error":
        rest = "without https:// and what follows the name"
        hint = f"write {right}, {rest}" if right else "take this line out, or write # before it"
    else:
        hint = (
            f"write {right}: until then this line closes nothing"
            if right
            else "this line is ignored"
        )
    return Problem(shown, line, level, f"{quoted(text)} does not fit the format {format}", hint)


def _right(format: Format, text: str) -> str | None:
    """What to write in place of a page's address; None where it is none."""
    page = _PAGE.fullmatch(text)
    name = host_name(page[1]) if page else None
    if name is None or "." not in name:
        return None
    return f"0.0.0.0 {name}" if format == "hosts" else without_www(name) or name


def _of_bare_names(
    shown: str,
    closed: Mapping[str, int],
    names: Set[str],
    needed: Mapping[str, str],
    *,
    exact: bool,
) -> Iterable[Problem]:
    """Names such as www.example.org, which leave example.org itself open."""
    alone = [
        (line, name, bare_name)
        for name, line in closed.items()
        if (bare_name := without_www(name))
        and not names & ({bare_name} if exact else {bare_name, bare_name.partition(".")[2]})
        and bare_name not in needed
        and not is_whole_suffix(bare_name)
    ]
    yield from _some(
        [
            Problem(
                shown,
                line,
                "warning",
                f"{name} leaves {bare_name} itself open",
                _ALONE if exact else _ALL_UNDER.format(bare_name),
            )
            for line, name, bare_name in sorted(alone)
        ]
    )


_ALL_UNDER: Final = "write {}, which closes that name and everything under it"
_ALONE: Final = (
    "in the format hosts a name means only that host; to close whole sites, write one name a line, "
    "without addresses or www., and format: domains"
)


def _of_others(shown: str, others: list[tuple[int, str]]) -> Iterable[Problem]:
    """What the list says beyond names: nobody should think that it is in force."""
    if others:
        line, text = others[0]
        more = f" and {len(others) - 1:,} more" if len(others) > 1 else ""
        says = "they say" if more else "it says"
        said = f"{quoted(text)}{more}: not understood, as {says} more than which sites to close"
        yield Problem(shown, line, "warning", said, "such lines are ignored")


def _of_number(shown: str, names: int, before: int | None) -> Iterable[Problem]:
    """A list that suddenly is another size is more often broken than right."""
    if before is None:
        return
    shrunk = before >= _SHORT and names * 2 <= before
    grown = names >= _GROWN and names >= before * 10
    if shrunk or grown:
        how = "shrunk to half or less" if shrunk else "grown tenfold or more"
        said = f"held back: {how} ({names:,} names, were {before:,})"
        hint = (
            f"if that is right, write `from: {shown}#1` (next time #2): the list then starts afresh"
        )
        yield Problem(shown, 1, "error", said, hint)


def is_whole_suffix(name: str) -> bool:
    """As `checks.services.is_public_suffix`, for a million names: every rule read once."""
    rules, wild, apart = _suffix_rules()
    if name in rules:
        return True
    return name.partition(".")[2] in wild and name not in apart


@cache
def _suffix_rules() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    icann = Path(PSLFILE).read_text("utf-8").partition("===END ICANN DOMAINS===")[0]
    rules: set[str] = set()
    wild: set[str] = set()
    apart: set[str] = set()
    for line in icann.split("\n"):
        rule = line.strip()
        if not rule or rule.startswith("//"):
            continue
        into = wild if rule.startswith("*.") else apart if rule.startswith("!") else rules
        into.add(_ascii(rule.removeprefix("*.").removeprefix("!")))
    return frozenset(rules | wild), frozenset(wild), frozenset(apart)


def _ascii(rule: str) -> str:
    if rule.isascii():
        return rule
    try:
        return rule.encode("idna").decode("ascii")
    except UnicodeError:
        return rule

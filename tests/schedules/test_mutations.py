"""Wrong folders made on purpose, each with one slip: whatever it is, the folder is right all the
same, or a problem is told on the line of the slip. None gives a traceback.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bellgate.schedules.load import Loaded, load_files
from tests.schedules.small_catalogue import small_catalogue

SAMPLE = Path(__file__).parent.parent.parent / "schedules"
FILES = {p.name: p.read_bytes() for p in sorted(SAMPLE.glob("*.yaml"))}
CATALOGUE = small_catalogue()
TODAY = date(2026, 11, 22)
HOW_MANY = 200


@dataclass(frozen=True)
class Slip:
    """What was done where. `lines` are those of the changed file where a problem would be right."""

    kind: str
    file: str
    lines: frozenset[int]
    files: dict[str, bytes]
    must_be_told: bool = False


Lines = list[str]


def whole(lines: Lines) -> bytes:
    return "\n".join(lines).encode()


def slip(kind: str, file: str, lines: Lines, at: set[int], *, told: bool = False) -> Slip:
    return Slip(kind, file, frozenset(at), {**FILES, file: whole(lines)}, told)


def entry(lines: Lines, index: int) -> set[int]:
    """The lines (from 1) of the entry that a line is in, with its heads: a problem of a whole entry
    is told at its first line."""
    found = {index + 1}
    indent = len(lines[index]) - len(lines[index].lstrip(" -"))
    for above in range(index - 1, -1, -1):
        text = lines[above]
        depth = len(text) - len(text.lstrip(" -"))
        if text.strip() and not text.lstrip().startswith("#") and depth <= indent:
            found.add(above + 1)
            indent = depth
        if text and not text.startswith((" ", "#", "-")):
            break
    return found


def coded(lines: Lines) -> list[int]:
    return [i for i, t in enumerate(lines) if t.strip() and not t.lstrip().startswith("#")]


def pick(chance: random.Random, wanted: str) -> tuple[str, Lines, int] | None:
    """A random line of a random file that fits a pattern."""
    places = [
        (file, i)
        for file, raw in FILES.items()
        for i in coded(raw.decode().split("\n"))
        if re.search(wanted, raw.decode().split("\n")[i])
    ]
    file, i = chance.choice(places)
    return file, FILES[file].decode().split("\n"), i


def digit_changed(chance: random.Random) -> Slip:
    file, lines, i = pick(chance, r"\d") or ("", [], 0)
    at = chance.choice([m.start() for m in re.finditer(r"\d", lines[i].partition("#")[0] or "0")])
    lines[i] = f"{lines[i][:at]}{chance.choice('0123456789')}{lines[i][at + 1 :]}"
    return slip("a digit changed", file, lines, entry(lines, i))


def rest(lines: Lines, index: int) -> set[int]:
    """The lines from an index up to the start of the next entry: what was below a line that is gone
    is read as part of something else until there."""
    found = set()
    for below in range(index, len(lines)):
        found.add(below + 1)
        if lines[below].lstrip().startswith("- ") or lines[below][:1].isalpha():
            break
    return found


def line_deleted(chance: random.Random) -> Slip:
    file, lines, i = pick(chance, r"\w") or ("", [], 0)
    where = entry(lines, i)
    del lines[i]
    where |= rest(lines, i)
    return slip("a line deleted", file, lines, where)


def lines_swapped(chance: random.Random) -> Slip:
    file, lines, i = pick(chance, r"\w") or ("", [], 0)
    j = chance.choice(coded(lines))
    lines[i], lines[j] = lines[j], lines[i]
    near = {k for n in (i, j) for k in (n, n + 1, n + 2)} | rest(lines, i + 1) | rest(lines, j + 1)
    return slip("two lines swapped", file, lines, near | entry(lines, i) | entry(lines, j))


def tab(chance: random.Random) -> Slip:
    file, lines, i = pick(chance, r"^ +\w") or ("", [], 0)
    lines[i] = "\t" + lines[i].lstrip()
    return slip("a tab", file, lines, {i + 1}, told=True)


def smart_quote(chance: random.Random) -> Slip:
    file, lines, i = pick(chance, r": [A-Za-z]") or ("", [], 0)
    key, _, value = lines[i].partition(": ")
    lines[i] = f"{key}: “{value}”"
    return slip("a smart quote", file, lines, {i + 1}, told=True)


def late_hour(chance: random.Random) -> Slip:
    file, lines, i = pick(chance, r"\d\d:\d\d-\d\d:\d\d") or ("", [], 0)
    lines[i] = re.sub(r"\d\d:\d\d(-|$)", r"25:00\1", lines[i], count=1)
    return slip("a time 25:00", file, lines, {i + 1}, told=True)


def end_first(chance: random.Random) -> Slip:
    pattern = r"(\d\d:\d\d)-(\d\d:\d\d)|(20\d\d-\d\d-\d\d) to (20\d\d-\d\d-\d\d)"
    file, lines, i = pick(chance, pattern) or ("", [], 0)
    found = re.search(pattern, lines[i])
    assert found
    first, last = (g for g in found.groups() if g)
    lines[i] = lines[i].replace(found[0], found[0].replace(first, "@").replace(last, first))
    lines[i] = lines[i].replace("@", last)
    return slip("an end before a start", file, lines, {i + 1}, told=True)


def date_in_no_term(chance: random.Random) -> Slip:
    lines = FILES["school.yaml"].decode().split("\n")
    at = lines.index("dates:") + 1
    day = chance.choice(["2026-12-24", "2027-04-01", "2027-08-11", "2027-02-17", "2027-05-03"])
    what = chance.choice(["    closed_to: everyone", "    sessions:\n      morning: 09:00-11:00"])
    lines[at:at] = [f"  - date: {day}", "    name: Somewhen", *what.split("\n")]
    return slip("a date in no term", "school.yaml", lines, {at + 1}, told=True)


def loop(chance: random.Random) -> Slip:
    lines = FILES["devices.yaml"].decode().split("\n")
    at = lines.index("  year-5:") + 1
    if chance.random() < 0.5:
        lines[at] = "    part_of: year-5"
        return slip("a group that loops", "devices.yaml", lines, {at + 1}, told=True)
    pupils = lines.index("  pupils:") + 1
    lines.insert(pupils, "    part_of: year-5")
    return slip("a group that loops", "devices.yaml", lines, {pupils + 1, at + 2}, told=True)


KINDS: tuple[Callable[[random.Random], Slip], ...] = (
    digit_changed,
    line_deleted,
    lines_swapped,
    tab,
    smart_quote,
    late_hour,
    end_first,
    date_in_no_term,
    loop,
)


def slips() -> Iterator[Slip]:
    chance = random.Random(20260902)
    for number in range(HOW_MANY):
        yield KINDS[number % len(KINDS)](chance)


def told(loaded: Loaded) -> set[tuple[str, int, str]]:
    return {(p.file, p.line, p.message) for p in loaded.problems}


CLEAN = told(load_files(FILES, today=TODAY, catalogue=CATALOGUE))
SLIPS = list(slips())


def test_two_hundred_of_every_kind() -> None:
    assert len(SLIPS) == HOW_MANY
    assert {s.kind for s in SLIPS} == {k(random.Random(1)).kind for k in KINDS}


@pytest.mark.parametrize("number", range(HOW_MANY))
def test_a_slip_is_right_all_the_same_or_told_on_its_line(number: int) -> None:
    wrong = SLIPS[number]
    loaded = load_files(wrong.files, today=TODAY, catalogue=CATALOGUE)
    new = {p for p in loaded.problems if (p.file, p.line, p.message) not in CLEAN}
    assert (loaded.policy is None) == bool(loaded.errors)
    if wrong.must_be_told:
        assert any(p.file == wrong.file and p.line in wrong.lines for p in new), (wrong.kind, new)
    elif loaded.policy is None:
        here = [p for p in loaded.errors if p.file == wrong.file and p.line in wrong.lines]
        assert here or mentions(wrong, loaded), (wrong.kind, sorted(wrong.lines), loaded.errors)


def mentions(wrong: Slip, loaded: Loaded) -> bool:
    """Whether a problem elsewhere names what was changed: a name that is gone, the other of a pair
    of times or dates."""
    before = FILES[wrong.file].decode().split("\n")
    after = wrong.files[wrong.file].decode().split("\n")
    changed = " ".join(set(before) ^ set(after))
    words = set(re.findall(r"[\w-]{4,}|\d\d:\d\d", changed))
    told_of = (set(re.findall(r"[\w-]{4,}|\d\d:\d\d", p.message)) for p in loaded.errors)
    return any(words & named for named in told_of)

"""A folder -> the bytes of every file that makes the policy. The only place that opens the folder.

What is in the files is judged elsewhere, but for the one word that names the calendar.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from bellgate.schedules.changed_days import FILE as CHANGED_DAYS
from bellgate.schedules.fetched_copies import kept
from bellgate.schedules.origin import is_address, kept_as, wrong_place
from bellgate.schedules.problem import Problem, closest
from bellgate.schedules.updated_catalogue import FILE as CATALOGUE
from bellgate.schedules.updated_catalogue import outdates_shipped
from bellgate.schedules.yaml_tree import LARGEST, read

NEEDED = ("school.yaml", "rules.yaml", "devices.yaml")
OF_THE_MACHINE = "gateway.yaml"
"""The one file that belongs to a single machine."""
OPTIONAL = ("services.yaml", OF_THE_MACHINE)
NAMES = (*NEEDED, *OPTIONAL)


def opened(folder: Path, cache: Path | None = None) -> tuple[dict[str, bytes], tuple[Problem, ...]]:
    """The bytes of every file that makes the policy, the calendar's among them."""
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for name in NAMES:
        _open(folder, name, files, problems)
    # A last good copy has its own.
    own = folder if cache is None else cache
    _open(own, CHANGED_DAYS, files, problems)
    _open(own, CATALOGUE, files, problems)
    if CATALOGUE in files and not outdates_shipped(files[CATALOGUE]):
        del files[CATALOGUE]
    place = calendar_named(files["school.yaml"]) if "school.yaml" in files else None
    if place:
        name = kept_as(place)
        copy = kept(cache, place) if cache is not None and is_address(place) else None
        if copy is not None:
            files[name] = copy.content
        else:
            _open(folder, name, files, problems)
    problems += _strays(folder)
    return files, tuple(problems)


def _open(folder: Path, name: str, files: dict[str, bytes], problems: list[Problem]) -> None:
    path = folder / name
    try:
        if path.is_file():
            with path.open("rb") as file:
                files[name] = file.read(LARGEST + 1)
        elif name in NEEDED or path.exists() or path.is_symlink():
            message = "this is not a file" if path.exists() else "the file is missing"
            hint = (
                "put the file in its place"
                if path.exists()
                else "put it in this folder, or copy the sample file"
            )
            problems.append(Problem(name, 1, "error", message, hint))
    except OSError as e:
        message = f"the file cannot be read ({e.strerror})"
        problems.append(Problem(name, 1, "error", message, "see who may read it"))


def last_calendar(files: Mapping[str, bytes], last_good: Path | None) -> bytes | None:
    """The calendar that a school.yaml names, as it was last in force."""
    place = calendar_named(files["school.yaml"]) if "school.yaml" in files else None
    if place is None or last_good is None:
        return None
    try:
        return (last_good / kept_as(place)).read_bytes()
    except OSError:
        return None


def half_saved(files: Mapping[str, bytes], last_good: Path | None) -> tuple[Problem, ...]:
    """Files that stop within a line of what was in force and lack the rest of it: a save that was
    broken off. What is left of the rules may be good YAML, and would open what the others close."""
    if last_good is None:
        return ()
    return tuple(
        Problem(
            name,
            files[name].count(b"\n") + 1,
            "error",
            "the file stops in the middle of a line: only half of it was saved",
            "save it again; if it is to end here, end its last line with Enter",
        )
        for name in NAMES
        if name in files and _stops_within(files[name], last_good / name)
    )


def _stops_within(now: bytes, file: Path) -> bool:
    """Whether a file is the beginning of another, up to within a line that is not its last."""
    try:
        before = file.read_bytes()
    except OSError:
        return False
    line, _, after = before[len(now) :].partition(b"\n")
    in_a_line = bool(now and line.strip()) and not now.endswith(b"\n")
    return in_a_line and bool(after.strip()) and before.startswith(now)


@lru_cache(maxsize=4)
def calendar_named(school: bytes) -> str | None:
    """The calendar that a school.yaml names, before it is judged; the same bytes are read once."""
    if b"term_dates" not in school:
        return None
    root = read("school.yaml", school).root
    place = root.child("term_dates") if root else None
    text = place.value if place else None
    return text if isinstance(text, str) and wrong_place(text.strip()) is None else None


def _strays(folder: Path) -> Iterator[Problem]:
    """A file that somebody believes to be read, such as services.yml."""
    try:
        names = sorted(p.name for p in folder.iterdir())
    except OSError:
        return
    for name in names:
        real = name.lower().removesuffix(".txt")
        if real in NAMES and name != real:
            # An editor that hides endings has added its own.
            hint = f"rename it to {real}: an editor has added .txt to its name"
            yield Problem(name, 1, "warning", "this file is not read", hint)
        elif name not in NAMES and name.lower().endswith((".yaml", ".yml")):
            near = closest(name, NAMES)
            hint = (
                f"should it be {near}?"
                if near
                else f"the files that are read are {', '.join(NAMES)}"
            )
            yield Problem(name, 1, "warning", "this file is not read", hint)

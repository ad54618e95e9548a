"""The sample with a technician's edits, read as `check` reads it. No test lives here."""

from datetime import date
from pathlib import Path

from bellgate.policy.day_difference import day_differences
from bellgate.policy.decide import Policy
from bellgate.schedules.difference import differences_of_files
from bellgate.schedules.load import Loaded, load_files

SAMPLE = Path(__file__).parent.parent.parent / "schedules"
FILES = {p.name: p.read_text("utf-8") for p in SAMPLE.glob("*.yaml")}
TODAY = date(2026, 11, 30)
Edit = tuple[str, str, str]
"""A file, some text of it, and the text in its place."""


def edited(*edits: Edit) -> Loaded:
    files = dict(FILES)
    for file, old, new in edits:
        assert files[file].count(old) == 1, f"{old!r} is not once in {file}"
        files[file] = files[file].replace(old, new)
    return load_files({name: text.encode() for name, text in files.items()}, today=TODAY)


def policy(*edits: Edit) -> Policy:
    read = edited(*edits)
    assert read.policy is not None, read.problems
    return read.policy


def below(file: str, line: str, more: str) -> Edit:
    """Lines that go below one."""
    return file, f"{line}\n", f"{line}\n{more.rstrip()}\n"


def told(*edits: Edit) -> list[str]:
    """What `check` says of the edits, and did not say before, each with its hint."""
    before = {p.message for p in edited().problems}
    return [
        f"{p.file}: {p.message} / {p.hint}"
        for p in edited(*edits).problems
        if p.message not in before
    ]


def changes(old: tuple[Edit, ...], new: tuple[Edit, ...]) -> list[str]:
    """The report of what a save changed."""
    before, after = edited(*old), edited(*new)
    assert before.policy is not None, before.problems
    assert after.policy is not None, after.problems
    return [
        *day_differences(before.policy, after.policy, TODAY),
        *differences_of_files(before, after),
    ]

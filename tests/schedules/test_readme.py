"""Each change of schedules/README.md, made as it says on a copy of the sample, keeps its word."""

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from bellgate.cli.main import bellgate
from bellgate.schedules.load import load

SAMPLE = Path(__file__).parent.parent.parent / "schedules"
TEXT = (SAMPLE / "README.md").read_text("utf-8")
_CHANGE = re.compile(
    r"\*\*(?P<number>\d+)\. (?P<title>[^*]+)\*\*.*?In `(?P<file>[^`]+)`, below `(?P<below>[^`]+)`"
    r".*?```yaml\n(?P<lines>.*?)```\n```console\n(?P<console>.*?)```",
    re.DOTALL,
)


@dataclass(frozen=True)
class Change:
    title: str
    file: str
    below: str
    lines: str
    console: str

    def made_in(self, folder: Path) -> None:
        """As a hand would: the lines go below the one that is named."""
        file = folder / self.file
        lines = file.read_text("utf-8").split("\n")
        (at,) = (i for i, line in enumerate(lines) if line.strip() == self.below)
        lines[at + 1 : at + 1] = self.lines.rstrip("\n").split("\n")
        file.write_text("\n".join(lines), "utf-8")

    def promises(self) -> list[tuple[str, list[str]]]:
        """Each command with the lines that are to be seen."""
        found: list[tuple[str, list[str]]] = []
        for line in self.console.strip().split("\n"):
            if line.startswith("$ bellgate "):
                found.append((line.removeprefix("$ bellgate "), []))
            else:
                found[-1][1].append(line)
        return found


CHANGES = [
    Change(m["title"], m["file"], m["below"], m["lines"], m["console"])
    for m in _CHANGE.finditer(TEXT)
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "schedules"))


def ran(folder: Path, words: str) -> str:
    result = CliRunner().invoke(
        bellgate,
        ["--schedules", str(folder), *shlex.split(words)],
        env={"COLUMNS": "200"},
        catch_exceptions=False,
    )
    assert result.exit_code == 0, result.output
    return re.sub(r"[ ]+", " ", result.stdout)


def seen(promise: str, told: str) -> bool:
    """`…` stands for what is left out of a line."""
    pieces = (re.escape(piece.strip()) for piece in promise.split("…"))
    return re.search(".*".join(pieces), told) is not None


def test_there_are_ten() -> None:
    assert len(CHANGES) == len(re.findall(r"(?m)^\*\*\d+\. ", TEXT)) == 10
    assert all(change.promises() for change in CHANGES)


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.title)
def test_a_change_does_what_it_says(change: Change, folder: Path) -> None:
    before = [(p.file, p.message) for p in load(folder).problems]
    unmade = [
        all(seen(p, ran(folder, words)) for p in promised)
        for words, promised in change.promises()
        if change.title != "A new laptop."
    ]
    change.made_in(folder)
    assert [(p.file, p.message) for p in load(folder).problems] == before
    for words, promised in change.promises():
        told = ran(folder, words)
        for promise in promised:
            assert seen(promise, told), f"{words}\n{told}"
    assert not all(unmade) or not unmade, "it is said of the sample as it was, too"


def test_the_other_words_of_the_page(folder: Path) -> None:
    """What stands beside the ten: the looks, the other keys of a weekday, a site kept open."""
    for words in re.findall(r"`bellgate ((?:week|calendar|explain|check)[^`]*)`", TEXT):
        if "--refresh" not in words:
            assert ran(folder, words.replace("\n", " "))
    Change("", "services.yaml", "needed:", "  - www.facebook.com\n", "").made_in(folder)
    at = '--at "2026-11-23 10:15"'
    told = ran(folder, f"explain --device y5-laptop-03 --site www.facebook.com {at}")
    assert "Allowed" in told

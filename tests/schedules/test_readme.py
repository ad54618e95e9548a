"""Each change of schedules/README.md, made as it says on a copy of the sample, keeps its word; and
every key of the files has its row there, with the default that the code has."""

import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from bellgate.cli.main import bellgate
from bellgate.schedules.forms.devices_yaml import DevicesForm
from bellgate.schedules.forms.gateway_yaml import GatewayForm
from bellgate.schedules.forms.kinds import Form
from bellgate.schedules.forms.rules_yaml import RulesForm
from bellgate.schedules.forms.school_yaml import KEPT_FOR, SchoolForm
from bellgate.schedules.forms.services_yaml import ServicesForm
from bellgate.schedules.load import load
from bellgate.schedules.settings import GateSettings

SAMPLE = Path(__file__).parent.parent.parent / "schedules"
TEXT = (SAMPLE / "README.md").read_text("utf-8")
_CHANGES = TEXT[TEXT.index("## The ten commonest changes") : TEXT.index("## Every key")]
_CHANGE = re.compile(r"(?m)^\*\*(?P<title>[^*]+)\*\*(?P<told>(?:.*\n)+?)(?=^\*\*|^## |\Z)")
_ADDED = re.compile(
    r"In\s`(?P<file>[^`]+)`,\s+below\s`(?P<below>[^`]+)`[^`]*?```yaml\n(?P<lines>.*?)```", re.DOTALL
)
_REPLACED = re.compile(r"In `([^`]+)`, `([^`]+)`\s+becomes `([^`]+)`")
_TABLE = re.compile(r"In\s+`(?P<file>[^`]+\.csv)`.*?```csv\n(?P<lines>.*?)```", re.DOTALL)
_LIST = re.compile(r"In\s+`(?P<file>[^`]+\.txt)`.*?```text\n(?P<lines>.*?)```", re.DOTALL)
_CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Added:
    """Lines that go below the one that is named."""

    file: str
    below: str
    lines: str

    def made_in(self, folder: Path) -> None:
        """As a hand would."""
        file = folder / self.file
        lines = file.read_text("utf-8").split("\n")
        (at,) = (i for i, line in enumerate(lines) if line.strip() == self.below)
        lines[at + 1 : at + 1] = self.lines.rstrip("\n").split("\n")
        file.write_text("\n".join(lines), "utf-8")


@dataclass(frozen=True)
class Change:
    title: str
    told: str

    def made_in(self, folder: Path) -> None:
        """Every edit that it shows, a table beside the folder and a list inside it."""
        for file, old, new in _REPLACED.findall(self.told):
            text = (folder / file).read_text("utf-8")
            assert text.count(f"{old}\n") == 1
            (folder / file).write_text(text.replace(f"{old}\n", f"{new}\n"), "utf-8")
        for m in _ADDED.finditer(self.told):
            Added(m["file"], m["below"], m["lines"]).made_in(folder)
        for m in _TABLE.finditer(self.told):
            (folder.parent / m["file"]).write_text(m["lines"], "utf-8")
        for m in _LIST.finditer(self.told):
            (folder / m["file"]).write_text(m["lines"], "utf-8")

    def promises(self) -> list[tuple[str, list[str]]]:
        """Each command with the lines that are to be seen."""
        found: list[tuple[str, list[str]]] = []
        for line in "".join(_CONSOLE.findall(self.told)).strip().split("\n"):
            if line.startswith("$ bellgate "):
                found.append((line.removeprefix("$ bellgate "), []))
            else:
                found[-1][1].append(line)
        return found


CHANGES = [Change(m["title"], m["told"]) for m in _CHANGE.finditer(_CHANGES)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "schedules"))


def outcome(folder: Path, words: str) -> Result:
    return CliRunner().invoke(
        bellgate,
        ["--schedules", str(folder), "--state", str(folder.parent / "state"), *shlex.split(words)],
        env={"COLUMNS": "200"},
        catch_exceptions=False,
    )


def ran(folder: Path, words: str) -> str:
    result = outcome(folder, words)
    assert result.exit_code == 0, result.output
    return re.sub(r"[ ]+", " ", result.stdout)


def seen(promise: str, told: str) -> bool:
    """`…` stands for what is left out of a line."""
    pieces = (re.escape(piece.strip()) for piece in promise.split("…"))
    return re.search(".*".join(pieces), told) is not None


def test_there_are_ten_that_are_common_and_more() -> None:
    numbered = [change.title for change in CHANGES if change.title[0].isdigit()]
    assert [title.partition(". ")[0] for title in numbered] == [str(n) for n in range(1, 11)]
    assert len(CHANGES) == 26
    assert all(change.promises() for change in CHANGES)


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.title)
def test_a_change_does_what_it_says(
    change: Change, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    before = problems_in(folder)
    assert not all(
        is_kept(outcome(folder, words), promised) for words, promised in change.promises()
    ), "it is said of the sample as it was, too"
    change.made_in(folder)
    promised = "\n".join(line for _, lines in change.promises() for line in lines)
    for _, message in {*problems_in(folder)} - {*before}:
        assert message in promised
    for words, promised in change.promises():
        done = outcome(folder, words)
        assert is_kept(done, promised), f"{words}\n{done.output}"


def problems_in(folder: Path) -> list[tuple[str, str]]:
    return [(p.file, p.message) for p in load(folder, today=date(2026, 11, 23)).problems]


def is_kept(done: Result, promised: list[str]) -> bool:
    told = re.sub(r"[ ]+", " ", done.stdout)
    return done.exit_code == 0 and all(seen(promise, told) for promise in promised)


def test_the_other_words_of_the_page(folder: Path) -> None:
    """What stands beside the ten: the looks, the other keys of a weekday, a site kept open."""
    for words in re.findall(r"`bellgate ((?:week|calendar|explain|check)[^`]*)`", TEXT):
        if "--refresh" not in words:
            assert ran(folder, words.replace("\n", " "))
    Added("services.yaml", "needed:", "  - www.facebook.com\n").made_in(folder)
    at = '--at "2026-11-23 10:15"'
    told = ran(folder, f"explain --device y5-laptop-03 --site www.facebook.com {at}")
    assert "Allowed" in told


def test_an_added_site_outside_the_certificate_is_told_in_the_words_of_the_page(
    folder: Path,
) -> None:
    ran(folder, "certificate create")
    (site,) = (change for change in CHANGES if change.title == "10. A site that the lists lack.")
    (quoted,) = re.findall(r'`check` says that the site "([^"]+)"', site.told)
    assert quoted not in ran(folder, "check")
    site.made_in(folder)
    assert f"Another Forum (forum.example.net) {quoted}" in ran(folder, "check")


def test_a_range_with_hours_holds_on_every_day_of_it(folder: Path) -> None:
    """The page warns of it: a club on Thursdays is no such range."""
    (club,) = (change for change in CHANGES if change.title.startswith("A club on Thursdays"))
    ((first, last, hours),) = re.findall(r"`(\S+) to (\S+) (\S+)` applies on every day", club.told)
    keys = (
        "who: year-5",
        "what: flickr",
        f"when: {first} to {last} {hours}",
        "do: log",
        "clause: x",
    )
    rule = "  - name: Every day\n" + "".join(f"    {key}\n" for key in keys)
    Added("rules.yaml", "rules:", rule).made_in(folder)
    for day in ("2027-01-08", "2027-01-09"):
        asked = f'explain --device y5-laptop-03 --site www.flickr.com --at "{day} 15:30"'
        assert "rule Every day" in ran(folder, asked)


FORMS: dict[str, type[Form]] = {
    "school.yaml": SchoolForm,
    "rules.yaml": RulesForm,
    "devices.yaml": DevicesForm,
    "services.yaml": ServicesForm,
    "gateway.yaml": GatewayForm,
}
Place = tuple[str, ...]
"""A file, and the keys that lead to a group of keys in it."""


@dataclass(frozen=True)
class Row:
    """One key's row in the guide."""

    value: str
    default: str
    meaning: str


def tables() -> dict[Place, dict[str, Row]]:
    """The guide's tables by the headings that they stand under."""
    found: dict[Place, dict[str, Row]] = {}
    file = ""
    for part in re.split(r"(?m)^(?=#{2,4} )", TEXT[TEXT.index("## Every key") :]):
        heading = part.partition("\n")[0]
        keys = tuple(re.findall(r"`([^`]+)`", heading))
        if heading.startswith("### "):
            (file,), keys = keys, ()
        if file:
            rows = re.findall(r"(?m)^\| `([^`]+)` \| (.*?) \| (?:(.*?) )?\| (.*?) \|$", part)
            found[file, *keys] = {key: Row(*rest) for key, *rest in rows}
    return found


TABLES = tables()


def forms_in(annotation: object) -> Iterator[type[Form]]:
    if isinstance(annotation, type) and issubclass(annotation, Form):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from forms_in(inner)


def keys_of(place: Place, form: type[Form]) -> Iterator[tuple[Place, str, FieldInfo]]:
    """Every key that a file may hold, with where it stands."""
    for name, field in form.model_fields.items():
        key = field.alias or name
        yield place, key, field
        for inner in forms_in(field.annotation):
            yield from keys_of((*place, key), inner)


KEYS = [
    pytest.param(place, key, field, id=".".join((*place, key)))
    for file, form in FORMS.items()
    for place, key, field in keys_of((file,), form)
]


@pytest.mark.parametrize(("place", "key", "field"), KEYS)
def test_every_key_has_its_row_with_the_default_that_it_has(
    place: Place, key: str, field: FieldInfo
) -> None:
    assert place in TABLES, f"no table for the keys of {': '.join(place)}"
    assert key in TABLES[place], f"no row for {key}"
    row = TABLES[place][key]
    assert len(row.meaning.split()) > 2, "what it means is not said"
    assert row.value
    if field.is_required():
        assert row.default == ""
        return
    assert row.default != "", "it has a default, or may be left out"
    default = field.get_default(call_default_factory=True)
    if place == ("school.yaml", "gate") and key != "observe":
        # Here what is in force is said once more, beside the form; to observe is the policy's.
        assert {f.name for f in fields(GateSettings)} >= {key}
        assert default in (None, getattr(GateSettings(), key)), "the form and the gate differ"
        default = getattr(GateSettings(), key)
    written = re.fullmatch(r"`([^`]+)`", row.default)
    if written is None:
        # Words: nothing is set, or it is as something else is.
        assert not default or isinstance(default, Form), f"{row.default} for {default}"
    else:
        adapter = TypeAdapter(field.rebuild_annotation())
        several = isinstance(default, tuple)
        assert adapter.validate_python(written[1].split(", ") if several else written[1]) == default


def test_no_row_is_of_a_key_that_is_not_there() -> None:
    known = {(place, key) for place, key, _ in (param.values for param in KEYS)}
    listed = {(place, key) for place, rows in TABLES.items() for key in rows}
    free = {(("school.yaml", "retention"), whose) for whose in KEPT_FOR}
    assert listed - known <= free


def test_every_period_has_the_default_that_it_has() -> None:
    rows = TABLES["school.yaml", "retention"]
    assert {whose: row.default for whose, row in rows.items()} == {
        whose: f"`{length}`" for whose, length in KEPT_FOR.items()
    }

"""Each change of schedules/README.md, made as it says on a copy of the sample, keeps its word; and
every key of the files has its row there, with the default that the code has."""

import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from click.testing import CliRunner
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

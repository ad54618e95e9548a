"""The JSON Schemas for editors: up to date, found by the sample, right about good and bad files."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from bellgate.schedules.schemas import FORMS, schemas
from bellgate.schedules.yaml_tree import Data, read
from tests.renewing import same_as_kept

ROOT = Path(__file__).parent.parent.parent
SAMPLE = ROOT / "schedules"
CORPUS = ROOT / "tests" / "corpus"
GOOD = [SAMPLE, *sorted((CORPUS / "good").iterdir()), *sorted((CORPUS / "calendars").iterdir())]


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_schemas_that_ship_are_those_of_the_forms(name: str) -> None:
    same_as_kept(SAMPLE / "schemas" / name, schemas()[name])


@pytest.mark.parametrize("name", sorted(FORMS.keys() - {"gateway"}))
def test_each_file_of_the_sample_names_its_schema_where_an_editor_finds_it(name: str) -> None:
    first = (SAMPLE / f"{name}.yaml").read_text("utf-8").split("\n")[0]
    assert first == f"# yaml-language-server: $schema=schemas/{name}.json"
    assert (SAMPLE / first.partition("$schema=")[2]).is_file()


def as_editors_see(data: Data) -> Any:
    """YAML's own types, which an editor judges by; we take every scalar as text."""
    if isinstance(data, dict):
        return {key: as_editors_see(value) for key, value in data.items()}
    if isinstance(data, list):
        return [as_editors_see(item) for item in data]
    if data in ("true", "false"):
        return data == "true"
    if isinstance(data, str) and re.fullmatch(r"-?[0-9]+", data):
        return int(data)
    return data


def judged(name: str, raw: bytes) -> list[str]:
    schema = json.loads(schemas()[f"{name}.json"])
    Draft7Validator.check_schema(schema)
    document = read(f"{name}.yaml", raw)
    assert document.root is not None, document.problems
    errors = Draft7Validator(schema).iter_errors(as_editors_see(document.root.data()))
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in errors]


@pytest.mark.parametrize("folder", GOOD, ids=lambda f: f.name)
@pytest.mark.parametrize("name", FORMS)
def test_nothing_is_underlined_in_a_good_folder(folder: Path, name: str) -> None:
    file = folder / f"{name}.yaml"
    if file.exists():
        assert judged(name, file.read_bytes()) == []


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("school", "half_term: 2026-10-26 to 2026-10-30", "halfterm: 2026-10-26 to 2026-10-30"),
        ("school", "first_day: 2026-09-02", "first_day: 02/09/2026"),
        ("school", "morning: 08:50-12:00", "morning: 08.50-12.00"),
        ("school", "bank_holidays: England", "bank_holidays: London"),
        ("school", "school: Bury C of E Primary School", "skool: Bury"),
        ("school", "  - date: 2026-09-01", "  - day: 2026-09-01"),
        ("rules", "do: allow", "do: permit"),
        ("rules", "clause: Official weblog", "claus: Official weblog"),
        ("devices", "    shared: true", "    shared: maybe"),
        ("devices", "wording: pupils", "wording: children"),
        ("services", "category: forum", "category: chat"),
    ],
)
def test_slips_are_underlined(name: str, good: str, bad: str) -> None:
    text = (SAMPLE / f"{name}.yaml").read_text("utf-8")
    assert good in text
    assert judged(name, text.replace(good, bad, 1).encode())


def test_every_key_says_what_it_is_for() -> None:
    for name, text in schemas().items():
        schema = json.loads(text)
        for part in (schema, *schema.get("definitions", {}).values()):
            for key, shape in part["properties"].items():
                assert shape["description"], (name, key)

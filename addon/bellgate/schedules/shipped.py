"""The catalogue that ships with the package, read quickly: its files are checked by tests.

No check of its entries is made here, so that starting costs little; the school's own services go
through `forms.services` instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from bellgate.policy.what import Service

FOLDER = "catalogue"
EDITION = "EDITION"
"""The file beside the services that says of which day they are."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Services known before the school adds its own, and the bytes they came from."""

    services: tuple[Service, ...]
    files: Mapping[str, bytes]
    edition: str
    """Of which day it is; empty where nobody says."""


def catalogue_of(files: Mapping[str, bytes], edition: str = "") -> Catalogue:
    """One file a category; its `category` holds for all its services."""
    services: list[Service] = []
    for name in sorted(files):
        content = _plain(yaml.compose(files[name], Loader=yaml.CBaseLoader))
        services += (_service(content["category"], entry) for entry in content["services"])
    return Catalogue(tuple(services), files, edition)


@cache
def shipped_edition() -> str:
    """Of which day the catalogue is that came with the program."""
    return (resources.files("bellgate.schedules") / FOLDER / EDITION).read_text().strip()


@cache
def shipped() -> Catalogue:
    folder = resources.files("bellgate.schedules") / FOLDER
    files = {f.name: f.read_bytes() for f in folder.iterdir() if f.name.endswith(".yaml")}
    return catalogue_of(files, shipped_edition())


def _service(category: str, entry: dict[str, Any]) -> Service:
    return Service(
        id=entry["id"],
        name=entry["name"],
        category=category,
        domains=tuple(entry.get("domains", ())),
        hosts=tuple(entry.get("hosts", ())),
        embeds=tuple(entry.get("embeds", ())),
        background=tuple(entry.get("background", ())),
        stays_open=tuple(entry.get("not", ())),
    )


def _plain(node: Any) -> Any:
    """A node as lists and dictionaries of text: twice as quick as PyYAML's own way to them."""
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return {key.value: _plain(value) for key, value in node.value}

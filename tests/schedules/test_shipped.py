"""The quick reading of the catalogue against the careful one: both must give the same services."""

import pytest

from bellgate.schedules.fill import fill
from bellgate.schedules.forms.services_yaml import ServicesForm
from bellgate.schedules.shipped import catalogue_of, shipped
from bellgate.schedules.yaml_tree import Node, read
from tests.schedules.small_catalogue import FILES


@pytest.mark.parametrize(
    ("name", "raw"), [*FILES.items(), *shipped().files.items()], ids=lambda x: str(x)[:24]
)
def test_a_catalogue_file_is_a_services_file_of_one_category(name: str, raw: bytes) -> None:
    document = read(name, raw)
    assert document.root is not None, document.problems
    assert isinstance(document.root.value, dict)
    category = document.root.value.pop("category")
    assert name == f"{category.value}.yaml"
    entries = document.root.value["services"].value
    assert isinstance(entries, list)
    for entry in entries:
        assert isinstance(entry.value, dict)
        entry.value["category"] = Node(entry.line, category.value)
    filled, problems = fill(document, ServicesForm)
    assert [*document.problems, *problems] == []
    assert filled is not None
    quick = catalogue_of({name: raw}).services
    for careful, service in zip(filled.form.services, quick, strict=True):
        assert (service.id, service.name, service.category) == (
            careful.id,
            careful.name,
            careful.category,
        )
        assert (service.domains, service.hosts) == (careful.domains, careful.hosts)
        assert (service.embeds, service.background) == (careful.embeds, careful.background)
        assert service.stays_open == careful.stays_open


def test_the_catalogue_is_read_once() -> None:
    assert shipped() is shipped()

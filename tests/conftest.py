"""Fixtures that every room's tests may use."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.lab.school import School, open_school


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The machine first: it is long in the making. Then files of many tests before files of few,
    so that the workers end together."""
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path.parent.name != "machine", -tests[item.path]))


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """The sample school in a namespace of its own, for one file of tests."""
    yield from open_school(tmp_path_factory.mktemp("school"))

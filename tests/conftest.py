"""Fixtures that every room's tests may use."""

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.lab.school import School, open_school

# How long an example takes is the machine's business: no test fails for being slow.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where few tests are long in the making first: first starts, then the lab. Then files of many
    tests before files of few, so that the workers end together."""
    tests, longest = Counter(item.path for item in items), ("test_start", "lab")

    def place(item: pytest.Item) -> tuple[int, int]:
        names = (item.path.stem, item.path.parent.name)
        long = min((longest.index(name) for name in names if name in longest), default=len(longest))
        return long, -tests[item.path]

    items.sort(key=place)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """The sample school in a namespace of its own, for one file of tests."""
    yield from open_school(tmp_path_factory.mktemp("school"))

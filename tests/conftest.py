"""Fixtures that every room's tests may use."""

from collections.abc import Iterator

import pytest

from tests.lab.school import School, open_school


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """The sample school in a namespace of its own, for one file of tests."""
    yield from open_school(tmp_path_factory.mktemp("school"))

"""The lab for a file of tests, with the names that the scenarios speak of."""

from collections.abc import Iterator

import pytest

from tests.lab.network import Lab, open_lab
from tests.lab.scenarios import SITES


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Four networks and an internet, for one file of tests, under the product's kernel rules."""
    for lab in open_lab(tmp_path_factory.mktemp("lab"), [s.host for s in SITES]):
        lab.divert()
        yield lab

"""A whole machine with Bellgate on it, for one file of tests."""

from collections.abc import Iterator

import pytest

from tests.machine.site import Site, open_site


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A machine that Bellgate never was on; it carries nothing."""
    with open_site(tmp_path_factory.mktemp("site")) as site:
        site.machine.start()
        yield site


@pytest.fixture(scope="module")
def site(bare: Site) -> Site:
    """The same with this checkout installed."""
    done = bare.install()
    assert done.returncode == 0, done.stdout + done.stderr
    return bare
